//! The commented configuration that `init` writes.

use crate::findings::Lang;

/// The file, with every key explained; it loads as it stands.
pub fn template(lang: Lang) -> &'static str {
    match lang {
        Lang::En => include_str!("init.en.toml"),
        Lang::Zh => include_str!("init.zh.toml"),
    }
}
