//! In which language the program speaks.

use std::ffi::OsString;

use super::failure::Failure;
use crate::findings::{Bilingual, Lang};

/// The variable that names the language.
const VARIABLE: &str = "BKLOG_LINT_LANG";

/// The language as far as it is known before the configuration is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Speech {
    /// What the command line or `BKLOG_LINT_LANG` says; it goes before the configuration.
    pub(super) named: Option<Lang>,
    /// What the locale says; it comes after the configuration.
    pub(super) locale: Lang,
}

impl Speech {
    /// What `--lang` and the environment of the process say.
    pub(super) fn of(option: Option<Lang>) -> Result<Self, Failure> {
        Self::from_environment(option, |name| std::env::var_os(name))
    }

    fn from_environment(
        option: Option<Lang>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Failure> {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let named = match (option, variable(VARIABLE)) {
            (Some(lang), _) => Some(lang),
            (None, None) => None,
            (None, Some(value)) => Some(match value.to_str() {
                Some("en") => Lang::En,
                Some("zh") => Lang::Zh,
                _ => {
                    let value = value.to_string_lossy();
                    return Err(Failure::Usage(Bilingual::new(
                        format!("{VARIABLE} is `{value}`; it can be `en` or `zh`"),
                        format!("环境变量 {VARIABLE} 的值为 `{value}`；只能是 `en` 或 `zh`"),
                    )));
                }
            }),
        };
        // The first that is set decides, as for every program that speaks several languages.
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(variable);
        let chinese = locale.is_some_and(|value| value.to_string_lossy().to_lowercase().starts_with("zh"));
        Ok(Self { named, locale: if chinese { Lang::Zh } else { Lang::En } })
    }

    /// The language of what is said before or without a configuration.
    pub(super) fn lang(self) -> Lang {
        self.named.unwrap_or(self.locale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech(option: Option<Lang>, environment: &[(&str, &str)]) -> Result<Speech, Failure> {
        Speech::from_environment(option, |name| {
            environment.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_first_variable_of_the_locale_that_is_set_decides() {
        let cases: [(&[(&str, &str)], Lang); 6] = [
            (&[], Lang::En),
            (&[("LANG", "zh_CN.UTF-8")], Lang::Zh),
            (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], Lang::En),
            (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")], Lang::Zh),
            (&[("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "ZH_TW")], Lang::Zh),
            (&[("LANG", "C.UTF-8")], Lang::En),
        ];
        for (environment, lang) in cases {
            let speech = speech(None, environment).unwrap();
            assert_eq!((speech.locale, speech.named), (lang, None), "{environment:?}");
        }
    }

    #[test]
    fn the_option_goes_before_the_variable() {
        let environment = [("BKLOG_LINT_LANG", "zh"), ("LANG", "en_US")];
        assert_eq!(speech(None, &environment).unwrap().lang(), Lang::Zh);
        assert_eq!(speech(Some(Lang::En), &environment).unwrap().lang(), Lang::En);
        assert_eq!(speech(None, &[("BKLOG_LINT_LANG", "")]).unwrap().named, None);
        assert!(matches!(speech(None, &[("BKLOG_LINT_LANG", "de")]), Err(Failure::Usage(_))));
    }
}
