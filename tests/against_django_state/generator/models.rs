//! Operations on whole models.

use super::{Field, Generator, Kind, Model, plain, tuple};

impl Generator {
    pub(super) fn create_model(&mut self) -> String {
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

    pub(super) fn random_rotate(&mut self, fields: &mut [(String, String)]) {
        let by = self.random.below(fields.len());
        fields.rotate_left(by);
    }

    pub(super) fn proxy(&mut self) -> Option<String> {
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
    pub(super) fn referenced(&self, key: &str) -> bool {
        self.models.iter().any(|(other, model)| {
            let by_field = model.fields.values().any(|field| match &field.kind {
                Kind::Scalar => false,
                Kind::Key(to, _) => to == key && other != key,
                Kind::Many(to, through) => (to == key && other != key) || through.as_deref() == Some(key),
            });
            by_field || model.base.as_deref() == Some(key)
        })
    }

    pub(super) fn is_base(&self, key: &str) -> bool {
        self.models.values().any(|model| model.base.as_deref() == Some(key))
    }

    pub(super) fn delete_model(&mut self) -> Option<String> {
        let key = self.pick_own(|_| true)?;
        if self.referenced(&key) {
            return None;
        }
        let name = self.written(&key);
        self.models.remove(&key);
        Some(format!("migrations.DeleteModel(name='{name}')"))
    }

    pub(super) fn rename_model(&mut self) -> Option<String> {
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

    pub(super) fn alter_table(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.proxy)?;
        let model = self.written(&key);
        let table =
            if self.random.chance(30) { "None".to_owned() } else { format!("'{}'", self.fresh("table_")) };
        Some(format!("migrations.AlterModelTable(name='{model}', table={table})"))
    }

    pub(super) fn order(&mut self) -> Option<String> {
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

    pub(super) fn options(&mut self) -> Option<String> {
        let key = self.pick_own(|_| true)?;
        let model = self.written(&key);
        let options =
            *self.random.pick(&["{}", "{'verbose_name': 'x'}", "{'managed': False}", "{'managed': True}"]);
        Some(format!("migrations.AlterModelOptions(name='{model}', options={options})"))
    }

    pub(super) fn comment(&mut self) -> Option<String> {
        if self.version < 42 {
            return None;
        }
        let key = self.pick_own(|model| !model.proxy)?;
        let model = self.written(&key);
        let text = *self.random.pick(&["'a note'", "None", "''"]);
        Some(format!("migrations.AlterModelTableComment(name='{model}', table_comment={text})"))
    }
}
