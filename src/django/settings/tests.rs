use super::*;
use crate::source::Snapshot;

fn read(files: &[(&str, &str)], named: &[&str]) -> Settings {
    let snapshot = Snapshot::from_memory(files.iter().map(|(path, text)| (*path, text.as_bytes())));
    let named: Vec<Arc<str>> = named.iter().map(|name| Arc::from(*name)).collect();
    Settings::read(&Files::new(&snapshot, "", &[]), &named)
}

fn shown(settings: &Settings, environment: &str, name: &str) -> String {
    let found =
        settings.environments.iter().find(|each| each.name.as_ref() == environment).expect(environment);
    match found.value(name) {
        None => "-".to_owned(),
        Some(expr) => plain(&expr.value).unwrap_or_else(|| format!("{:?}", expr.value)),
    }
}

const CASCADE: &[(&str, &str)] = &[
    (
        "settings.py",
        "import os\nENV = os.environ.get('E', 'dev')\n_m = __import__(f'config.{ENV}', globals(), locals(), ['*'])\n\
         for _s in dir(_m):\n    if _s == _s.upper():\n        locals()[_s] = getattr(_m, _s)\n",
    ),
    ("config/__init__.py", "import os\nRUN_VER = 'open'\n"),
    (
        "config/default.py",
        "from config import RUN_VER\nAPPS = ('a',)\nDATABASES = {'default': {'HOST': 'x', 'OPTIONS': {}}}\n\
         CACHES = {'db': {'L': 1}}\nCACHES['default'] = CACHES['db']\nif RUN_VER == 'open':\n    APPS += ('open',)\n",
    ),
    (
        "config/prod.py",
        "from config.default import *\nDEBUG = False\nAPPS += ('p',)\nDATABASES['default']['HOST'] = 'y'\n\
      DATABASES['default']['OPTIONS'].update(charset='utf8mb4')\nCACHES['db']['L'] = 2\n",
    ),
    (
        "config/dev.py",
        "from .default import *\nDEBUG = True\ntry:\n    from config.local import *\nexcept ImportError:\n    pass\n",
    ),
];

#[test]
fn a_cascade_that_is_chosen_when_the_process_starts_has_one_end_per_environment() {
    let settings = read(CASCADE, &["settings"]);
    let names: Vec<&str> = settings.environments.iter().map(|each| each.name.as_ref()).collect();
    assert_eq!(names, ["prod", "dev"]);
    assert_eq!(shown(&settings, "prod", "DEBUG"), "Bool(false)");
    assert_eq!(shown(&settings, "dev", "DEBUG"), "Bool(true)");
    assert_eq!(shown(&settings, "prod", "APPS"), r#"[Str("a"),Str("open"),Str("p")]"#);
    assert_eq!(shown(&settings, "dev", "APPS"), r#"[Str("a"),Str("open")]"#);
    assert_eq!(
        shown(&settings, "prod", "DATABASES"),
        r#"{Str("default"):{Str("HOST"):Str("y"),Str("OPTIONS"):{Str("charset"):Str("utf8mb4")}}}"#
    );
    assert_eq!(
        shown(&settings, "dev", "DATABASES"),
        r#"{Str("default"):{Str("HOST"):Str("x"),Str("OPTIONS"):{}}}"#
    );
    // One dictionary under two keys.
    assert_eq!(
        shown(&settings, "prod", "CACHES"),
        r#"{Str("db"):{Str("L"):Int(2)},Str("default"):{Str("L"):Int(2)}}"#
    );
}

#[test]
fn a_setting_knows_where_it_is_written() {
    let settings = read(CASCADE, &["settings"]);
    let prod = &settings.environments[0];
    let places = |name: &str| -> Vec<(String, u32)> {
        let written = prod.settings[name].written.iter();
        written
            .map(|span| {
                let (text, span) = settings.place(*span).unwrap();
                (text.path.to_string(), text.line_column(span.start).line)
            })
            .collect()
    };
    assert_eq!(places("DEBUG"), [("config/prod.py".to_owned(), 2)]);
    assert_eq!(
        places("APPS"),
        [
            ("config/default.py".to_owned(), 2),
            ("config/default.py".to_owned(), 7),
            ("config/prod.py".to_owned(), 3)
        ]
    );
    let value = &prod.settings["DATABASES"].value;
    let Value::Dict(entries) = &value.value else { panic!() };
    let Value::Dict(inner) = &entries[0].1.value else { panic!() };
    let (text, span) = settings.place(inner[0].1.span).unwrap();
    assert_eq!((text.path.as_ref(), text.slice(span)), ("config/prod.py", "'y'"));
}

#[test]
fn modules_of_a_settings_package_are_environments() {
    let files = [
        ("proj/__init__.py", ""),
        ("proj/settings/__init__.py", ""),
        ("proj/settings/base.py", "DEBUG = False\nA = 1\nB = 2\n"),
        ("proj/settings/dev.py", "from .base import *\nDEBUG = True\n"),
        ("proj/settings/production.py", "from . import base\nfrom .base import *\nA = base.A + 1\n"),
    ];
    for named in
        [&["proj.settings.dev"][..], &["proj.settings.dev", "proj.settings.production"], &["proj.settings"]]
    {
        let settings = read(&files, named);
        let names: Vec<&str> = settings.environments.iter().map(|each| each.name.as_ref()).collect();
        assert_eq!(names, ["production", "dev"], "{named:?}");
        assert_eq!(shown(&settings, "production", "A"), "Int(2)");
        assert_eq!(shown(&settings, "dev", "DEBUG"), "Bool(true)");
    }
}

#[test]
fn one_file_is_one_environment_and_unknown_star_imports_leave_it_open() {
    let settings = read(
        &[(
            "settings.py",
            "A = 1\nimport os\nD = os.getenv('D') == 'x'\nif os.getenv('Q'):\n    M = ['a']\nelse:\n    M = ['b']\n",
        )],
        &["settings"],
    );
    assert_eq!(settings.environments.len(), 1);
    assert!(!settings.environments[0].open);
    assert!(matches!(settings.environments[0].value("M").unwrap().value, Value::Either(_)));
    let settings = read(&[("settings.py", "A = 1\nfrom package.defaults import *\nB = 2\n")], &["settings"]);
    assert!(settings.environments[0].open);
    assert!(settings.environments[0].value("A").unwrap().unknown().is_some(), "may be overwritten");
    assert_eq!(shown(&settings, "", "B"), "Int(2)");
}

#[test]
fn a_file_that_is_kept_out_of_the_repository_is_noted_and_changes_nothing() {
    let text = "A = 1\ntry:\n    from local_settings import *\nexcept ImportError:\n    pass\nB = 2\n";
    let settings = read(&[("settings.py", text)], &["settings"]);
    assert_eq!((shown(&settings, "", "A"), shown(&settings, "", "B")), ("Int(1)".into(), "Int(2)".into()));
    assert_eq!(settings.environments[0].missing_imports[0].1.as_ref(), "local_settings");
}

#[test]
fn the_module_may_write_its_own_names_as_a_dictionary() {
    let text = "import sys\nglobals().update({'A': 1, 'B': 2})\nthis = sys.modules[__name__]\nsetattr(this, 'C', 3)\n\
                vars()['D'] = locals().get('A', 9) + 1\nif 'Z' in globals():\n    E = 1\nelse:\n    E = 2\n";
    let settings = read(&[("settings.py", text)], &["settings"]);
    let all: Vec<String> = ["A", "B", "C", "D", "E"].iter().map(|name| shown(&settings, "", name)).collect();
    assert_eq!(all, ["Int(1)", "Int(2)", "Int(3)", "Int(2)", "Int(2)"]);
}

#[test]
fn circles_and_missing_modules_end() {
    let settings = read(
        &[("settings.py", "from a import *\nS = 1\n"), ("a.py", "from settings import *\nX = 1\n")],
        &["settings"],
    );
    assert_eq!(shown(&settings, "", "S"), "Int(1)");
    assert!(read(&[("x.py", "")], &["settings"]).problem.is_some());
    assert!(read(&[("x.py", "")], &[]).problem.is_some());
}

#[test]
fn a_process_that_serves_is_no_test_run() {
    let text = "import sys\nD = {'E': 'mysql'}\nif 'test' in sys.argv:\n    D = {'E': 'sqlite'}\n";
    let settings = read(&[("settings.py", text)], &["settings"]);
    assert_eq!(shown(&settings, "", "D"), r#"{Str("E"):Str("mysql")}"#);
}
