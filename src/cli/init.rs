//! `bklog-lint init`: a commented configuration file to start from.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::arguments::FaceArguments;
use super::failure::{Failure, Outcome};
use super::language::Speech;
use super::{output, terminal};
use crate::config::init::template;
use crate::config::load::FILE_NAME;
use crate::findings::Bilingual;
use crate::source::replace;

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// Folder to write bklog-lint.toml into [default: the working directory]
    #[arg(value_name = "FOLDER", default_value = ".", hide_default_value = true, value_hint = ValueHint::DirPath)]
    folder: PathBuf,
    /// Overwrite the file that is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) face: FaceArguments,
}

pub(super) fn run(arguments: &InitArguments, speech: Speech) -> Result<Outcome, Failure> {
    let folder = &arguments.folder;
    if !folder.is_dir() {
        let shown = folder.display();
        return Err(Failure::Usage(Bilingual::new(
            format!("{shown}: there is no such folder"),
            format!("{shown}：文件夹不存在"),
        )));
    }
    let path = if folder.as_os_str() == "." { PathBuf::from(FILE_NAME) } else { folder.join(FILE_NAME) };
    let shown = path.display();
    // Not `exists()`: a link whose target is gone is in the way too.
    if path.symlink_metadata().is_ok() && !arguments.force {
        return Err(Failure::Usage(Bilingual::new(
            format!("{shown} is there already; --force overwrites it"),
            format!("{shown} 已存在；使用 --force 可覆盖"),
        )));
    }
    let lang = speech.lang();
    replace(&path, |out| out.write_all(template(lang).as_bytes()))
        .map_err(|error| output::refused(&path, &error))?;
    let told = Bilingual::new(
        format!("{shown} written; every key in it is optional. Next: bklog-lint {}", folder.display()),
        format!("已写入 {shown}；其中每一项都可省略。下一步：bklog-lint {}", folder.display()),
    );
    terminal::print(|out| writeln!(out, "{}", told.get(lang)))?;
    Ok(Outcome::Done)
}
