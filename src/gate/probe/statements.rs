//! Everything that the gate says to a service, in one place: no probe can send what is not here.
//!
//! The SQL has no parameters and changes nothing beyond the session; [`Statement::of`] is the only way to one. A test
//! reads every row and refuses verbs that are not in [`VERBS`].

/// A statement that the gate may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// Its name within the gate.
    pub name: &'static str,
    /// The SQL.
    pub sql: &'static str,
}

/// What statements may begin with.
pub const VERBS: [&str; 3] = ["SELECT ", "SHOW ", "SET SESSION "];

/// All statements for servers that speak MySQL's protocol.
pub const MYSQL: &[Statement] = &[
    Statement { name: "read-only", sql: "SET SESSION TRANSACTION READ ONLY" },
    Statement { name: "limit-mysql", sql: "SET SESSION max_execution_time = 8000" },
    Statement { name: "limit-mariadb", sql: "SET SESSION max_statement_time = 8" },
    Statement { name: "short-mysql", sql: "SET SESSION max_execution_time = 2000" },
    Statement { name: "short-mariadb", sql: "SET SESSION max_statement_time = 2" },
    Statement { name: "lock-wait", sql: "SET SESSION lock_wait_timeout = 3" },
    Statement { name: "fresh-statistics", sql: "SET SESSION information_schema_stats_expiry = 0" },
    Statement { name: "version", sql: "SELECT VERSION(), @@version_comment, CURRENT_USER()" },
    Statement {
        name: "variables",
        sql: "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('sql_mode','character_set_server','collation_server',\
              'lock_wait_timeout','innodb_lock_wait_timeout','wait_timeout','interactive_timeout','max_allowed_packet',\
              'read_only','super_read_only','innodb_read_only','performance_schema','gtid_mode','lower_case_table_names',\
              'innodb_online_alter_log_max_size','default_storage_engine','sql_require_primary_key','log_bin','datadir',\
              'information_schema_stats_expiry','max_execution_time','max_statement_time','max_connections')",
    },
    Statement { name: "role", sql: "SELECT CURRENT_ROLE()" },
    Statement {
        name: "charset",
        sql: "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()",
    },
    Statement {
        name: "time-zones",
        sql: "SELECT CONVERT_TZ('2001-01-01 01:00:00', 'UTC', 'UTC') IS NOT NULL",
    },
    Statement {
        name: "privileges",
        sql: "SELECT '%', PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = CONCAT('''', \
              LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1), \
              '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''') UNION ALL \
              SELECT TABLE_SCHEMA, PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = CONCAT('''', \
              LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1), \
              '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')",
    },
    Statement { name: "replica", sql: "SHOW REPLICA STATUS" },
    Statement { name: "slave", sql: "SHOW SLAVE STATUS" },
    Statement {
        name: "transactions",
        sql: "SELECT trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, trx_started, NOW()), trx_rows_modified FROM \
              information_schema.INNODB_TRX WHERE trx_mysql_thread_id <> CONNECTION_ID() AND trx_mysql_thread_id <> 0 \
              ORDER BY trx_started LIMIT 200",
    },
    Statement {
        name: "lock-instrument",
        sql: "SELECT ENABLED FROM performance_schema.setup_instruments WHERE NAME = 'wait/lock/metadata/sql/mdl'",
    },
    Statement {
        name: "metadata-locks",
        sql: "SELECT l.OBJECT_NAME, l.LOCK_TYPE, l.LOCK_STATUS, COALESCE(t.PROCESSLIST_ID, 0) FROM \
              performance_schema.metadata_locks l LEFT JOIN performance_schema.threads t ON t.THREAD_ID = l.OWNER_THREAD_ID \
              WHERE l.OBJECT_TYPE = 'TABLE' AND l.OBJECT_SCHEMA = DATABASE() AND COALESCE(t.PROCESSLIST_ID, 0) <> CONNECTION_ID() \
              LIMIT 500",
    },
    Statement {
        name: "tables",
        sql: "SELECT TABLE_NAME, COALESCE(TABLE_ROWS, 0), COALESCE(DATA_LENGTH, 0) + COALESCE(INDEX_LENGTH, 0) FROM \
              information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'",
    },
    Statement {
        name: "columns",
        sql: "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()",
    },
    Statement {
        name: "indexes",
        sql: "SELECT DISTINCT TABLE_NAME, INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()",
    },
    Statement {
        name: "files",
        sql: "SELECT NAME, FILE_SIZE FROM information_schema.INNODB_TABLESPACES WHERE \
              LEFT(NAME, CHAR_LENGTH(DATABASE()) + 1) = CONCAT(DATABASE(), '/')",
    },
    Statement {
        name: "files-sys",
        sql: "SELECT NAME, FILE_SIZE FROM information_schema.INNODB_SYS_TABLESPACES WHERE \
              LEFT(NAME, CHAR_LENGTH(DATABASE()) + 1) = CONCAT(DATABASE(), '/')",
    },
    Statement { name: "disks", sql: "SELECT Path, Available FROM information_schema.DISKS" },
    Statement { name: "migrations", sql: "SELECT app, name FROM django_migrations ORDER BY id" },
];

/// Commands for Redis, sentinels and nodes of a cluster.
pub const REDIS: &[&[&str]] = &[
    &["PING"],
    &["INFO"],
    &["CLUSTER", "INFO"],
    &["CLUSTER", "NODES"],
    &["SENTINEL", "GET-MASTER-ADDR-BY-NAME"],
    &["SENTINEL", "CKQUORUM"],
];

/// Paths that are read from Elasticsearch and OpenSearch, with GET.
pub const ELASTICSEARCH: &[&str] = &[
    "/",
    "/_cluster/health",
    "/_all/_settings/index.version.created?expand_wildcards=all&flat_settings=true",
    "/_migration/deprecations",
];

impl Statement {
    /// The statement with this name; none is made up elsewhere.
    pub fn of(name: &str) -> Option<&'static Self> {
        MYSQL.iter().find(|statement| statement.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_only_read() {
        for Statement { name, sql } in MYSQL {
            assert!(VERBS.iter().any(|verb| sql.starts_with(verb)), "{name}");
            assert!(!sql.contains(';') && !sql.contains("/*"), "{name}: one statement, no hidden part");
            let upper = sql.to_uppercase();
            for verb in [
                " INTO ",
                "FOR UPDATE",
                "LOCK IN",
                "SLEEP(",
                "GET_LOCK",
                "BENCHMARK(",
                "SET GLOBAL",
                "SHOW GRANTS",
            ] {
                assert!(!upper.contains(verb), "{name}: {verb}");
            }
            assert_eq!(Statement::of(name).map(|found| found.sql), Some(*sql), "{name} twice");
        }
        let session = MYSQL.iter().filter(|one| one.sql.starts_with("SET ")).map(|one| one.name);
        assert_eq!(
            session.collect::<Vec<_>>(),
            [
                "read-only",
                "limit-mysql",
                "limit-mariadb",
                "short-mysql",
                "short-mariadb",
                "lock-wait",
                "fresh-statistics"
            ]
        );
    }
}
