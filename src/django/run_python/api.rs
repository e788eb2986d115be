//! What historical models, managers and querysets have by themselves, from `rules/facts/model_api.toml`.

use std::sync::OnceLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;

static FACTS: &str = include_str!("../../../rules/facts/model_api.toml");

/// Gives the class of today's user model.
pub(super) const GET_USER_MODEL: &str = "django.contrib.auth.get_user_model";
/// Gives classes of today's models.
pub(super) const GLOBAL_GET_MODEL: &str = "django.apps.apps.get_model";

#[derive(Default, Deserialize)]
struct Facts {
    model: FxHashSet<String>,
    queryset: FxHashSet<String>,
    writes: FxHashSet<String>,
    managers: Vec<String>,
}

fn facts() -> &'static Facts {
    static TABLE: OnceLock<Facts> = OnceLock::new();
    // The tests read the file, so that a mistake in it cannot reach a release.
    TABLE.get_or_init(|| toml::from_str(FACTS).unwrap_or_default())
}

/// Whether every model, or a row of it, has a member of this name: by itself, or because a field may bring it.
pub fn is_model_member(name: &str) -> bool {
    let of_field = (name.starts_with("get_") && (name.ends_with("_display") || name.ends_with("_order")))
        || (name.starts_with("set_") && name.ends_with("_order"))
        || name.starts_with("get_next_by_")
        || name.starts_with("get_previous_by_");
    of_field || name.starts_with('_') || facts().model.contains(name)
}

/// Whether every manager and queryset has a member of this name.
pub fn is_queryset_member(name: &str) -> bool {
    name.starts_with('_') || facts().queryset.contains(name)
}

/// Methods of managers and querysets that write.
pub(super) fn is_write(name: &str) -> bool {
    facts().writes.contains(name)
}

/// `objects` and the managers that Django itself uses.
pub(super) fn is_manager(name: &str) -> bool {
    facts().managers.iter().any(|manager| manager == name)
}

/// Whether the last part of a path is written as classes are.
pub(super) fn is_class_name(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    last.ends_with("()") || last.starts_with(|first: char| first.is_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads() {
        toml::from_str::<Facts>(FACTS).expect("model_api.toml");
        assert!(is_model_member("full_clean") && is_model_member("get_status_display"));
        assert!(!is_model_member("get_absolute_url"));
        assert!(is_queryset_member("bulk_update") && !is_queryset_member("active"));
        assert!(is_write("_raw_delete") && is_manager("_default_manager"));
    }
}
