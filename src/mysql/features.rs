//! What Django's MySQL backend does differently by version and server; read from `rules/facts`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use semver::{Version, VersionReq};
use serde::Deserialize;

use crate::django::version::DjangoVersion;

use super::server::{Flavour, Server};

const FACTS: &str = include_str!("../../rules/facts/django_mysql_features.toml");

#[derive(Deserialize)]
struct Row {
    #[allow(dead_code)] // for readers of the file
    what: String,
    #[allow(dead_code)]
    source: String,
    when: Vec<When>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct When {
    django: Option<VersionReq>,
    mysql: Option<VersionReq>,
    mariadb: Option<VersionReq>,
}

impl When {
    fn matches(&self, django: &Version, server: &Server) -> bool {
        let server_matches = match (&self.mysql, &self.mariadb, server.flavour) {
            (None, None, _) => true,
            (Some(range), _, Flavour::MySql) | (_, Some(range), Flavour::MariaDb) => {
                range.matches(&server.version)
            }
            _ => false,
        };
        server_matches && self.django.as_ref().is_none_or(|range| range.matches(django))
    }
}

fn rows() -> &'static BTreeMap<String, Row> {
    static ROWS: OnceLock<BTreeMap<String, Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        #[allow(clippy::expect_used)] // compiled in; a test reads every row
        toml::from_str(FACTS).expect("rules/facts/django_mysql_features.toml is well formed")
    })
}

macro_rules! features {
    ($($name:ident),* $(,)?) => {
        /// The features that hold for one Django version on one server; `rules/facts/django_mysql_features.toml` says
        /// what each means and where Django's source has it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)] // each field is a row of the facts file
        pub struct Features { $(pub $name: bool),* }

        impl Features {
            /// Names of all features.
            #[cfg(test)]
            const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// The features of `django` on `server`.
            pub fn new(django: DjangoVersion, server: &Server) -> Self {
                let version = Version::new(django.major, django.minor, 0);
                let holds = |name: &str| {
                    rows().get(name).is_some_and(|row| row.when.iter().any(|when| when.matches(&version, server)))
                };
                Self { $($name: holds(stringify!($name))),* }
            }
        }
    };
}

features! {
    inline_fk,
    unique_before_columns,
    check_constraints,
    enforced_checks,
    table_checks,
    drop_table_checks,
    mysql_drop_check,
    json_valid_check,
    check_survives_rename,
    limited_type_defaults,
    expression_defaults,
    skips_limited_default_on_alter,
    separate_skip_on_alter,
    empty_text_without_default,
    null_default,
    rename_column,
    rename_index,
    expression_indexes,
    index_column_ordering,
    alter_filter,
    choices_are_schema,
    fk_follows_table,
    hidden_relations,
    sorted_relations,
    recursive_relations,
    relations_by_class,
    rebuilds_updated_relations,
    unique_key_cascade,
    collation_of_relations,
    collation_alone,
    collations,
    comments,
    database_defaults,
    deferred_constraints_with_parameters,
    native_uuid,
    doubled_percent,
    fk_index_by_prefix,
    fk_index_on_removal,
    plain_index_together,
    index_together_at_once,
    dropped_index_forgets_deferred,
    big_json,
    decimal_as_text,
    time_with_microseconds,
    wrapped_expressions,
    doubled_parentheses,
    index_direction_without_space,
    percent_stops_constraints,
    round_to_places,
    bare_booleans,
    compared_booleans,
    regexp_like,
    null_of_both_sides,
    same_conditions_once,
    bare_columns_in_expressions,
    primary_key_without_unique,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_feature_and_every_feature_a_row() {
        let mut names = Features::NAMES.to_vec();
        names.sort_unstable();
        assert_eq!(rows().keys().map(String::as_str).collect::<Vec<_>>(), names);
    }

    #[test]
    fn ranges_are_by_flavour() {
        let features =
            |django: &str, server: &str| Features::new(django.parse().unwrap(), &server.parse().unwrap());
        assert!(features("4.2", "mysql-8.0.36").rename_column);
        assert!(!features("4.2", "mysql-5.7").rename_column);
        assert!(features("5.2", "mysql-8.4").rename_column);
        assert!(!features("5.2", "mariadb-10.4").rename_column);
        assert!(features("5.2", "mariadb-10.11").native_uuid);
        assert!(!features("4.2", "mariadb-10.11").native_uuid);
        assert!(!features("2.2", "mysql-8.4").check_constraints);
    }
}
