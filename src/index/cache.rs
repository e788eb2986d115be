//! What was asked before: a file for every version of a package of an index.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use pep440_rs::Version;
use url::Url;

use super::page::sha256;
use crate::findings::Bilingual;

/// The folder of the cache: `BKLOG_LINT_CACHE_DIR`, else a folder of the product where the system keeps caches.
#[derive(Debug)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
    failed: AtomicBool,
}

impl Cache {
    /// The cache that the environment tells; nothing is created before something is kept.
    pub(super) fn new() -> Self {
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let system = || {
            if cfg!(windows) {
                return variable("LOCALAPPDATA");
            }
            let home = || variable("HOME");
            if cfg!(target_os = "macos") {
                return home().map(|home| home.join("Library/Caches"));
            }
            variable("XDG_CACHE_HOME").or_else(|| home().map(|home| home.join(".cache")))
        };
        let folder =
            variable("BKLOG_LINT_CACHE_DIR").or_else(|| system().map(|folder| folder.join("bklog-lint")));
        Self { folder: folder.map(|folder| folder.join("index")), failed: AtomicBool::new(false) }
    }

    /// The metadata that this index gave for this version.
    pub(super) fn get(&self, index: &Url, name: &str, version: &Version) -> Option<String> {
        crate::source::read_given_text(self.file(index, name, version)?).ok()
    }

    /// Keeps metadata; a folder that cannot be written to is complained about once, at the end.
    pub(super) fn put(&self, index: &Url, name: &str, version: &Version, text: &str) {
        let Some(file) = self.file(index, name, version) else { return };
        let Some(folder) = file.parent() else { return };
        let write = || {
            std::fs::create_dir_all(folder)?;
            let mut new = tempfile::NamedTempFile::new_in(folder)?;
            new.write_all(text.as_bytes())?;
            new.persist(&file).map_err(|error| error.error)
        };
        if write().is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
    }

    /// What the user should know.
    pub(super) fn complaint(&self) -> Option<Bilingual> {
        self.failed.load(Ordering::Relaxed).then(|| {
            Bilingual::new(
                "--index: the cache cannot be written, so the next run asks again; BKLOG_LINT_CACHE_DIR names another folder",
                "--index：无法写入缓存，下次运行会重新询问；可用 BKLOG_LINT_CACHE_DIR 指定其他目录",
            )
        })
    }

    /// The name tells nothing of the index: what is asked and where is a digest, without the credentials.
    fn file(&self, index: &Url, name: &str, version: &Version) -> Option<PathBuf> {
        let place = format!("{}{}", index.origin().ascii_serialization(), index.path());
        let digest = sha256(format!("{place}\n{name}\n{version}").as_bytes());
        Some(self.folder.as_ref()?.join(format!("{digest}.metadata")))
    }
}
