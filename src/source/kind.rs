//! What a file is, judged by its path alone.

/// The kinds of file that the product reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A `.py` file that stands directly in a folder named `migrations`; `__init__.py` is [`FileKind::Init`]. Folders
    /// that `MIGRATION_MODULES` names are known only after the settings were read: their files are of another kind here.
    Migration,
    /// `__init__.py`.
    Init,
    /// `manage.py`; whether it is Django's, its bytes say.
    ManagePy,
    /// `apps.py`.
    AppConfig,
    /// A `.py` file whose name or folder speaks of settings (`settings.py`, `config/prod.py`, `local_settings.py`).
    Settings,
    /// Any other `.py` file.
    Python,
    /// `field_library.csv`.
    FieldLibrary,
    /// A requirement or constraint file of pip or pip-tools: `requirements*.txt`, `*requirements.in`,
    /// `requirements/*.txt`, `constraints.txt`.
    Requirements,
    /// `pyproject.toml`.
    Pyproject,
    /// `setup.cfg`.
    SetupCfg,
    /// `Pipfile`.
    Pipfile,
    /// `Pipfile.lock`.
    PipfileLock,
    /// `uv.lock`.
    UvLock,
    /// `poetry.lock`.
    PoetryLock,
    /// `runtime.txt` of buildpacks.
    RuntimeTxt,
    /// `.python-version` of pyenv and uv.
    PythonVersion,
    /// `Dockerfile`, `Dockerfile.dev`, `web.Dockerfile`, `Containerfile`.
    Dockerfile,
    /// A workflow of GitHub: `.github/workflows/*.yml`.
    Workflow,
    /// `*.sql`.
    Sql,
    /// Settings of one environment: `dev.env.yml`, `ieod.prod.env.yaml`.
    EnvironmentFile,
    /// The description of a BlueKing app: `app.yml`, `app_desc.yaml`.
    AppDescription,
    /// A package description of a BlueKing product: `support-files/bkpkgs/*.yaml`.
    PackageDescription,
    /// What is registered with BlueKing's access centre: `support-files/iam/*.json`.
    IamModel,
    /// A configuration file with placeholders: `support-files/templates/*`.
    Template,
    /// A template of Django's own language: `templates/**/*.html`.
    DjangoTemplate,
}

impl FileKind {
    /// The kind of the file at `path` (relative, `/` between parts); `None` for files that the product never reads.
    pub fn of_path(path: &str) -> Option<Self> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let Some(stem) = name.strip_suffix(".py") else { return of_other_name(folders, name) };
        let folder = folders.rsplit('/').next().unwrap_or_default();
        Some(match stem {
            "__init__" if folder == "migrations" || !speaks_of_settings(folder) => Self::Init,
            _ if folder == "migrations" => Self::Migration,
            "manage" => Self::ManagePy,
            "apps" => Self::AppConfig,
            _ if speaks_of_settings(stem) || folders.split('/').any(speaks_of_settings) => Self::Settings,
            _ => Self::Python,
        })
    }

    /// Whether files of this kind are Python source.
    pub fn is_python(self) -> bool {
        matches!(
            self,
            Self::Migration | Self::Init | Self::ManagePy | Self::AppConfig | Self::Settings | Self::Python
        )
    }

    /// Whether files of this kind say what packages or which Python a project runs on.
    pub fn is_pins(self) -> bool {
        !self.is_python()
            && !self.is_deployment()
            && !matches!(self, Self::FieldLibrary | Self::DjangoTemplate)
    }

    /// Whether files of this kind go with a deployment: SQL files and configuration files.
    pub fn is_deployment(self) -> bool {
        matches!(
            self,
            Self::Sql
                | Self::EnvironmentFile
                | Self::AppDescription
                | Self::PackageDescription
                | Self::IamModel
                | Self::Template
        )
    }

    /// The key under which the summary counts files of this kind.
    pub fn key(self) -> &'static str {
        match self {
            Self::Migration => "migration",
            Self::Init => "init",
            Self::ManagePy => "manage",
            Self::AppConfig => "app_config",
            Self::Settings => "settings",
            Self::Python => "python",
            Self::FieldLibrary => "field_library",
            Self::Requirements => "requirements",
            Self::Pyproject => "pyproject",
            Self::SetupCfg => "setup_cfg",
            Self::Pipfile => "pipfile",
            Self::PipfileLock => "pipfile_lock",
            Self::UvLock => "uv_lock",
            Self::PoetryLock => "poetry_lock",
            Self::RuntimeTxt => "runtime_txt",
            Self::PythonVersion => "python_version",
            Self::Dockerfile => "dockerfile",
            Self::Workflow => "workflow",
            Self::Sql => "sql",
            Self::EnvironmentFile => "environment_file",
            Self::AppDescription => "app_description",
            Self::PackageDescription => "package_description",
            Self::IamModel => "iam_model",
            Self::Template => "template",
            Self::DjangoTemplate => "django_template",
        }
    }
}

/// The kind of a file that is no Python source.
fn of_other_name(folders: &str, name: &str) -> Option<FileKind> {
    Some(match name {
        "field_library.csv" => FileKind::FieldLibrary,
        "pyproject.toml" => FileKind::Pyproject,
        "setup.cfg" => FileKind::SetupCfg,
        "Pipfile" => FileKind::Pipfile,
        "Pipfile.lock" => FileKind::PipfileLock,
        "uv.lock" => FileKind::UvLock,
        "poetry.lock" => FileKind::PoetryLock,
        "runtime.txt" => FileKind::RuntimeTxt,
        ".python-version" => FileKind::PythonVersion,
        "Dockerfile" | "Containerfile" => FileKind::Dockerfile,
        _ if name.starts_with("Dockerfile.") || name.ends_with(".Dockerfile") => FileKind::Dockerfile,
        _ => match name.rsplit_once('.').unwrap_or((name, "")) {
            (stem, "txt" | "in" | "pip") if is_requirements(folders, stem) => FileKind::Requirements,
            (_, "yml" | "yaml") if folders.ends_with(".github/workflows") => FileKind::Workflow,
            _ => return of_support_file(folders, name),
        },
    })
}

/// Whether a text file of this stem is one that pip reads: its name or its folder says so.
fn is_requirements(folders: &str, stem: &str) -> bool {
    let word =
        |word: &str| ["requirements", "requirement", "reqs", "constraints", "constraint"].contains(&word);
    let folder = folders.rsplit('/').next().unwrap_or_default();
    word(folder) || stem.split(['_', '-', '.']).any(word)
}

/// The kind of a file that goes with a deployment, beside the Python source.
fn of_support_file(folders: &str, name: &str) -> Option<FileKind> {
    let below = |folder: &str| folders == folder || folders.ends_with(&format!("/{folder}"));
    if below("support-files/templates") {
        return Some(FileKind::Template);
    }
    let (stem, extension) = name.rsplit_once('.')?;
    let yaml = matches!(extension, "yml" | "yaml");
    match extension {
        _ if extension.eq_ignore_ascii_case("sql") => Some(FileKind::Sql),
        "html" | "htm" | "txt" | "xml" if folders.split('/').any(|folder| folder == "templates") => {
            Some(FileKind::DjangoTemplate)
        }
        "json" if below("support-files/iam") => Some(FileKind::IamModel),
        _ if yaml && below("support-files/bkpkgs") => Some(FileKind::PackageDescription),
        _ if yaml && (stem == "env" || stem.ends_with(".env")) => Some(FileKind::EnvironmentFile),
        _ if yaml && matches!(stem, "app" | "app_desc") => Some(FileKind::AppDescription),
        _ => None,
    }
}

/// Whether a word of the name, without extension, is one that projects use for settings.
fn speaks_of_settings(name: &str) -> bool {
    let words = ["settings", "setting", "config", "configs", "configuration", "conf", "default", "defaults"];
    name.split(['_', '-', '.']).any(|word| words.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_the_kind_that_django_gives_them() {
        use FileKind::*;
        let cases = [
            ("manage.py", Some(ManagePy)),
            ("bklog/manage.py", Some(ManagePy)),
            ("app/migrations/manage.py", Some(Migration)),
            ("app/migrations/0001_initial.py", Some(Migration)),
            ("app/migrations/0002_v1.2.py", Some(Migration)),
            ("app/migrations/__init__.py", Some(Init)),
            ("app/migrations/sub/helper.py", Some(Python)),
            ("migrations/0001_initial.py", Some(Migration)),
            ("app/migrations.py", Some(Python)),
            ("app/migrations/0002_x.py.bak", None),
            ("app/migrations/0002_x.py~", None),
            ("app/migrations/0002_X.PY", None),
            ("app/migrations/0002_x.pyc", None),
            ("app/apps.py", Some(AppConfig)),
            ("app/__init__.py", Some(Init)),
            ("settings/__init__.py", Some(Settings)),
            ("settings.py", Some(Settings)),
            ("proj/local_settings.py", Some(Settings)),
            ("config/prod.py", Some(Settings)),
            ("config/role/web.py", Some(Settings)),
            ("app/configure.py", Some(Python)),
            ("app/models.py", Some(Python)),
            ("field_library.csv", Some(FieldLibrary)),
            ("scripts/check/field_library.csv", Some(FieldLibrary)),
            ("other.csv", None),
            ("requirements.txt", Some(Requirements)),
            ("bklog/requirements_dev.txt", Some(Requirements)),
            ("dev-requirements.in", Some(Requirements)),
            ("requirements/base.txt", Some(Requirements)),
            ("requirements/README.md", None),
            ("docs/requirement-intake.md", None),
            ("constraints-3.11.txt", Some(Requirements)),
            ("notes.txt", None),
            ("pyproject.toml", Some(Pyproject)),
            ("a/uv.lock", Some(UvLock)),
            ("Cargo.lock", None),
            ("runtime.txt", Some(RuntimeTxt)),
            (".python-version", Some(PythonVersion)),
            ("Dockerfile.monitor.dev", Some(Dockerfile)),
            ("web.Dockerfile", Some(Dockerfile)),
            (".dockerignore", None),
            (".github/workflows/test.yaml", Some(Workflow)),
            ("a/.github/workflows/test.yml", Some(Workflow)),
            ("a/workflows/test.yml", None),
            ("README", None),
            ("support-files/sql/0001_shop_20200101-0000_mysql.sql", Some(Sql)),
            ("docs/X.SQL", Some(Sql)),
            ("prod.env.yml", Some(EnvironmentFile)),
            ("shop/ieod.prod.env.yaml", Some(EnvironmentFile)),
            ("environment.yml", None),
            ("app.yml", Some(AppDescription)),
            ("shop/app_desc.yaml", Some(AppDescription)),
            ("support-files/bkpkgs/shop.yaml", Some(PackageDescription)),
            ("shop/support-files/iam/initial.json", Some(IamModel)),
            ("support-files/iam/README.md", None),
            ("support-files/templates/#etc#nginx.conf", Some(Template)),
            ("my-support-files/iam/initial.json", None),
        ];
        for (path, kind) in cases {
            assert_eq!(FileKind::of_path(path), kind, "{path}");
        }
    }
}
