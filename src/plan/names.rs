//! Names by table, as a server with very many tables tells them: each name is kept once, and so is each list of names, since
//! tables of one kind have the same columns.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The names of one table, in the order of the server.
pub type List = Arc<[Arc<str>]>;

/// Names of columns or indexes by table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<Box<str>, List>);

impl Names {
    /// Tables with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &List)> {
        self.0.iter().map(|(table, list)| (&**table, list))
    }
}

impl<T: AsRef<str>, N: AsRef<str>> FromIterator<(T, N)> for Names {
    fn from_iter<I: IntoIterator<Item = (T, N)>>(pairs: I) -> Self {
        let mut gathering = Gathering::default();
        for (table, name) in pairs {
            gathering.add(table.as_ref(), name.as_ref());
        }
        gathering.end()
    }
}

/// Names that come one by one; those of a table mostly, but not always, one after another.
#[derive(Debug, Default)]
pub struct Gathering {
    names: BTreeSet<Arc<str>>,
    lists: BTreeSet<List>,
    done: BTreeMap<Box<str>, List>,
    table: Box<str>,
    of_table: Vec<Arc<str>>,
}

impl Gathering {
    /// One more name of a table.
    pub fn add(&mut self, table: &str, name: &str) {
        if *self.table != *table {
            self.close();
            self.table = table.into();
        }
        let name = self.names.get(name).cloned().unwrap_or_else(|| {
            let name: Arc<str> = name.into();
            self.names.insert(name.clone());
            name
        });
        self.of_table.push(name);
    }

    fn close(&mut self) {
        if self.of_table.is_empty() {
            return;
        }
        let table = std::mem::take(&mut self.table);
        if let Some(earlier) = self.done.remove(&table) {
            self.of_table.splice(..0, earlier.iter().cloned());
        }
        let list = self.lists.get(self.of_table.as_slice()).cloned().unwrap_or_else(|| {
            let list: List = self.of_table.as_slice().into();
            self.lists.insert(list.clone());
            list
        });
        self.of_table.clear();
        self.done.insert(table, list);
    }

    /// All of them.
    pub fn end(mut self) -> Names {
        self.close();
        Names(self.done)
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(table, list)| (table, Texts(list))))
    }
}

struct Texts<'a>(&'a List);

impl Serialize for Texts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|name| &**name))
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tables;
        impl<'de> Visitor<'de> for Tables {
            type Value = Names;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("lists of names by table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut gathering = Gathering::default();
                while let Some((table, names)) = map.next_entry::<String, Vec<String>>()? {
                    names.iter().for_each(|name| gathering.add(&table, name));
                }
                Ok(gathering.end())
            }
        }
        deserializer.deserialize_map(Tables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(names: &Names) -> String {
        serde_json::to_string(names).unwrap()
    }

    #[test]
    fn names_are_kept_in_order_and_once() {
        let names: Names =
            [("b", "id"), ("b", "x"), ("a", "id"), ("a", "x"), ("c", "x")].into_iter().collect();
        assert_eq!(shown(&names), r#"{"a":["id","x"],"b":["id","x"],"c":["x"]}"#);
        let lists: Vec<&List> = names.iter().map(|(_, list)| list).collect();
        assert!(Arc::ptr_eq(lists[0], lists[1]), "the same list is kept once");
        assert!(Arc::ptr_eq(&lists[0][1], &lists[2][0]), "the same name is kept once");
    }

    #[test]
    fn a_table_may_come_in_pieces() {
        let names: Names = [("a", "1"), ("b", "1"), ("a", "2"), ("b", "2"), ("a", "3")].into_iter().collect();
        assert_eq!(shown(&names), r#"{"a":["1","2","3"],"b":["1","2"]}"#);
    }

    #[test]
    fn what_is_written_is_read() {
        let names: Names = [("a", "1"), ("箱", "名"), ("箱", "x\"")].into_iter().collect();
        assert_eq!(serde_json::from_str::<Names>(&shown(&names)).unwrap(), names);
        assert!(serde_json::from_str::<Names>("[]").is_err());
        assert!(serde_json::from_str::<Names>(r#"{"a": [1]}"#).is_err());
    }
}
