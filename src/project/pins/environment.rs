//! What an installed environment says of its packages: the `METADATA` of every `*.dist-info` folder.

use std::path::{Path, PathBuf};

use crate::findings::{Bilingual, Lang};
use crate::pins::Package;
use crate::pins::environment::read_metadata;

/// Why an environment cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.en)]
pub struct EnvironmentError(Bilingual);

impl EnvironmentError {
    /// The error in one language.
    pub fn text(&self, lang: Lang) -> &str {
        self.0.get(lang)
    }
}

/// What an environment holds.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Its packages, sorted by name and version.
    pub packages: Vec<Package>,
    /// What could not be read of it, and is not known therefore.
    pub notice: Option<Bilingual>,
}

/// What is installed in the environment at `path`: a virtual environment, its `site-packages`, or a folder made by
/// `pip install --target`.
///
/// # Errors
/// When the folder cannot be read or holds no package.
pub fn read(path: &Path) -> Result<Installed, EnvironmentError> {
    let mut packages = Vec::new();
    let mut unread = Vec::new();
    for folder in site_packages(path) {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten().filter(|entry| is_dist_info(&entry.path())) {
            let text = crate::source::read_given(entry.path().join("METADATA"));
            match text.map(|text| read_metadata(&String::from_utf8_lossy(&text))) {
                Ok(Some(package)) => packages.push(package),
                Ok(None) => unread.push((entry.file_name(), "no name and version".to_owned())),
                Err(error) => unread.push((entry.file_name(), error.to_string())),
            }
        }
    }
    if packages.is_empty() {
        let shown = path.display();
        let why = match std::fs::read_dir(path) {
            Err(error) => Bilingual::new(
                format!("{shown}: cannot read the environment: {error}"),
                format!("{shown}：无法读取该环境：{error}"),
            ),
            Ok(_) => Bilingual::new(
                format!(
                    "{shown}: no installed package here; expected a virtual environment or its site-packages"
                ),
                format!("{shown}：这里没有已安装的包；应为虚拟环境或其 site-packages 目录"),
            ),
        };
        return Err(EnvironmentError(why));
    }
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    unread.sort();
    let notice = unread.first().map(|(folder, why)| {
        let (folder, count) = (folder.to_string_lossy(), unread.len());
        Bilingual::new(
            format!(
                "--environment: of {count} packages nothing is known, their METADATA cannot be read: {folder} ({why})"
            ),
            format!("--environment：{count} 个包的 METADATA 无法读取，情况未知：{folder}（{why}）"),
        )
    });
    Ok(Installed { packages, notice })
}

fn is_dist_info(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "dist-info")
}

/// The folders that may hold packages: the path itself, and where an environment keeps them.
fn site_packages(path: &Path) -> Vec<PathBuf> {
    let mut folders = vec![path.to_owned(), path.join("Lib/site-packages")];
    for lib in ["lib", "lib64"] {
        for entry in std::fs::read_dir(path.join(lib)).into_iter().flatten().flatten() {
            folders.push(entry.path().join("site-packages"));
        }
    }
    // `lib64` is a link to `lib` where both are there.
    folders = folders.into_iter().filter_map(|folder| folder.canonicalize().ok()).collect();
    folders.sort();
    folders.dedup();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_an_environment_are_read_wherever_it_keeps_them() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("lib/python3.11/site-packages");
        for (name, version) in [("celery", "5.4.0"), ("amqp", "5.2.0")] {
            let info = site.join(format!("{name}-{version}.dist-info"));
            std::fs::create_dir_all(&info).unwrap();
            let metadata =
                format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: >=3.8\n");
            std::fs::write(info.join("METADATA"), metadata).unwrap();
        }
        let names = |path: &Path| {
            let installed = read(path).unwrap();
            assert!(installed.notice.is_none());
            installed.packages.iter().map(|package| package.name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names(folder.path()), ["amqp", "celery"]);
        assert_eq!(names(&site), ["amqp", "celery"]);
        std::fs::write(site.join("amqp-5.2.0.dist-info/METADATA"), "Metadata-Version: 2.1\n").unwrap();
        std::fs::create_dir(site.join("gone-1.dist-info")).unwrap();
        let installed = read(&site).unwrap();
        assert_eq!(installed.packages.len(), 1);
        let notice = installed.notice.unwrap();
        assert!(
            notice.en.contains("of 2 packages") && notice.en.contains("amqp-5.2.0.dist-info"),
            "{}",
            notice.en
        );
    }

    #[test]
    fn a_folder_without_packages_is_no_environment() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path()).unwrap_err();
        assert!(error.to_string().contains("no installed package here"), "{error}");
        assert!(error.text(Lang::Zh).contains("这里没有已安装的包"));
        assert!(
            read(&folder.path().join("gone"))
                .unwrap_err()
                .to_string()
                .contains("cannot read the environment")
        );
    }
}
