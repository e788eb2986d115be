//! Under which versions a piece of code runs: version guards, and what is tried because it may fail.

use tree_sitter::Node;

use crate::syntax::python::{Kind, kind};

use super::facts::{Owner, Release};

/// Handlers of a `try` that are looked at, and the length in bytes up to which a condition is; people write less.
const MAX_CLAUSES: usize = 64;
const MAX_CONDITION: usize = 4096;

/// When a piece of code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct When {
    django: Between,
    python: Between,
    /// Depends on something that this program does not follow; nothing is said about it.
    undecided: bool,
    /// An import that fails is caught.
    import_caught: bool,
    /// An attribute that is not there is caught.
    attribute_caught: bool,
}

/// Releases from one on and below another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Between {
    from: Option<Release>,
    below: Option<Release>,
}

impl Between {
    fn and(self, other: Self) -> Self {
        let below = match (self.below, other.below) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self { from: self.from.max(other.from), below }
    }

    fn holds(self, release: Release) -> bool {
        self.from.is_none_or(|from| release >= from) && self.below.is_none_or(|below| release < below)
    }
}

impl When {
    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            django: self.django.and(other.django),
            python: self.python.and(other.python),
            undecided: self.undecided || other.undecided,
            import_caught: self.import_caught || other.import_caught,
            attribute_caught: self.attribute_caught || other.attribute_caught,
        }
    }

    fn undecided() -> Self {
        Self { undecided: true, ..Self::default() }
    }

    /// Whether an import that fails under `release` stops the program: it runs and nothing catches the error.
    pub fn breaks_import(self, owner: Owner, release: Release) -> bool {
        !self.import_caught && self.runs(owner, release)
    }

    /// Whether a missing attribute or a wrong call under `release` is an error.
    pub fn breaks_use(self, owner: Owner, release: Release) -> bool {
        !self.attribute_caught && self.runs(owner, release)
    }

    fn runs(self, owner: Owner, release: Release) -> bool {
        let between = match owner {
            Owner::Django => self.django,
            Owner::Python => self.python,
        };
        !self.undecided && between.holds(release)
    }

    /// What standing in `node`, a block or a branch of an expression, adds.
    ///
    /// `parent` is that of `node`: the walk knows it, while a node finds it only by going down from the root again.
    pub(super) fn of(node: Node<'_>, parent: Node<'_>, text: &str) -> Option<Self> {
        match kind(parent) {
            Kind::Try if parent.child_by_field_name("body") == Some(node) => Some(caught(parent, text)),
            Kind::ExceptClause | Kind::ExceptGroupClause => {
                let whole = parent.parent()?;
                // What stands in a handler replaces what failed; the rest of the file cannot tell which of both runs.
                Some(caught(whole, text))
            }
            Kind::If | Kind::ElifClause if parent.child_by_field_name("consequence") == Some(node) => {
                Some(condition(parent.child_by_field_name("condition")?, text))
            }
            Kind::ElseClause => {
                let whole = parent.parent()?;
                if kind(whole) == Kind::Try {
                    return None;
                }
                let first = condition(whole.child_by_field_name("condition")?, text);
                let mut cursor = whole.walk();
                let elifs = whole
                    .named_children(&mut cursor)
                    .filter(|child| kind(*child) == Kind::ElifClause)
                    .count();
                Some(if elifs == 0 {
                    opposite(first)
                } else if first == Self::default() {
                    first
                } else {
                    Self::undecided()
                })
            }
            Kind::ConditionalExpression => {
                let test = parent.named_child(1)?;
                (test != node).then(|| condition(test, text)).map(|when| {
                    if when == Self::default() || parent.named_child(0) == Some(node) {
                        when
                    } else {
                        opposite(when)
                    }
                })
            }
            Kind::BooleanOperator if parent.child_by_field_name("right") == Some(node) => {
                let left = parent.child_by_field_name("left")?;
                let short = left.end_byte() - left.start_byte() < MAX_CONDITION;
                (short && source(left, text).contains("hasattr(")).then(Self::undecided)
            }
            _ => None,
        }
    }
}

fn source<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// What the handlers of a `try` catch.
fn caught(whole: Node<'_>, text: &str) -> When {
    let mut when = When::default();
    let mut cursor = whole.walk();
    for clause in whole.named_children(&mut cursor).take(MAX_CLAUSES) {
        if !matches!(kind(clause), Kind::ExceptClause | Kind::ExceptGroupClause) {
            continue;
        }
        let head = source(clause, text).split(':').next().unwrap_or_default();
        let bare = head.trim() == "except";
        let has = |name: &str| head.contains(name);
        when.import_caught |= bare || has("ImportError") || has("ModuleNotFoundError") || has("Exception");
        when.attribute_caught |= has("AttributeError") || has("TypeError");
    }
    when
}

/// When a condition holds.
fn condition(node: Node<'_>, text: &str) -> When {
    if node.end_byte() - node.start_byte() > MAX_CONDITION {
        return When::default();
    }
    let written: String = source(node, text).split_whitespace().collect();
    if written.ends_with("TYPE_CHECKING") {
        return When::undecided();
    }
    match written.as_str() {
        "six.PY2" | "PY2" => return python(Between { from: None, below: Some(Release::new(3, 0)) }),
        "six.PY3" | "PY3" => return python(Between { from: Some(Release::new(3, 0)), below: None }),
        _ => {}
    }
    let mentions = ["VERSION", "get_version", "version_info", "hasattr(", "PY2", "PY3", "is_py2", "is_py3"];
    if !mentions.iter().any(|word| written.contains(word)) {
        return When::default();
    }
    compared(node, text).unwrap_or_else(When::undecided)
}

fn python(between: Between) -> When {
    When { python: between, ..When::default() }
}

/// `django.VERSION < (1, 10)`, `sys.version_info[0] == 2`
fn compared(node: Node<'_>, text: &str) -> Option<When> {
    let inner = if kind(node) == Kind::ParenthesizedExpression { node.named_child(0)? } else { node };
    if kind(inner) != Kind::ComparisonOperator || inner.named_child_count() != 2 {
        return None;
    }
    let (left, right) = (inner.named_child(0)?, inner.named_child(1)?);
    let name: String = source(left, text).split_whitespace().collect();
    let operator = text.get(left.end_byte()..right.start_byte())?.trim();
    let is_django = matches!(
        name.split('[').next()?,
        "django.VERSION" | "VERSION" | "DJANGO_VERSION" | "django_version" | "DJANGO_VERSION_INFO"
    );
    let is_python = name.starts_with("sys.version_info") || name == "version_info";
    let release = number(source(right, text))?;
    let next = Release::new(release.major, release.minor + 1);
    // `VERSION[0]` counts whole lines.
    let (at, after) = if name.ends_with("[0]") || name.ends_with(".major") {
        (Release::new(release.major, 0), Release::new(release.major + 1, 0))
    } else {
        // A full version is larger than the tuple that it begins with.
        (release, if name.ends_with("[:2]") { next } else { release })
    };
    let between = match operator {
        "<" => Between { from: None, below: Some(at) },
        "<=" => Between { from: None, below: Some(after) },
        ">=" => Between { from: Some(at), below: None },
        ">" => Between { from: Some(after), below: None },
        "==" if after > at => Between { from: Some(at), below: Some(after) },
        _ => return None,
    };
    if is_django {
        Some(When { django: between, ..When::default() })
    } else if is_python {
        Some(python(between))
    } else {
        None
    }
}

/// `2`, `(1, 10)`, `(3,)`
fn number(written: &str) -> Option<Release> {
    let inside = written.trim().trim_start_matches(['(', '[']).trim_end_matches([')', ']']);
    let mut parts = inside.split(',').map(str::trim).filter(|part| !part.is_empty());
    let major = parts.next()?.parse().ok()?;
    let minor = match parts.next() {
        Some(minor) => minor.parse().ok()?,
        None => 0,
    };
    Some(Release::new(major, minor))
}

/// When a condition does not hold.
fn opposite(when: When) -> When {
    let flip = |between: Between| match (between.from, between.below) {
        (None, None) => Some(Between::default()),
        (Some(from), None) => Some(Between { from: None, below: Some(from) }),
        (None, Some(below)) => Some(Between { from: Some(below), below: None }),
        (Some(_), Some(_)) => None,
    };
    match (flip(when.django), flip(when.python)) {
        (Some(django), Some(python)) if !when.undecided => When { django, python, ..When::default() },
        _ => When::undecided(),
    }
}
