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

/// Files of the examples of the rule pages whose name ends in one of `ends`, migrations left out.
pub(crate) fn of_pages(ends: &[&str]) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for rule in rules::ALL {
        let page = rule.read_page().unwrap();
        let files = page.examples.iter().flat_map(|example| &example.files);
        let wanted =
            |path: &str| !path.contains("/migrations/") && ends.iter().any(|end| path.ends_with(end));
        seeds.extend(files.filter(|file| wanted(&file.path)).map(|file| file.text.clone().into_bytes()));
    }
    seeds.sort_unstable();
    seeds.dedup();
    seeds
}

/// A dump as `mysqldump` writes it, with what is hard to cut: quotes, comments for some versions, delimiters.
pub(crate) const DUMP: &str = "\
-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: box
-- ------------------------------------------------------
-- Server version\t8.0.36

/*!40101 SET NAMES utf8mb4 */;
SET @@SESSION.SQL_LOG_BIN= 0;
SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5';
DROP TABLE IF EXISTS `parcel`;
CREATE TABLE `parcel` (
  `id` int NOT NULL AUTO_INCREMENT,
  `note` varchar(9) DEFAULT 'a;\\'b',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
LOCK TABLES `parcel` WRITE;
INSERT INTO `parcel` VALUES (1,'it''s'),(2,'--x\\n'),(3,NULL),(4,_binary '\\0');
UNLOCK TABLES;
DELIMITER ;;
CREATE TRIGGER `t` BEFORE INSERT ON `parcel` FOR EACH ROW BEGIN SET @a = 1; END ;;
DELIMITER ;
-- Dump completed on 2026-01-31  2:00:00
";

/// A Redis snapshot of one key, without its checksum.
pub(crate) fn snapshots() -> Vec<Vec<u8>> {
    let head = b"REDIS0011\xfa\x09redis-ver\x057.0.0\xfa\x05ctime\xc2\x00\x00\x00\x60".to_vec();
    let body = b"\xfe\x00\xfb\x01\x00\x00\x03key\x05value\xff\x00\x00\x00\x00\x00\x00\x00\x00";
    vec![[head.as_slice(), body].concat(), head]
}

/// Two pages of 4 KiB by the flags of MariaDB, of MySQL, and of MySQL with encryption; their checksums are wrong.
pub(crate) fn tablespaces() -> Vec<Vec<u8>> {
    let of = |flags: u32| {
        let mut bytes = vec![0; 2 * 4096];
        bytes[46..50].copy_from_slice(&2u32.to_be_bytes());
        bytes[54..58].copy_from_slice(&flags.to_be_bytes());
        bytes[4096..4100].copy_from_slice(&0xDEAD_BEEF_u32.to_be_bytes());
        bytes
    };
    [0x13, 0x4021 | 3 << 6, 0x6021 | 3 << 6].map(of).to_vec()
}

pub(crate) const FACTS: &[&str] = &[
    "{\"schema_version\": 1, \"asked\": [{\"id\": \"mysql/default\", \"asked_at\": \"2026-01-31T02:00:00Z\", \"answer\": {\"kind\": \"mysql\"}}]}",
    "{\"schema_version\": 1, \"findings\": [{\"rule\": \"NAM001\", \"severity\": \"error\", \"path\": \"a.py\", \"message\": \"m\"}], \"summary\": {\"error\": 1}}",
    "{\"pull_request\": {\"number\": 7, \"base\": {\"sha\": \"0000000000000000000000000000000000000000\"}, \"head\": {\"sha\": \"1111111111111111111111111111111111111111\", \"repo\": {\"fork\": true}}}}",
    "schema-version = 1\nserver = \"mariadb-10.11.6\"\n\n[[measured]]\nwork = \"copy\"\nrows = 1000\nbytes = 65536\nseconds = 0.2\n",
];
