//! Small repositories in memory, and one on disk for what memory does not have: files above, missing, ignored.

use super::*;
use crate::pins::inventory::Leads;
use crate::pins::role::Role;

fn assemble(files: &[(&str, &str)], root: &str, roots: &[&str], target: &str) -> Pins {
    let snapshot = Snapshot::from_memory(files.iter().map(|(path, text)| (*path, text.as_bytes().to_vec())));
    let roots: Vec<Arc<str>> = roots.iter().map(|root| Arc::from(*root)).collect();
    let target = if target.is_empty() { Target::default() } else { Target::parse(target).unwrap() };
    let scope = Scope { root, roots: &roots, target: &target, installed: &[], indexed: &[] };
    let (pins, not_analysed) = Pins::assemble(&snapshot, &scope);
    assert!(not_analysed.is_empty(), "{not_analysed:?}");
    pins
}

fn paths(pins: &Pins) -> Vec<(String, &'static str)> {
    pins.inventory.files.iter().map(|file| (file.text.path.to_string(), file.role.key())).collect()
}

#[test]
fn files_belong_to_the_nearest_project_and_have_a_role() {
    let files = [
        ("a/requirements.txt", "django==4.2.22\n-r requirements_env.txt\n"),
        ("a/requirements_env.txt", ""),
        ("a/requirements_dev.txt", "mistune==0.8.4\n"),
        ("a/docs/requirements.txt", "sphinx\n"),
        ("a/runtime.txt", "python-3.11.10\n"),
        ("a/inner/requirements.txt", "x==1\n"),
        (".github/workflows/test.yml", "python-version: '3.11'\n"),
        ("a/.github/workflows/test.yml", "python-version: '3.6'\n"),
        ("Dockerfile", "FROM python:3.6\n"),
        ("requirements.txt", "django==1.11\n"),
    ];
    let pins = assemble(&files, "a", &["a", "a/inner"], "");
    let expected = [
        (".github/workflows/test.yml", "development"),
        ("a/docs/requirements.txt", "aside"),
        ("a/requirements.txt", "runtime"),
        ("a/requirements_dev.txt", "development"),
        ("a/requirements_env.txt", "runtime"),
        ("a/runtime.txt", "runtime"),
    ];
    assert_eq!(paths(&pins), expected.map(|(path, role)| (path.to_owned(), role)));
    assert_eq!(pins.aims.python.version.unwrap().to_string(), "3.11.10");
    assert_eq!(pins.aims.django.version.unwrap().to_string(), "4.2.22");
    let pins = assemble(&files, "a/inner", &["a", "a/inner"], "");
    assert_eq!(pins.aims.python.version.unwrap().to_string(), "3.11.10", "of the project around it");
    assert_eq!(pins.aims.django.version, None);
    assert_eq!(pins.aims.django.reason.en, "no runtime requirement names Django");
}

#[test]
fn what_is_pinned_is_one_feature_release_or_not_known() {
    let django = |requirement: &str| {
        let aims = assemble(&[("requirements.txt", requirement)], "", &[""], "").aims;
        aims.django.version.map_or(aims.django.reason.en, |series| series.to_string())
    };
    assert_eq!(django("Django==4.2.22"), "4.2.22");
    assert_eq!(django("Django>=4.2,<4.3"), "4.2");
    assert_eq!(django("django~=4.2.0"), "4.2");
    assert_eq!(django("Django>=4.2,<5.1"), "`Django>=4.2,<5.1` allows more than one feature release");
    assert_eq!(django("Django>=6.1"), "`Django>=6.1` allows more than one feature release");
    assert_eq!(django("django==${V}"), "`django (${V})` does not tell its version");
    assert_eq!(django("Django==3.2; python_version < '3'\nDjango==4.2.1\n"), "4.2.1");
    let python = |name: &str, text: &str| {
        let aims = assemble(&[(name, text)], "", &[""], "").aims;
        aims.python.version.map_or(aims.python.reason.en, |series| series.to_string())
    };
    assert_eq!(python("pyproject.toml", "[project]\nrequires-python = '==3.11.*'\n"), "3.11");
    assert_eq!(
        python("pyproject.toml", "[project]\nrequires-python = '>=3.9'\n"),
        "`pyproject.toml` allows >=3.9, which is no single version"
    );
}

#[test]
fn markers_choose_the_pin_and_the_target_decides_them() {
    let files = [(
        "requirements.txt",
        "redis==4.4.4; python_version < '3.12'\nredis==5.0.1; python_version >= '3.12'\n",
    )];
    let redis = |target: &str| {
        assemble(&files, "", &[""], target).inventory.version("redis").map(ToString::to_string)
    };
    assert_eq!(redis("python=3.11").as_deref(), Some("4.4.4"));
    assert_eq!(redis("python=3.12").as_deref(), Some("5.0.1"));
    assert_eq!(redis(""), None, "no Python is known, so nothing is chosen");
}

#[test]
fn a_lock_file_gives_what_the_project_leaves_open() {
    let files = [
        (
            "pyproject.toml",
            "[project]\nrequires-python = '==3.11.*'\ndependencies = ['django>=4', 'redis==4.6.0']\n",
        ),
        (
            "uv.lock",
            "[[package]]\nname = 'django'\nversion = '4.2.27'\n[[package]]\nname = 'kombu'\nversion = '5.3.7'\n",
        ),
    ];
    let inventory = assemble(&files, "", &[""], "").inventory;
    let versions: Vec<String> = inventory.all_chosen().map(|pin| pin.shown()).collect();
    assert_eq!(versions, ["django==4.2.27", "kombu==5.3.7", "redis==4.6.0"]);
}

#[test]
fn includes_are_followed_and_roles_go_along() {
    let files = [
        (
            "requirements.txt",
            "-r sub/base.txt\n-c limits.txt\n-r gone.txt\n-r ../outside.txt\n-r https://example.org/x.txt\n",
        ),
        ("sub/base.txt", "a==1\n-r ../requirements.txt\n"),
        ("requirements_dev.txt", "-r requirements.txt\n"),
        ("limits.txt", "a<2\n"),
    ];
    // Files of other names are not in a snapshot in memory.
    let pins = assemble(&files, "", &[""], "");
    let leads: Vec<&Leads> = pins.inventory.includes.iter().map(|followed| &followed.leads).collect();
    assert_eq!(
        leads,
        [
            &Leads::Missing("sub/base.txt".into()),
            &Leads::Missing("limits.txt".into()),
            &Leads::Missing("gone.txt".into()),
            &Leads::Outside,
            &Leads::NotKnown,
            &Leads::To(0),
        ]
    );
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path().canonicalize().unwrap();
    let root = top.join("app");
    std::fs::create_dir_all(root.join("sub")).unwrap();
    std::fs::create_dir(top.join(".git")).unwrap();
    for (path, text) in files {
        std::fs::write(root.join(path), text).unwrap();
    }
    std::fs::write(top.join("outside.txt"), "above==1\n").unwrap();
    let snapshot = crate::source::walk::snapshot(&root, &crate::source::walk::WalkOptions::default());
    let scope =
        Scope { root: "", roots: &["".into()], target: &Target::default(), installed: &[], indexed: &[] };
    let (pins, _) = Pins::assemble(&snapshot, &scope);
    let expected = [
        ("../outside.txt", "runtime"),
        ("limits.txt", "constraint"),
        ("requirements.txt", "runtime"),
        ("requirements_dev.txt", "development"),
        ("sub/base.txt", "runtime"),
    ];
    assert_eq!(paths(&pins), expected.map(|(path, role)| (path.to_owned(), role)));
    assert_eq!(
        pins.inventory.roots(),
        [3],
        "what is installed is the development file, with all it includes"
    );
    assert_eq!(pins.inventory.closure(3).len(), 5);
    assert!(pins.inventory.closure(3).contains(&(1, true)), "limits.txt only constrains");
    assert_eq!(pins.inventory.version("above").unwrap().to_string(), "1");
    assert!(
        pins.inventory.includes.iter().any(|followed| followed.leads == Leads::Missing("gone.txt".into()))
    );
}

#[test]
fn credentials_never_stand_in_the_text_that_is_kept() {
    let text = "--index-url https://user:s3cret@example.org/simple\nx @ https://t0ken@example.org/x.whl\n\
                # -i https://user:s3cret@example.org/old\na==1 https://user:s3cret@example.org/y\n\
                --index-url \"https://user:s3cret@example.org\n--pre=https://user:s3cret@example.org\n";
    let pins = assemble(&[("requirements.txt", text)], "", &[""], "");
    let kept = &pins.inventory.files[0].text.text;
    assert!(!kept.contains("s3cret") && !kept.contains("t0ken") && kept.len() == text.len(), "{kept}");
    let file = &pins.inventory.files[0];
    assert_eq!(file.declared.problems.len(), 3);
    assert_eq!(file.declared.secrets.len(), 6);
    let everything = format!("{:?} {:?}", file.declared, file.text.text);
    assert!(!everything.contains("s3cret"), "{everything}");
}

#[test]
fn a_patched_floor_is_found_in_the_settings() {
    let patch = "from django.db.backends.mysql.features import DatabaseFeatures\n\
                 DatabaseFeatures.minimum_database_version = (5, 7)\n";
    let pins = assemble(&[("config/default.py", patch), ("app/models.py", patch)], "", &[""], "");
    let found: Vec<_> = pins.floors.iter().map(|(text, floor)| (&*text.path, floor.mysql.clone())).collect();
    assert_eq!(found, [("config/default.py", Some(vec![5, 7]))]);
}

#[test]
fn a_utf_16_file_of_a_windows_shell_is_read() {
    let bytes: Vec<u8> =
        [0xfeff_u16].into_iter().chain("django==4.2\r\n".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let snapshot = Snapshot::from_memory([("requirements.txt", bytes)]);
    let scope =
        Scope { root: "", roots: &["".into()], target: &Target::default(), installed: &[], indexed: &[] };
    let (pins, not_analysed) = Pins::assemble(&snapshot, &scope);
    assert!(not_analysed.is_empty());
    assert_eq!(pins.inventory.version("django").unwrap().to_string(), "4.2");
    assert_eq!(pins.inventory.files[0].role, Role::Runtime);
}
