//! The other half of "known or unknown": why the source does not tell a value.

use std::fmt;
use std::sync::Arc;

use crate::syntax::Reason;

/// Why something is not known, as a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown(pub Arc<str>);

/// A value, or why it is not known.
pub type Maybe<T> = Result<T, Unknown>;

impl Unknown {
    /// An unknown value with its reason.
    pub fn new(why: impl Into<Arc<str>>) -> Self {
        Self(why.into())
    }

    /// The reason why the value called `what` could not be evaluated.
    pub fn of(what: &str, reason: &Reason) -> Self {
        Self(
            match reason {
                Reason::UndefinedName(name) => {
                    format!("{what}: the name `{name}` is not bound in this module")
                }
                Reason::StarImport(name) => format!("{what}: `{name}` may come from a star import"),
                Reason::Computed(text) | Reason::Text { shown: text, .. } => {
                    format!("{what}: `{text}` is computed when the code runs")
                }
                Reason::TooLarge(why) => format!("{what}: {why}"),
                Reason::Syntax => format!("{what}: a syntax error"),
                #[allow(unreachable_patterns)]
                other => format!("{what}: {other:?}"),
            }
            .into(),
        )
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
