//! A page of the simple API in JSON (PEP 691) or HTML (PEP 503), and which of its files tells what a version declares.

use std::collections::BTreeMap;
use std::str::FromStr;

use html5gum::{StartTag, Token, Tokenizer};
use pep440_rs::Version;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

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
    /// Digests of the file by their algorithm.
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

/// Whether the metadata can be had: yes or no, or its digests.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Offer {
    Flag(bool),
    Hashes(BTreeMap<String, String>),
}

/// Reads a page in JSON; `None` when it is none.
pub(super) fn read_json(bytes: &[u8]) -> Option<Page> {
    serde_json::from_slice(bytes).ok()
}

/// Reads a page in HTML that came from `address`; `None` when it is none. Every link is a file, as PEP 503 has it.
pub(super) fn read_html(bytes: &[u8], address: &Url) -> Option<Page> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (mut files, mut is_html) = (Vec::new(), false);
    let mut base = address.clone();
    for token in Tokenizer::new(text).flatten() {
        let Token::StartTag(tag) = token else { continue };
        is_html = true;
        let Some(href) = attribute(&tag, "href") else { continue };
        let Ok(url) = base.join(href.trim()) else { continue };
        match &**tag.name {
            b"base" => base = url,
            b"a" => files.extend(file_of_link(&tag, url)),
            _ => {}
        }
    }
    is_html.then_some(Page { files })
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// A file by its link: the digest in the fragment, its name at the end of the path, the rest in attributes.
fn file_of_link(tag: &StartTag<()>, url: Url) -> Option<File> {
    let last = url.path_segments()?.next_back()?;
    let filename = percent_encoding::percent_decode_str(last).decode_utf8().ok()?.into_owned();
    let digest = |text: &str| {
        let (algorithm, digest) = text.split_once('=')?;
        Some((algorithm.to_owned(), digest.to_owned()))
    };
    let hashes = url.fragment().and_then(digest).into_iter().collect();
    let offer = |name: &str| {
        let written = attribute(tag, name)?;
        Some(match digest(&written) {
            Some(digest) => Offer::Hashes(BTreeMap::from([digest])),
            None => Offer::Flag(written != "false"),
        })
    };
    let core = offer("data-core-metadata").or_else(|| offer("data-dist-info-metadata"));
    Some(File { filename, url: url.into(), core, dist_info: None, data_dist_info: None, hashes })
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
    /// The file of this version that tells most: one with metadata, else a wheel, which has some inside; of those one for
    /// every platform.
    pub(super) fn file_of(&self, name: &str, version: &Version) -> Option<&File> {
        let files = self.files.iter().filter(|file| file.is_of(name, version));
        files.min_by_key(|file| {
            let no_metadata = file.metadata_hash().is_none();
            let no_wheel = !file.is_wheel();
            let of_one_platform = !file.filename.ends_with("-none-any.whl");
            let of_other_system = !file.filename.contains("linux");
            (no_metadata, no_wheel, of_one_platform, of_other_system)
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

    /// Whether the file is a wheel.
    pub(super) fn is_wheel(&self) -> bool {
        self.filename.ends_with(".whl")
    }

    /// The SHA-256 of the file itself, where the index tells it.
    pub(super) fn sha256(&self) -> Option<&str> {
        self.hashes.get("sha256").map(String::as_str)
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
        let page = read_json(page.as_bytes()).unwrap();
        let of = |version: &str| page.file_of("my-shop", &version.parse().unwrap());
        let file = of("1.0.0").unwrap();
        assert_eq!((file.url.as_str(), file.metadata_hash()), ("c", Some(Some("y"))));
        assert_eq!(of("1.0.1").unwrap().metadata_hash(), None);
        assert_eq!(of("2.0").unwrap().metadata_hash(), None);
        assert!(of("3.0").is_none());
        assert!(read_json(b"<html>").is_none());
    }

    #[test]
    fn links_of_html_are_files() {
        let page = r#"<!DOCTYPE html><html><head><base href="https://files.example/a/"></head><body>
            <a href="../b/my_shop-1.0-py3-none-any.whl#sha256=ab&amp;x" data-core-metadata="sha256=cd">my_shop</a>
            <a href='My.Shop-1.1+local.tar.gz' data-dist-info-metadata=true>x</a>
            <A HREF="my_shop-2.0-py3-none-any.whl">y</A><a>no</a><a href="my%5Fshop-3.0.zip" data-core-metadata="false">z</a>"#;
        let page =
            read_html(page.as_bytes(), &Url::parse("https://a.example/simple/my-shop/").unwrap()).unwrap();
        let of = |version: &str| page.file_of("my-shop", &version.parse().unwrap()).unwrap();
        let first = of("1.0");
        assert_eq!(first.url, "https://files.example/b/my_shop-1.0-py3-none-any.whl#sha256=ab&x");
        assert_eq!(first.metadata_hash(), Some(Some("cd")));
        assert_eq!(of("1.1+local").metadata_hash(), Some(None));
        assert_eq!((of("2.0").metadata_hash(), of("2.0").is_wheel()), (None, true));
        assert_eq!(of("3.0").metadata_hash(), None);
        assert!(read_html(b"no page", &Url::parse("https://a.example/").unwrap()).is_none());
    }
}
