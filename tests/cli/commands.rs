//! explain, rules, inspect, init, completions.

use std::collections::BTreeSet;

use crate::sandbox::Sandbox;

#[test]
fn explain_prints_the_page_of_a_rule() {
    let sandbox = Sandbox::empty();
    let page = sandbox.run("explain GRA003").exits(0).keeps_stderr_empty();
    insta::assert_snapshot!(page.stdout);
    assert_eq!(sandbox.run("explain multiple-leaf-nodes").stdout, page.stdout);
    assert_eq!(sandbox.run("explain gra003").stdout, page.stdout);
    sandbox.run("explain GRA003 --lang zh").exits(0).prints("错误");
    assert!(sandbox.run("explain GRA003 --color always").exits(0).stdout.contains("\u{1b}[1m"));
}

#[test]
fn explain_names_the_nearest_rule() {
    let sandbox = Sandbox::empty();
    let said: Vec<String> = ["GRA03", "multiple-leaves-nodes", "field-nmae", "something-else", "GRA999"]
        .iter()
        .flat_map(|rule| ["en", "zh"].map(|lang| format!("explain {rule} --lang {lang}")))
        .map(|line| {
            let ran = sandbox.run(&line).exits(2);
            assert_eq!(ran.stdout, "", "{ran}");
            format!("$ bklog-lint {line}\n{}", ran.stderr)
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn rules_lists_what_explain_knows() {
    let sandbox = Sandbox::empty();
    let json = sandbox.run("rules --format json").exits(0).json();
    assert_eq!(json["schema_version"], 1);
    let text = sandbox.run("rules").exits(0).stdout;
    let rules = json["rules"].as_array().unwrap();
    assert!(!rules.is_empty());
    for rule in rules {
        let keys: BTreeSet<&str> = rule.as_object().unwrap().keys().map(String::as_str).collect();
        let contract = ["code", "family", "name", "severity", "since", "title", "title_zh", "url"];
        assert_eq!(keys, BTreeSet::from(contract));
        let code = rule["code"].as_str().unwrap();
        assert!(text.contains(code));
        sandbox.run(&format!("explain {code}")).exits(0).prints(rule["name"].as_str().unwrap());
    }
    sandbox.run("rules --lang zh").exits(0).prints("Python 无法解析文件");
}

#[test]
fn inspect_graph_shows_apps_and_edges() {
    let sandbox = Sandbox::with("shop");
    let json = sandbox.run("inspect graph shop --format json").exits(0).keeps_stderr_empty().json();
    assert_eq!(json["schema_version"], 1);
    let project = &json["projects"][0];
    assert_eq!(project["root"], "shop");
    let apps: Vec<&String> = project["apps"].as_object().unwrap().keys().collect();
    assert_eq!(apps, ["accounts", "catalog", "orders"]);
    assert_eq!(project["apps"]["orders"]["leaves"], serde_json::json!(["0004_order_lines"]));
    sandbox.run("inspect graph shop").exits(0).prints("0004_order_lines");
    // The path is the working directory where none is given.
    assert_eq!(sandbox.run_in("shop", "inspect graph --format json").exits(0).json(), json);
}

#[test]
fn inspect_operations_takes_a_part() {
    let sandbox = Sandbox::with("shop");
    let json = sandbox.run("inspect operations shop --only orders.0002 --format json").exits(0).json();
    let migrations = json["projects"][0]["migrations"].as_object().unwrap();
    assert_eq!(migrations.keys().collect::<Vec<_>>(), ["orders.0002_order_status"]);
    let operations: Vec<&str> = migrations["orders.0002_order_status"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operation| operation["op"].as_str().unwrap())
        .collect();
    assert_eq!(operations, ["AddField", "RunPython", "AddIndex"]);
    sandbox.run("inspect operations shop --only orders.0002").exits(0).prints("AddField");
}

#[test]
fn inspect_state_shows_models_now_and_then() {
    let sandbox = Sandbox::with("shop");
    let json =
        sandbox.run("inspect state shop --only orders --format json").exits(0).keeps_stderr_empty().json();
    let models = &json["projects"][0]["models"];
    assert_eq!(models["orders.order"]["fields"]["id"]["db_type"], "bigint AUTO_INCREMENT");
    assert_eq!(models["orders.order"]["table"], "orders_order");
    assert!(models["catalog.product"].is_null());
    let then = sandbox.run("inspect state shop --at orders.0001 --format json").exits(0).json();
    assert_ne!(then["projects"][0]["models"]["orders.order"], models["orders.order"]);
    sandbox.run("inspect state shop --only orders").exits(0).prints("orders.Order  orders_order");
    sandbox.run("inspect state shop --at orders").exits(2).complains("--at names a migration");
    sandbox.run("inspect state shop --at orders.9").exits(2).complains("no migration that starts with `9`");
}

#[test]
fn inspect_says_what_it_cannot_find() {
    let sandbox = Sandbox::with("shop");
    sandbox.run("inspect graph shop --only oders").exits(2).complains("the nearest is `orders`");
    sandbox
        .run("inspect graph shop --only orders.0009 --lang zh")
        .exits(2)
        .complains("没有以 `0009` 开头的迁移");
    sandbox.run("inspect graph nowhere").exits(2).complains("nowhere");
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    let ran = sandbox.run("inspect graph empty --format json").exits(2).complains("no Django project");
    assert_eq!(ran.json()["projects"], serde_json::json!([]));
}

#[test]
fn init_writes_a_configuration_once() {
    let sandbox = Sandbox::project(&[("0001_initial", "    operations = []")]);
    sandbox.run("init").exits(0).prints("bklog-lint.toml");
    let written = sandbox.read("bklog-lint.toml");
    assert!(written.starts_with("# Configuration of bklog-lint."));
    // It loads as it stands.
    sandbox.run(".").exits(0);

    sandbox.write("bklog-lint.toml", "fail-on = \"info\"\n");
    sandbox.run("init").exits(2).complains("bklog-lint.toml is there already; --force overwrites it");
    assert_eq!(sandbox.read("bklog-lint.toml"), "fail-on = \"info\"\n");
    sandbox.run("init --force --lang zh").exits(0).prints("已写入 bklog-lint.toml");
    assert_ne!(sandbox.read("bklog-lint.toml"), written);
    sandbox.run(".").exits(0);
}

#[test]
fn init_takes_a_folder() {
    let sandbox = Sandbox::empty();
    std::fs::create_dir(sandbox.path("services")).unwrap();
    sandbox.run("init services").exits(0);
    sandbox.read("services/bklog-lint.toml");
    sandbox.run("init nowhere").exits(2).complains("nowhere: there is no such folder");
}

#[cfg(unix)]
#[test]
fn init_does_not_write_through_a_dangling_link() {
    let sandbox = Sandbox::empty();
    std::os::unix::fs::symlink("elsewhere.toml", sandbox.path("bklog-lint.toml")).unwrap();
    sandbox.run("init").exits(2);
    assert!(!sandbox.path("elsewhere.toml").exists());
}

#[test]
fn completions_for_every_shell() {
    let sandbox = Sandbox::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = sandbox.run(&format!("completions {shell}")).exits(0).keeps_stderr_empty();
        for word in ["bklog-lint", "explain", "baseline", "diff-base"] {
            assert!(ran.stdout.contains(word), "{shell}: {word}");
        }
    }
}

#[cfg(unix)]
#[test]
fn bash_takes_its_completions() {
    let sandbox = Sandbox::empty();
    sandbox.write("completions.bash", sandbox.run("completions bash").exits(0).stdout);
    let script = "source completions.bash; COMP_WORDS=(bklog-lint ex); COMP_CWORD=1; \
                  _bklog__lint bklog-lint ex bklog-lint; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = std::process::Command::new("bash")
        .args(["--norc", "-c", script])
        .current_dir(sandbox.path(""))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "explain\n", "{output:?}");
}

#[test]
fn settings_that_a_deployment_file_gives_are_read_from_it() {
    let sandbox = Sandbox::project(&[("0001_initial", "    operations = []")]);
    sandbox.write(
        "manage.py",
        "import os\nfrom django.core.management import execute_from_command_line\n\
         os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"settings\")\n",
    );
    sandbox.write(
        "settings.py",
        "import os\n_module = __import__(\"config.\" + os.environ[\"STAGE\"], globals(), locals(), [\"*\"])\n\
         for _name in dir(_module):\n    if _name == _name.upper():\n        locals()[_name] = getattr(_module, _name)\n",
    );
    let module = "from config.env import load\nTITLE = \"of the source\"\nKEPT = 1\nTOGGLES = {\"a\": 1}\ngiven = load()\n\
                  for _name in given.keys():\n    if _name == _name.upper():\n        locals()[_name] = given.get(_name)\nLATER = 1\n";
    sandbox.write("config/__init__.py", "");
    sandbox.write("config/env.py", "def load():\n    return {}\n");
    sandbox.write("config/prod.py", module);
    sandbox.write("config/dev.py", module);
    sandbox.write(
        "prod.env.yml",
        "settings:\n  TITLE: of the file\n  MORE:\n    value: \"{env.A}\"\n    env:\n      A: x\n  \
         URL:\n    value: \"{env.HOST}/v2/\"\n    env:\n      HOST: ''\n  TOGGLES:\n    b: 2\n  LATER: 2\n  \
         MENU:\n    - {zh: a, shown: yes}\n  CHOSEN: 1\n",
    );
    sandbox.write("other.prod.env.yml", "settings:\n  TITLE: of the file\n  MENU: []\n");
    let ran = sandbox.run("inspect settings --format json").exits(0);
    let environments = &ran.json()["projects"][0]["environments"];
    let settings = |name: &str| {
        let all = environments.as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{ran}"))["settings"].clone()
    };
    let prod = |name: &str| settings("prod")[name].clone();
    assert_eq!(prod("TITLE")["alternatives"], serde_json::json!([]), "{ran}");
    assert_eq!(prod("TITLE")["value"], "of the file", "{ran}");
    let written = serde_json::json!([
        { "path": "config/prod.py", "line": 2 },
        { "path": "other.prod.env.yml", "line": 2 },
        { "path": "prod.env.yml", "line": 2 },
    ]);
    assert_eq!(prod("TITLE")["written"], written);
    // Two files that the process chooses among.
    assert_eq!(prod("MENU")["alternatives"].as_array().map(Vec::len), Some(2), "{ran}");
    // Where the other file is chosen, nobody sets these; the loader may merge; the module goes on after loading.
    for name in ["MORE", "URL", "CHOSEN", "TOGGLES", "LATER"] {
        assert_eq!(prod(name)["reason"], "`prod.env.yml` gives it when the program starts", "{name}");
    }
    assert_eq!(settings("prod")["KEPT"]["value"], 1);
    assert_eq!(settings("dev")["TITLE"]["value"], "of the source");
    assert_eq!(settings("dev")["MORE"], serde_json::Value::Null);

    std::fs::remove_file(sandbox.path("other.prod.env.yml")).unwrap();
    let ran = sandbox.run("inspect settings --format json").exits(0);
    let prod = &ran.json()["projects"][0]["environments"][0]["settings"];
    assert_eq!(prod["MORE"]["variable"], "A", "{ran}");
    assert_eq!(prod["MORE"]["reason"], "the environment variable A, else a default");
    assert_eq!(prod["URL"]["reason"], "only running the code can tell what `{env.HOST}/v2/` is");
    assert_eq!(prod["MENU"]["value"], serde_json::json!([{ "zh": "a", "shown": true }]), "{ran}");
    assert_eq!(prod["CHOSEN"]["value"], 1);

    // What the file gives is judged as what the modules write, and its secrets are shown nowhere.
    sandbox.write(
        "prod.env.yml",
        "settings:\n  DEBUG: on\n  SECRET_KEY: s3cret-of-the-shop\n  TOGGLES: {token: s3cret-of-somebody}\n  \
         API:\n    value: \"{env.A}{env.API_TOKEN}\"\n    env: {A: a, API_TOKEN: s3cret-of-others}\n  DEBUG: on\n",
    );
    for format in ["text", "json", "sarif", "html"] {
        let ran = sandbox.run(&format!("--all --select SET,CFG --format {format}")).exits(1);
        for word in ["SET030", "CFG002", "SET010"] {
            assert!(ran.stdout.contains(word), "{word}: {ran}");
        }
        assert!(!ran.stdout.contains("s3cret") && !ran.stderr.contains("s3cret"), "{format}: {ran}");
    }
}
