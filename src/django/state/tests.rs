//! What operations leave behind where Django is of no help: unknown arguments, conditional code, missing models.
//! Sound histories are held against Django itself in `tests/against_django_state`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::django::reader;
use crate::django::{Graph, Migration};
use crate::source::SourceText;

const HEAD: &str =
    "from django.conf import settings\nfrom django.db import migrations, models\nfrom lib import Own, FLAG\n";

/// A migration of the app `app` with these operations.
fn migration(number: usize, operations: &str) -> Migration {
    let name = format!("{number:04}_m");
    let source = format!(
        "{HEAD}\nclass Migration(migrations.Migration):\n    dependencies = [{}]\n    operations = [{operations}]\n",
        if number > 1 { format!("('app', '{:04}_m')", number - 1) } else { String::new() }
    );
    let path = format!("app/migrations/{name}.py");
    let text = Arc::new(SourceText::decode(path.as_str().into(), source.as_bytes()).unwrap());
    Migration { app: "app".into(), name: name.as_str().into(), file: Arc::new(reader::read(text)) }
}

/// What is left after migrations with these operations, and all problems in words.
fn run(all: &[&str]) -> (ProjectState, Vec<String>) {
    let migrations: Vec<Migration> =
        all.iter().enumerate().map(|(at, operations)| migration(at + 1, operations)).collect();
    let graph = Graph::build(&migrations, &["app".into()].into(), &BTreeMap::new());
    let classes = FieldClasses::default();
    let context = Context::new(&classes, &BTreeMap::new(), None, &BTreeSet::new());
    let states = States::new(&migrations, &graph, &context);
    assert_eq!(states.iter().count(), migrations.len());
    let problems = states
        .iter()
        .flat_map(|step| &step.operations)
        .flat_map(|step| &step.problems)
        .map(|problem| problem.kind.describe().en)
        .collect();
    (states.last().clone(), problems)
}

const TASK: &str = "migrations.CreateModel('Task', fields=[('id', models.AutoField(primary_key=True)), ('name', models.CharField(max_length=9))])";

fn task(state: &ProjectState) -> &Arc<ModelState> {
    state.get("app", "Task").unwrap()
}

#[test]
fn what_is_not_there_is_a_problem_and_changes_nothing() {
    let (state, problems) = run(&[
        TASK,
        "migrations.AddField('gone', 'x', models.TextField()), migrations.RemoveField('task', 'y'), migrations.AddField('task', 'name', models.TextField()), migrations.RemoveIndex('task', 'i'), migrations.RenameField('task', 'z', 'a'), migrations.DeleteModel('other'), migrations.RemoveConstraint('task', 'c'), migrations.RenameModel('nobody', 'Somebody')",
        TASK,
    ]);
    assert_eq!(
        problems,
        [
            "there is no model `app.gone` at this point",
            "the model `app.task` has no field `y` at this point",
            "the model `app.task` already has a field `name` at this point",
            "the model `app.task` has no index `i` at this point",
            "the model `app.task` has no field `z` at this point",
            "there is no model `app.other` at this point",
            "the model `app.task` has no constraint `c` at this point",
            "there is no model `app.nobody` at this point",
            "the model `app.task` already exists at this point",
        ]
    );
    assert_eq!(state.models().count(), 1);
}

/// With Django 3.2 to 5.2 both stop the migration.
#[test]
fn renames_that_django_cannot_follow_are_problems() {
    let (state, problems) = run(&[
        TASK,
        "migrations.CreateModel('Child', fields=[], bases=('app.task',)), migrations.RenameModel('Task', 'TASK'), migrations.RenameModel('task', 'Job')",
    ]);
    assert_eq!(
        problems,
        [
            "the new name of `app.task` differs in its case alone, and Django then loses the model",
            "`app.child` inherits from `app.task`, and Django does not follow the new name there",
            "`app.child` inherits from `app.task`, and Django does not follow the new name there",
        ]
    );
    let child = state.local_fields(&ModelKey::new("app", "Child"));
    assert_eq!(
        child.unwrap_err().to_string(),
        "the model `app.task` is not among the migrations of this project"
    );
}

#[test]
fn an_unknown_argument_is_unknown_alone() {
    let (state, problems) = run(&[
        TASK,
        "migrations.AddField('task', 'n', models.CharField(max_length=LIMIT, null=True)), migrations.AlterModelTable('task', table=name())",
    ]);
    assert_eq!(problems, [""; 0]);
    let field = task(&state).fields.get("n").unwrap();
    assert_eq!(
        field.max_length().unwrap_err().to_string(),
        "`max_length`: the name `LIMIT` is not bound in this file"
    );
    assert_eq!(field.null(), Ok(true));
    assert_eq!(field.uncertain, None);
    assert!(state.table(&task(&state).key()).is_err());
    assert_eq!(state.doubts().count(), 0);
}

#[test]
fn an_unknown_model_or_operation_puts_the_app_in_doubt() {
    for operations in [
        "migrations.DeleteModel(name=which())",
        "Own('task')",
        "make()",
        "*more",
        "migrations.SeparateDatabaseAndState(state_operations=make())",
    ] {
        let (state, _) = run(&[TASK, operations]);
        assert_eq!(state.doubts().count(), 1, "{operations}");
        assert!(state.uncertain(&task(&state).key()).is_some(), "{operations}");
        // What Django would stumble over may be explained by it.
        let (_, problems) = run(&[TASK, operations, "migrations.RemoveField('task', 'y')"]);
        assert!(!problems.iter().any(|problem| problem.contains("has no field")), "{problems:?}");
    }
    for operations in [
        "migrations.SeparateDatabaseAndState(database_operations=make())",
        "migrations.RunPython(forwards)",
        "migrations.RunSQL(sql())",
    ] {
        let (state, problems) = run(&[TASK, operations]);
        assert_eq!((state.doubts().count(), problems.len()), (0, 0), "{operations}");
    }
}

#[test]
fn conditional_code_marks_what_it_may_change() {
    let (state, problems) = run(&[
        TASK,
        "migrations.AddField('task', 'a', models.TextField()) if FLAG else migrations.RunSQL('')",
        "migrations.RemoveField('task', 'name') if FLAG else migrations.RunSQL('')",
        "migrations.CreateModel('Late', fields=[]) if FLAG else migrations.RunSQL('')",
        "migrations.DeleteModel('Task') if FLAG else migrations.RunSQL('')",
    ]);
    assert_eq!(problems, [""; 0]);
    for name in ["a", "name"] {
        assert!(task(&state).fields.get(name).unwrap().uncertain.is_some(), "{name}");
    }
    assert!(task(&state).fields.get("id").unwrap().uncertain.is_none());
    assert!(task(&state).uncertain.is_some());
    assert!(state.get("app", "late").unwrap().uncertain.is_some());
}

#[test]
fn settings_that_nobody_knows_leave_a_relation_unknown() {
    let migrations = [migration(
        1,
        "migrations.CreateModel('Task', fields=[('id', models.AutoField(primary_key=True)), ('owner', models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)), ('x', models.ForeignKey('elsewhere.Thing', models.CASCADE))])",
    )];
    let graph = Graph::build(&migrations, &["app".into()].into(), &BTreeMap::new());
    let classes = FieldClasses::default();
    let features = crate::mysql::Features::new("4.2".parse().unwrap(), &"mysql-8.0".parse().unwrap());
    let run = |undecided: &[&str]| {
        let undecided = undecided.iter().map(|name| Arc::from(*name)).collect();
        let context = Context::new(&classes, &BTreeMap::new(), None, &undecided);
        let states = States::new(&migrations, &graph, &context);
        let state = states.last().clone();
        let types: Vec<String> = task(&state)
            .fields
            .iter()
            .map(|field| match state.db_type(field, &features) {
                Ok(text) => text.map_or_else(String::new, |text| text.to_string()),
                Err(why) => why.to_string(),
            })
            .collect();
        types
    };
    let elsewhere = "the model `elsewhere.thing` is not among the migrations of this project";
    assert_eq!(run(&[]), ["integer AUTO_INCREMENT", "integer", elsewhere], "auth.User by default");
    assert_eq!(
        run(&["AUTH_USER_MODEL"]),
        ["integer AUTO_INCREMENT", "the value of the setting `AUTH_USER_MODEL` is not known", elsewhere]
    );
}

#[test]
fn a_key_that_points_round_in_a_circle_is_unknown() {
    let (state, _) = run(&[
        "migrations.CreateModel('A', fields=[('x', models.OneToOneField('B', models.CASCADE, primary_key=True))]), migrations.CreateModel('B', fields=[('x', models.OneToOneField('A', models.CASCADE, primary_key=True))]), migrations.CreateModel('P', fields=[], options={'proxy': True}, bases=('app.q',)), migrations.CreateModel('Q', fields=[], options={'proxy': True}, bases=('app.p',))",
    ]);
    let features = crate::mysql::Features::new("4.2".parse().unwrap(), &"mysql-8.0".parse().unwrap());
    let field = state.get("app", "a").unwrap().fields.get("x").unwrap();
    assert_eq!(
        state.db_type(field, &features).unwrap_err().to_string(),
        "the foreign key `x` points round in a circle"
    );
    assert!(state.table(&ModelKey::new("app", "P")).is_err());
}

#[test]
fn database_operations_see_one_another_and_not_the_state_operations() {
    let migrations = [migration(
        1,
        &format!(
            "migrations.SeparateDatabaseAndState(database_operations=[{TASK}, migrations.AddField('task', 'a', models.TextField())], state_operations=[migrations.CreateModel('Other', fields=[])])"
        ),
    )];
    let graph = Graph::build(&migrations, &["app".into()].into(), &BTreeMap::new());
    let classes = FieldClasses::default();
    let context = Context::new(&classes, &BTreeMap::new(), None, &BTreeSet::new());
    let states = States::new(&migrations, &graph, &context);
    let step = &states.iter().next().unwrap().operations[0];
    assert!(step.after.get("app", "other").is_some() && step.after.get("app", "task").is_none());
    let inner = database_steps(&migrations[0], step, &context);
    assert_eq!(inner.len(), 2);
    assert!(inner[1].problems.is_empty());
    assert!(inner[1].before.get("app", "task").unwrap().fields.get("a").is_none());
    assert!(inner[1].after.get("app", "task").unwrap().fields.get("a").is_some());
    assert!(inner[1].after.get("app", "other").is_none());
}

/// Thousands of migrations, each adding a field to the one model and a model that refers to it.
#[test]
fn a_long_history_costs_linear_time() {
    let count = |migrations: usize| {
        let all: Vec<Migration> = (1..=migrations)
            .map(|number| {
                let operations = if number == 1 {
                    TASK.to_owned()
                } else {
                    format!(
                        "migrations.AddField('task', 'f{number}', models.TextField()), migrations.CreateModel('M{number}', fields=[('id', models.AutoField(primary_key=True)), ('t', models.ForeignKey('Task', models.CASCADE))])"
                    )
                };
                migration(number, &operations)
            })
            .collect();
        let graph = Graph::build(&all, &["app".into()].into(), &BTreeMap::new());
        let classes = FieldClasses::default();
        let context = Context::new(&classes, &BTreeMap::new(), None, &BTreeSet::new());
        let start = std::time::Instant::now();
        let states = States::new(&all, &graph, &context);
        let took = start.elapsed();
        assert_eq!(states.last().models().count(), migrations);
        took.as_secs_f64()
    };
    let (short, long) = (count(400), count(4_000));
    assert!(long < short * 40.0, "400 migrations: {short} s, 4,000: {long} s");
}

/// Arguments that no migration has, in places where an operation expects others.
const STRANGE: [&str; 16] = [
    "None",
    "0",
    "-1",
    "''",
    "'self'",
    "'app.Task'",
    "'.'",
    "b'x'",
    "[]",
    "[('id', models.AutoField(primary_key=True))]",
    "[('x', 'y'), (1,), None, ('x', models.ForeignKey('x.', None, to_field=3))]",
    "{'proxy': True, 'unique_together': 'ab', 'indexes': [3], 'db_table': 7}",
    "models.ManyToManyField('self', through='app.Task', through_fields=('a',))",
    "models.GeneratedField(output_field=models.GeneratedField(output_field=models.TextField()))",
    "Own(*FLAG, **FLAG)",
    "(models.Index(fields='x'), models.UniqueConstraint())",
];

const CLASSES: [&str; 21] = [
    "CreateModel",
    "DeleteModel",
    "RenameModel",
    "AlterModelTable",
    "AlterModelTableComment",
    "AlterUniqueTogether",
    "AlterIndexTogether",
    "AlterOrderWithRespectTo",
    "AlterModelOptions",
    "AddField",
    "RemoveField",
    "AlterField",
    "RenameField",
    "AddIndex",
    "RemoveIndex",
    "RenameIndex",
    "AddConstraint",
    "RemoveConstraint",
    "AlterConstraint",
    "RunSQL",
    "SeparateDatabaseAndState",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]

    #[test]
    fn nothing_that_is_written_makes_it_panic(
        calls in proptest::collection::vec(
            (0..CLASSES.len(), proptest::bool::ANY, proptest::collection::vec(0..STRANGE.len(), 0..5)),
            1..12,
        )
    ) {
        let operations: Vec<String> = calls
            .iter()
            .map(|(class, sound, arguments)| {
                let mut arguments: Vec<&str> = arguments.iter().map(|at| STRANGE[*at]).collect();
                if *sound {
                    arguments.insert(0, "'Task'");
                }
                format!("migrations.{}({})", CLASSES[*class], arguments.join(", "))
            })
            .collect();
        let (state, _) = run(&[TASK, &operations.join(", ")]);
        let features = crate::mysql::Features::new("5.2".parse().unwrap(), &"mariadb-11.4".parse().unwrap());
        for (key, model) in state.models() {
            let _ = (state.table(key), state.primary_key(key), state.has_table(key), state.referrers(key).len());
            let fields = state.local_fields(key).unwrap_or_else(|_| model.fields.iter().cloned().collect());
            for field in fields {
                let _ = (state.db_type(&field, &features), state.target(&field), state.through(key, &field));
                let _ = (field.default(), field.column(), field.unique(), field.max_length());
            }
        }
    }
}
