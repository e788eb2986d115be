//! What a file that declares packages is for, judged by its path.

use crate::findings::Bilingual;
use crate::source::FileKind;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// What the program runs on.
    Runtime,
    /// What developers and tests need beside it.
    Development,
    /// Limits versions and adds nothing.
    Constraint,
    /// Ranges from which pip-tools writes the pins (`requirements.in` beside `requirements.txt`).
    Source,
    /// Something else that stands in the same folder tree: documentation, a tool, a part with an environment of its own.
    Aside,
}

impl Role {
    /// The key by which outputs name it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Development => "development",
            Self::Constraint => "constraint",
            Self::Source => "source",
            Self::Aside => "aside",
        }
    }

    /// The role in words.
    pub fn describe(self) -> Bilingual {
        match self {
            Self::Runtime => Bilingual::new("of the program", "程序运行"),
            Self::Development => Bilingual::new("for developers", "开发"),
            Self::Constraint => Bilingual::new("constraints", "约束"),
            Self::Source => Bilingual::new("source of compiled pins", "编译来源"),
            Self::Aside => Bilingual::new("of something else", "其他用途"),
        }
    }
}

/// Words of a file or folder name that speak of development.
const DEVELOPMENT: [&str; 18] = [
    "dev",
    "devel",
    "develop",
    "development",
    "test",
    "tests",
    "testing",
    "unittest",
    "lint",
    "linting",
    "style",
    "typing",
    "types",
    "ci",
    "qa",
    "debug",
    "bench",
    "local",
];
/// Words that speak of something with an environment of its own.
const ASIDE: [&str; 4] = ["doc", "docs", "documentation", "tools"];
/// Folders directly below the project that hold its own files.
const FOLDERS: [&str; 10] = [
    "requirements",
    "requirement",
    "reqs",
    "constraints",
    "docker",
    "deploy",
    "deployment",
    "build",
    "images",
    "compose",
];

/// The role of the file at `path`, which is relative to the folder of the project.
pub fn role(kind: FileKind, path: &str) -> Role {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.trim_start_matches('.').to_ascii_lowercase();
    let says = |words: &[&str]| stem.split(['_', '-', '.']).any(|part| words.contains(&part));
    let own_folder = folder.is_empty() || FOLDERS.contains(&folder);
    match kind {
        FileKind::Workflow => Role::Development,
        _ if says(&DEVELOPMENT) => Role::Development,
        _ if folder.split('/').any(|part| DEVELOPMENT.contains(&part)) => {
            // `tests/requirements.txt` is for the tests of this project; deeper down it is for something else.
            if folder.contains('/') { Role::Aside } else { Role::Development }
        }
        _ if !own_folder || says(&ASIDE) => Role::Aside,
        FileKind::Requirements if says(&["constraints", "constraint"]) || folder == "constraints" => {
            Role::Constraint
        }
        FileKind::Requirements if name.ends_with(".in") => Role::Source,
        _ => Role::Runtime,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_folders_tell_what_a_file_is_for() {
        for (kind, path, expected) in [
            (FileKind::Requirements, "requirements.txt", Role::Runtime),
            (FileKind::Requirements, "requirements_env.txt", Role::Runtime),
            (FileKind::Requirements, "requirements_dev.txt", Role::Development),
            (FileKind::Requirements, "requirements/base.txt", Role::Runtime),
            (FileKind::Requirements, "requirements/test.txt", Role::Development),
            (FileKind::Requirements, "requirements.in", Role::Source),
            (FileKind::Requirements, "constraints.txt", Role::Constraint),
            (FileKind::Requirements, "docs/requirements.txt", Role::Aside),
            (FileKind::Requirements, "sdk/python/requirements.txt", Role::Aside),
            (FileKind::Requirements, "tests/requirements.txt", Role::Development),
            (FileKind::Dockerfile, "Dockerfile", Role::Runtime),
            (FileKind::Dockerfile, "docker/Dockerfile", Role::Runtime),
            (FileKind::Dockerfile, "Dockerfile.monitor.dev", Role::Development),
            (FileKind::Dockerfile, ".devcontainer/Dockerfile", Role::Aside),
            (FileKind::Workflow, ".github/workflows/test.yml", Role::Development),
            (FileKind::PythonVersion, ".python-version", Role::Runtime),
        ] {
            assert_eq!(role(kind, path), expected, "{path}");
        }
    }
}
