//! Random histories: migrations as text that Django takes, of every operation that changes the state.

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

    fn scalar(&mut self) -> Field {
        let (mut text, may_be_unique): (String, bool) = match self.random.below(26) {
            0 => ("models.CharField(max_length=64".into(), true),
            1 => ("models.CharField('Label', max_length=200, default='x'".into(), true),
            2 => ("models.TextField(default=''".into(), false),
            3 => ("models.IntegerField(default=3".into(), true),
            4 => ("models.BigIntegerField(db_index=True".into(), true),
            5 => ("models.SmallIntegerField(default=-1".into(), true),
            6 => ("models.PositiveIntegerField(default=0".into(), true),
            7 => ("models.PositiveSmallIntegerField(".into(), true),
            8 => ("models.BooleanField(default=False".into(), false),
            9 => ("models.DateTimeField(auto_now_add=True".into(), false),
            10 => ("models.DateTimeField(default=django.utils.timezone.now".into(), true),
            11 => ("models.DateField(".into(), true),
            12 => ("models.TimeField(".into(), true),
            13 => ("models.DecimalField(max_digits=9, decimal_places=2".into(), true),
            14 => ("models.FloatField(".into(), true),
            15 => ("models.UUIDField(default=uuid.uuid4".into(), true),
            16 => ("models.EmailField(".into(), true),
            17 => ("models.SlugField(".into(), true),
            18 => ("models.URLField(max_length=300".into(), true),
            19 => ("models.GenericIPAddressField(".into(), true),
            20 => ("models.BinaryField(".into(), false),
            21 => ("models.DurationField(".into(), true),
            22 => ("models.JSONField(default=dict".into(), false),
            23 => ("models.FileField(upload_to='files'".into(), true),
            24 => {
                (["LongText(", "Tiny(", "Stored(max_length=12", "Fixed("][self.random.below(4)].into(), false)
            }
            _ => ("models.PositiveBigIntegerField(".into(), true),
        };
        let mut add = |part: &str| {
            if !text.ends_with('(') {
                text.push_str(", ");
            }
            text.push_str(part);
        };
        if self.random.chance(30) {
            add("null=True");
        }
        let unique = may_be_unique && self.random.chance(15);
        if unique {
            add("unique=True");
        }
        if self.random.chance(12) {
            add(&format!("db_column='c{}'", self.random.below(1000)));
        }
        if self.version >= 42 && self.random.chance(10) {
            add("db_comment='note'");
        }
        text.push(')');
        Field { kind: Kind::Scalar, unique, primary: false, definition: text }
    }

    /// A reference to a model in one of the ways in which migrations write it.
    fn reference(&mut self, key: &str, own: &str) -> String {
        if key == own && self.random.chance(60) {
            return "'self'".to_owned();
        }
        if key == "alpha.account" && self.random.chance(50) {
            return "settings.AUTH_USER_MODEL".to_owned();
        }
        let (app, _) = key.split_once('.').unwrap();
        let name = self.written(key);
        if app == self.app && self.random.chance(25) {
            format!("'{name}'")
        } else {
            format!("'{app}.{name}'")
        }
    }

    fn relation(&mut self, own: &str) -> Field {
        let mut keys: Vec<String> = self.models.keys().cloned().collect();
        if !keys.iter().any(|key| key == own) {
            keys.push(own.to_owned());
        }
        let to = self.random.pick(&keys).clone();
        let reference =
            if self.models.contains_key(&to) { self.reference(&to, own) } else { "'self'".to_owned() };
        // Related names are left out of the way, so that no two of them clash.
        let related = "related_name='+'";
        if self.random.chance(30) {
            let mut text = format!("models.ManyToManyField({reference}, {related}");
            let through = self.through_for(own, &to);
            if let Some(through) = &through {
                let through_reference = self.reference(through, "");
                text.push_str(&format!(", through={through_reference}"));
            } else if self.random.chance(20) {
                let table = self.fresh("m2m_");
                text.push_str(&format!(", db_table='{table}'"));
            }
            text.push(')');
            return Field { kind: Kind::Many(to, through), unique: false, primary: false, definition: text };
        }
        let one = self.random.chance(25);
        let class = if one {
            "models.OneToOneField"
        } else {
            ["models.ForeignKey", "models.ForeignKey", "Owner"][self.random.below(3)]
        };
        let mut text = format!("{class}({reference}, django.db.models.deletion.CASCADE, {related}");
        if class == "Owner" {
            text = format!("{class}(to={reference}, on_delete=django.db.models.deletion.CASCADE, {related}");
        }
        let targets: Vec<String> = self
            .models
            .get(&to)
            .into_iter()
            .flat_map(|model| &model.fields)
            .filter(|(_, field)| field.unique && !field.primary && field.kind == Kind::Scalar)
            .map(|(name, _)| name.clone())
            .collect();
        let to_field = if !targets.is_empty() && self.random.chance(50) {
            Some(self.random.pick(&targets).clone())
        } else {
            None
        };
        if let Some(name) = &to_field {
            text.push_str(&format!(", to_field='{name}'"));
        }
        if self.random.chance(30) {
            text.push_str(", null=True");
        }
        if self.random.chance(20) {
            text.push_str(", db_constraint=False");
        }
        if self.random.chance(15) {
            text.push_str(", db_index=False");
        }
        text.push(')');
        Field { kind: Kind::Key(to, to_field), unique: one, primary: false, definition: text }
    }

    /// A model with one key to each of the two models, which `through` may name.
    fn through_for(&mut self, from: &str, to: &str) -> Option<String> {
        if from == to {
            return None;
        }
        let points = |model: &Model, key: &str| {
            model.fields.values().filter(|field| matches!(&field.kind, Kind::Key(to, _) if to == key)).count()
                == 1
        };
        let found: Vec<String> = self
            .models
            .iter()
            .filter(|(key, model)| {
                !model.proxy
                    && model.base.is_none()
                    && key.as_str() != from
                    && key.as_str() != to
                    && points(model, from)
                    && points(model, to)
            })
            .map(|(key, _)| key.clone())
            .collect();
        if found.is_empty() { None } else { Some(self.random.pick(&found).clone()) }
    }

    fn create_model(&mut self) -> String {
        let name = self.fresh("Model");
        let key = format!("{}.{}", self.app, name.to_lowercase());
        let mut model = Model { name: name.clone(), ..Model::default() };
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut bases = String::new();
        let parents: Vec<String> = self
            .models
            .iter()
            .filter(|(key, model)| !model.proxy && key.as_str() != "alpha.account")
            .map(|(key, _)| key.clone())
            .collect();
        if !parents.is_empty() && self.random.chance(15) {
            let parent = self.random.pick(&parents).clone();
            let (_, parent_name) = parent.split_once('.').unwrap();
            if self.random.chance(70) {
                let definition = format!(
                    "models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='{parent}')"
                );
                let field = Field {
                    kind: Kind::Key(parent.clone(), None),
                    unique: true,
                    primary: true,
                    definition: definition.clone(),
                };
                model.fields.insert(format!("{parent_name}_ptr"), field);
                fields.push((format!("{parent_name}_ptr"), definition));
            }
            bases = format!(", bases=('{parent}',)");
            model.base = Some(parent);
        } else {
            let definition = match self.random.below(8) {
                0 => Some("models.CharField(max_length=40, primary_key=True, serialize=False)"),
                1 => Some("models.UUIDField(primary_key=True, default=uuid.uuid4)"),
                2 => Some("models.PositiveIntegerField(primary_key=True)"),
                3 | 4 => Some(
                    "models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')",
                ),
                5 | 6 => Some(
                    "models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')",
                ),
                _ => None,
            };
            if let Some(definition) = definition {
                let field = Field {
                    kind: Kind::Scalar,
                    unique: true,
                    primary: true,
                    definition: definition.to_owned(),
                };
                model.fields.insert("id".into(), field);
                fields.push(("id".into(), definition.to_owned()));
            }
        }
        for _ in 0..1 + self.random.below(5) {
            let field_name = self.fresh("f");
            let relation = !self.models.is_empty() && self.random.chance(30);
            let field = if relation { self.relation(&key) } else { self.scalar() };
            fields.push((field_name.clone(), field.definition.clone()));
            model.fields.insert(field_name, field);
        }
        if self.random.chance(20) {
            self.random_rotate(&mut fields);
        }
        let mut options: Vec<String> = Vec::new();
        let columns = plain(&model);
        if self.random.chance(15) {
            let table = self.fresh("table_");
            options.push(format!("'db_table': '{table}'"));
        } else if self.random.chance(5) {
            options.push(format!("'db_table': '{}'", "long".repeat(20)));
        }
        if self.random.chance(10) {
            options.push("'managed': False".into());
        }
        if columns.len() >= 2 && self.random.chance(25) {
            let set = vec![columns[0].clone(), columns[1].clone()];
            options.push(if self.random.chance(50) {
                format!("'unique_together': {{{}}}", tuple(&set))
            } else {
                // Django's RenameField takes a bare set apart letter by letter.
                format!("'unique_together': [{}]", tuple(&set))
            });
            model.unique.push(set);
        }
        if let Some(column) = columns.first()
            && self.random.chance(20)
        {
            let index = self.fresh("idx");
            options.push(format!("'indexes': [models.Index(fields=['-{column}'], name='{index}')]"));
            model.indexes.push((index, vec![column.clone()]));
        }
        options.push("'verbose_name': 'thing'".into());
        let fields: Vec<String> = fields.iter().map(|(name, text)| format!("('{name}', {text})")).collect();
        self.models.insert(key, model);
        format!(
            "migrations.CreateModel(name='{name}', fields=[{}], options={{{}}}{bases})",
            fields.join(", "),
            options.join(", ")
        )
    }

    fn random_rotate(&mut self, fields: &mut [(String, String)]) {
        let by = self.random.below(fields.len());
        fields.rotate_left(by);
    }

    fn proxy(&mut self) -> Option<String> {
        let base = self.pick_own(|model| !model.proxy)?;
        let name = self.fresh("Proxy");
        let key = format!("{}.{}", self.app, name.to_lowercase());
        self.models.insert(
            key,
            Model { name: name.clone(), base: Some(base.clone()), proxy: true, ..Model::default() },
        );
        Some(format!(
            "migrations.CreateModel(name='{name}', fields=[], options={{'proxy': True, 'indexes': [], 'constraints': []}}, bases=('{base}',))"
        ))
    }

    /// Whether anything refers to the model.
    fn referenced(&self, key: &str) -> bool {
        self.models.iter().any(|(other, model)| {
            let by_field = model.fields.values().any(|field| match &field.kind {
                Kind::Scalar => false,
                Kind::Key(to, _) => to == key && other != key,
                Kind::Many(to, through) => (to == key && other != key) || through.as_deref() == Some(key),
            });
            by_field || model.base.as_deref() == Some(key)
        })
    }

    fn is_base(&self, key: &str) -> bool {
        self.models.values().any(|model| model.base.as_deref() == Some(key))
    }

    fn delete_model(&mut self) -> Option<String> {
        let key = self.pick_own(|_| true)?;
        if self.referenced(&key) {
            return None;
        }
        let name = self.written(&key);
        self.models.remove(&key);
        Some(format!("migrations.DeleteModel(name='{name}')"))
    }

    fn rename_model(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.proxy)?;
        if self.is_base(&key) {
            return None;
        }
        let old = self.written(&key);
        let new = self.fresh("Renamed");
        let new_key = format!("{}.{}", self.app, new.to_lowercase());
        let mut model = self.models.remove(&key)?;
        model.name = new.clone();
        self.models.insert(new_key.clone(), model);
        for model in self.models.values_mut() {
            for field in model.fields.values_mut() {
                match &mut field.kind {
                    Kind::Key(to, _) if *to == key => *to = new_key.clone(),
                    Kind::Many(to, through) => {
                        if *to == key {
                            *to = new_key.clone();
                        }
                        if through.as_deref() == Some(&key) {
                            *through = Some(new_key.clone());
                        }
                    }
                    _ => {}
                }
            }
        }
        Some(format!("migrations.RenameModel(old_name='{old}', new_name='{new}')"))
    }

    fn add_field(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.proxy)?;
        let model = self.written(&key);
        let name = self.fresh("f");
        let field = match self.random.below(10) {
            0..=3 => self.relation(&key),
            4 if self.version >= 50 => {
                let definition = "models.GeneratedField(expression=models.Value(1), output_field=models.IntegerField(), db_persist=True)";
                Field { kind: Kind::Scalar, unique: false, primary: false, definition: definition.to_owned() }
            }
            _ => self.scalar(),
        };
        let preserve = match field.definition.contains("default=") && self.random.chance(40) {
            true => ", preserve_default=False",
            false => "",
        };
        let text = format!(
            "migrations.AddField(model_name='{model}', name='{name}', field={}{preserve})",
            field.definition
        );
        self.models.get_mut(&key)?.fields.insert(name, field);
        Some(text)
    }

    /// A field that nothing else names, of the kinds that `test` takes.
    fn free_field(&mut self, test: impl Fn(&Field) -> bool) -> Option<(String, String)> {
        let mut found = Vec::new();
        for key in self.own(|model| !model.proxy) {
            let model = &self.models[&key];
            for (name, field) in &model.fields {
                let named =
                    model.unique.iter().chain(&model.index_together).flatten().any(|each| each == name)
                        || model
                            .indexes
                            .iter()
                            .chain(&model.constraints)
                            .any(|(_, fields)| fields.contains(name))
                        || model.ordered.as_ref() == Some(name)
                        || self.is_target(&key, name);
                if !field.primary && !named && test(field) {
                    found.push((key.clone(), name.clone()));
                }
            }
        }
        if found.is_empty() { None } else { Some(self.random.pick(&found).clone()) }
    }

    fn is_target(&self, key: &str, name: &str) -> bool {
        self.models.values().flat_map(|model| model.fields.values()).any(
            |field| matches!(&field.kind, Kind::Key(to, Some(to_field)) if to == key && to_field == name),
        )
    }

    /// Whether a model that `through` names would lose or gain a key.
    fn is_through(&self, key: &str) -> bool {
        self.models
            .values()
            .flat_map(|model| model.fields.values())
            .any(|field| matches!(&field.kind, Kind::Many(_, Some(through)) if through == key))
    }

    fn alter_field(&mut self) -> Option<String> {
        let (key, name) = self.free_field(|_| true)?;
        let old = self.models[&key].fields[&name].clone();
        let field = match old.kind {
            Kind::Scalar => self.scalar(),
            Kind::Key(..) if self.is_through(&key) => return None,
            Kind::Key(..) => {
                let new = self.relation(&key);
                if matches!(new.kind, Kind::Many(..)) { return None } else { new }
            }
            Kind::Many(..) => return None,
        };
        let model = self.written(&key);
        let text =
            format!("migrations.AlterField(model_name='{model}', name='{name}', field={})", field.definition);
        self.models.get_mut(&key)?.fields.insert(name, field);
        Some(text)
    }

    fn remove_field(&mut self) -> Option<String> {
        let (key, name) = self.free_field(|_| true)?;
        if self.is_through(&key) {
            return None;
        }
        let model = self.written(&key);
        self.models.get_mut(&key)?.fields.remove(&name);
        Some(format!("migrations.RemoveField(model_name='{model}', name='{name}')"))
    }

    fn rename_field(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.proxy)?;
        let model = &self.models[&key];
        // Django does not rename fields in indexes, constraints, `order_with_respect_to` and links to parents.
        let names: Vec<String> = model
            .fields
            .iter()
            .filter(|(name, field)| {
                let named =
                    model.indexes.iter().chain(&model.constraints).any(|(_, fields)| fields.contains(name));
                let link = field.primary && matches!(field.kind, Kind::Key(..));
                !named && !link && model.ordered.as_ref() != Some(name)
            })
            .map(|(name, _)| name.clone())
            .collect();
        if names.is_empty() {
            return None;
        }
        let old = self.random.pick(&names).clone();
        let new = self.fresh("r");
        let written = self.written(&key);
        for model in self.models.values_mut() {
            for field in model.fields.values_mut() {
                if let Kind::Key(to, Some(to_field)) = &mut field.kind
                    && *to == key
                    && *to_field == old
                {
                    *to_field = new.clone();
                }
            }
        }
        let model = self.models.get_mut(&key)?;
        let field = model.fields.remove(&old)?;
        model.fields.insert(new.clone(), field);
        for name in model.unique.iter_mut().chain(&mut model.index_together).flatten() {
            if *name == old {
                *name = new.clone();
            }
        }
        Some(format!("migrations.RenameField(model_name='{written}', old_name='{old}', new_name='{new}')"))
    }

    fn alter_table(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.proxy)?;
        let model = self.written(&key);
        let table =
            if self.random.chance(30) { "None".to_owned() } else { format!("'{}'", self.fresh("table_")) };
        Some(format!("migrations.AlterModelTable(name='{model}', table={table})"))
    }

    fn alter_unique_together(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.proxy && plain(model).len() >= 2)?;
        let columns = plain(&self.models[&key]);
        let mut sets = Vec::new();
        for _ in 0..self.random.below(3) {
            let first = self.random.below(columns.len());
            let second = (first + 1) % columns.len();
            sets.push(vec![columns[first].clone(), columns[second].clone()]);
        }
        let model = self.written(&key);
        let text = format!("{{{}}}", sets.iter().map(|set| tuple(set)).collect::<Vec<_>>().join(", "));
        let text = if sets.is_empty() { "set()".to_owned() } else { text };
        self.models.get_mut(&key)?.unique = sets;
        Some(format!("migrations.AlterUniqueTogether(name='{model}', unique_together={text})"))
    }

    fn alter_index_together(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.proxy && plain(model).len() >= 2)?;
        let columns = plain(&self.models[&key]);
        let set = vec![columns[0].clone(), columns[1].clone()];
        let model = self.written(&key);
        let text = format!("migrations.AlterIndexTogether(name='{model}', index_together=[{}])", tuple(&set));
        self.models.get_mut(&key)?.index_together = vec![set];
        Some(text)
    }

    fn add_index(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.proxy && !plain(model).is_empty())?;
        let column = self.random.pick(&plain(&self.models[&key])).clone();
        let name = self.fresh("idx");
        let model = self.written(&key);
        let dash = if self.random.chance(30) { "-" } else { "" };
        let text = format!(
            "migrations.AddIndex(model_name='{model}', index=models.Index(fields=['{dash}{column}'], name='{name}'))"
        );
        self.models.get_mut(&key)?.indexes.push((name, vec![column]));
        Some(text)
    }

    fn remove_index(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.indexes.is_empty())?;
        let model = self.written(&key);
        let (name, _) = self.models.get_mut(&key)?.indexes.pop()?;
        Some(format!("migrations.RemoveIndex(model_name='{model}', name='{name}')"))
    }

    fn rename_index(&mut self) -> Option<String> {
        if self.version < 41 {
            return None;
        }
        let new = self.fresh("idx");
        if let Some(key) = self.pick_own(|model| !model.index_together.is_empty())
            && self.random.chance(50)
        {
            let model = self.written(&key);
            let set = self.models.get_mut(&key)?.index_together.pop()?;
            let text = format!(
                "migrations.RenameIndex(model_name='{model}', new_name='{new}', old_fields={})",
                tuple(&set)
            );
            self.models.get_mut(&key)?.indexes.push((new, set));
            return Some(text);
        }
        let key = self.pick_own(|model| !model.indexes.is_empty())?;
        let model = self.written(&key);
        let index = self.models.get_mut(&key)?.indexes.last_mut()?;
        let old = std::mem::replace(&mut index.0, new.clone());
        Some(format!("migrations.RenameIndex(model_name='{model}', new_name='{new}', old_name='{old}')"))
    }

    fn add_constraint(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.proxy && !plain(model).is_empty())?;
        let column = self.random.pick(&plain(&self.models[&key])).clone();
        let name = self.fresh("con");
        let model = self.written(&key);
        let (definition, fields) = match self.random.below(2) {
            0 => (format!("models.UniqueConstraint(fields=['{column}'], name='{name}')"), vec![column]),
            _ => {
                let parameter = if self.version >= 51 { "condition" } else { "check" };
                let definition = format!(
                    "models.CheckConstraint({parameter}=models.Q({column}__isnull=False), name='{name}')"
                );
                (definition, vec![column])
            }
        };
        self.models.get_mut(&key)?.constraints.push((name, fields));
        Some(format!("migrations.AddConstraint(model_name='{model}', constraint={definition})"))
    }

    fn remove_constraint(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.constraints.is_empty())?;
        let model = self.written(&key);
        let (name, _) = self.models.get_mut(&key)?.constraints.pop()?;
        Some(format!("migrations.RemoveConstraint(model_name='{model}', name='{name}')"))
    }

    fn order(&mut self) -> Option<String> {
        let key = self.pick_own(|model| {
            !model.proxy
                && model.fields.values().any(|field| matches!(field.kind, Kind::Key(..)) && !field.primary)
        })?;
        let keys: Vec<String> = self.models[&key]
            .fields
            .iter()
            .filter(|(_, field)| matches!(field.kind, Kind::Key(..)) && !field.primary)
            .map(|(name, _)| name.clone())
            .collect();
        let model = self.written(&key);
        let name =
            if self.models[&key].ordered.is_some() { None } else { Some(self.random.pick(&keys).clone()) };
        let text = name.as_ref().map_or("None".to_owned(), |name| format!("'{name}'"));
        self.models.get_mut(&key)?.ordered = name;
        Some(format!("migrations.AlterOrderWithRespectTo(name='{model}', order_with_respect_to={text})"))
    }

    fn options(&mut self) -> Option<String> {
        let key = self.pick_own(|_| true)?;
        let model = self.written(&key);
        let options =
            *self.random.pick(&["{}", "{'verbose_name': 'x'}", "{'managed': False}", "{'managed': True}"]);
        Some(format!("migrations.AlterModelOptions(name='{model}', options={options})"))
    }

    fn comment(&mut self) -> Option<String> {
        if self.version < 42 {
            return None;
        }
        let key = self.pick_own(|model| !model.proxy)?;
        let model = self.written(&key);
        let text = *self.random.pick(&["'a note'", "None", "''"]);
        Some(format!("migrations.AlterModelTableComment(name='{model}', table_comment={text})"))
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
