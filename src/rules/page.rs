//! Rule pages: the text that `explain` prints, that SARIF carries as help, and that the test suite runs.
//!
//! A page is Markdown with TOML front matter between two lines of `+++`. Its fenced examples are mini repositories:
//!
//! ````markdown
//! ```python bad path=shop/migrations/0002_x.py example=1
//! name="create_time",  # <- NAM001
//! ```
//! ````
//!
//! Words of a fence's info string after the language:
//!
//! | word | meaning |
//! |---|---|
//! | `bad`, `good` | the rule must report the marked lines; the rule must report nothing |
//! | `path=P` | path of the file in the mini repository (required) |
//! | `example=N` | blocks with the same name form one mini repository; without it a block stands alone |
//! | `base` | the file belongs to the base revision, not to the working tree |
//! | `bare` | nothing is added to the mini repository (else `manage.py` and the packages' `__init__.py` are) |
//! | `raises=CODE` | a finding on the whole file, without a line; `raises=CODE:8` one on line 8 of a file that has no comments; may be repeated |
//! | `encoding=NAME` | the file's bytes are the text in this encoding (WHATWG name), UTF-8 without it |
//! | `unreadable` | the file is there and cannot be read |
//!
//! A line that must be reported ends in `# <- CODE` (`-- <- CODE` in SQL, several codes separated by commas); the
//! mark is not part of the file. Fences without `bad` or `good` are plain text.

use std::ops::Range;

use serde::Deserialize;

use crate::findings::{Bilingual, RuleId, Severity};

/// Headings that every page has, in this order.
pub const HEADINGS: [&str; 3] = ["What it checks", "Why it matters", "How to fix it"];

/// A rule page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The front matter.
    pub front: FrontMatter,
    /// The Markdown below the front matter, without leading and trailing blank lines.
    pub body: String,
    /// What stands under each heading of the second level, in order; fences included.
    pub sections: Vec<Section>,
    /// The mini repositories, in order of their first block.
    pub examples: Vec<Example>,
}

/// The front matter of a page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    /// As in [`RuleId`].
    pub code: String,
    /// As in [`RuleId`].
    pub name: String,
    /// As in [`RuleId`].
    pub family: String,
    /// As in [`RuleId`].
    pub severity: Severity,
    /// Version of the product in which the rule appeared.
    pub since: String,
    /// Title, English.
    pub title: String,
    /// Title, Chinese.
    pub title_zh: String,
    /// What it checks and why, in a few Chinese sentences.
    pub summary_zh: String,
    /// Where the facts come from: URLs of documentation.
    #[serde(default)]
    pub references: Vec<String>,
}

/// A section of the second level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading's text.
    pub heading: String,
    /// The Markdown below it.
    pub text: String,
}

/// Whether an example must be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The marked lines must be reported, no others.
    Bad,
    /// Nothing of the rule may be reported.
    Good,
}

/// A mini repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its name, for messages: the `example` word, else `line N`.
    pub name: String,
    /// What must happen.
    pub verdict: Verdict,
    /// True when nothing may be added to the files.
    pub bare: bool,
    /// Files in order.
    pub files: Vec<ExampleFile>,
}

/// A file of a mini repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFile {
    /// Path in the mini repository.
    pub path: String,
    /// Its text, without marks.
    pub text: String,
    /// WHATWG name of its encoding, when it is not UTF-8.
    pub encoding: Option<String>,
    /// It belongs to the base revision.
    pub base: bool,
    /// It is there and cannot be read.
    pub unreadable: bool,
    /// Findings that must be there: code and 1-based line, `None` for the whole file.
    pub expected: Vec<(String, Option<u32>)>,
}

/// Why a page cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The text does not start with front matter between two lines of `+++`.
    #[error("front matter between two lines of +++ is missing")]
    NoFrontMatter,
    /// The front matter is no TOML, or a key is missing or unknown.
    #[error("front matter: {0}")]
    FrontMatter(String),
    /// The front matter and the rule in the source code disagree.
    #[error("{key} is {page:?} on the page and {rule:?} in the rule")]
    Disagrees {
        /// The key.
        key: &'static str,
        /// Value of the page.
        page: String,
        /// Value of the rule.
        rule: String,
    },
    /// A fence is not closed.
    #[error("line {0}: the fence is never closed")]
    OpenFence(usize),
    /// The info string of an example cannot be understood.
    #[error("line {line}: {problem}")]
    Fence {
        /// 1-based line on the page.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// The page lacks something that every page has.
    #[error("the page has no {0}")]
    Missing(String),
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// When the front matter or a fence is wrong.
    pub fn parse(text: &str) -> Result<Self, PageError> {
        let (front, body_range, first_line) = split(text)?;
        let front: FrontMatter =
            toml::from_str(front).map_err(|error| PageError::FrontMatter(error.to_string()))?;
        let body = text.get(body_range).unwrap_or_default();
        let (sections, blocks) = scan(body, first_line)?;
        Ok(Self { front, body: body.trim_matches('\n').to_owned(), sections, examples: group(blocks)? })
    }

    /// Says what the page of `rule` lacks or gets wrong.
    ///
    /// # Errors
    /// The first problem found.
    pub fn verify(&self, rule: &RuleId) -> Result<(), PageError> {
        let front = &self.front;
        for (key, page, rule) in [
            ("code", front.code.as_str(), rule.code),
            ("name", front.name.as_str(), rule.name),
            ("family", front.family.as_str(), rule.family),
            ("severity", front.severity.key(), rule.severity.key()),
        ] {
            if page != rule {
                return Err(PageError::Disagrees { key, page: page.to_owned(), rule: rule.to_owned() });
            }
        }
        for heading in HEADINGS {
            if self.section(heading).is_none_or(|text| text.trim().is_empty()) {
                return Err(PageError::Missing(format!("section `{heading}`")));
            }
        }
        for (verdict, word) in [(Verdict::Bad, "bad"), (Verdict::Good, "good")] {
            if !self.examples.iter().any(|example| example.verdict == verdict) {
                return Err(PageError::Missing(format!("{word} example")));
            }
        }
        Ok(())
    }

    /// The title in both languages.
    pub fn title(&self) -> Bilingual {
        Bilingual::new(&self.front.title, &self.front.title_zh)
    }

    /// What stands under a heading of the second level.
    pub fn section(&self, heading: &str) -> Option<&str> {
        self.sections.iter().find(|section| section.heading == heading).map(|section| section.text.as_str())
    }
}

/// The front matter, the range of the body, and the 1-based line at which the body starts.
fn split(text: &str) -> Result<(&str, Range<usize>, usize), PageError> {
    let rest = text.strip_prefix("+++\n").ok_or(PageError::NoFrontMatter)?;
    let end = rest.find("\n+++\n").ok_or(PageError::NoFrontMatter)?;
    let front = &rest[..end];
    let body = "+++\n".len() + end + "\n+++\n".len();
    Ok((front, body..text.len(), front.lines().count() + 3))
}

/// A `bad` or `good` fence.
struct Block {
    line: usize,
    example: Option<String>,
    verdict: Verdict,
    bare: bool,
    file: ExampleFile,
}

/// Walks the lines of the body once: sections by their headings, examples by their fences.
fn scan(body: &str, first_line: usize) -> Result<(Vec<Section>, Vec<Block>), PageError> {
    let mut sections: Vec<Section> = Vec::new();
    let mut blocks = Vec::new();
    let mut open: Option<(usize, usize, Option<Block>)> = None;
    for (at, line) in body.lines().enumerate() {
        let number = first_line + at;
        if let Some((ticks, _, block)) = &mut open {
            if fence_length(line) >= *ticks && line.trim_matches('`').trim().is_empty() {
                blocks.extend(open.take().and_then(|(_, _, block)| block));
            } else if let Some(block) = block {
                block.file.push_line(line);
            }
        } else if fence_length(line) >= 3 {
            let ticks = fence_length(line);
            open = Some((ticks, number, parse_info(&line[ticks..], number)?));
        } else if let Some(heading) = line.strip_prefix("## ") {
            sections.push(Section { heading: heading.trim().to_owned(), text: String::new() });
            continue;
        }
        if let Some(section) = sections.last_mut() {
            section.text.push_str(line);
            section.text.push('\n');
        }
    }
    match open {
        Some((_, line, _)) => Err(PageError::OpenFence(line)),
        None => Ok((sections, blocks)),
    }
}

/// Number of backticks that a line starts with.
pub(crate) fn fence_length(line: &str) -> usize {
    line.len() - line.trim_start_matches('`').len()
}

/// Reads an info string; `None` for a fence that is no example.
fn parse_info(info: &str, line: usize) -> Result<Option<Block>, PageError> {
    let fail = |problem: String| PageError::Fence { line, problem };
    let mut words = info.split_whitespace();
    let _language = words.next();
    let words: Vec<&str> = words.collect();
    let verdict = match (words.contains(&"bad"), words.contains(&"good")) {
        (true, false) => Verdict::Bad,
        (false, true) => Verdict::Good,
        (true, true) => return Err(fail("`bad` and `good` exclude each other".to_owned())),
        (false, false) if words.is_empty() => return Ok(None),
        (false, false) => return Err(fail("an example is either `bad` or `good`".to_owned())),
    };
    let file = ExampleFile {
        path: String::new(),
        text: String::new(),
        encoding: None,
        base: false,
        unreadable: false,
        expected: Vec::new(),
    };
    let mut block = Block { line, example: None, verdict, bare: false, file };
    for word in words {
        match word.split_once('=') {
            None if matches!(word, "bad" | "good") => {}
            None if word == "bare" => block.bare = true,
            None if word == "base" => block.file.base = true,
            None if word == "unreadable" => block.file.unreadable = true,
            Some(("path", path)) => path.clone_into(&mut block.file.path),
            Some(("example", name)) => block.example = Some(name.to_owned()),
            Some(("encoding", name)) => block.file.encoding = Some(name.to_owned()),
            Some(("raises", mark)) => {
                let (code, line) = match mark.split_once(':') {
                    None => (mark, None),
                    Some((code, line)) => {
                        let line = line.parse().map_err(|_| fail(format!("`{word}` names no line")))?;
                        (code, Some(line))
                    }
                };
                block.file.expected.push((code.to_owned(), line));
            }
            _ => return Err(fail(format!("`{word}` is not known"))),
        }
    }
    if block.file.path.is_empty() {
        return Err(fail("`path=` is missing".to_owned()));
    }
    Ok(Some(block))
}

impl ExampleFile {
    /// Adds a line; a mark at its end becomes an expected finding.
    fn push_line(&mut self, line: &str) {
        let number = self.text.lines().count() as u32 + 1;
        let (line, marks) = split_mark(line);
        self.expected.extend(marks.into_iter().map(|code| (code.to_owned(), Some(number))));
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// The line without its mark, and the codes of the mark.
fn split_mark(line: &str) -> (&str, Vec<&str>) {
    let Some((before, codes)) = line.rsplit_once("<- ") else { return (line, Vec::new()) };
    let before = before.trim_end();
    let Some(before) = before.strip_suffix('#').or_else(|| before.strip_suffix("--")) else {
        return (line, Vec::new());
    };
    let codes: Vec<&str> = codes.split(',').map(str::trim).collect();
    if codes.iter().all(|code| is_code(code)) { (before.trim_end(), codes) } else { (line, Vec::new()) }
}

/// A line of an example without its mark.
pub(crate) fn without_mark(line: &str) -> &str {
    split_mark(line).0
}

/// Three capitals and three digits.
pub(super) fn is_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 6
        && bytes[..3].iter().all(u8::is_ascii_uppercase)
        && bytes[3..].iter().all(u8::is_ascii_digit)
}

/// Puts the blocks of one example together.
fn group(blocks: Vec<Block>) -> Result<Vec<Example>, PageError> {
    let mut examples: Vec<Example> = Vec::new();
    for block in blocks {
        let name = block.example.clone().unwrap_or_else(|| format!("line {}", block.line));
        let at = examples.iter().position(|example| example.name == name).unwrap_or_else(|| {
            examples.push(Example { name, verdict: block.verdict, bare: false, files: Vec::new() });
            examples.len() - 1
        });
        let example = &mut examples[at];
        let fail = |problem: &str| PageError::Fence { line: block.line, problem: problem.to_owned() };
        if example.verdict != block.verdict {
            return Err(fail("blocks of one example are all `bad` or all `good`"));
        }
        if example.files.iter().any(|file| file.path == block.file.path && file.base == block.file.base) {
            return Err(fail("two blocks of one example have the same path"));
        }
        example.bare |= block.bare;
        example.files.push(block.file);
    }
    for example in &examples {
        let expected = example.files.iter().any(|file| !file.expected.is_empty());
        if expected != (example.verdict == Verdict::Bad) {
            let what = if expected { "good example without a mark" } else { "mark in its bad example" };
            return Err(PageError::Missing(format!("{what} ({})", example.name)));
        }
    }
    Ok(examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"+++
code = "NAM001"
name = "field-name"
family = "naming"
severity = "error"
since = "0.1.0"
title = "Title"
title_zh = "标题"
summary_zh = "摘要"
+++

## What it checks

Text.

## Why it matters

```text
plain
```

## How to fix it

```python bad path=a/migrations/0001_a.py example=1
x = 1
name="create_time",  # <- NAM001
```

```python good path=a/migrations/0001_a.py
name="created_at",
```

```sql bad path=a.sql example=two raises=NAM002
select 1; -- <- NAM001, NAM001
```
"#;

    #[test]
    fn a_page_gives_front_matter_sections_and_examples() {
        let page = Page::parse(PAGE).unwrap();
        assert_eq!(page.front.code, "NAM001");
        assert_eq!(page.section("What it checks"), Some("\nText.\n\n"));
        assert!(page.section("Why it matters").unwrap().contains("plain"));
        let names: Vec<_> = page.examples.iter().map(|e| (e.name.as_str(), e.verdict)).collect();
        assert_eq!(names, [("1", Verdict::Bad), ("line 29", Verdict::Good), ("two", Verdict::Bad)]);
        let first = &page.examples[0].files[0];
        assert_eq!(first.text, "x = 1\nname=\"create_time\",\n");
        assert_eq!(first.expected, [("NAM001".to_owned(), Some(2))]);
        let sql = &page.examples[2].files[0];
        assert_eq!(sql.text, "select 1;\n");
        assert_eq!(sql.expected.len(), 3);
    }

    #[test]
    fn the_page_must_agree_with_the_rule() {
        let page = Page::parse(PAGE).unwrap();
        let id = |severity| RuleId {
            code: "NAM001",
            name: "field-name",
            family: "naming",
            severity,
            standing: crate::findings::Standing::Always,
        };
        assert_eq!(page.verify(&id(Severity::Error)), Ok(()));
        let wrong = page.verify(&id(Severity::Info)).unwrap_err();
        assert_eq!(wrong.to_string(), r#"severity is "error" on the page and "info" in the rule"#);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let replaced = |from: &str, to: &str| Page::parse(&PAGE.replace(from, to)).unwrap_err().to_string();
        assert_eq!(replaced("+++\n\n##", "\n\n##"), "front matter between two lines of +++ is missing");
        assert!(replaced("since", "sinc").contains("unknown field `sinc`"));
        assert_eq!(
            replaced("bad path=a/migrations/0001_a.py", "bad"),
            "line 24: `path=` is missing",
            "the fence's own line"
        );
        assert_eq!(replaced("raises=", "raise="), "line 33: `raise=NAM002` is not known");
        assert_eq!(replaced("  # <- NAM001", ""), "the page has no mark in its bad example (1)");
        assert_eq!(replaced("-- <- NAM001, NAM001\n```", ""), "line 33: the fence is never closed");
    }
}
