//! Field classes traced through a small repository.

use std::sync::Arc;

use super::*;
use crate::source::Snapshot;
use crate::syntax::Value;

const FILES: &[(&str, &str)] = &[
    (
        "site/utils/fields.py",
        r#"
from django.db import models
from django.db.models import *
from .base import Base, Cycle
from somewhere import Mixin

LENGTH = 64


class Json(models.TextField):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)


class Fixed(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = LENGTH
        kwargs.setdefault("null", True)
        super().__init__(*args, **kwargs)


class Named(models.CharField):
    def __init__(self, verbose_name=None, max_length=36, **kwargs):
        super().__init__(verbose_name, max_length=max_length, unique=True, **kwargs)


class Branching(models.CharField):
    def __init__(self, *args, **kwargs):
        if kwargs.get("short"):
            kwargs["max_length"] = 8
        super().__init__(*args, **kwargs)


class Tiny(models.IntegerField):
    def db_type(self, connection):
        if connection.vendor == "mysql":
            return "tinyint"
        return super().db_type(connection)


class Elsewhere(models.IntegerField):
    def db_type(self, connection):
        if connection.vendor == "postgresql":
            return "int2"
        return super().db_type(connection)


class Computed(models.CharField):
    def db_type(self, connection):
        return "char(%s)" % self.max_length


class Virtual(models.Field):
    def db_type(self, connection):
        return None


class Internal(models.Field):
    def get_internal_type(self):
        return "TextField"


class Bare(models.Field):
    pass


class Mixed(Mixin, models.TextField):
    pass


class MixedLast(models.TextField, Mixin):
    pass


class Child(Base):
    pass


class Starred(URLField):
    pass


class Key(models.ForeignKey):
    pass


class Nothing:
    pass


try:
    from django.db.models import JSONField as Either
except ImportError:
    from django_jsonfield_backport.models import JSONField as Either
"#,
    ),
    (
        "site/utils/base.py",
        "from django.db.models import SlugField\nfrom .fields import Child as Cycle\nclass Base(SlugField):\n    pass\nclass Round(Cycle2):\n    pass\n",
    ),
    ("site/utils/__init__.py", "from .fields import *\n"),
    ("site/utils/twice.py", "class Field:\n    pass\n"),
    ("site/utils/twice/__init__.py", "from django.db.models import TextField as Field\n"),
    ("site/lib/here/twice.py", "class Field:\n    pass\n"),
    ("site/lib/here/twice/__init__.py", "from django.db.models import TextField as Field\n"),
    ("site/lib/here/extra.py", "from utils.fields import Json\nclass More(Json):\n    pass\n"),
];

fn class(path: &str) -> Maybe<Arc<ResolvedClass>> {
    let snapshot = Snapshot::from_memory(FILES.iter().map(|(path, text)| (*path, text.as_bytes().to_vec())));
    FieldClasses::new(&snapshot, "site").resolved(&Arc::from(path))
}

use super::super::unknown::Maybe;

/// Class, internal type and `db_type` in one line.
fn shape(path: &str) -> String {
    match class(path) {
        Ok(class) => {
            let internal =
                class.internal_type.clone().map_or_else(|why| format!("? {why}"), |text| text.to_string());
            let db_type = match &class.db_type {
                DbTypeMethod::Django => "django".to_owned(),
                DbTypeMethod::Literal(text) => format!("{text:?}"),
                DbTypeMethod::NoColumn => "none".to_owned(),
                DbTypeMethod::Unknown(why) => format!("? {why}"),
            };
            format!("{} {internal} {db_type}", class.django.name())
        }
        Err(why) => format!("? {why}"),
    }
}

#[test]
fn classes_lead_to_django() {
    let shapes: Vec<String> = [
        "Json",
        "Tiny",
        "Elsewhere",
        "Computed",
        "Virtual",
        "Internal",
        "Bare",
        "Mixed",
        "MixedLast",
        "Child",
        "Starred",
        "Key",
        "Nothing",
        "Either",
        "Cycle",
        "Gone",
    ]
    .iter()
    .map(|name| format!("{name}: {}", shape(&format!("utils.fields.{name}"))))
    .collect();
    insta::assert_snapshot!(shapes.join("\n"), @r#"
    Json: TextField TextField django
    Tiny: IntegerField IntegerField "tinyint"
    Elsewhere: IntegerField IntegerField django
    Computed: CharField CharField ? `Computed.db_type` computes its result
    Virtual: Field Virtual none
    Internal: Field TextField django
    Bare: Field Bare django
    Mixed: TextField ? the source of `somewhere.Mixin` is not in this repository ? the source of `somewhere.Mixin` is not in this repository
    MixedLast: TextField TextField django
    Child: SlugField SlugField django
    Starred: URLField CharField django
    Key: ForeignKey Key django
    Nothing: ? `Nothing` derives from no field class of Django
    Either: JSONField JSONField django
    Cycle: SlugField SlugField django
    Gone: ? `site/utils/fields.py` binds no class `Gone`
    "#);
    assert_eq!(shape("utils.Json"), shape("utils.fields.Json"));
    assert_eq!(shape("here.extra.More"), "TextField TextField django");
    assert_eq!(shape("utils.twice.Field"), "TextField TextField django", "a package hides a module");
    assert_eq!(shape("here.twice.Field"), "TextField TextField django", "a package hides a module");
    assert_eq!(
        shape("twice.Field"),
        "? the source of `twice.Field` is not in this repository",
        "two may be meant"
    );
    assert_eq!(shape("utils.base.Round"), "? the name `Cycle2` is not bound in this file");
    assert_eq!(shape("jsonfield.JSONField"), "TextField TextField django");
    assert_eq!(shape("nowhere.Field"), "? the source of `nowhere.Field` is not in this repository");
}

#[test]
fn constructors_change_arguments() {
    let show = |name: &str| {
        let class = class(&format!("utils.fields.{name}")).unwrap();
        let each = class.constructor.iter().map(|(name, passed)| match passed {
            Passed::Always(value) => format!("{name}={:?}", short(&value.value)),
            Passed::Default(value) => format!("{name}?={:?}", short(&value.value)),
            Passed::Dropped => format!("-{name}"),
            Passed::Unknown(_) => format!("{name}=?"),
        });
        format!("{} {}", class.own_constructor, each.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(show("Json"), "false ");
    assert_eq!(show("Fixed"), "false max_length=\"64\" null?=\"true\"");
    assert_eq!(show("Named"), "true max_length?=\"36\" unique=\"true\"");
    assert_eq!(show("Branching"), "false max_length=?");
}

fn short(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}
