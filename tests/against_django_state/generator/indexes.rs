//! Indexes and constraints.

use super::{Generator, plain, tuple};

impl Generator {
    pub(super) fn alter_unique_together(&mut self) -> Option<String> {
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

    pub(super) fn alter_index_together(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.proxy && plain(model).len() >= 2)?;
        let columns = plain(&self.models[&key]);
        let set = vec![columns[0].clone(), columns[1].clone()];
        let model = self.written(&key);
        let text = format!("migrations.AlterIndexTogether(name='{model}', index_together=[{}])", tuple(&set));
        self.models.get_mut(&key)?.index_together = vec![set];
        Some(text)
    }

    pub(super) fn add_index(&mut self) -> Option<String> {
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

    pub(super) fn remove_index(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.indexes.is_empty())?;
        let model = self.written(&key);
        let (name, _) = self.models.get_mut(&key)?.indexes.pop()?;
        Some(format!("migrations.RemoveIndex(model_name='{model}', name='{name}')"))
    }

    pub(super) fn rename_index(&mut self) -> Option<String> {
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

    pub(super) fn add_constraint(&mut self) -> Option<String> {
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

    pub(super) fn remove_constraint(&mut self) -> Option<String> {
        let key = self.pick_own(|model| !model.constraints.is_empty())?;
        let model = self.written(&key);
        let (name, _) = self.models.get_mut(&key)?.constraints.pop()?;
        Some(format!("migrations.RemoveConstraint(model_name='{model}', name='{name}')"))
    }
}
