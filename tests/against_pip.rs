//! Requirement files against pip's own parser. Needs Python with pip, see `scripts/test.d/60-pip`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use bklog_lint::pins::environment::Markers;
use bklog_lint::pins::inventory::{Inventory, Leads};
use bklog_lint::pins::series::Series;
use bklog_lint::pins::{Group, Wants};
use bklog_lint::project::pins::{Pins, Scope};
use bklog_lint::project::target::Target;
use bklog_lint::source::walk::{self, WalkOptions};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde_json::{Value as Json, json};

/// A name, and the bytes of `requirements.txt` and of other files by path.
type Case = (String, Vec<(&'static str, Vec<u8>)>);

/// What pip says of each folder.
fn truth(folders: &[PathBuf]) -> Vec<Json> {
    let python =
        std::env::var_os("BKLOG_LINT_TEST_PIP").expect("set BKLOG_LINT_TEST_PIP to a Python with pip");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/truth/requirements.py");
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONIOENCODING", "utf-8")
        .env("PYTHONUTF8", "1")
        .env("INDEX_HOST", "")
        .arg(script)
        .args(folders)
        .output()
        .expect("python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all: Json = serde_json::from_slice(&output.stdout).unwrap();
    all.as_array().unwrap().clone()
}

/// The same of our own reader.
fn ours(folder: &Path) -> Json {
    let snapshot = walk::snapshot(folder, &WalkOptions::default());
    let roots: [Arc<str>; 1] = ["".into()];
    let scope = Scope { root: "", roots: &roots, target: &Target::default(), installed: &[], indexed: &[] };
    let (pins, not_analysed) = Pins::assemble(&snapshot, &scope);
    let inventory = &pins.inventory;
    let broken = |leads: &Leads| matches!(leads, Leads::Missing(_));
    let root = inventory.files.iter().position(|file| &*file.text.path == "requirements.txt");
    let Some(root) = root.filter(|_| not_analysed.is_empty()) else {
        return json!({ "error": "not decoded" });
    };
    let closure = inventory.closure(root);
    let of_closure = |at: usize| closure.iter().any(|(file, _)| *file == at);
    let problem = closure.iter().flat_map(|(at, _)| &inventory.files[*at].declared.problems).next();
    let missing =
        inventory.includes.iter().find(|followed| of_closure(followed.from) && broken(&followed.leads));
    if let Some(problem) = problem {
        return json!({ "error": problem.detail });
    }
    if missing.is_some() {
        return json!({ "error": "an included file is missing" });
    }
    let found: Vec<Json> =
        closure.iter().flat_map(|(at, constraint)| entries(inventory, *at, *constraint)).collect();
    json!({ "requirements": found })
}

fn entries(inventory: &Inventory, at: usize, constraint: bool) -> Vec<Json> {
    let holds =
        |python: &str, marker| Markers::for_python(&Series::parse(python).unwrap()).holds(marker).unwrap();
    let entries = &inventory.files[at].declared.entries;
    entries
        .iter()
        .map(|entry| {
            let mut versions: Vec<String> = match &entry.wants {
                Wants::Versions(versions) => versions.iter().map(ToString::to_string).collect(),
                _ => Vec::new(),
            };
            versions.sort();
            versions.dedup();
            let held = ["3.8", "3.11", "3.12"].map(|python| holds(python, &entry.marker));
            json!({
                "name": entry.name,
                "extras": entry.extras,
                "versions": versions,
                "is_link": matches!(entry.wants, Wants::Link(_)),
                "holds": held,
                "constraint": constraint || entry.group == Group::Constraint,
                "hashed": entry.hashed,
            })
        })
        .collect()
}

/// The name that the file name of an sdist tells is known to us before pip has downloaded it: of links, what pip does
/// not name is compared without name and extras.
fn forget_guessed_names(ours: &mut Json, theirs: &mut Json) {
    let unnamed =
        theirs["requirements"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == ""));
    for list in [ours, theirs] {
        let Some(all) = list.get_mut("requirements").and_then(Json::as_array_mut).filter(|_| unnamed) else {
            continue;
        };
        for link in all.iter_mut().filter(|one| one["is_link"] == true) {
            link["name"] = "".into();
            link["extras"] = json!([]);
        }
    }
}

/// Writes each case to a folder of its own and compares; a case is the bytes of `requirements.txt` and of other files.
fn compare(cases: &[Case]) {
    let top = tempfile::tempdir().unwrap();
    let folders: Vec<PathBuf> = (0..cases.len()).map(|number| top.path().join(number.to_string())).collect();
    for ((_, files), folder) in cases.iter().zip(&folders) {
        for (path, bytes) in files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
    let mut differences = Vec::new();
    for (((name, files), folder), mut theirs) in cases.iter().zip(&folders).zip(truth(&folders)) {
        let mut ours = ours(folder);
        forget_guessed_names(&mut ours, &mut theirs);
        for one in [&mut ours, &mut theirs] {
            if let Some(list) = one.get_mut("requirements").and_then(Json::as_array_mut) {
                list.sort_by_key(Json::to_string);
                list.dedup();
            }
        }
        let refused = |json: &Json| json.get("error").is_some();
        if refused(&ours) && refused(&theirs) || ours == theirs {
            continue;
        }
        let text: Vec<String> = files
            .iter()
            .map(|(path, bytes)| format!("{path}: {:?}", String::from_utf8_lossy(bytes)))
            .collect();
        differences.push(format!("{name}\n  {}\n  ours: {ours}\n  pip:  {theirs}", text.join("\n  ")));
    }
    assert!(
        differences.is_empty(),
        "{} of {} differ\n{}",
        differences.len(),
        cases.len(),
        differences.join("\n")
    );
}

fn one(name: &str, text: &str) -> Case {
    (name.to_owned(), vec![("requirements.txt", text.as_bytes().to_vec())])
}

#[test]
#[ignore = "needs pip"]
fn nasty_files_are_read_as_pip_reads_them() {
    let hash = "a".repeat(64);
    let mut cases = vec![
        one("plain", "Django==4.2.22\nredis\n\n   \n# only a comment\n"),
        one("no last line end", "a==1"),
        one("crlf", "a==1\r\nb==2 \\\r\n; python_version < '3.9'\r\n"),
        one("lone returns", "a==1\rb==2\r"),
        one("comments", "a==1 # yes\nb==2# no\nc==3\t# yes\n#d==4\n  # e==5\n"),
        one("comment in a continuation", "a==1 \\\n# comment\nb==2\n"),
        one("continuation at the end", "a==1 \\"),
        one("continuation before an empty line", "a==1 \\\n\nb==2\n"),
        one("two backslashes", "a==1 \\\\\n; python_version < '3.9'\n"),
        one("hashes", &format!("a==1 \\\n    --hash=sha256:{hash} \\\n    --hash sha256:{hash}\nb==2\n")),
        one("hash without a name", "a==1 --hash=sha256:abc\n"),
        one(
            "markers",
            "a==1; python_version < '3.9'\nb==2 ;python_version>='3.12'\nc;sys_platform=='win32' or python_full_version<'3.11.3'\n",
        ),
        one(
            "marker in parentheses",
            "a>=1; (python_version == '3.8' or python_version == '3.11') and os_name != 'nt'\n",
        ),
        one(
            "marker with in",
            "a; python_version in '3.8 3.12'\nb; platform_machine not in 'aarch64 arm64'\n",
        ),
        one("marker that is none", "a==1; python < 3\n"),
        one("extras", "celery[redis,SQS]==5.4.0\ncelery [ redis ] >= 5\nx[]\ny[a_b.c]\n"),
        one(
            "specifiers",
            "a>=1,<2,!=1.5\nb~=1.4.2\nc==1.*\nd===1.0\ne (>=1,<2)\nf > 1 , < 3\ng==1.0.post1+local.7\n",
        ),
        one("versions that have another form", "a==4.16.rc1\nb==v1.0\nc==1.0-alpha.2\nd==1.0.dev\n"),
        one("no specifier", "a=1\n"),
        one("no version", "a==\n"),
        one("poetry's caret", "a^1.0\n"),
        one("trailing comma", "a>=1,\n"),
        one("two requirements in a line", "a==1 b==2\n"),
        one("names", "Zope.Interface==5\nruamel_yaml==0.17\nA--B__c..d==1\n"),
        one("name that ends in a hyphen", "a-==1\n"),
        one("name that starts with a dot", "-a==1\n"),
        one(
            "links",
            "a @ https://example.org/a-1.0-py3-none-any.whl\nb@git+https://example.org/b.git@v1 ; python_version < '3.9'\n",
        ),
        one("link with extras", "a[x] @ https://example.org/a-1.0.tar.gz#sha256=00\n"),
        one(
            "bare links",
            "https://example.org/pkg-1.0-py3-none-any.whl\ngit+https://example.org/own.git@main#egg=own\n",
        ),
        one(
            "editable",
            "-e git+https://example.org/own.git#egg=own\n--editable=git+ssh://git@example.org/two.git@v1#egg=two\n",
        ),
        one("variables", "--index-url https://${NO_SUCH_NAME}@example.org/simple\na==1\n"),
        one(
            "options",
            "-i https://example.org/simple\n--extra-index-url=https://example.org/x\n-f ./wheels\n--no-binary :all:\n--only-binary=a,b\n--pre\n--prefer-binary\n--trusted-host example.org\n--no-index\na==1\n",
        ),
        one("shortened option", "--extra-index https://example.org/x\na==1\n"),
        one("ambiguous option", "--no https://example.org/x\na==1\n"),
        one("unknown option", "--upgrade\na==1\n"),
        one("option of the command line", "--quiet\n"),
        one("quoted option", "--find-links \"./a b\"\na==1\n"),
        one("quotation mark that is not closed", "--find-links \"./a\na==1\n"),
        one("options behind a requirement", "a==1 --config-settings \"k=v\"\n"),
        one("option behind a requirement that is none", "a==1 --index-url https://example.org\n"),
        one("short include without a space", "-rother.txt\n"),
        one("conflict markers", "<<<<<<< HEAD\na==1\n=======\na==2\n>>>>>>> other\n"),
        one("nul and other control characters", "a==1\u{b}\nb==2\u{c}\n"),
        one("unicode line ends", "a==1\u{2028}b==2\u{85}c==3\n"),
        one("full-width characters", "ａ==1\n"),
        one("no-break space", "a\u{a0}==1\n"),
        one("tab", "a\t==\t1\t# x\n"),
        one("byte order mark", "\u{feff}a==1\n"),
        one("missing include", "-r gone.txt\n"),
        one("missing constraint", "-c gone.txt\na==1\n"),
    ];
    let with = |name: &str, files: &[(&'static str, &str)]| {
        let files = files.iter().map(|(path, text)| (*path, text.as_bytes().to_vec())).collect();
        (name.to_owned(), files)
    };
    cases.push(with(
        "includes",
        &[
            ("requirements.txt", "-r sub/base.txt\na==1\n"),
            ("sub/base.txt", "-r more\nb==1\n"),
            ("sub/more", "c==1\n"),
        ],
    ));
    cases.push(with(
        "constraints",
        &[
            ("requirements.txt", "-c limits.txt\na\n"),
            ("limits.txt", "a<2\n-r deeper.txt\n"),
            ("deeper.txt", "b<3\n"),
        ],
    ));
    cases.push(with(
        "quoted include",
        &[("requirements.txt", "-r \"my base.txt\"\n"), ("my base.txt", "a==1\n")],
    ));
    cases.push(with(
        "include with an equals sign",
        &[("requirements.txt", "--requirement=base.txt # x\n"), ("base.txt", "a==1\n")],
    ));
    cases.push(with("circle", &[("requirements.txt", "a==1\n"), ("unused.txt", "-r unused.txt\n")]));
    let encoded = |name: &str, bytes: Vec<u8>| (name.to_owned(), vec![("requirements.txt", bytes)]);
    let utf16 = |big: bool| -> Vec<u8> {
        let units = "\u{feff}a==1 # 中文\r\nb==2\r\n".encode_utf16();
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    cases.push(encoded("utf-16 little", utf16(false)));
    cases.push(encoded("utf-16 big", utf16(true)));
    cases.push(encoded("latin-1 with a cookie", b"# -*- coding: latin-1 -*-\na==1 # \xe9\n".to_vec()));
    cases.push(encoded("gbk with a cookie", b"# coding: gbk\na==1 # \xd6\xd0\n".to_vec()));
    compare(&cases);
}

#[test]
#[ignore = "needs pip"]
fn random_lines_are_read_as_pip_reads_them() {
    let parts = proptest::sample::select(vec![
        "a",
        "B.c",
        "d-e",
        "[x]",
        "[x, y]",
        "==1.0",
        ">=1",
        ",<2",
        "~=1.1",
        "!=1.*",
        " ",
        "  ",
        "\t",
        ";",
        " ; ",
        "python_version < '3.9'",
        "python_version >= \"3.12\"",
        " and ",
        " or ",
        "os_name == 'nt'",
        "#",
        " # c",
        "\\",
        "\\\n",
        "\n",
        "\n",
        "\n",
        "-r other.txt",
        "-c other.txt",
        "--pre",
        "-i https://example.org/s",
        " --hash=sha256:aa",
        "@ ",
        "\na @ https://example.org/a-1.0.tar.gz",
        "\nhttps://example.org/a-1.0-py3-none-any.whl",
        "(",
        ")",
        "'",
        "=",
        "-",
        "--no-index",
        "1",
    ]);
    let text = proptest::collection::vec(parts, 1..9).prop_map(|parts| parts.concat());
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(Default::default()));
    let cases: Vec<_> = (0..1500)
        .map(|number| {
            let text = text.new_tree(&mut runner).unwrap().current();
            let files = vec![("requirements.txt", text.into_bytes()), ("other.txt", b"o==1\n".to_vec())];
            (format!("random {number}"), files)
        })
        .collect();
    compare(&cases);
}
