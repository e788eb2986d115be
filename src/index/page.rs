//! A page of the simple API in JSON (PEP 691), and which of its files tells what a version declares.

use std::collections::BTreeMap;
use std::str::FromStr;

use pep440_rs::Version;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::pins::normalised;

/// What an index says of a project.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    files: Vec<File>,
}

/// A file of a project.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    filename: String,
    /// Its address, absolute or relative to the page.
    pub(super) url: String,
    #[serde(default, rename = "core-metadata")]
    core: Option<Offer>,
    #[serde(default, rename = "dist-info-metadata")]
    dist_info: Option<Offer>,
    #[serde(default, rename = "data-dist-info-metadata")]
    data_dist_info: Option<Offer>,
}

/// Whether the metadata can be had: yes or no, or its digests.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Offer {
    Flag(bool),
    Hashes(BTreeMap<String, String>),
}

/// Reads a page; `None` when it is none.
pub(super) fn read(bytes: &[u8]) -> Option<Page> {
    serde_json::from_slice(bytes).ok()
}

/// The SHA-256 of some bytes, as indexes write it.
pub(super) fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

impl Page {
    /// The file of this version that tells most: one with metadata, of those a wheel for every platform.
    pub(super) fn file_of(&self, name: &str, version: &Version) -> Option<&File> {
        let files = self.files.iter().filter(|file| file.is_of(name, version));
        files.min_by_key(|file| {
            let no_metadata = file.metadata_hash().is_none();
            let of_one_platform = !file.filename.ends_with("-none-any.whl");
            let of_other_system = !file.filename.contains("linux");
            (no_metadata, of_one_platform, of_other_system)
        })
    }
}

impl File {
    /// Whether the metadata can be had, with its SHA-256 where the index tells it.
    pub(super) fn metadata_hash(&self) -> Option<Option<&str>> {
        match self.core.as_ref().or(self.dist_info.as_ref()).or(self.data_dist_info.as_ref())? {
            Offer::Flag(offered) => offered.then_some(None),
            Offer::Hashes(hashes) => Some(hashes.get("sha256").map(String::as_str)),
        }
    }

    fn is_of(&self, name: &str, version: &Version) -> bool {
        let parts = match self.filename.strip_suffix(".whl") {
            Some(stem) => {
                let mut parts = stem.split('-');
                parts.next().zip(parts.next())
            }
            None => [".tar.gz", ".zip", ".tar.bz2"]
                .iter()
                .find_map(|end| self.filename.strip_suffix(end))
                .and_then(|stem| stem.rsplit_once('-')),
        };
        parts.is_some_and(|(of, at)| normalised(of) == name && Version::from_str(at).as_ref() == Ok(version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_tells_most() {
        let page = r#"{"files": [
            {"filename": "My_Shop-1.0.tar.gz", "url": "a", "core-metadata": {"sha256": "x"}},
            {"filename": "my_shop-1.0-cp311-cp311-win_amd64.whl", "url": "b", "core-metadata": true},
            {"filename": "my_shop-1.0-py3-none-any.whl", "url": "c", "dist-info-metadata": {"sha256": "y"}},
            {"filename": "my_shop-1.0.1-py3-none-any.whl", "url": "d", "core-metadata": false},
            {"filename": "my_shop-2.0-py3-none-any.whl", "url": "e"}]}"#;
        let page = read(page.as_bytes()).unwrap();
        let of = |version: &str| page.file_of("my-shop", &version.parse().unwrap());
        let file = of("1.0.0").unwrap();
        assert_eq!((file.url.as_str(), file.metadata_hash()), ("c", Some(Some("y"))));
        assert_eq!(of("1.0.1").unwrap().metadata_hash(), None);
        assert_eq!(of("2.0").unwrap().metadata_hash(), None);
        assert!(of("3.0").is_none());
        assert!(read(b"<html>").is_none());
    }
}
