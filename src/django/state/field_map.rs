//! The fields of a model in their order, shared between states.

use std::sync::Arc;

use super::Field;

/// Fields by name, in the order of Django's `ModelState.fields`. A clone shares everything that it does not change.
#[derive(Debug, Clone, Default)]
pub struct FieldMap {
    by_place: imbl::OrdMap<u32, Arc<Field>>,
    places: imbl::HashMap<Arc<str>, u32>,
    next: u32,
}

impl FieldMap {
    /// The field with this name.
    pub fn get(&self, name: &str) -> Option<&Arc<Field>> {
        self.by_place.get(self.places.get(name)?)
    }

    /// Sets a field by its name, in the place of the one that had the name, else at the end.
    pub fn insert(&mut self, field: Arc<Field>) {
        let place = match self.places.get(&field.name) {
            Some(place) => *place,
            None => {
                let place = self.next;
                self.next = self.next.saturating_add(1);
                self.places.insert(field.name.clone(), place);
                place
            }
        };
        self.by_place.insert(place, field);
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<Arc<Field>> {
        let place = self.places.remove(name)?;
        self.by_place.remove(&place)
    }

    /// The fields in order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Field>> {
        self.by_place.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_place.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.by_place.is_empty()
    }
}

impl FromIterator<Arc<Field>> for FieldMap {
    fn from_iter<I: IntoIterator<Item = Arc<Field>>>(fields: I) -> Self {
        let mut map = Self::default();
        for field in fields {
            map.insert(field);
        }
        map
    }
}
