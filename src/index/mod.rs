//! `--index`: asks the package index that pip would ask what pinned versions declare. Nothing else that `check` does
//! opens a connection, and this only where the user wants it.
//!
//! The index speaks the simple API, in JSON (PEP 691) or HTML (PEP 503). Where it offers the metadata of its files beside
//! them (PEP 658), nothing else is fetched; otherwise it is read from a wheel, by pieces where the server gives such. What a
//! version declares never changes, so it is kept in a cache and asked for once.

mod cache;
mod client;
mod netrc;
mod page;
mod pip;
mod sources;
mod wheel;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pep440_rs::Version;
use url::Url;

use crate::findings::Bilingual;
use crate::pins::inventory::{Inventory, Knowledge};
use crate::pins::{Package, Wants, environment::read_metadata};
use crate::project::Project;

use cache::Cache;
use client::{Client, Failure};

/// What the index said.
#[derive(Debug, Default)]
pub struct Answer {
    /// What versions declare, sorted by name and version.
    pub packages: Vec<Package>,
    /// What could not be asked and why, for the summary.
    pub notices: Vec<Bilingual>,
}

/// How many questions are open at a time.
const AT_ONCE: usize = 8;
/// How many names a notice lists.
const SHOWN: usize = 5;
/// What a page of the simple API is asked for as, as pip asks.
const PAGE: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.1, text/html;q=0.01";

type Key = (Arc<str>, Version);

/// Asks for every version that the projects pin and of which neither a lock file nor an installed environment tells
/// anything. `folder` is the scanned root, below which the requirement files stand.
///
/// Where a package index is named, its order and what it may be asked come from where pip takes them: the environment,
/// pip's configuration files, and the requirement files. Failures never stop the run; they are told in notices that
/// name hosts and packages, never a URL.
pub fn ask(projects: &[Project], folder: &Path) -> Answer {
    let (settings, mut notices) = pip::Settings::read();
    let mut questions: BTreeMap<Key, Vec<Url>> = BTreeMap::new();
    for project in projects {
        let found = sources::of(&project.pins.inventory, &settings, folder);
        notices.extend(found.notices);
        for key in wanted(&project.pins.inventory) {
            let urls = questions.entry(key).or_default();
            urls.extend(found.urls.iter().filter(|url| !urls.contains(url)).cloned().collect::<Vec<_>>());
        }
    }
    notices.dedup();
    let questions: Vec<(Key, Vec<Url>)> = questions.into_iter().collect();
    let client = match Client::new(&settings) {
        Ok(client) => client,
        Err(why) => {
            notices.push(why);
            return Answer { packages: Vec::new(), notices };
        }
    };
    let cache = Cache::new();
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Result<Package, Missing>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(questions.len()) {
            scope.spawn(|| {
                while let Some((at, (key, urls))) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, questions.get(at)?)))
                {
                    let result = one(&client, &cache, key, urls);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    let mut packages = Vec::new();
    let mut missing: BTreeMap<Missing, BTreeSet<&str>> = BTreeMap::new();
    for (at, result) in results {
        let Some(((name, _), _)) = questions.get(at) else { continue };
        match result {
            Ok(package) => packages.push(package),
            Err(why) => {
                missing.entry(why).or_default().insert(name);
            }
        }
    }
    notices.extend(missing.iter().map(|(why, names)| why.text(names)));
    notices.extend(cache.complaint());
    Answer { packages, notices }
}

/// Name and version of everything that is pinned and of which nothing better is known.
fn wanted(inventory: &Inventory) -> BTreeSet<Key> {
    let entries = inventory.files.iter().flat_map(|file| &file.declared.entries);
    entries
        .filter(|entry| matches!(entry.wants, Wants::Versions(_)) && !entry.name.is_empty())
        .filter_map(|entry| Some((entry.name.clone(), entry.pinned()?.clone())))
        .filter(|(name, version)| {
            inventory.known(name, version).is_none_or(|(_, from)| from == Knowledge::Facts)
        })
        .collect()
}

/// Why a package stays unknown; ordered, so that notices are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Missing {
    /// No index is configured that may be asked.
    NoIndex,
    /// Every index that was asked answered that it has no such package or version.
    NotThere,
    /// The index has the version, no metadata beside it and no wheel that would hold some.
    NoMetadata,
    /// The host could not be asked.
    Failed(Arc<str>, Failure),
}

impl Missing {
    fn text(&self, names: &BTreeSet<&str>) -> Bilingual {
        let count = names.len();
        let mut list: Vec<&str> = names.iter().copied().take(SHOWN).collect();
        if count > SHOWN {
            list.push("…");
        }
        let list = list.join(", ");
        let judged_en = "they were judged by what the files and the program's own table say";
        let judged_zh = "这些包仅按文件和内置事实表判断";
        match self {
            Self::NoIndex => Bilingual::new(
                format!("--index: no package index may be asked; {judged_en} ({count}: {list})"),
                format!("--index：没有可用的包索引；{judged_zh}（{count} 个：{list}）"),
            ),
            Self::NotThere => Bilingual::new(
                format!("--index: the index has no such version of {count} packages ({list}); {judged_en}"),
                format!("--index：索引中没有 {count} 个包的相应版本（{list}）；{judged_zh}"),
            ),
            Self::NoMetadata => Bilingual::new(
                format!(
                    "--index: the index has neither metadata (PEP 658) nor a wheel of {count} packages ({list}); {judged_en}"
                ),
                format!(
                    "--index：索引既未提供元数据（PEP 658）也没有 wheel 的包有 {count} 个（{list}）；{judged_zh}"
                ),
            ),
            Self::Failed(host, failure) => {
                let (en, zh) = failure.text();
                Bilingual::new(
                    format!("--index: {host} {en}; {judged_en} ({count}: {list})"),
                    format!("--index：{host} {zh}；{judged_zh}（{count} 个：{list}）"),
                )
            }
        }
    }
}

/// Asks for one version: the cache first, then one index after the other.
fn one(client: &Client, cache: &Cache, (name, version): &Key, indexes: &[Url]) -> Result<Package, Missing> {
    let keep = |text: &str| {
        read_metadata(text).filter(|package| package.name == *name && package.version == *version)
    };
    let mut worst = Missing::NoIndex;
    for index in indexes {
        if let Some(package) = cache.get(index, name, version).as_deref().and_then(keep) {
            return Ok(package);
        }
        let why = match metadata(client, index, name, version) {
            Ok(text) => match keep(&text) {
                Some(package) => {
                    cache.put(index, name, version, &text);
                    return Ok(package);
                }
                None => Missing::Failed(client::host(index), Failure::Garbage),
            },
            Err(why) => why,
        };
        worst = worst.max(why);
    }
    Err(worst)
}

/// The metadata of a version, from one index.
fn metadata(client: &Client, index: &Url, name: &str, version: &Version) -> Result<String, Missing> {
    let failed = |url: &Url, failure| match failure {
        Failure::Status(404 | 410) => Missing::NotThere,
        failure => Missing::Failed(client::host(url), failure),
    };
    let mut address = index.clone();
    if let Ok(mut parts) = address.path_segments_mut() {
        parts.pop_if_empty().push(name).push("");
    }
    let answer = client.get(&address, index, PAGE).map_err(|failure| failed(&address, failure))?;
    let page = match answer.is_json {
        true => page::read_json(&answer.bytes),
        false => page::read_html(&answer.bytes, &answer.url),
    };
    let page = page.ok_or_else(|| failed(&address, Failure::Garbage))?;
    let Some(file) = page.file_of(name, version) else { return Err(Missing::NotThere) };
    let mut place = answer.url.join(&file.url).map_err(|_| failed(&address, Failure::Garbage))?;
    place.set_fragment(None);
    let Some(hash) = file.metadata_hash() else {
        if !file.is_wheel() {
            return Err(Missing::NoMetadata);
        }
        let text = wheel::metadata(client, &place, index, file.sha256());
        return text.map(|text| head(&text)).map_err(|failure| failed(&place, failure));
    };
    let path = format!("{}.metadata", place.path());
    place.set_path(&path);
    let answer = client.get(&place, index, "*/*").map_err(|failure| failed(&place, failure))?;
    if hash.is_some_and(|hash| !hash.eq_ignore_ascii_case(&page::sha256(&answer.bytes))) {
        return Err(failed(&place, Failure::Garbage));
    }
    Ok(head(&String::from_utf8_lossy(&answer.bytes)))
}

/// The headers of metadata: the description is of no use.
fn head(text: &str) -> String {
    let head = text.split("\n\n").next().unwrap_or_default().split("\r\n\r\n").next().unwrap_or_default();
    format!("{head}\n")
}
