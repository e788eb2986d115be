//! The other half of "known or unknown": why the source does not tell a value.

use std::fmt;
use std::sync::Arc;

use crate::findings::Bilingual;
use crate::syntax::Reason;

/// Why something is not known, as a clause without a full stop, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown(Arc<Bilingual>);

/// A value, or why it is not known.
pub type Maybe<T> = Result<T, Unknown>;

impl Unknown {
    /// An unknown value with its reason in English and Chinese.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self(Arc::new(Bilingual::new(en, zh)))
    }

    /// The reason why a value of the source could not be evaluated.
    pub fn of(reason: &Reason) -> Self {
        Self(Arc::new(reason.describe()))
    }

    /// The reason for people.
    pub fn describe(&self) -> &Bilingual {
        &self.0
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}
