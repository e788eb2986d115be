//! The field classes of Django itself, 1.11 to 5.2.
//!
//! Source: `django/db/models/fields/` of Django 2.2.28, 3.2.25, 4.2.30 and 5.2.19: signatures (`__init__`),
//! `get_internal_type`, `empty_strings_allowed`, `deconstruct`.

/// A field class of Django.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the variants are Django's own class names
pub enum BuiltIn {
    AutoField,
    BigAutoField,
    BigIntegerField,
    BinaryField,
    BooleanField,
    CharField,
    CommaSeparatedIntegerField,
    CompositePrimaryKey,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    Field,
    FileField,
    FilePathField,
    FloatField,
    ForeignKey,
    GeneratedField,
    GenericIPAddressField,
    IPAddressField,
    ImageField,
    IntegerField,
    JSONField,
    ManyToManyField,
    NullBooleanField,
    OneToOneField,
    OrderWrt,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    SlugField,
    SmallAutoField,
    SmallIntegerField,
    TextField,
    TimeField,
    URLField,
    UUIDField,
}

use BuiltIn::*;

/// Every class with its name.
const ALL: &[(&str, BuiltIn)] = &[
    ("AutoField", AutoField),
    ("BigAutoField", BigAutoField),
    ("BigIntegerField", BigIntegerField),
    ("BinaryField", BinaryField),
    ("BooleanField", BooleanField),
    ("CharField", CharField),
    ("CommaSeparatedIntegerField", CommaSeparatedIntegerField),
    ("CompositePrimaryKey", CompositePrimaryKey),
    ("DateField", DateField),
    ("DateTimeField", DateTimeField),
    ("DecimalField", DecimalField),
    ("DurationField", DurationField),
    ("EmailField", EmailField),
    ("Field", Field),
    ("FileField", FileField),
    ("FilePathField", FilePathField),
    ("FloatField", FloatField),
    ("ForeignKey", ForeignKey),
    ("GeneratedField", GeneratedField),
    ("GenericIPAddressField", GenericIPAddressField),
    ("IPAddressField", IPAddressField),
    ("ImageField", ImageField),
    ("IntegerField", IntegerField),
    ("JSONField", JSONField),
    ("ManyToManyField", ManyToManyField),
    ("NullBooleanField", NullBooleanField),
    ("OneToOneField", OneToOneField),
    ("OrderWrt", OrderWrt),
    ("PositiveBigIntegerField", PositiveBigIntegerField),
    ("PositiveIntegerField", PositiveIntegerField),
    ("PositiveSmallIntegerField", PositiveSmallIntegerField),
    ("SlugField", SlugField),
    ("SmallAutoField", SmallAutoField),
    ("SmallIntegerField", SmallIntegerField),
    ("TextField", TextField),
    ("TimeField", TimeField),
    ("URLField", URLField),
    ("UUIDField", UUIDField),
];

/// Modules of Django that field classes can be imported from.
const MODULES: &[&str] = &[
    "django.db.models",
    "django.db.models.fields",
    "django.db.models.fields.related",
    "django.db.models.fields.files",
    "django.db.models.fields.json",
    "django.db.models.fields.proxy",
    "django.db.models.fields.generated",
    "django.db.models.fields.composite",
];

/// Parameters of `Field.__init__` that can be passed by position.
const FIELD: &[&str] = &[
    "verbose_name",
    "name",
    "primary_key",
    "max_length",
    "unique",
    "blank",
    "null",
    "db_index",
    "rel",
    "default",
    "editable",
    "serialize",
    "unique_for_date",
    "unique_for_month",
    "unique_for_year",
    "choices",
    "help_text",
    "db_column",
    "db_tablespace",
    "auto_created",
    "validators",
    "error_messages",
    "db_comment",
    "db_default",
];

impl BuiltIn {
    /// The class called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.binary_search_by(|(candidate, _)| (*candidate).cmp(name)).ok().map(|at| ALL[at].1)
    }

    /// The class behind a dotted path of Django: `django.db.models.CharField`, `django.db.models.fields.CharField`.
    pub fn from_path(path: &str) -> Option<Self> {
        let (module, name) = path.rsplit_once('.')?;
        MODULES.contains(&module).then(|| Self::from_name(name)).flatten()
    }

    /// The class name.
    pub fn name(self) -> &'static str {
        ALL.iter().find(|(_, class)| *class == self).map_or("Field", |(name, _)| name)
    }

    /// What `get_internal_type` of an instance of this very class returns; `None` where Django returns the name of the
    /// instance's class.
    pub fn internal_type(self) -> Option<Self> {
        match self {
            Field | ForeignKey | OneToOneField | ManyToManyField | CompositePrimaryKey => None,
            EmailField | URLField | CommaSeparatedIntegerField => Some(CharField),
            ImageField => Some(FileField),
            OrderWrt => Some(IntegerField),
            other => Some(other),
        }
    }

    /// The class attribute `empty_strings_allowed`.
    pub fn empty_strings_allowed(self) -> bool {
        matches!(
            self,
            BinaryField
                | CharField
                | CommaSeparatedIntegerField
                | CompositePrimaryKey
                | EmailField
                | Field
                | FileField
                | FilePathField
                | GeneratedField
                | ImageField
                | ManyToManyField
                | SlugField
                | TextField
                | URLField
        )
    }

    /// Parameters that can be passed by position, in order.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            DateField | DateTimeField | TimeField => &["verbose_name", "name", "auto_now", "auto_now_add"],
            DecimalField => &["verbose_name", "name", "max_digits", "decimal_places"],
            FileField => &["verbose_name", "name", "upload_to", "storage"],
            ImageField => &["verbose_name", "name", "width_field", "height_field"],
            FilePathField => {
                &["verbose_name", "name", "path", "match", "recursive", "allow_files", "allow_folders"]
            }
            GenericIPAddressField => &["verbose_name", "name", "protocol", "unpack_ipv4"],
            UUIDField => &["verbose_name"],
            JSONField => &["verbose_name", "name", "encoder", "decoder"],
            URLField => &["verbose_name", "name"],
            ForeignKey => &[
                "to",
                "on_delete",
                "related_name",
                "related_query_name",
                "limit_choices_to",
                "parent_link",
                "to_field",
                "db_constraint",
            ],
            OneToOneField => &["to", "on_delete", "to_field"],
            ManyToManyField => &[
                "to",
                "related_name",
                "related_query_name",
                "limit_choices_to",
                "symmetrical",
                "through",
                "through_fields",
                "db_constraint",
                "db_table",
                "swappable",
            ],
            GeneratedField | CompositePrimaryKey | OrderWrt => &[],
            _ => FIELD,
        }
    }

    /// The `max_length` that the class sets itself: the number, and whether an argument overrides it.
    pub fn own_max_length(self) -> Option<(i64, bool)> {
        match self {
            EmailField => Some((254, true)),
            FileField | ImageField | FilePathField => Some((100, true)),
            SlugField => Some((50, true)),
            URLField => Some((200, true)),
            IPAddressField => Some((15, false)),
            GenericIPAddressField => Some((39, false)),
            UUIDField => Some((32, false)),
            _ => None,
        }
    }

    /// True for `AutoField` and its kin.
    pub fn is_auto(self) -> bool {
        matches!(self, AutoField | BigAutoField | SmallAutoField)
    }

    /// True for a foreign key, one-to-one included.
    pub fn is_foreign_key(self) -> bool {
        matches!(self, ForeignKey | OneToOneField)
    }

    /// True when `default` means a date or a time.
    pub fn is_temporal(self) -> bool {
        matches!(self, DateField | DateTimeField | TimeField)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_round_trip() {
        assert!(ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, class) in ALL {
            assert_eq!(BuiltIn::from_name(name), Some(*class));
            assert_eq!(class.name(), *name);
        }
    }

    #[test]
    fn paths_are_djangos_only() {
        assert_eq!(BuiltIn::from_path("django.db.models.CharField"), Some(CharField));
        assert_eq!(BuiltIn::from_path("django.db.models.fields.related.ForeignKey"), Some(ForeignKey));
        assert_eq!(BuiltIn::from_path("apps.models.CharField"), None);
        assert_eq!(BuiltIn::from_path("django.db.models.JsonField"), None);
    }
}
