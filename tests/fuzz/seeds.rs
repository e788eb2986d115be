//! What is mutated: the fixtures, the examples of the rule pages, and a few of each kind.

use std::path::Path;

use bklog_lint::config::init;
use bklog_lint::findings::Lang;
use bklog_lint::rules;

pub(crate) const MANAGE: &str = "from django.core.management import execute_from_command_line\n";

pub(crate) const FIRST: &str = "\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.CreateModel(
            name=\"Parcel\",
            fields=[(\"id\", models.AutoField(primary_key=True)), (\"ctime\", models.DateTimeField())],
        ),
    ]
";

pub(crate) const NEXT: &str = "\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [(\"box\", \"0001_initial\")]
    operations = [migrations.AddField(\"parcel\", \"weight\", models.IntegerField(default=0))]
";

/// Everything that people write into a module, in one.
const SHAPES: &str = "\
# -*- coding: utf-8 -*-
import django
from django.conf import settings
from django.db import connection, migrations, models

PART = 'c'
BASE = (migrations.AddField('parcel', f'{PART}time', models.DateTimeField(null=True)),)
FIELDS = [('f%d' % i, models.IntegerField(default=i)) for i in range(3)]


def forwards(apps, schema_editor):
    Parcel = apps.get_model('box', 'Parcel')
    for parcel in Parcel.objects.all():
        parcel.weight += 1
        parcel.save()


class Add(migrations.AddField):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)


class Migration(migrations.Migration):
    initial = True
    atomic = False
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ('auth', '__first__')]
    run_before = [('shelf', '0001_initial')]
    replaces = [('box', '0000_start')]
    operations = [*BASE, migrations.CreateModel('Parcel', FIELDS, bases=(models.Model,))]
    if connection.vendor == 'mysql':
        operations += [migrations.RunSQL('ALTER TABLE `a` ADD `b` int', migrations.RunSQL.noop)]
    elif django.VERSION >= (2, 0):
        operations.append(Add('parcel', 'mtime', models.CharField(max_length=9, default='')))
    for name in ('a', 'b'):
        operations.append(migrations.AlterField('parcel', name, models.TextField()))
    operations += [migrations.RunPython(forwards, migrations.RunPython.noop)] if settings.X else []


Migration.operations.extend([migrations.SeparateDatabaseAndState(state_operations=[
    migrations.RenameField('parcel', 'old', 'new'), migrations.AlterUniqueTogether('parcel', {('a', 'b')})])])
";

pub(crate) fn migrations() -> Vec<Vec<u8>> {
    let mut seeds = vec![FIRST.into(), NEXT.into(), SHAPES.into()];
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for project in ["shop", "logs", "broken"] {
        collect(&fixtures.join(project), &mut seeds);
    }
    for rule in rules::ALL {
        let page = rule.read_page().unwrap();
        let files = page.examples.iter().flat_map(|example| &example.files);
        seeds.extend(
            files.filter(|file| file.path.ends_with(".py")).map(|file| file.text.clone().into_bytes()),
        );
    }
    seeds
}

fn collect(folder: &Path, seeds: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, seeds);
        } else if path.extension().is_some_and(|end| end == "py") && folder.ends_with("migrations") {
            seeds.push(std::fs::read(&path).unwrap());
        }
    }
}

pub(crate) fn libraries() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = vec![
        b"\xef\xbb\xbfname,meaning,wrong\r\ncreated_at,made,\"ctime,created\"\r\nowner,whose,\r\n".to_vec(),
    ];
    for path in
        ["rules/field_library.csv", "fixtures/shop/docs/field_library.csv", "fixtures/mono/field_library.csv"]
    {
        // The beginning is enough: what matters is how rows follow each other.
        let bytes = std::fs::read(root.join(path)).unwrap();
        seeds.push(bytes[..bytes.len().min(2_000)].to_vec());
    }
    seeds
}

pub(crate) fn configurations() -> Vec<Vec<u8>> {
    let full = "select = [\"GRA\", \"naming\"]\nignore-rules = [\"GRA013\"]\nfail-on = \"warning\"\nlang = \"zh\"\n\
                exclude = [\"**/vendor/**\"]\nfield-library = \"a.csv\"\nbaseline = \"b.json\"\n\n[severity]\nfield-name = \"info\"\n\n\
                [[project]]\nroot = \"box\"\n\n[[ignore]]\npath = \"box/**\"\nrules = [\"NAM001\"]\nreason = \"old\"\nuntil = 2027-06-30\n\n\
                [database]\nserver = \"mysql-8.0.36\"\nlarge-tables = [\"t\"]\n";
    let pyproject = format!(
        "[project]\nname = \"x\"\n\n[tool.bklog-lint]\nselect = [\"GRA\"]\n\n[tool.bklog-lint.severity]\nNAM001 = \"info\"\n# {full}"
    );
    [init::template(Lang::En), init::template(Lang::Zh), full, &pyproject]
        .map(|text| text.as_bytes().to_vec())
        .to_vec()
}

pub(crate) fn acceptances() -> Vec<Vec<u8>> {
    let comment = FIRST.replace(
        "models.DateTimeField())]",
        "models.DateTimeField())],  # bklog-lint: ignore[NAM001, GRA] old",
    );
    let baseline = "{\n  \"schema_version\": 1,\n  \"findings\": [\n    {\"path\": \"box/migrations/0001_initial.py\", \"rule\": \"NAM001\", \
                    \"message\": \"m\", \"fingerprint\": \"0123456789abcdef\"}\n  ]\n}\n";
    vec![
        format!("{comment}-----{baseline}").into_bytes(),
        format!("# bklog-lint: ignore-file[NAM001] old\n{FIRST}-----{baseline}").into_bytes(),
    ]
}
