//! `inspect settings` for people.

use std::fmt::Write as _;

use indexmap::IndexMap;

use crate::django::settings::environ::{self, EnvRead, Missing};
use crate::django::settings::{Environment, Settings, Stage};
use crate::findings::{Bilingual, Lang};
use crate::project::Project;
use crate::source::Span;
use crate::syntax::{Expr, Value};

use super::super::Only;
use super::{package_of, reason_of, takes};
use crate::django::settings::masked::masked;

/// How many characters of a value are shown.
const WIDTH: usize = 100;

/// `inspect settings` for people: per setting its value, once for all environments that share it, with the place that
/// writes it last.
pub fn settings_text(projects: &[Project], only: &Only, lang: Lang) -> String {
    let mut out = String::new();
    for project in projects {
        project_text(&mut out, project, only, lang);
        out.push('\n');
    }
    out
}

fn project_text(out: &mut String, project: &Project, only: &Only, lang: Lang) {
    let settings = &project.configuration;
    let name = &project.name;
    // Writing to a String cannot fail.
    if let Some(problem) = &settings.problem {
        let _ = writeln!(out, "{name}: {}", problem.get(lang));
        return;
    }
    let module = settings.module.as_deref().unwrap_or_default();
    let title =
        Bilingual::new(format!("{name}: settings module {module}"), format!("{name}：配置模块 {module}"));
    let _ = writeln!(out, "{}", title.get(lang));
    for environment in &settings.environments {
        environment_text(out, settings, environment, lang);
    }
    for assumed in &settings.assumed {
        let says = Bilingual::new(
            format!("assumed: {assumed}, since the process chooses among several when it starts"),
            format!("假定使用 {assumed}：进程启动时会在多个模块中选择"),
        );
        let _ = writeln!(out, "  {}", says.get(lang));
    }
    out.push('\n');
    let mut names: Vec<&str> = settings
        .environments
        .iter()
        .flat_map(|environment| environment.settings.keys())
        .map(AsRef::as_ref)
        .collect();
    names.sort_unstable();
    names.dedup();
    for setting in names.into_iter().filter(|setting| takes(only, setting)) {
        setting_text(out, settings, setting, lang);
    }
}

fn environment_text(out: &mut String, settings: &Settings, environment: &Environment, lang: Lang) {
    let count = environment.settings.len();
    let stage = environment.stage.map_or(Bilingual::new("for all", "不分环境"), stage_words);
    let name = if environment.name.is_empty() { String::new() } else { format!("{}: ", environment.name) };
    let says = Bilingual::new(
        format!("{name}{}, {count} settings ({})", stage.en, environment.module),
        format!("{name}{}，{count} 项配置（{}）", stage.zh, environment.module),
    );
    let _ = writeln!(out, "  {}", says.get(lang));
    if environment.open {
        let says = Bilingual::new(
            "other settings may come from a star import of an installed package",
            "已安装包的星号导入可能带来其他配置",
        );
        let _ = writeln!(out, "    ? {}", says.get(lang));
    }
    for span in &environment.dynamic_writes {
        let at = place(settings, *span);
        let says = Bilingual::new(
            format!("settings whose names only running the code can tell may be written at {at}"),
            format!("{at} 处可能写入只有运行时才知道名称的配置"),
        );
        let _ = writeln!(out, "    ? {}", says.get(lang));
    }
    for (span, module) in &environment.missing_imports {
        let at = place(settings, *span);
        let says = Bilingual::new(
            format!("{module} is not in the repository and may override settings ({at})"),
            format!("{module} 不在仓库中，可能覆盖配置（{at}）"),
        );
        let _ = writeln!(out, "    ? {}", says.get(lang));
    }
}

fn stage_words(stage: Stage) -> Bilingual {
    let zh = match stage {
        Stage::Production => "生产",
        Stage::Staging => "预发布",
        Stage::Development => "开发",
        Stage::Test => "测试",
    };
    Bilingual::new(stage.to_string(), zh)
}

fn setting_text(out: &mut String, settings: &Settings, name: &str, lang: Lang) {
    let mut by_value: IndexMap<String, Vec<&str>> = IndexMap::new();
    for environment in &settings.environments {
        let shown = match environment.settings.get(name) {
            None => Bilingual::new("not set", "未设置").get(lang).to_owned(),
            Some(setting) => {
                let mut shown = value_text(name, &setting.value, lang);
                let at = match package_of(settings, setting) {
                    Some(package) => package,
                    None => place(settings, setting.place()),
                };
                if !at.is_empty() {
                    shown.push_str("  ");
                    shown.push_str(&at);
                }
                shown
            }
        };
        by_value.entry(shown).or_default().push(&environment.name);
    }
    if let [(shown, _)] = by_value.iter().collect::<Vec<_>>().as_slice() {
        let _ = writeln!(out, "  {name} = {shown}");
        return;
    }
    let _ = writeln!(out, "  {name}");
    for (shown, environments) in by_value {
        let _ = writeln!(out, "      {}: {shown}", environments.join(", "));
    }
}

fn place(settings: &Settings, span: Span) -> String {
    settings.place(span).map_or_else(String::new, |(text, span)| {
        format!("{}:{}", text.path, text.line_column(span.start).line)
    })
}

/// A value on one line: as Python writes it where it is known, else what is known of it.
fn value_text(name: &str, value: &Expr, lang: Lang) -> String {
    if let Some(EnvRead { name: Some(variable), missing }) = environ::read(value) {
        let otherwise = match &missing {
            Missing::Raises => String::new(),
            Missing::None => " | None".to_owned(),
            Missing::Default(default) => format!(" | {}", short(&masked(name, default))),
        };
        return format!("${variable}{otherwise}");
    }
    if value.unknown().is_some() {
        let why = reason_of(name, value).unwrap_or_default();
        return format!("? {}", Bilingual::new(why.clone(), why).get(lang));
    }
    short(&masked(name, value))
}

fn short(value: &Expr) -> String {
    let mut out = String::new();
    python(value, 0, &mut out);
    let cut = out.char_indices().nth(WIDTH).map(|(at, _)| at);
    if let Some(cut) = cut {
        out.truncate(cut);
        out.push('…');
    }
    out
}

fn python(expr: &Expr, depth: u32, out: &mut String) {
    // A line cannot show more.
    if depth > 8 || out.len() > WIDTH * 4 {
        out.push('…');
        return;
    }
    let list = |items: &[Expr], open: &str, close: &str, out: &mut String| {
        out.push_str(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            python(item, depth + 1, out);
        }
        out.push_str(close);
    };
    match &expr.value {
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Number(text) => out.push_str(text),
        Value::Str(text) => {
            let _ = write!(out, "{text:?}");
        }
        Value::List(items) => list(items, "[", "]", out),
        Value::Tuple(items) => list(items, "(", if items.len() == 1 { ",)" } else { ")" }, out),
        Value::Set(items) => list(items, "{", "}", out),
        Value::Dict(entries) => {
            out.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                python(key, depth + 1, out);
                out.push_str(": ");
                python(value, depth + 1, out);
            }
            out.push('}');
        }
        Value::Either(items) => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(" | ");
                }
                python(item, depth + 1, out);
            }
        }
        Value::Maybe(item) => {
            python(item, depth + 1, out);
            out.push('?');
        }
        Value::Imported(path) => out.push_str(path),
        Value::Call(_) => match environ::read(expr) {
            Some(EnvRead { name: Some(variable), .. }) => {
                let _ = write!(out, "${variable}");
            }
            _ => out.push('?'),
        },
        Value::Bytes(_) | Value::Function(_) | Value::Class(_) | Value::Unknown(_) => out.push('?'),
    }
}
