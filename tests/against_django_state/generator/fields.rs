//! Fields: their definitions, and the operations on them.

use super::{Field, Generator, Kind, Model};

impl Generator {
    pub(super) fn scalar(&mut self) -> Field {
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
            22 if self.version >= 31 => ("models.JSONField(default=dict".into(), false),
            23 => ("models.FileField(upload_to='files'".into(), true),
            24 => {
                (["LongText(", "Tiny(", "Stored(max_length=12", "Fixed("][self.random.below(4)].into(), false)
            }
            _ if self.version >= 31 => ("models.PositiveBigIntegerField(".into(), true),
            _ => ("models.BigIntegerField(".into(), true),
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
    pub(super) fn reference(&mut self, key: &str, own: &str) -> String {
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

    pub(super) fn relation(&mut self, own: &str) -> Field {
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
    pub(super) fn through_for(&mut self, from: &str, to: &str) -> Option<String> {
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

    pub(super) fn add_field(&mut self) -> Option<String> {
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
    pub(super) fn free_field(&mut self, test: impl Fn(&Field) -> bool) -> Option<(String, String)> {
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

    pub(super) fn is_target(&self, key: &str, name: &str) -> bool {
        self.models.values().flat_map(|model| model.fields.values()).any(
            |field| matches!(&field.kind, Kind::Key(to, Some(to_field)) if to == key && to_field == name),
        )
    }

    /// Whether a model that `through` names would lose or gain a key.
    pub(super) fn is_through(&self, key: &str) -> bool {
        self.models
            .values()
            .flat_map(|model| model.fields.values())
            .any(|field| matches!(&field.kind, Kind::Many(_, Some(through)) if through == key))
    }

    pub(super) fn alter_field(&mut self) -> Option<String> {
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

    pub(super) fn remove_field(&mut self) -> Option<String> {
        let (key, name) = self.free_field(|_| true)?;
        if self.is_through(&key) {
            return None;
        }
        let model = self.written(&key);
        self.models.get_mut(&key)?.fields.remove(&name);
        Some(format!("migrations.RemoveField(model_name='{model}', name='{name}')"))
    }

    pub(super) fn rename_field(&mut self) -> Option<String> {
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
}
