//! Everything that `gate calibrate` says to a server beside the gate's own read-only questions, in one place. Every statement
//! that changes something names the scratch database, and no other name has a place in it.

/// What names of scratch databases begin with: a user of `calibrate` needs rights on these and no others.
pub const PREFIX: &str = "bklog_lint_calibrate_";

/// The table that is measured, `{s}` being the scratch database: an AutoField, a key to another table, an indexed number, two
/// texts and a time, about 300 bytes a row, as tables of Django projects are.
pub const CREATE: [&str; 4] = [
    "CREATE DATABASE `{s}` CHARACTER SET utf8mb4",
    "CREATE TABLE `{s}`.`parents` (`id` bigint NOT NULL PRIMARY KEY) ENGINE=InnoDB",
    "CREATE TABLE `{s}`.`rows` (`id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY, `parent_id` bigint NOT NULL, \
     `kind` integer NOT NULL, `name` varchar(64) NOT NULL, `text` varchar(255) NOT NULL, `made` datetime(6) NOT NULL, \
     KEY `by_kind` (`kind`)) ENGINE=InnoDB",
    "INSERT INTO `{s}`.`parents` (`id`) VALUES (0), (1), (2), (3), (4), (5), (6), (7)",
];

/// The first row.
pub const FIRST: &str = "INSERT INTO `{s}`.`rows` (`parent_id`, `kind`, `name`, `text`, `made`) VALUES \
     (0, 0, MD5('0'), REPEAT(MD5('0'), 5), '2026-01-01')";

/// Twice the rows: every value differs from the others and stands at another place of its index.
pub const DOUBLE: &str = "INSERT INTO `{s}`.`rows` (`parent_id`, `kind`, `name`, `text`, `made`) \
     SELECT MOD(`id`, 8), MOD(CRC32(CONCAT(`name`, `id`)), 1000003), MD5(CONCAT(`name`, `id`)), \
     REPEAT(MD5(CONCAT(`id`, `name`)), 5), `made` FROM `{s}`.`rows`";

/// Fresh statistics.
pub const ANALYZE: &str = "ANALYZE TABLE `{s}`.`rows`";

/// Its size.
pub const SIZE: &str = "SELECT COALESCE(DATA_LENGTH, 0) + COALESCE(INDEX_LENGTH, 0) FROM information_schema.TABLES \
     WHERE TABLE_SCHEMA = '{s}' AND TABLE_NAME = 'rows'";

/// How the number of rows is told.
pub const COUNT: &str = "SELECT COUNT(*) FROM `{s}`.`rows`";

/// What is measured, by kind of work: the statement, and those that take it back.
pub const MEASURED: [(&str, &str, &[&str]); 6] = [
    ("copy", "ALTER TABLE `{s}`.`rows` FORCE, ALGORITHM=COPY", &[]),
    ("rebuild", "ALTER TABLE `{s}`.`rows` FORCE, ALGORITHM=INPLACE", &[]),
    (
        "index",
        "ALTER TABLE `{s}`.`rows` ADD INDEX `by_name` (`name`), ALGORITHM=INPLACE",
        &["ALTER TABLE `{s}`.`rows` DROP INDEX `by_name`"],
    ),
    (
        "in-place",
        "ALTER TABLE `{s}`.`rows` DROP INDEX `by_kind`, ALGORITHM=INPLACE",
        &["ALTER TABLE `{s}`.`rows` ADD INDEX `by_kind` (`kind`)"],
    ),
    (
        "foreign-key",
        "ALTER TABLE `{s}`.`rows` ADD CONSTRAINT `to_parents` FOREIGN KEY (`parent_id`) REFERENCES `{s}`.`parents` (`id`)",
        &[
            "ALTER TABLE `{s}`.`rows` DROP FOREIGN KEY `to_parents`",
            "ALTER TABLE `{s}`.`rows` DROP INDEX `to_parents`",
        ],
    ),
    (
        "instant",
        "ALTER TABLE `{s}`.`rows` ADD COLUMN `extra` integer NULL, ALGORITHM=INSTANT",
        &["ALTER TABLE `{s}`.`rows` DROP COLUMN `extra`"],
    ),
];

/// Taking it out again.
pub const DROP: &str = "DROP DATABASE `{s}`";

/// Scratch databases that an earlier run left behind because it was killed.
pub const LEFT: &str = "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE LEFT(SCHEMA_NAME, 21) = 'bklog_lint_calibrate_'";

/// What is set for the session: no long wait for a lock, and no copy of the scratch rows to replicas where the user may say
/// so.
pub const SESSION: [&str; 3] = [
    "SET SESSION lock_wait_timeout = 30",
    "SET SESSION sql_log_bin = 0",
    "SET SESSION foreign_key_checks = 1",
];

/// Number of the connection, and what stops its statement.
pub const CONNECTION: &str = "SELECT CONNECTION_ID()";
/// Stops the statement of a connection of the same user.
pub const KILL: &str = "KILL QUERY {n}";

#[cfg(test)]
mod tests {
    use super::*;

    /// Statements that change something.
    fn writing() -> Vec<&'static str> {
        let measured = MEASURED
            .iter()
            .flat_map(|(_, statement, back)| std::iter::once(*statement).chain(back.iter().copied()));
        CREATE.into_iter().chain([FIRST, DOUBLE, ANALYZE, DROP]).chain(measured).collect()
    }

    #[test]
    fn what_writes_names_the_scratch_database_and_nothing_else() {
        for sql in writing() {
            assert!(!sql.contains(';') && !sql.contains("/*"), "one statement: {sql}");
            let target = sql.split('`').nth(1);
            assert_eq!(target, Some("{s}"), "the first name is the scratch database: {sql}");
            // Every table is written with the scratch database before it.
            for word in ["rows`", "parents`"] {
                for (at, _) in sql.match_indices(&format!("`{word}")) {
                    let before = &sql[..at];
                    assert!(before.ends_with("`{s}`."), "{word} in {sql}");
                }
            }
            assert!(!sql.to_uppercase().contains("IF EXISTS"), "nothing is taken for granted: {sql}");
            assert!(
                !sql.to_uppercase().contains("IF NOT EXISTS"),
                "a database that is there is not ours: {sql}"
            );
        }
        assert_eq!(PREFIX.len(), 21, "as LEFT has it");
        for sql in SESSION {
            assert!(sql.starts_with("SET SESSION "), "{sql}");
        }
    }
}
