//! One report that holds whatever is hard to show.

use std::collections::BTreeMap;
use std::sync::Arc;

use bklog_lint::findings::{
    Bilingual, Edit, Finding, Fix, Lang, Place, RuleId, Severity, Standing, Subject, Suppressed,
};
use bklog_lint::report::{ProjectSummary, Report, ScanRoot, Summary};
use bklog_lint::source::{SourceText, Span};

pub(crate) static MISSING: RuleId = rule("GRA001", "missing-dependency", "graph", Severity::Error);
pub(crate) static FIELD_NAME: RuleId = rule("NAM001", "field-name", "naming", Severity::Warning);
pub(crate) static NOTE: RuleId = rule("ANA003", "unreadable-file", "analysis", Severity::Info);

const fn rule(code: &'static str, name: &'static str, family: &'static str, severity: Severity) -> RuleId {
    RuleId { code, name, family, severity, standing: Standing::Always }
}

/// Chinese, an emoji and a tab before what is reported; a field named like a workflow command; lines ended by CRLF.
const WIDE: &str = "from django.db import migrations\r\n\
    \r\n\
    class Migration(migrations.Migration):\r\n\
    \tdependencies = [\r\n\
    \t\t('日志检索', '0001_初始 🚀'), ('log_search', '0042_gone'),\r\n\
    \t]\r\n\
    \toperations = [\r\n\
    \t\tmigrations.AddField(model_name='索引集', name='::error::create_time', field=None),\r\n\
    \t]\r\n";

/// Terminal sequences, hidden characters and commands of build servers in the source.
const HOSTILE: &str = "x = '\u{1b}[31mred\u{1b}[0m \u{202e}gnp.exe'  # ##[set-env name=PATH]evil\n\
    y = '<script>alert(1)</script> | `code` **bold** [a](http://b) @octocat #1'\n\
    z = (1,\n     2,\n     3)\n";

const PATH_WIDE: &str = "apps/日志 检索/migrations/0002_x.py";
const PATH_HOSTILE: &str = "apps/log_search/migrations/0003_|<b>&`.py";
const PATH_LONG: &str = "apps/log_search/migrations/0004_long.py";
const PATH_EMPTY: &str = "apps/log_search/migrations/0005_empty.py";

fn text(path: &str, content: &str) -> Arc<SourceText> {
    Arc::new(SourceText::decode(path.into(), content.as_bytes()).unwrap())
}

pub(crate) fn whole(path: &str) -> Place {
    Place::whole_file(path.into())
}

fn at(text: &SourceText, needle: &str) -> Place {
    let start = text.text.find(needle).unwrap_or_else(|| panic!("{needle} is not in the text"));
    Place::new(text, Span { start: start as u32, end: (start + needle.len()) as u32 })
}

pub(crate) fn finding(rule: &'static RuleId, place: Place, en: &str, zh: &str) -> Finding {
    let fingerprint = format!("{:x}{}{}", place.span.start, rule.code, place.path.len());
    Finding {
        rule,
        severity: rule.severity,
        message: Bilingual::new(en, zh),
        help: Bilingual::default(),
        place,
        related: Vec::new(),
        subject: Subject::default(),
        suggestion: None,
        fix: None,
        discriminator: String::new(),
        fingerprint,
        suppressed: None,
    }
}

fn subject(app: &str, migration: &str) -> Subject {
    Subject {
        project: Some("bklog".into()),
        app: Some(app.into()),
        migration: Some(migration.into()),
        ..Subject::default()
    }
}

pub(crate) fn sample(lang: Lang) -> Report {
    let wide = text(PATH_WIDE, WIDE);
    let hostile = text(PATH_HOSTILE, HOSTILE);
    let long_line = format!("a = 1\nvalue = [{}NEEDLE{}]\n", "'中', ".repeat(20_000), ", 1".repeat(40_000));
    let long = text(PATH_LONG, &long_line);
    let empty = text(PATH_EMPTY, "");

    let mut missing = finding(
        &MISSING,
        at(&wide, "('log_search', '0042_gone')"),
        "log_search.0042_gone does not exist; every `manage.py` command fails to load the graph",
        "log_search.0042_gone 不存在，任何 `manage.py` 命令加载迁移图时都会失败",
    );
    missing.subject = subject("日志检索", "0002_x");
    missing.help = Bilingual::new(
        "point it at a migration that exists\nthe last one of log_search is 0003_|<b>&`",
        "改为指向存在的迁移\nlog_search 的最后一个迁移是 0003_|<b>&`",
    );
    missing.related = vec![
        (at(&wide, "dependencies"), Bilingual::new("the list that names it", "写有该依赖的列表")),
        (whole(PATH_EMPTY), Bilingual::new("this file gives no migration", "该文件没有提供迁移")),
    ];

    let mut name = finding(
        &FIELD_NAME,
        at(&wide, "'::error::create_time'"),
        "field ::error::create_time\n::error::of 索引集 should be named created_at",
        "索引集 的字段 ::error::create_time\n::error:: 应命名为 created_at",
    );
    name.subject = Subject {
        model: Some("索引集".into()),
        field: Some("::error::create_time".into()),
        operation_index: Some(0),
        ..subject("日志检索", "0002_x")
    };
    name.suggestion = Some("created_at".into());
    name.fix = Some(Fix::Safe {
        title: Bilingual::new("rename it\n::error::everywhere", "处处改名\n::error::"),
        edits: vec![Edit::new(&wide, at(&wide, "::error::create_time").span, "created_at")],
    });

    let mut escapes = finding(
        &FIELD_NAME,
        at(&hostile, "'\u{1b}[31mred\u{1b}[0m \u{202e}gnp.exe'"),
        "\u{1b}]0;title\u{7} is no name; ##[error]nor is <img src=x onerror=alert(1)> | **this** @octocat #12",
        "\u{1b}]0;title\u{7} 不是名称；##[error]<img src=x onerror=alert(1)> | **这个** @octocat #12 也不是",
    );
    escapes.subject = subject("log_search", "0003_x");
    escapes.fix = Some(Fix::Refused(Bilingual::new("\u{1b}[2J is in the way", "\u{1b}[2J 妨碍了修复")));
    escapes.help =
        Bilingual::new("::stop-commands::x\n- [a](javascript:b) www.example.com", "::stop-commands::x");
    let mut markup =
        finding(&NOTE, at(&hostile, "`code` **bold**"), "100% {0} of [it](1)", "100% {0}，共 [它](1)");
    markup.subject = subject("log_search", "0003_x");
    let mut lines = finding(&NOTE, at(&hostile, "(1,\n     2,\n     3)"), "over three lines", "跨三行");
    lines.subject = subject("log_search", "0003_x");

    let mut needle = finding(&FIELD_NAME, at(&long, "NEEDLE"), "in a line of 260 kB", "位于 260 kB 的一行中");
    needle.subject = subject("log_search", "0004_long");
    let mut width_zero =
        finding(&NOTE, Place::new(&long, Span { start: 5, end: 5 }), "a place of no width", "宽度为零的位置");
    width_zero.subject = subject("log_search", "0004_long");
    let file = finding(&MISSING, whole("manage.py"), "cannot be read", "无法读取");

    let hide = |mut finding: Finding, why: Suppressed| {
        finding.suppressed = Some(why);
        finding
    };
    let hidden = vec![
        hide(name.clone(), Suppressed::Inline { line: 7, reason: "rename is planned ::error::".into() }),
        hide(name.clone(), Suppressed::Configuration { entry: 0, reason: String::new() }),
        hide(missing.clone(), Suppressed::Baseline),
        hide(name.clone(), Suppressed::History),
        hide(name.clone(), Suppressed::History),
        hide(missing.clone(), Suppressed::History),
        hide(name.clone(), Suppressed::NotChanged),
    ];
    let findings = vec![escapes, markup, lines, width_zero, needle, missing, name, file];
    let texts = [wide, hostile, long, empty].into_iter().map(|text| (text.path.clone(), text)).collect();
    Report {
        lang,
        root: ScanRoot { in_repository: "bk monitor/bklog".into(), display_prefix: "bklog/".into() },
        findings,
        hidden,
        new_migrations: None,
        summary: summary(),
        texts,
    }
}

fn summary() -> Summary {
    let both = Bilingual::new;
    Summary {
        projects: vec![
            ProjectSummary { name: "bklog".into(), apps: 15, migrations: 263 },
            ProjectSummary { name: "监控::error::".into(), apps: 1, migrations: 1 },
        ],
        files: BTreeMap::from([("migration", 281), ("python", 3_411)]),
        not_analysed: vec![
            ("::error::file.py".into(), both("permission denied", "权限不足")),
            ("a\u{1b}[2J\nb.py".into(), both("not valid gbk at byte 7", "第 7 字节不是有效的 gbk")),
        ],
        not_django: (0..12)
            .map(|n| {
                (
                    Arc::from(format!("iam/migrations/{n:04}.py")),
                    both("derives from bk_iam.Migration", "继承自 bk_iam.Migration"),
                )
            })
            .collect(),
        unknown: vec![(
            PATH_HOSTILE.into(),
            3,
            both("`operations`: value of a call", "`operations`：函数调用的返回值"),
        )],
        notices: vec![both("compared with origin/master", "与 origin/master 比较")],
        defaults: vec![both(
            "bklog: Django 4.2 (requirements.txt), mysql-8.0.36",
            "bklog：Django 4.2（requirements.txt），mysql-8.0.36",
        )],
    }
}

/// A run that found nothing and could not read one file.
pub(crate) fn empty(lang: Lang) -> Report {
    Report {
        lang,
        root: ScanRoot::default(),
        findings: Vec::new(),
        hidden: Vec::new(),
        new_migrations: None,
        summary: Summary {
            files: BTreeMap::from([("python", 1)]),
            not_analysed: vec![("a.py".into(), Bilingual::new("permission denied", "权限不足"))],
            ..Summary::default()
        },
        texts: BTreeMap::new(),
    }
}
