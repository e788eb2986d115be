//! The oldest database server that Django connects to, where a project lowers it: assignments to
//! `DatabaseFeatures.minimum_database_version` and to `check_database_version_supported`.
//!
//! Django checks the server's version against that attribute of its MySQL backend when it connects. Projects on an older
//! server patch it in their settings. What they patch it to is read here, from the source alone.

use std::collections::HashMap;

use tree_sitter::Node;

use crate::source::{SourceText, Span};
use crate::syntax::python::{self, Kind, kind, span};

/// What a file lowers the floor to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFloor {
    /// Where the patch stands.
    pub span: Span,
    /// Oldest MySQL, where the source tells it.
    pub mysql: Option<Vec<u64>>,
    /// Oldest MariaDB, where the source tells it.
    pub mariadb: Option<Vec<u64>>,
    /// The whole check is switched off: `check_database_version_supported` does nothing.
    pub check_removed: bool,
}

const ATTRIBUTE: &str = "minimum_database_version";
const CHECK: &str = "check_database_version_supported";

/// Whether the bytes of a file can hold a patch; the rest need not be parsed.
pub fn may_patch(bytes: &[u8]) -> bool {
    [ATTRIBUTE, CHECK].iter().any(|name| memchr::memmem::find(bytes, name.as_bytes()).is_some())
}

/// The patches of a Python file, in source order.
pub fn read(text: &SourceText) -> Vec<DatabaseFloor> {
    if !may_patch(text.text.as_bytes()) {
        return Vec::new();
    }
    let tree = python::parse(text);
    let Some(root) = tree.root() else { return Vec::new() };
    let mut reader =
        Reader { text: &text.text, imported: HashMap::new(), classes: HashMap::new(), found: Vec::new() };
    let mut cursor = root.walk();
    // Pre-order without recursion: hostile input nests deeply.
    loop {
        reader.node(cursor.node());
        if cursor.goto_first_child() || cursor.goto_next_sibling() {
            continue;
        }
        loop {
            if !cursor.goto_parent() {
                return reader.found;
            }
            if cursor.goto_next_sibling() {
                break;
            }
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    /// Local name to the dotted name that it was imported as.
    imported: HashMap<&'t str, String>,
    /// Classes of the file by name.
    classes: HashMap<&'t str, Node<'t>>,
    found: Vec<DatabaseFloor>,
}

impl<'t> Reader<'t> {
    fn node<'n: 't>(&mut self, node: Node<'n>) {
        match kind(node) {
            Kind::ImportFrom => self.import_from(node),
            Kind::Import => self.import(node),
            Kind::ClassDefinition => self.class(node),
            Kind::Assignment => self.assignment(node),
            _ => {}
        }
    }

    fn slice(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn import_from(&mut self, node: Node<'t>) {
        let Some(module) = node.child_by_field_name("module_name").map(|module| self.slice(module)) else {
            return;
        };
        let mut cursor = node.walk();
        for name in node.children_by_field_name("name", &mut cursor) {
            let (imported, local) = self.imported_name(name);
            self.imported.insert(local, format!("{module}.{imported}"));
        }
    }

    fn import(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        for name in node.children_by_field_name("name", &mut cursor) {
            let (imported, local) = self.imported_name(name);
            if kind(name) == Kind::AliasedImport {
                self.imported.insert(local, imported.to_owned());
            } else {
                // `import a.b` binds `a`.
                let first = imported.split('.').next().unwrap_or_default();
                self.imported.insert(first, first.to_owned());
            }
        }
    }

    fn imported_name(&self, node: Node<'_>) -> (&'t str, &'t str) {
        if kind(node) != Kind::AliasedImport {
            return (self.slice(node), self.slice(node));
        }
        let part = |field| node.child_by_field_name(field).map(|part| self.slice(part)).unwrap_or_default();
        (part("name"), part("alias"))
    }

    /// The dotted name with its first part replaced by what was imported under it.
    fn dotted(&self, node: Node<'_>) -> String {
        let text = self.slice(node);
        let (first, rest) = text.split_once('.').map_or((text, ""), |(first, rest)| (first, rest));
        match (self.imported.get(first), rest) {
            (Some(full), "") => full.clone(),
            (Some(full), rest) => format!("{full}.{rest}"),
            (None, _) => text.to_owned(),
        }
    }

    fn class(&mut self, node: Node<'t>) {
        let Some(name) = node.child_by_field_name("name") else { return };
        self.classes.insert(self.slice(name), node);
        let is_features = node.child_by_field_name("superclasses").is_some_and(|bases| {
            let mut cursor = bases.walk();
            bases.named_children(&mut cursor).any(|base| is_mysql(&self.dotted(base), "DatabaseFeatures"))
        });
        if is_features && let Some(member) = self.member(node, ATTRIBUTE) {
            let place = member.child_by_field_name("name").or_else(|| member.child_by_field_name("left"));
            self.floor(span(place.unwrap_or(member)), member);
        }
    }

    fn assignment(&mut self, node: Node<'t>) {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        else {
            return;
        };
        if kind(left) != Kind::Attribute {
            return;
        }
        let (Some(owner), Some(name)) =
            (left.child_by_field_name("object"), left.child_by_field_name("attribute"))
        else {
            return;
        };
        let owner = self.dotted(owner);
        match self.slice(name) {
            ATTRIBUTE if is_mysql(&owner, "DatabaseFeatures") => self.floor(span(left), right),
            CHECK if is_mysql(&owner, "DatabaseWrapper") || owner.ends_with("BaseDatabaseWrapper") => {
                self.found.push(DatabaseFloor {
                    span: span(left),
                    mysql: None,
                    mariadb: None,
                    check_removed: true,
                });
            }
            _ => {}
        }
    }

    /// The method or the assignment of a class that gives `name` its value.
    fn member(&self, class: Node<'t>, name: &str) -> Option<Node<'t>> {
        let body = class.child_by_field_name("body")?;
        let mut cursor = body.walk();
        let mut found = None;
        for statement in body.named_children(&mut cursor) {
            let inner = match kind(statement) {
                Kind::DecoratedDefinition => statement.child_by_field_name("definition"),
                Kind::ExpressionStatement => statement.named_child(0),
                _ => Some(statement),
            };
            let Some(inner) = inner else { continue };
            let named = inner.child_by_field_name("name").or_else(|| inner.child_by_field_name("left"));
            if named.is_some_and(|named| self.slice(named) == name) {
                found = Some(inner);
            }
        }
        found
    }

    /// Reads what the attribute is set to: a tuple, a function or a lambda that returns some, an attribute of a class of
    /// this file.
    fn floor(&mut self, place: Span, value: Node<'t>) {
        let mut floor = DatabaseFloor { span: place, mysql: None, mariadb: None, check_removed: false };
        let value = match kind(value) {
            Kind::Attribute => {
                let owner =
                    value.child_by_field_name("object").and_then(|owner| self.classes.get(self.slice(owner)));
                let name = value.child_by_field_name("attribute").map(|name| self.slice(name));
                match (owner, name) {
                    (Some(class), Some(name)) => self.member(*class, name),
                    _ => None,
                }
            }
            _ => Some(value),
        };
        if let Some(value) = value {
            self.versions(value, &mut floor);
        }
        self.found.push(floor);
    }

    /// Takes every tuple of whole numbers that `value` can give; one that stands under a condition on MariaDB is its.
    fn versions(&self, value: Node<'t>, floor: &mut DatabaseFloor) {
        let mut open = vec![(value, None::<bool>)];
        while let Some((node, mariadb)) = open.pop() {
            match kind(node) {
                Kind::Tuple | Kind::ExpressionList => {
                    if let Some(numbers) = self.numbers(node) {
                        if mariadb != Some(false) && (mariadb == Some(true) || floor.mariadb.is_none()) {
                            floor.mariadb = Some(numbers.clone());
                        }
                        if mariadb != Some(true) {
                            floor.mysql = Some(numbers);
                        }
                    }
                    continue;
                }
                Kind::If => {
                    let on_mariadb = self.is_mariadb_test(node.child_by_field_name("condition"));
                    let mut cursor = node.walk();
                    for child in node.named_children(&mut cursor) {
                        let side = match (on_mariadb, kind(child)) {
                            (Some(test), Kind::Block) => Some(test),
                            (Some(test), Kind::ElseClause) => Some(!test),
                            _ => mariadb,
                        };
                        open.push((child, side));
                    }
                    continue;
                }
                Kind::ConditionalExpression => {
                    let parts: Vec<Node<'t>> = {
                        let mut cursor = node.walk();
                        node.named_children(&mut cursor).collect()
                    };
                    if let [yes, test, no] = parts[..] {
                        let on_mariadb = self.is_mariadb_test(Some(test));
                        open.push((yes, on_mariadb.or(mariadb)));
                        open.push((no, on_mariadb.map(|test| !test).or(mariadb)));
                    }
                    continue;
                }
                _ => {}
            }
            let mut cursor = node.walk();
            let children: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
            // Statements behind an `if … mariadb: return` speak of MySQL.
            let mut side = mariadb;
            let mut sides = Vec::with_capacity(children.len());
            for child in children {
                sides.push((child, side));
                if kind(child) == Kind::If
                    && let Some(test) = self.is_mariadb_test(child.child_by_field_name("condition"))
                {
                    side = side.or(Some(!test));
                }
            }
            open.extend(sides);
        }
    }

    /// `Some(true)` for a test that holds on MariaDB, `Some(false)` for its negation, `None` for any other.
    fn is_mariadb_test(&self, node: Option<Node<'_>>) -> Option<bool> {
        let text = self.slice(node?).trim_matches(['(', ')', ' ']);
        if !text.ends_with("mysql_is_mariadb") && !text.ends_with("is_mariadb") {
            return None;
        }
        Some(!text.starts_with("not "))
    }

    fn numbers(&self, node: Node<'_>) -> Option<Vec<u64>> {
        let mut cursor = node.walk();
        let numbers: Option<Vec<u64>> =
            node.named_children(&mut cursor).map(|child| self.slice(child).parse().ok()).collect();
        numbers.filter(|numbers| (1..=4).contains(&numbers.len()))
    }
}

/// Whether a dotted name is `class` of Django's MySQL backend.
fn is_mysql(dotted: &str, class: &str) -> bool {
    let Some(module) = dotted.strip_suffix(class).and_then(|rest| rest.strip_suffix('.')) else {
        return false;
    };
    module.starts_with("django.db.backends.mysql.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MySQL, MariaDB, whether the check is gone.
    type Floor = (Option<Vec<u64>>, Option<Vec<u64>>, bool);

    fn floors(source: &str) -> Vec<Floor> {
        let text = SourceText::decode("config/default.py".into(), source.as_bytes()).unwrap();
        read(&text).into_iter().map(|floor| (floor.mysql, floor.mariadb, floor.check_removed)).collect()
    }

    const IMPORT: &str = "from django.db.backends.mysql.features import DatabaseFeatures\n";

    #[test]
    fn a_property_of_another_class_gives_both_floors() {
        let source = format!(
            "{IMPORT}from django.utils.functional import cached_property\n\nclass PatchFeatures:\n    @cached_property\n    \
             def minimum_database_version(self):\n        if self.connection.mysql_is_mariadb:  # type: ignore\n            \
             return 10, 4\n        return 5, 7\n\nDatabaseFeatures.minimum_database_version = \
             PatchFeatures.minimum_database_version\n"
        );
        assert_eq!(floors(&source), [(Some(vec![5, 7]), Some(vec![10, 4]), false)]);
        let inside =
            format!("try:\n    {}", source.replace('\n', "\n    ")) + "pass\nexcept ImportError:\n    pass\n";
        assert_eq!(floors(&inside), floors(&source), "inside a try");
    }

    #[test]
    fn the_other_forms_are_read_too() {
        let both = (Some(vec![5, 7]), Some(vec![5, 7]), false);
        assert_eq!(
            floors(&format!("{IMPORT}DatabaseFeatures.minimum_database_version = (5, 7)\n")),
            std::slice::from_ref(&both)
        );
        let lambda =
            format!("{IMPORT}DatabaseFeatures.minimum_database_version = property(lambda self: (5, 7))\n");
        assert_eq!(floors(&lambda), [both]);
        let chosen = "import django.db.backends.mysql.features as f\nf.DatabaseFeatures.minimum_database_version = property(\n    \
                      lambda self: (10, 3) if self.connection.mysql_is_mariadb else (5, 7))\n";
        assert_eq!(floors(chosen), [(Some(vec![5, 7]), Some(vec![10, 3]), false)]);
        let backend = "from django.db.backends.mysql import features\nclass DatabaseFeatures(features.DatabaseFeatures):\n    \
                       minimum_database_version = (5, 6)\n";
        assert_eq!(floors(backend), [(Some(vec![5, 6]), Some(vec![5, 6]), false)]);
        let removed = "from django.db.backends.mysql.base import DatabaseWrapper\n\
                       DatabaseWrapper.check_database_version_supported = lambda self: None\n";
        assert_eq!(floors(removed), [(None, None, true)]);
    }

    #[test]
    fn what_is_not_written_out_is_not_known_and_other_classes_are_left_alone() {
        let computed = format!("{IMPORT}DatabaseFeatures.minimum_database_version = read_floor()\n");
        assert_eq!(floors(&computed), [(None, None, false)]);
        assert_eq!(floors("class DatabaseFeatures:\n    minimum_database_version = (5, 7)\n"), []);
        assert_eq!(
            floors(
                "from django.db.backends.postgresql.features import DatabaseFeatures\nDatabaseFeatures.minimum_database_version = (9,)\n"
            ),
            []
        );
    }
}
