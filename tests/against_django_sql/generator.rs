//! Random histories of one app, heavy on changes of columns: every kind of field with defaults, turned into another.

use super::random::Random;

/// A migration: app, name, source.
pub type File = (String, String, String);

const HEAD: &str = "import datetime
import decimal
import json
import uuid
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Upper(models.CharField):
    def get_prep_value(self, value):
        if not value:
            return ''
        return value.upper()


class Listed(models.TextField):
    def get_prep_value(self, value):
        if value is None:
            return value
        return json.dumps(value)


class Nothing(models.TextField):
    def get_db_prep_value(self, value, connection, prepared=False):
        return json.dumps(value)


def make():
    return 'made'


";

struct Model {
    name: String,
    /// Name and definition.
    fields: Vec<(String, String)>,
    unique: Vec<Vec<String>>,
    index: Vec<Vec<String>>,
    indexes: Vec<String>,
    constraints: Vec<String>,
}

struct Generator {
    random: Random,
    version: u32,
    models: Vec<Model>,
    counter: u32,
}

/// The history with this number.
pub fn history(seed: u64, version: u32) -> Vec<File> {
    let mut generator =
        Generator { random: Random(seed ^ 0x51_4c51), version, models: Vec::new(), counter: 0 };
    let count = 2 + generator.random.below(6);
    let mut files: Vec<File> = Vec::new();
    for number in 1..=count {
        let mut operations: Vec<String> = Vec::new();
        if number == 1 {
            for _ in 0..2 + generator.random.below(2) {
                operations.push(generator.create_model());
            }
        }
        for _ in 0..1 + generator.random.below(5) {
            operations.extend(generator.operation());
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
        files.push(("shop".to_owned(), name, source));
    }
    files
}

impl Generator {
    fn fresh(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}{}", self.counter)
    }

    /// A class with its arguments, without those that every field can have, and its possible defaults.
    fn scalar(&mut self) -> String {
        let kinds: &[(&str, &[&str])] = &[
            ("CharField(max_length=20", &["''", "'x'", "'it\\'s 5%'", "'中\\n'", "5", "make"]),
            ("CharField(max_length=63", &["'a'"]),
            ("CharField(max_length=64", &["'b'", "None"]),
            ("CharField(max_length=255", &["'c'"]),
            ("TextField(", &["''", "'long'", "'a \"b\" \\\\ c'"]),
            ("IntegerField(", &["0", "-3", "'7'", "True"]),
            ("BigIntegerField(", &["12345678901"]),
            ("SmallIntegerField(", &["1"]),
            ("PositiveIntegerField(", &["0", "9"]),
            ("PositiveSmallIntegerField(", &["2"]),
            ("BooleanField(", &["True", "False"]),
            ("FloatField(", &["0", "1.5", "1e-7", "1e22"]),
            (
                "DecimalField(max_digits=8, decimal_places=3",
                &["0", "'1.50'", "decimal.Decimal('2.25')", "0.1", "3.5"],
            ),
            ("DecimalField(max_digits=10, decimal_places=3", &["0"]),
            ("DateField(", &["datetime.date(2020, 1, 2)", "'2021-03-04'", "django.utils.timezone.now"]),
            (
                "DateTimeField(",
                &[
                    "django.utils.timezone.now",
                    "datetime.datetime(2020, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)",
                ],
            ),
            ("TimeField(", &["datetime.time(1, 2)"]),
            ("DurationField(", &["datetime.timedelta(days=1, seconds=2)"]),
            ("UUIDField(", &["uuid.uuid4", "uuid.UUID('12345678-1234-5678-1234-567812345678')"]),
            ("BinaryField(", &["b''", "b'ab\\'c'"]),
            ("JSONField(", &["dict", "list", "{'a': [1, 2.5, None, True, '中']}"]),
            ("EmailField(", &["'a@b.c'"]),
            ("SlugField(", &["'s'"]),
            ("URLField(", &["''"]),
            ("GenericIPAddressField(", &["'1.2.3.4'"]),
            ("FileField(upload_to='f'", &["'f.txt'"]),
            ("Upper(max_length=30", &["''", "'up'"]),
            ("Listed(", &["[]", "{}", "['a']", "dict"]),
            ("Nothing(", &["[]", "None"]),
        ];
        let (class, defaults) = match *self.random.pick(kinds) {
            ("JSONField(", _) if self.version < 31 => kinds[4],
            kind => kind,
        };
        let module = if matches!(class.split('(').next(), Some("Upper" | "Listed" | "Nothing")) {
            ""
        } else {
            "models."
        };
        let mut parts: Vec<String> = Vec::new();
        if self.random.chance(45) {
            parts.push(format!("default={}", self.random.pick(defaults)));
        } else if matches!(class, "DateTimeField(" | "DateField(") && self.random.chance(40) {
            parts.push((*self.random.pick(&["auto_now=True", "auto_now_add=True"])).to_owned());
        } else if self.version >= 50 && self.random.chance(15) {
            let value = match class.split('(').next() {
                Some("IntegerField" | "BigIntegerField") => "5",
                Some("CharField" | "TextField") => "'db'",
                Some("DateTimeField") => "django.db.models.functions.Now()",
                _ => "",
            };
            if !value.is_empty() {
                parts.push(format!("db_default={value}"));
            }
        }
        if self.random.chance(35) {
            parts.push("null=True".to_owned());
        }
        if self.random.chance(25) {
            parts.push("blank=True".to_owned());
        }
        let long = ["TextField(", "JSONField(", "BinaryField(", "Listed(", "Nothing("].contains(&class);
        match self.random.below(10) {
            0 if !long => parts.push("unique=True".to_owned()),
            1 | 2 => parts.push("db_index=True".to_owned()),
            3 => parts.push("verbose_name='Label'".to_owned()),
            4 => parts.push("db_column='col_%s'".replace("%s", &self.random.below(50).to_string())),
            5 if self.version >= 42 => {
                parts.push(format!("db_comment='5{} of \\'it\\''", self.percent()));
            }
            6 if self.version >= 32 && (class.starts_with("CharField") || class == "TextField(") => {
                parts.push(format!(
                    "db_collation='{}'",
                    self.random.pick(&["utf8mb4_bin", "utf8mb4_general_ci"])
                ));
            }
            7 => parts.push("choices=[(1, 'a')]".to_owned()),
            _ => {}
        }
        self.join(module, class, &parts)
    }

    /// A percent sign for a comment, where Django does not stumble over one: since 5.0 it does.
    fn percent(&self) -> &'static str {
        if self.version < 50 { "%" } else { "" }
    }

    fn join(&self, module: &str, class: &str, parts: &[String]) -> String {
        let separator = if class.ends_with('(') || parts.is_empty() { "" } else { ", " };
        format!("{module}{class}{separator}{})", parts.join(", "))
    }

    fn relation(&mut self, many: bool) -> String {
        let targets: Vec<String> = self.models.iter().map(|model| format!("'shop.{}'", model.name)).collect();
        let to = if targets.is_empty() || self.random.chance(15) {
            "'self'".to_owned()
        } else {
            self.random.pick(&targets).clone()
        };
        let name = self.fresh("rel");
        if many {
            let table = if self.random.chance(20) {
                format!(", db_table='{}'", self.fresh("t"))
            } else {
                String::new()
            };
            return format!("models.ManyToManyField({to}, related_name='{name}'{table})");
        }
        let class = if self.random.chance(20) { "OneToOneField" } else { "ForeignKey" };
        let mut text = format!(
            "models.{class}({to}, django.db.models.deletion.CASCADE, related_name='{name}', null=True"
        );
        for (chance, part) in
            [(15, "db_constraint=False"), (15, "db_index=False"), (15, "default=1"), (10, "verbose_name='V'")]
        {
            if self.random.chance(chance) {
                text.push_str(&format!(", {part}"));
            }
        }
        text.push(')');
        text
    }

    fn field(&mut self) -> String {
        match self.random.below(10) {
            0 | 1 => self.relation(false),
            2 if self.random.chance(60) => self.relation(true),
            _ => self.scalar(),
        }
    }

    fn create_model(&mut self) -> String {
        let name = self.fresh("Thing");
        let id = *self.random.pick(&[
            "models.AutoField(primary_key=True)",
            "models.AutoField(auto_created=True, primary_key=True, serialize=False)",
            "models.BigAutoField(primary_key=True)",
        ]);
        let mut fields = vec![("id".to_owned(), id.to_owned())];
        for _ in 0..2 + self.random.below(5) {
            let field = (self.fresh("f"), self.field());
            fields.push(field);
        }
        let mut options: Vec<String> = Vec::new();
        let columns: Vec<String> = plain(&fields);
        let mut model = Model {
            name: name.clone(),
            fields: fields.clone(),
            unique: Vec::new(),
            index: Vec::new(),
            indexes: Vec::new(),
            constraints: Vec::new(),
        };
        if columns.len() >= 2 && self.random.chance(35) {
            let set = vec![columns[0].clone(), columns[1].clone()];
            options.push(format!("'unique_together': {{('{}', '{}')}}", set[0], set[1]));
            model.unique.push(set);
        }
        if columns.len() >= 2 && self.random.chance(20) {
            let set = vec![columns[1].clone(), columns[0].clone()];
            options.push(format!("'index_together': {{('{}', '{}')}}", set[0], set[1]));
            model.index.push(set);
        }
        if !columns.is_empty() && self.random.chance(30) {
            let index = self.fresh("ix");
            options.push(format!("'indexes': [{}]", self.index(&columns, &index)));
            model.indexes.push(index);
        }
        if !columns.is_empty() && self.random.chance(30) {
            let constraint = self.fresh("cn");
            options.push(format!("'constraints': [{}]", self.constraint(&fields, &constraint)));
            model.constraints.push(constraint);
        }
        if self.version >= 42 && self.random.chance(10) {
            options.push(format!("'db_table_comment': '100{} of them'", self.percent()));
        }
        let fields: Vec<String> = fields.iter().map(|(name, field)| format!("('{name}', {field})")).collect();
        self.models.push(model);
        format!(
            "migrations.CreateModel('{name}', [{}], options={{{}}})",
            fields.join(", "),
            options.join(", ")
        )
    }

    fn index(&mut self, columns: &[String], name: &str) -> String {
        let first = self.random.pick(columns).clone();
        let minus = if self.random.chance(30) { "-" } else { "" };
        let second = self.random.pick(columns).clone();
        let second = if second == first { String::new() } else { format!(", '{second}'") };
        format!("models.Index(fields=['{minus}{first}'{second}], name='{name}')")
    }

    fn constraint(&mut self, fields: &[(String, String)], name: &str) -> String {
        let numbers: Vec<&String> = fields
            .iter()
            .filter(|(_, field)| {
                field.starts_with("models.IntegerField") || field.starts_with("models.Positive")
            })
            .map(|(name, _)| name)
            .collect();
        let check = if self.version >= 51 { "condition" } else { "check" };
        if let Some(field) = numbers.first().filter(|_| self.random.chance(70)) {
            let conditions = [
                format!("models.Q({field}__gte=1)"),
                format!("models.Q(('{field}__gt', 0), ('{field}__lt', 100))"),
                format!("models.Q(('{field}__in', [1, 2]), ('{field}__isnull', True), _connector='OR')"),
                format!("models.Q(('{field}', 5), _negated=True)"),
                format!(
                    "models.Q(models.Q(('{field}__lte', 5), ('{field}', 9), _connector='OR'), ('{field}__range', (1, 20)))"
                ),
                format!("models.Q({field}__gte=models.F('{field}'))"),
            ];
            return format!(
                "models.CheckConstraint({check}={}, name='{name}')",
                self.random.pick(&conditions)
            );
        }
        let columns = plain(fields);
        let columns: Vec<String> = columns.iter().take(2).map(|name| format!("'{name}'")).collect();
        let condition = if self.random.chance(20) { ", condition=models.Q(id__gt=1)" } else { "" };
        format!("models.UniqueConstraint(fields=[{}], name='{name}'{condition})", columns.join(", "))
    }

    fn operation(&mut self) -> Option<String> {
        if self.models.is_empty() {
            return Some(self.create_model());
        }
        let at = self.random.below(self.models.len());
        let model = self.models[at].name.clone();
        let columns = plain(&self.models[at].fields);
        let changeable: Vec<usize> = (1..self.models[at].fields.len()).collect();
        match self.random.below(26) {
            0..=5 => {
                let (name, field) = (self.fresh("f"), self.field());
                let temporary = self.random.chance(15) && field.contains("default=");
                let flag = if temporary { ", preserve_default=False" } else { "" };
                let kept = if temporary { without_default(&field) } else { field.clone() };
                self.models[at].fields.push((name.clone(), kept));
                Some(format!("migrations.AddField('{model}', '{name}', {field}{flag})"))
            }
            6..=14 => {
                let which = *self.pick(&changeable)?;
                let (name, old) = self.models[at].fields[which].clone();
                let many = old.contains("ManyToManyField");
                let field = if many || self.used(at, &name) && old.contains("ForeignKey") {
                    self.relation(many)
                } else if old.contains("ForeignKey") || old.contains("OneToOne") {
                    self.relation(false)
                } else if self.random.chance(40) {
                    varied(&old, &mut self.random)
                } else {
                    self.scalar()
                };
                self.models[at].fields[which].1.clone_from(&field);
                Some(format!("migrations.AlterField('{model}', '{name}', {field})"))
            }
            15 => {
                let wide = *self
                    .random
                    .pick(&["models.BigAutoField(primary_key=True)", "models.AutoField(primary_key=True)"]);
                Some(format!("migrations.AlterField('{model}', 'id', {wide})"))
            }
            16 | 17 => {
                let which = *self.pick(&changeable)?;
                let name = self.models[at].fields[which].0.clone();
                if self.used(at, &name) {
                    return None;
                }
                self.models[at].fields.remove(which);
                Some(format!("migrations.RemoveField('{model}', '{name}')"))
            }
            18 => {
                let which = *self.pick(&changeable)?;
                let name = self.models[at].fields[which].0.clone();
                let new = self.fresh("f");
                if !self.models[at].constraints.is_empty() || !self.models[at].indexes.is_empty() {
                    return None;
                }
                self.models[at].fields[which].0.clone_from(&new);
                for set in self.models[at].unique.iter_mut().chain(&mut Vec::new()) {
                    set.iter_mut().filter(|field| **field == name).for_each(|field| field.clone_from(&new));
                }
                let model_index = &mut self.models[at].index;
                for set in model_index.iter_mut() {
                    set.iter_mut().filter(|field| **field == name).for_each(|field| field.clone_from(&new));
                }
                Some(format!("migrations.RenameField('{model}', '{name}', '{new}')"))
            }
            19 => {
                let new = self.fresh("Thing");
                for other in &mut self.models {
                    for (_, field) in &mut other.fields {
                        *field = field.replace(&format!("'shop.{model}'"), &format!("'shop.{new}'"));
                    }
                }
                self.models[at].name.clone_from(&new);
                Some(format!("migrations.RenameModel('{model}', '{new}')"))
            }
            20 => {
                let set: Vec<String> = columns.iter().take(2).cloned().collect();
                let shown = if self.random.chance(30) || set.len() < 2 {
                    self.models[at].unique.clear();
                    "set()".to_owned()
                } else {
                    self.models[at].unique = vec![set.clone()];
                    format!("{{('{}', '{}')}}", set[0], set[1])
                };
                Some(format!("migrations.AlterUniqueTogether('{model}', {shown})"))
            }
            21 => {
                let set: Vec<String> = columns.iter().rev().take(2).cloned().collect();
                let shown = if self.random.chance(30) || set.len() < 2 {
                    self.models[at].index.clear();
                    "set()".to_owned()
                } else {
                    self.models[at].index = vec![set.clone()];
                    format!("{{('{}', '{}')}}", set[0], set[1])
                };
                Some(format!("migrations.AlterIndexTogether('{model}', {shown})"))
            }
            22 => match self.models[at].indexes.pop() {
                Some(name) if self.version >= 41 && self.random.chance(40) => {
                    let new = self.fresh("ix");
                    self.models[at].indexes.push(new.clone());
                    Some(format!("migrations.RenameIndex('{model}', '{new}', '{name}')"))
                }
                Some(name) => Some(format!("migrations.RemoveIndex('{model}', '{name}')")),
                None => {
                    let name = self.fresh("ix");
                    let index = if columns.is_empty() { return None } else { self.index(&columns, &name) };
                    self.models[at].indexes.push(name);
                    Some(format!("migrations.AddIndex('{model}', {index})"))
                }
            },
            23 => match self.models[at].constraints.pop() {
                Some(name) => Some(format!("migrations.RemoveConstraint('{model}', '{name}')")),
                None => {
                    if columns.is_empty() {
                        return None;
                    }
                    let name = self.fresh("cn");
                    let fields = self.models[at].fields.clone();
                    let constraint = self.constraint(&fields, &name);
                    self.models[at].constraints.push(name);
                    Some(format!("migrations.AddConstraint('{model}', {constraint})"))
                }
            },
            24 => {
                let table = if self.random.chance(50) {
                    format!("'{}'", self.fresh("table_"))
                } else {
                    "None".to_owned()
                };
                Some(format!("migrations.AlterModelTable('{model}', {table})"))
            }
            _ => {
                let texts = [
                    "migrations.RunSQL('SELECT 1; -- note\\nSELECT \\'a;b\\'')",
                    "migrations.RunSQL([('UPDATE shop SET a = %s WHERE b = %s', ['x', 3]), 'SELECT 2'])",
                    "migrations.RunPython(migrations.RunPython.noop)",
                    "migrations.RunSQL(migrations.RunSQL.noop)",
                ];
                Some((*self.random.pick(&texts)).to_owned())
            }
        }
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { Some(self.random.pick(items)) }
    }

    /// Whether a set, an index or a constraint of the model may name the field.
    fn used(&self, at: usize, name: &str) -> bool {
        let model = &self.models[at];
        model.unique.iter().chain(&model.index).any(|set| set.iter().any(|field| field == name))
            || !model.indexes.is_empty()
            || !model.constraints.is_empty()
    }
}

/// Fields that indexes may name.
fn plain(fields: &[(String, String)]) -> Vec<String> {
    let long = ["TextField", "JSONField", "BinaryField", "ManyToMany", "Listed", "Nothing"];
    fields
        .iter()
        .skip(1)
        .filter(|(_, field)| !long.iter().any(|class| field.contains(class)))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The same field with one thing changed.
fn varied(field: &str, random: &mut Random) -> String {
    let changes = ["null=True", "unique=True", "db_index=True", "blank=True", "verbose_name='Other'"];
    let change = *random.pick(&changes);
    if field.contains(change) {
        return field
            .replace(&format!(", {change}"), "")
            .replace(&format!("{change}, "), "")
            .replace(change, "");
    }
    let name = change.split('=').next().unwrap_or("");
    if field.contains(&format!("{name}=")) || (change == "unique=True" && field.contains("Text")) {
        return field.to_owned();
    }
    let bare = field.trim_end_matches(')');
    let closing = if bare.len() + 1 < field.len() { return field.to_owned() } else { ")" };
    let separator = if bare.ends_with('(') { "" } else { ", " };
    format!("{bare}{separator}{change}{closing}")
}

/// The definition as the state keeps it with `preserve_default=False`; close enough for what the generator asks of it.
fn without_default(field: &str) -> String {
    field.to_owned()
}
