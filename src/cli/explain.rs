//! `bklog-lint explain RULE`: the page of a rule.

use clap::Args;

use super::arguments::FaceArguments;
use super::failure::{Failure, Outcome};
use super::language::Speech;
use super::terminal;
use crate::config::selector::nearest;
use crate::findings::Bilingual;
use crate::report::explain;
use crate::rules;

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// Code or name: `GRA003`, `multiple-leaf-nodes`
    #[arg(value_name = "RULE")]
    rule: String,
    #[command(flatten)]
    pub(super) face: FaceArguments,
}

pub(super) fn run(arguments: &ExplainArguments, speech: Speech) -> Result<Outcome, Failure> {
    let rule = rules::find(&arguments.rule).ok_or_else(|| unknown(&arguments.rule))?;
    terminal::print(|out| explain::write(rule, speech.lang(), &terminal::options(), out))?;
    Ok(Outcome::Done)
}

fn unknown(given: &str) -> Failure {
    let known = rules::ALL.iter().flat_map(|rule| [rule.id.code, rule.id.name]);
    let (en, zh) = match nearest(given, known) {
        Some(word) => (format!("did you mean `{word}`?"), format!("是否应为 `{word}`？")),
        None => {
            ("`bklog-lint rules` lists them all".to_owned(), "`bklog-lint rules` 会列出全部规则".to_owned())
        }
    };
    Failure::Usage(Bilingual::new(
        format!("no rule has the code or name `{given}`; {en}"),
        format!("没有编号或名称为 `{given}` 的规则；{zh}"),
    ))
}
