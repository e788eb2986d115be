//! What the schema editor does, case by case. Expected statements were printed by Django itself; whole histories are
//! compared with it in `tests/against_django_sql`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::django::fields::FieldClasses;
use crate::django::state::{Context, States};
use crate::django::{DjangoVersion, Graph, Migration, reader};
use crate::source::SourceText;

const HEAD: &str = "import django.utils.timezone
import uuid
from django.db import migrations, models
class Migration(migrations.Migration):
";

/// The entries of a history of one app; each text holds the operations of one migration.
fn entries(migrations: &[&str], django: &str, server: &str) -> Vec<Entry> {
    entries_together(migrations, django, server, false)
}

/// The same, where one `migrate` runs them all.
fn entries_together(migrations: &[&str], django: &str, server: &str, together: bool) -> Vec<Entry> {
    let read = |(number, operations): (usize, &&str)| {
        let name: Arc<str> = format!("{number:04}_m").into();
        let parent = if number == 0 { String::new() } else { format!("('a', '{:04}_m')", number - 1) };
        let source = format!("{HEAD}    dependencies = [{parent}]\n    operations = [{operations}]\n");
        let text = SourceText::decode(format!("a/migrations/{name}.py").into(), source.as_bytes()).unwrap();
        Migration { app: "a".into(), name, file: Arc::new(reader::read(Arc::new(text))) }
    };
    let migrations: Vec<Migration> = migrations.iter().enumerate().map(read).collect();
    let graph = Graph::build(&migrations, &BTreeSet::from(["a".into()]), &BTreeMap::new());
    let classes = FieldClasses::default();
    let (swappable, undecided) = (BTreeMap::new(), BTreeSet::new());
    let auto: Arc<str> = "django.db.models.AutoField".into();
    let context = Context::new(&classes, &swappable, Some(&auto), &undecided);
    let states = States::new(&migrations, &graph, &context);
    let django: DjangoVersion = django.parse().unwrap();
    Run::together(&states, &context, django, &server.parse().unwrap(), &|_| together).entries
}

/// The statements of the last migration of a history.
fn last(migrations: &[&str], django: &str, server: &str) -> Vec<Statement> {
    let name = format!("{:04}_m", migrations.len() - 1);
    let entries = entries(migrations, django, server);
    let own = entries.into_iter().filter(|entry| entry.migration.as_ref() == name);
    own.flat_map(|entry| entry.sql.unwrap()).collect()
}

fn texts(statements: &[Statement]) -> Vec<&str> {
    statements.iter().map(|statement| statement.sql.as_str()).collect()
}

const THING: &str = "migrations.CreateModel('T', [('id', models.AutoField(primary_key=True)), ('c', models.CharField(max_length=20, null=True)), ('n', models.IntegerField())])";

#[test]
fn a_default_is_added_and_removed() {
    let add = "migrations.AddField('T', 'x', models.CharField(max_length=5, default='a\\'b'))";
    assert_eq!(
        texts(&last(&[THING, add], "4.2", "mysql-8.0.36")),
        [
            "ALTER TABLE `a_t` ADD COLUMN `x` varchar(5) DEFAULT 'a\\'b' NOT NULL",
            "ALTER TABLE `a_t` ALTER COLUMN `x` DROP DEFAULT",
        ]
    );
}

#[test]
fn a_text_default_depends_on_release_and_server() {
    let add = "migrations.AddField('T', 'x', models.TextField(default='y'))";
    let of = |django, server| texts(&last(&[THING, add], django, server)).join("; ");
    assert_eq!(of("4.2", "mysql-8.0.36"), "ALTER TABLE `a_t` ADD COLUMN `x` longtext DEFAULT ('y') NOT NULL");
    assert_eq!(
        of("4.2", "mariadb-10.11"),
        "ALTER TABLE `a_t` ADD COLUMN `x` longtext DEFAULT 'y' NOT NULL; ALTER TABLE `a_t` ALTER COLUMN `x` DROP DEFAULT"
    );
    for (django, server) in [("2.2", "mysql-8.0.36"), ("3.2", "mysql-5.7")] {
        assert_eq!(
            of(django, server),
            "ALTER TABLE `a_t` ADD COLUMN `x` longtext NOT NULL; UPDATE `a_t` SET `x` = 'y'"
        );
    }
}

#[test]
fn a_column_becomes_required_in_four_steps() {
    let alter = "migrations.AlterField('T', 'c', models.CharField(max_length=20, default='z'))";
    let statements = last(&[THING, alter], "4.2", "mysql-8.0.36");
    assert_eq!(
        texts(&statements),
        [
            "ALTER TABLE `a_t` ALTER COLUMN `c` SET DEFAULT 'z'",
            "UPDATE `a_t` SET `c` = 'z' WHERE `c` IS NULL",
            "ALTER TABLE `a_t` MODIFY `c` varchar(20) NOT NULL",
            "ALTER TABLE `a_t` ALTER COLUMN `c` DROP DEFAULT",
        ]
    );
    let shapes: Vec<_> = statements.iter().map(|statement| statement.class.shape).collect();
    assert_eq!(shapes, [Some("set-default"), None, Some("to-not-null"), Some("drop-default")]);
    assert_eq!(statements[1].class.blocks_writes, Some(true));
}

#[test]
fn a_wider_key_reaches_the_tables_that_refer_to_it() {
    let refer = "migrations.CreateModel('R', [('id', models.AutoField(primary_key=True)), ('t', models.ForeignKey('a.T', models.CASCADE)), ('m', models.ManyToManyField('a.T', related_name='x'))])";
    let alter = "migrations.AlterField('T', 'id', models.BigAutoField(primary_key=True))";
    let statements = last(&[&format!("{THING}, {refer}"), alter], "4.2", "mysql-8.0.36");
    assert_eq!(
        texts(&statements),
        [
            "ALTER TABLE `a_r_m` DROP FOREIGN KEY `a_r_m_t_id_96b8d737_fk_a_t_id`",
            "ALTER TABLE `a_r` DROP FOREIGN KEY `a_r_t_id_f39bf721_fk_a_t_id`",
            "ALTER TABLE `a_t` MODIFY `id` bigint AUTO_INCREMENT NOT NULL",
            "ALTER TABLE `a_r_m` MODIFY `t_id` bigint NOT NULL",
            "ALTER TABLE `a_r` MODIFY `t_id` bigint NOT NULL",
            "ALTER TABLE `a_r_m` ADD CONSTRAINT `a_r_m_t_id_96b8d737_fk` FOREIGN KEY (`t_id`) REFERENCES `a_t` (`id`)",
            "ALTER TABLE `a_r` ADD CONSTRAINT `a_r_t_id_f39bf721_fk` FOREIGN KEY (`t_id`) REFERENCES `a_t` (`id`)",
        ]
    );
    assert_eq!(statements[0].looked_up, [Arc::<str>::from("a_r_m_t_id_96b8d737_fk_a_t_id")]);
    assert!(statements[2].looked_up.is_empty());
}

#[test]
fn names_follow_what_the_server_did_before() {
    let rename = "migrations.RenameField('T', 'c', 'd')";
    let drop = "migrations.AlterField('T', 'd', models.CharField(max_length=20, null=True))";
    let unique = "migrations.AddField('T', 'u', models.CharField(max_length=20, null=True, unique=True)), migrations.RenameField('T', 'u', 'v'), migrations.AlterField('T', 'v', models.CharField(max_length=20, null=True))";
    assert_eq!(texts(&last(&[THING, rename, drop], "4.2", "mysql-8.0.36")), [""; 0]);
    let statements = last(&[THING, unique], "4.2", "mysql-8.0.36");
    // The index keeps the name of the column that it was made with.
    assert_eq!(texts(&statements).last(), Some(&"ALTER TABLE `a_t` DROP INDEX `u`"));
}

#[test]
fn what_the_source_does_not_tell_is_said() {
    let unknown = "migrations.AddField('T', 'x', elsewhere.Field()), migrations.RunSQL(open('f').read()), migrations.AddField('T', 'y', models.IntegerField(default=uuid.uuid4))";
    let entries = entries(&[THING, unknown], "4.2", "mysql-8.0.36");
    assert!(entries[1].sql.is_err() && entries[2].sql.is_err());
    let hole = &entries[3].sql.as_ref().unwrap()[0];
    assert_eq!(
        hole.sql,
        "ALTER TABLE `a_t` ADD COLUMN `y` integer DEFAULT <computed: uuid.uuid4()> NOT NULL"
    );
    assert_eq!(hole.holes, ["<computed: uuid.uuid4()>"]);
    let last = entries.last().unwrap();
    assert!(last.op_index.is_none() && last.incomplete.is_some());
}

#[test]
fn varchar_widens_by_bytes() {
    let shape = |old: u32, new: u32| {
        let create = format!(
            "migrations.CreateModel('T', [('id', models.AutoField(primary_key=True)), ('c', models.CharField(max_length={old}))])"
        );
        let alter = format!("migrations.AlterField('T', 'c', models.CharField(max_length={new}))");
        last(&[&create, &alter], "4.2", "mysql-8.0.36")[0].class.shape.unwrap()
    };
    assert_eq!(shape(50, 63), "varchar-widen-within");
    assert_eq!(shape(50, 64), "varchar-widen-across");
    assert_eq!(shape(31, 64), "varchar-widen-from-127");
    assert_eq!(shape(64, 128), "varchar-widen-within");
    assert_eq!(shape(64, 63), "varchar-shrink");
    assert_eq!(shape(255, 20_000), "row-too-large");
}

#[test]
fn deferred_statements_follow_renames_and_go_with_their_table() {
    let create = "migrations.CreateModel('U', [('id', models.AutoField(primary_key=True)), ('s', models.SlugField())]), migrations.RenameField('U', 's', 'w'), migrations.AlterModelTable('U', 'moved'), migrations.CreateModel('V', [('id', models.AutoField(primary_key=True)), ('s', models.SlugField())]), migrations.DeleteModel('V')";
    let statements = last(&[THING, create], "4.2", "mysql-8.0.36");
    assert_eq!(texts(&statements).last(), Some(&"CREATE INDEX `moved_w_b9486508` ON `moved` (`w`)"));
}

#[test]
fn hostile_histories_end() {
    let circle = "migrations.CreateModel('P', [('id', models.OneToOneField('a.Q', models.CASCADE, primary_key=True))]), migrations.CreateModel('Q', [('id', models.OneToOneField('a.P', models.CASCADE, primary_key=True))]), migrations.AlterField('P', 'id', models.BigAutoField(primary_key=True))";
    assert!(entries(&[circle], "4.2", "mysql-8.0.36").iter().any(|entry| entry.sql.is_err()));
    let nonsense = "migrations.AddField('Nope', 'x', models.IntegerField()), migrations.RenameIndex('T', new_name='x', old_fields=('zz',)), migrations.AlterUniqueTogether('T', {('nope', 'no')}), migrations.RemoveConstraint('T', 'none'), migrations.CreateModel('', [])";
    for django in ["2.2", "3.2", "4.2", "5.2"] {
        entries(&[THING, nonsense], django, "mariadb-10.4");
    }
}

/// `Log` refers to `Task` and `Task` to `Project`: what renders `Project` anew renders `Task` with it, and not `Log`.
const CHAIN: &str = "migrations.CreateModel('Project', [('id', models.AutoField(primary_key=True))]), migrations.CreateModel('Task', [('id', models.AutoField(primary_key=True)), ('project', models.ForeignKey('Project', models.CASCADE))]), migrations.CreateModel('Log', [('id', models.AutoField(primary_key=True)), ('task', models.ForeignKey('Task', models.CASCADE))])";
const ADD: &str = "migrations.AddField('Project', 'x', models.IntegerField(null=True))";

fn of_kind<'e>(entries: &'e [Entry], op: &str) -> &'e Entry {
    entries.iter().find(|entry| entry.op.as_ref() == op).unwrap()
}

#[test]
fn a_relation_that_django_lost_sight_of_is_unknown() {
    let rename = "migrations.RenameModel('Task', 'Job')";
    let widen = "migrations.AlterField('Task', 'id', models.BigAutoField(primary_key=True))";
    for (op, change) in [("RenameModel", rename), ("AlterField", widen)] {
        let names_log = |entries: &[Entry]| {
            let statements = of_kind(entries, op).sql.as_ref().unwrap();
            assert!(texts(statements).iter().any(|sql| sql.contains("`a_log`")), "{statements:#?}");
        };
        names_log(&entries(&[CHAIN, ADD, change], "2.2", "mysql-8.0.36"));
        names_log(&entries_together(&[CHAIN, ADD, change], "4.2", "mysql-8.0.36", true));
        for histories in [
            entries(&[CHAIN, &format!("{ADD}, {change}")], "2.2", "mysql-8.0.36"),
            entries_together(&[CHAIN, ADD, change], "2.2", "mysql-8.0.36", true),
        ] {
            let why = of_kind(&histories, op).sql.as_ref().unwrap_err().to_string();
            assert!(why.contains("from `a.log` to `a.task`"), "{op}: {why}");
        }
    }
}

#[test]
fn what_is_rendered_with_it_stays_in_sight() {
    let rename = "migrations.RenameModel('Task', 'Job')";
    for before in [
        "migrations.AddField('Task', 'x', models.IntegerField(null=True))",
        "migrations.AddField('Log', 'x', models.IntegerField(null=True))",
        // A relation renders all that hangs together.
        "migrations.AddField('Log', 'project', models.ForeignKey('Project', models.CASCADE, null=True))",
    ] {
        let found = entries(&[CHAIN, &format!("{before}, {rename}")], "2.2", "mysql-8.0.36");
        let statements = of_kind(&found, "RenameModel").sql.as_ref().unwrap();
        let has_key = texts(statements).iter().any(|sql| sql.contains("ADD CONSTRAINT `a_log"));
        assert!(has_key, "{before}: {statements:#?}");
    }
}
