//! Random histories about expressions: indexes and constraints on them, conditions, generated columns, defaults of the
//! database, composite primary keys.

use super::generator::File;
use super::random::Random;

const HEAD: &str = "import datetime
import decimal
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions
from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.expressions import CombinedExpression, OrderBy
from django.db.models.functions import Abs, Cast, Ceil, Coalesce, Concat, ExtractDay, ExtractMonth, ExtractQuarter
from django.db.models.functions import ExtractYear, Floor, Greatest, Left, Length, Lower, LPad, LTrim, Mod, Now, NullIf
from django.db.models.functions import Pi, Power, Replace, Reverse, Round, Sqrt, StrIndex, Substr, Trim, Upper
try:
    from django.db.models.functions import MD5, SHA256, Collate, Random, Sign
except ImportError:
    pass


class Migration(migrations.Migration):
";

const FIELDS: &[(&str, &str)] = &[
    ("id", "models.BigAutoField(primary_key=True)"),
    ("num", "models.IntegerField(default=0)"),
    ("big", "models.BigIntegerField(null=True)"),
    ("pos", "models.PositiveIntegerField(default=1, db_column='pos_col')"),
    ("dec", "models.DecimalField(max_digits=9, decimal_places=2, null=True)"),
    ("real", "models.FloatField(default=0)"),
    ("name", "models.CharField(max_length=40)"),
    ("nick", "models.CharField(max_length=30, null=True, db_column='nick_col')"),
    ("body", "models.TextField(default='')"),
    ("day", "models.DateField(null=True)"),
    ("at", "models.DateTimeField(null=True)"),
    ("flag", "models.BooleanField(default=False)"),
    ("maybe", "models.BooleanField(null=True)"),
    ("parent", "models.ForeignKey('shop.Thing', django.db.models.deletion.CASCADE, null=True)"),
];

const NUMBERS: &[&str] = &["num", "big", "pos", "dec", "real"];
const TEXTS: &[&str] = &["name", "nick", "body"];

struct Generator {
    random: Random,
    version: u32,
    counter: u32,
    indexes: Vec<String>,
    constraints: Vec<String>,
    /// Fields beyond those of [`FIELDS`].
    added: Vec<String>,
}

/// The history with this number.
pub fn history(seed: u64, version: u32) -> Vec<File> {
    let mut generator = Generator {
        random: Random(seed ^ 0x45_5850),
        version,
        counter: 0,
        indexes: Vec::new(),
        constraints: Vec::new(),
        added: Vec::new(),
    };
    let mut files: Vec<File> = Vec::new();
    for number in 1..=2 + generator.random.below(3) {
        let mut operations: Vec<String> = Vec::new();
        if number == 1 {
            operations.push(generator.create());
        }
        for _ in 0..1 + generator.random.below(4) {
            operations.extend(generator.operation());
        }
        let dependencies = files.last().map(|(app, name, _)| format!("('{app}', '{name}')"));
        let body = operations.iter().map(|each| format!("        {each},\n")).collect::<String>();
        let source = format!(
            "{HEAD}    dependencies = [{}]\n    operations = [\n{body}    ]\n",
            dependencies.unwrap_or_default()
        );
        files.push(("shop".to_owned(), format!("{number:04}_m"), source));
    }
    files
}

impl Generator {
    fn fresh(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}{}", self.counter)
    }

    fn one(&mut self, items: &[&str]) -> String {
        (*self.random.pick(items)).to_owned()
    }

    fn number(&mut self, depth: u32) -> String {
        let column = self.one(NUMBERS);
        match self.random.below(if depth > 2 { 2 } else { 12 }) {
            0..=2 => format!("F('{column}')"),
            3 => {
                let names: &[&str] = &["Abs", "Ceil", "Floor", "Sqrt", "Sign"];
                let function = self.one(if self.version < 30 { &names[..4] } else { names });
                format!("{function}('{column}')")
            }
            4 => format!("Length('{}')", self.one(TEXTS)),
            5 => format!("Mod('{column}', 7)"),
            6 => format!("Coalesce('{column}', 0)"),
            7 => format!("Greatest('{column}', '{}')", self.one(NUMBERS)),
            8 if self.version >= 40 => {
                format!("Round('{column}'{})", self.one(&["", ", 2", ", precision=3"]))
            }
            9 => format!("StrIndex('{}', Value('x'))", self.one(TEXTS)),
            10 => format!("Power(F('{column}'), 2)"),
            _ => {
                let connectors: &[&str] = &["+", "-", "*", "/", "^", "%%"];
                let connector = self.one(if self.version < 30 { &connectors[..5] } else { connectors });
                let left = self.number(depth + 1);
                let right =
                    if self.random.chance(50) { "Value(3)".to_owned() } else { self.number(depth + 1) };
                format!("CombinedExpression({left}, '{connector}', {right})")
            }
        }
    }

    fn text(&mut self, depth: u32) -> String {
        let column = self.one(TEXTS);
        match self.random.below(if depth > 2 { 2 } else { 13 }) {
            0 => format!("F('{column}')"),
            1..=3 => {
                let function = self.one(&["Lower", "Upper", "Trim", "Reverse", "MD5", "SHA256", "LTrim"]);
                format!("{function}({})", self.text(depth + 1))
            }
            4 => format!("Left('{column}', 5)"),
            5 => format!("Substr('{column}', 2{})", self.one(&["", ", 3"])),
            6 => format!("Replace('{column}', Value('a%'){})", self.one(&["", ", Value('b')"])),
            7 => format!("LPad('{column}', 9{})", self.one(&["", ", Value('0')"])),
            8 => format!("Coalesce('{column}', Value('it\\'s'))"),
            9 => format!("Concat('{column}', Value(' - '), {})", self.text(depth + 1)),
            10 => format!("Concat('{column}', '{}')", self.one(TEXTS)),
            11 => "Cast('num', models.CharField(max_length=9))".to_owned(),
            _ => format!("NullIf('{column}', Value(''))"),
        }
    }

    fn expression(&mut self) -> String {
        match self.random.below(9) {
            0..=3 => self.number(0),
            4..=7 => self.text(0),
            _ => {
                let function = self.one(&["ExtractYear", "ExtractMonth", "ExtractDay", "ExtractQuarter"]);
                format!("{function}('day')")
            }
        }
    }

    fn indexed(&mut self) -> String {
        let expression = match self.random.below(5) {
            0 => format!("F('{}')", self.one(&["num", "name", "parent", "nick"])),
            1 => format!("Collate('{}', 'utf8mb4_bin')", self.one(TEXTS)),
            _ => self.expression(),
        };
        match self.random.below(4) {
            0 => format!("OrderBy({expression}, descending=True)"),
            1 => format!("OrderBy({expression})"),
            _ => expression,
        }
    }

    fn lookup(&mut self) -> String {
        let (number, text) = (self.one(NUMBERS), self.one(TEXTS));
        match self.random.below(16) {
            0 => format!("('{number}__{}', {})", self.one(&["gt", "gte", "lt", "lte", "exact"]), 3),
            1 => format!("('{number}__gte', F('{}'))", self.one(NUMBERS)),
            2 if self.version >= 32 => format!("('{number}__lt', {})", self.number(1)),
            3 => format!("('{number}__isnull', {})", self.one(&["True", "False"])),
            4 => "('num__in', [3, 1, 3])".to_owned(),
            5 => "('big__range', (1, 9))".to_owned(),
            6 => format!("('{text}', 'x')"),
            // Django 2.2 stops at a percent sign.
            7..=9 if self.version < 30 => format!("('{text}__regex', '^[a-z]+$')"),
            7..=9 => {
                let lookup = self.one(&[
                    "contains",
                    "icontains",
                    "startswith",
                    "istartswith",
                    "endswith",
                    "iendswith",
                    "iexact",
                    "regex",
                    "iregex",
                ]);
                format!(
                    "('{text}__{lookup}', {})",
                    self.one(&["'a'", "'5%_\\\\\\\\'", "'it\\'s'", "'^[a-z]+$'"])
                )
            }
            10 => format!("('flag', {})", self.one(&["True", "False"])),
            11 => format!("('maybe__exact', {})", self.one(&["True", "False"])),
            12 => "('day__gte', datetime.date(2020, 1, 2))".to_owned(),
            13 => "('dec__gt', decimal.Decimal('1.50'))".to_owned(),
            14 => "('nick', F('name'))".to_owned(),
            _ => "('parent__isnull', False)".to_owned(),
        }
    }

    fn q(&mut self, depth: u32) -> String {
        let mut parts: Vec<String> = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            let nested = depth < 2 && self.random.chance(30);
            parts.push(if nested { self.q(depth + 1) } else { self.lookup() });
        }
        if self.random.chance(30) {
            parts.push("_connector='OR'".to_owned());
        }
        if self.random.chance(25) {
            parts.push("_negated=True".to_owned());
        }
        format!("Q({})", parts.join(", "))
    }

    fn index(&mut self, name: &str) -> String {
        if self.version < 32 || self.random.chance(15) {
            let condition = if self.random.chance(50) { ", condition=Q(('num__gt', 1))" } else { "" };
            return format!("models.Index(fields=['num', '-name'], name='{name}'{condition})");
        }
        let mut expressions = vec![self.indexed()];
        if self.random.chance(30) {
            expressions.push(self.indexed());
        }
        format!("models.Index({}, name='{name}')", expressions.join(", "))
    }

    fn constraint(&mut self, name: &str) -> String {
        if self.version >= 40 && self.random.chance(30) {
            let expression = self.indexed();
            let more = if self.random.chance(30) { format!(", {}", self.indexed()) } else { String::new() };
            let condition = if self.random.chance(15) { ", condition=Q(('num__gt', 1))" } else { "" };
            return format!("models.UniqueConstraint({expression}{more}, name='{name}'{condition})");
        }
        let check = if self.version >= 51 { "condition" } else { "check" };
        format!("models.CheckConstraint({check}={}, name='{name}')", self.q(0))
    }

    fn generated(&mut self) -> String {
        let stored = self.one(&["True", "False"]);
        let extra =
            self.one(&["", "", ", unique=True", ", db_index=True", ", db_comment='of it'", ", null=True"]);
        if self.random.chance(50) {
            let expression = self.number(0);
            let output = self.one(&[
                "models.IntegerField()",
                "models.FloatField()",
                "models.DecimalField(max_digits=9, decimal_places=2)",
            ]);
            format!(
                "models.GeneratedField(expression={expression}, output_field={output}, db_persist={stored}{extra})"
            )
        } else {
            let expression = self.text(0);
            format!(
                "models.GeneratedField(expression={expression}, output_field=models.CharField(max_length=99), db_persist={stored}{extra})"
            )
        }
    }

    fn database_default(&mut self) -> String {
        self.one(&[
            "models.IntegerField(db_default=5)",
            "models.IntegerField(db_default=Value(7))",
            "models.IntegerField(db_default=CombinedExpression(Value(1), '+', Value(2)), null=True)",
            "models.FloatField(db_default=1.5)",
            "models.FloatField(db_default=Pi())",
            "models.FloatField(db_default=Random())",
            "models.BooleanField(db_default=True)",
            "models.CharField(max_length=20, db_default='x')",
            "models.CharField(max_length=20, db_default=Value('5%'))",
            "models.CharField(max_length=20, db_default=Upper(Value('it\\'s')), default='y')",
            "models.CharField(max_length=20, db_default=Concat(Value('a'), Value('b')))",
            "models.TextField(db_default='long')",
            "models.TextField(db_default=Value('long'), null=True)",
            "models.TextField(db_default=Lower(Value('LONG')))",
            "models.DateTimeField(db_default=Now())",
            "models.DecimalField(max_digits=5, decimal_places=2, db_default=decimal.Decimal('1.50'))",
        ])
    }

    fn create(&mut self) -> String {
        let mut fields: Vec<String> =
            FIELDS.iter().map(|(name, field)| format!("('{name}', {field})")).collect();
        if self.version >= 50 {
            for _ in 0..self.random.below(3) {
                let name = self.fresh("g");
                let field = if self.random.chance(50) { self.generated() } else { self.database_default() };
                fields.push(format!("('{name}', {field})"));
            }
        }
        let mut options = Vec::new();
        if self.random.chance(50) {
            let name = self.fresh("ix");
            options.push(format!("'indexes': [{}]", self.index(&name)));
            self.indexes.push(name);
        }
        if self.random.chance(50) {
            let name = self.fresh("cn");
            options.push(format!("'constraints': [{}]", self.constraint(&name)));
            self.constraints.push(name);
        }
        format!(
            "migrations.CreateModel('Thing', [{}], options={{{}}})",
            fields.join(", "),
            options.join(", ")
        )
    }

    fn operation(&mut self) -> Option<String> {
        match self.random.below(12) {
            0..=2 => {
                let name = self.fresh("ix");
                let index = self.index(&name);
                self.indexes.push(name);
                Some(format!("migrations.AddIndex('Thing', {index})"))
            }
            3..=5 => {
                let name = self.fresh("cn");
                let constraint = self.constraint(&name);
                self.constraints.push(name);
                Some(format!("migrations.AddConstraint('Thing', {constraint})"))
            }
            6 => Some(format!("migrations.RemoveIndex('Thing', '{}')", self.indexes.pop()?)),
            7 => Some(format!("migrations.RemoveConstraint('Thing', '{}')", self.constraints.pop()?)),
            8 if self.version >= 50 => {
                let name = self.fresh("g");
                let field = self.generated();
                Some(format!("migrations.AddField('Thing', '{name}', {field})"))
            }
            9 if self.version >= 50 => {
                let name = self.fresh("d");
                let field = self.database_default();
                self.added.push(name.clone());
                Some(format!("migrations.AddField('Thing', '{name}', {field})"))
            }
            10 if self.version >= 52 => {
                let name = self.fresh("Pair");
                Some(format!(
                    "migrations.CreateModel('{name}', [('pk', models.CompositePrimaryKey('tenant_id', 'code', blank=True, editable=False, primary_key=True, serialize=False)), ('tenant', models.ForeignKey('shop.Thing', django.db.models.deletion.CASCADE)), ('code', models.CharField(max_length=20, db_column='c'))])"
                ))
            }
            11 => {
                let name = self.added.pop()?;
                Some(format!("migrations.RemoveField('Thing', '{name}')"))
            }
            _ => None,
        }
    }
}
