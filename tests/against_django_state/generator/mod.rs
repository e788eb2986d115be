//! Random histories: migrations as text that Django takes, of every operation that changes the state.

mod fields;
mod indexes;
mod models;

use std::collections::BTreeMap;

use super::random::Random;

/// A migration: app, name, source.
pub type File = (String, String, String);

const HEAD: &str = r#"import uuid
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class LongText(models.TextField):
    pass


class Fixed(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 36
        super().__init__(*args, **kwargs)


class Tiny(models.IntegerField):
    def db_type(self, connection):
        return "tinyint"


class Stored(models.Field):
    def get_internal_type(self):
        return "CharField"


class Owner(models.ForeignKey):
    pass


"#;

/// What the generator remembers of a field.
#[derive(Clone)]
struct Field {
    kind: Kind,
    unique: bool,
    primary: bool,
    /// The text of the definition, to alter it.
    definition: String,
}

#[derive(Clone, PartialEq)]
enum Kind {
    Scalar,
    /// A foreign key or one-to-one to this model; by this field of it.
    Key(String, Option<String>),
    /// Many to many, with `through`.
    Many(String, Option<String>),
}

#[derive(Clone, Default)]
struct Model {
    name: String,
    fields: BTreeMap<String, Field>,
    unique: Vec<Vec<String>>,
    index_together: Vec<Vec<String>>,
    indexes: Vec<(String, Vec<String>)>,
    constraints: Vec<(String, Vec<String>)>,
    ordered: Option<String>,
    base: Option<String>,
    proxy: bool,
}

/// Writes one history.
pub struct Generator {
    random: Random,
    /// Django's version as a number: 42.
    version: u32,
    /// By `app.lower`.
    models: BTreeMap<String, Model>,
    counter: usize,
    app: String,
}

/// The history with this number.
pub fn history(seed: u64, version: u32) -> Vec<File> {
    let mut generator = Generator {
        random: Random(seed),
        version,
        models: BTreeMap::new(),
        counter: 0,
        app: "alpha".to_owned(),
    };
    let mut files: Vec<File> = Vec::new();
    let count = 3 + generator.random.below(10);
    for number in 1..=count {
        generator.app =
            if number == 1 { "alpha" } else { ["alpha", "beta"][generator.random.below(2)] }.to_owned();
        let mut operations = Vec::new();
        if number == 1 {
            operations.push(
                "migrations.CreateModel(name='Account', fields=[('id', models.AutoField(primary_key=True)), ('name', models.CharField(max_length=30))])"
                    .to_owned(),
            );
            let mut account = Model { name: "Account".into(), ..Model::default() };
            let definition = "models.AutoField(primary_key=True)".to_owned();
            account
                .fields
                .insert("id".into(), Field { kind: Kind::Scalar, unique: true, primary: true, definition });
            generator.models.insert("alpha.account".into(), account);
        }
        for _ in 0..1 + generator.random.below(4) {
            let Some(operation) = generator.operation() else { continue };
            operations.push(generator.wrap(operation));
        }
        let dependencies = match files.last() {
            Some((app, name, _)) => format!("('{app}', '{name}')"),
            None => String::new(),
        };
        let name = format!("{number:04}_m");
        let body = operations.iter().map(|each| format!("        {each},\n")).collect::<String>();
        let source = format!(
            "{HEAD}class Migration(migrations.Migration):\n    dependencies = [{dependencies}]\n    operations = [\n{body}    ]\n"
        );
        files.push((generator.app.clone(), name, source));
    }
    files
}

impl Generator {
    fn fresh(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}{}", self.counter)
    }

    /// Models of the current app that may be changed, by key.
    fn own(&self, test: impl Fn(&Model) -> bool) -> Vec<String> {
        let start = format!("{}.", self.app);
        self.models
            .iter()
            .filter(|(key, model)| key.starts_with(&start) && key.as_str() != "alpha.account" && test(model))
            .map(|(key, _)| key.clone())
            .collect()
    }

    fn pick_own(&mut self, test: impl Fn(&Model) -> bool) -> Option<String> {
        let own = self.own(test);
        if own.is_empty() { None } else { Some(self.random.pick(&own).clone()) }
    }

    /// The name of a model in some case, as an operation may write it.
    fn written(&mut self, key: &str) -> String {
        let name = self.models[key].name.clone();
        if self.random.chance(50) { name.to_lowercase() } else { name }
    }

    fn wrap(&mut self, operation: String) -> String {
        match self.random.below(12) {
            0 => format!("migrations.SeparateDatabaseAndState(state_operations=[{operation}])"),
            1 => format!(
                "migrations.SeparateDatabaseAndState(database_operations=[migrations.RunSQL('SELECT 1')], state_operations=[{operation}])"
            ),
            2 => format!(
                "migrations.RunSQL('SELECT 1', migrations.RunSQL.noop, state_operations=[{operation}])"
            ),
            3 => format!("migrations.RunPython(migrations.RunPython.noop),\n        {operation}"),
            _ => operation,
        }
    }

    fn operation(&mut self) -> Option<String> {
        match self.random.below(40) {
            0..=6 => Some(self.create_model()),
            7 => self.delete_model(),
            8..=9 => self.rename_model(),
            10..=17 => self.add_field(),
            18..=20 => self.alter_field(),
            21..=22 => self.remove_field(),
            23..=25 => self.rename_field(),
            26 => self.alter_table(),
            27..=28 => self.alter_unique_together(),
            29 => self.alter_index_together(),
            30..=31 => self.add_index(),
            32 => self.remove_index(),
            33 => self.rename_index(),
            34 => self.add_constraint(),
            35 => self.remove_constraint(),
            36 => self.order(),
            37 => self.options(),
            38 => self.comment(),
            _ => self.proxy(),
        }
    }
}

/// Fields with a column that indexes can name.
fn plain(model: &Model) -> Vec<String> {
    let fields = model.fields.iter().filter(|(_, field)| !field.primary && field.kind == Kind::Scalar);
    fields.map(|(name, _)| name.clone()).collect()
}

fn tuple(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    format!("({},)", names.join(", "))
}
