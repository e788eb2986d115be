//! `support-files/templates/*`: configuration files in which the deployment replaces `__NAME__` by a value.

use std::sync::Arc;

use crate::source::{SourceText, Span};

/// A template.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its text.
    pub text: Arc<SourceText>,
    /// Its placeholders, in order.
    pub placeholders: Vec<Span>,
    /// What looks like a placeholder and lacks underscores, so that nothing replaces it.
    pub broken: Vec<Span>,
    /// `export NAME=…` of shell scripts: name, value and place of the name.
    pub exports: Vec<Export>,
}

/// A variable that a shell script exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The name.
    pub name: String,
    /// The value as written, with its quotes.
    pub value: String,
    /// Where the name stands.
    pub span: Span,
}

impl Template {
    /// Reads the model from a text.
    pub fn new(text: Arc<SourceText>) -> Self {
        let (mut placeholders, mut broken) = (Vec::new(), Vec::new());
        for (start, run) in runs(&text.text) {
            let span =
                |from: usize, to: usize| Span { start: (start + from) as u32, end: (start + to) as u32 };
            let mut at = 0;
            while let Some(open) = run.get(at..).and_then(|rest| rest.find("__")).map(|open| open + at) {
                let name = run.get(open + 2..).unwrap_or_default();
                match name.find("__") {
                    Some(0) | None => {
                        if open == 0 && is_name(name.trim_end_matches('_')) && name.contains('_') {
                            broken.push(span(0, run.len()));
                        } else if open > 0 && run.starts_with('_') && is_name(&run[1..open]) {
                            broken.push(span(0, open + 2));
                        }
                        break;
                    }
                    Some(end) if is_name(&name[..end]) => {
                        placeholders.push(span(open, open + end + 4));
                        at = open + end + 4;
                    }
                    Some(_) => at = open + 1,
                }
            }
        }
        let exports = if text.path.ends_with(".sh") { exports(&text) } else { Vec::new() };
        Self { placeholders, broken, exports, text }
    }
}

/// Runs of letters, digits and underscores with two underscores in a row, each with its offset.
fn runs(text: &str) -> Vec<(usize, &str)> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(start) = text.as_bytes().iter().skip(at).position(&is_word).map(|skip| at + skip) {
        let length = text.as_bytes().iter().skip(start).take_while(|byte| is_word(byte)).count();
        at = start + length;
        out.extend(text.get(start..at).filter(|run| run.contains("__")).map(|run| (start, run)));
    }
    out
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn exports(text: &SourceText) -> Vec<Export> {
    let mut out = Vec::new();
    for number in 1..=text.line_count() {
        let line = text.line_span(number);
        let written = text.slice(line);
        let Some(rest) = written.trim_start().strip_prefix("export ") else { continue };
        let Some((name, value)) = rest.trim_start().split_once('=') else { continue };
        let Some(at) = written.find(name).filter(|_| !name.contains(char::is_whitespace)) else { continue };
        let start = line.start + at as u32;
        let span = Span { start, end: start + name.len() as u32 };
        out.push(Export { name: name.to_owned(), value: value.trim().to_owned(), span });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(path: &str, text: &str) -> Template {
        Template::new(Arc::new(SourceText::decode_plain(path.into(), text.as_bytes()).unwrap()))
    }

    #[test]
    fn placeholders_and_what_is_none() {
        let template = template(
            "a.ini",
            "host = __BK_HOST__:__BK_PORT__\nlog=/x/__BK_HOME_/a\n_BK_USER__\n__init__ __file__\n表__A____B__ __BK_NAME\n",
        );
        let shown = |spans: &[Span]| -> Vec<String> {
            spans.iter().map(|span| template.text.slice(*span).to_owned()).collect()
        };
        assert_eq!(shown(&template.placeholders), ["__BK_HOST__", "__BK_PORT__", "__A__", "__B__"]);
        assert_eq!(shown(&template.broken), ["__BK_HOME_", "_BK_USER__", "__BK_NAME"]);
    }

    #[test]
    fn exports_of_a_script() {
        let template = template("a#environ.sh", "export A=1\n  export B=\"__B__\"\n# export C=1\nexport D\n");
        let names: Vec<(&str, &str)> =
            template.exports.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
        assert_eq!(names, [("A", "1"), ("B", "\"__B__\"")]);
    }
}
