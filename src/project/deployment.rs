//! Files that go with a deployment, beside the Python source: SQL files and configuration files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config_files::{Document, EnvironmentFile, IamModel, PackageDescription, Template};
use crate::findings::Bilingual;
use crate::mysql::SqlFile;
use crate::source::{FileEntry, FileKind, Snapshot, SourceText};

use super::discover;
use super::read::Reader;

/// The SQL and configuration files of a workspace, each list sorted by path.
#[derive(Debug, Default)]
pub struct Deployment {
    /// `*.sql`.
    pub sql: Vec<SqlFile>,
    /// `*.env.yml`.
    pub environments: Vec<EnvironmentFile>,
    /// `app.yml`, `app_desc.yaml`.
    pub apps: Vec<Document>,
    /// `support-files/bkpkgs/*.yaml`.
    pub packages: Vec<PackageDescription>,
    /// `support-files/iam/*.json`.
    pub iam: Vec<IamModel>,
    /// `support-files/templates/*`.
    pub templates: Vec<Template>,
    /// Settings that environment files refer to and no settings module of their project mentions: root and name.
    pub unmentioned_settings: BTreeSet<(Arc<str>, String)>,
}

/// What a file of one of the kinds became.
enum Made {
    Sql(SqlFile),
    Environment(EnvironmentFile),
    App(Document),
    Package(PackageDescription),
    Iam(IamModel),
    Template(Template),
}

impl Deployment {
    /// Reads the files; `roots` are those of the projects.
    pub(super) fn read<'a>(
        reader: &mut Reader<'a>,
        snapshot: &'a Snapshot,
        roots: &BTreeSet<Arc<str>>,
    ) -> Self {
        let entries: Vec<&FileEntry> =
            snapshot.files.iter().filter(|entry| maker(entry.kind).is_some()).collect();
        let made = reader.each_plain(&entries, |text| {
            let kind = FileKind::of_path(&text.path);
            kind.and_then(maker).map(|make| make(text))
        });
        let mut out = Self::default();
        for made in made.into_iter().filter_map(|(_, made)| made) {
            match made {
                Made::Sql(file) => out.sql.push(file),
                Made::Environment(file) => out.environments.push(file),
                Made::App(file) => out.apps.push(file),
                Made::Package(file) => out.packages.push(file),
                Made::Iam(file) => out.iam.push(file),
                Made::Template(file) => out.templates.push(file),
            }
        }
        out.unmentioned_settings = unmentioned(&out.environments, reader, snapshot, roots);
        out
    }

    /// All YAML and JSON documents, sorted by path.
    pub fn documents(&self) -> Vec<&Document> {
        let environments = self.environments.iter().map(|file| &file.document);
        let packages = self.packages.iter().map(|file| &file.document);
        let iam = self.iam.iter().map(|file| &file.document);
        let mut all: Vec<&Document> = environments.chain(&self.apps).chain(packages).chain(iam).collect();
        all.sort_by(|a, b| a.text.path.cmp(&b.text.path));
        all
    }

    /// Texts of all files.
    pub(super) fn texts(&self) -> impl Iterator<Item = &Arc<SourceText>> {
        let sql = self.sql.iter().map(|file| &file.text);
        let templates = self.templates.iter().map(|file| &file.text);
        sql.chain(templates).chain(self.documents().into_iter().map(|document| &document.text))
    }

    /// What the user should know: SQL files that are not MySQL's.
    pub(super) fn notices(&self) -> Vec<Bilingual> {
        let foreign = self.sql.iter().filter_map(|file| Some((file, file.foreign?)));
        foreign
            .map(|(file, product)| {
                let path = &file.text.path;
                Bilingual::new(
                    format!("{path}: SQL of {product}, not of MySQL; it was not checked"),
                    format!("{path}：这是 {product} 的 SQL，不是 MySQL 的，未检查"),
                )
            })
            .collect()
    }
}

fn maker(kind: FileKind) -> Option<fn(Arc<SourceText>) -> Made> {
    Some(match kind {
        FileKind::Sql => |text| Made::Sql(SqlFile::new(text)),
        FileKind::EnvironmentFile => |text| Made::Environment(EnvironmentFile::new(Document::yaml(text))),
        FileKind::AppDescription => |text| Made::App(Document::yaml(text)),
        FileKind::PackageDescription => |text| Made::Package(PackageDescription::new(Document::yaml(text))),
        FileKind::IamModel => |text| Made::Iam(IamModel::new(Document::json(text))),
        FileKind::Template => |text| Made::Template(Template::new(text)),
        _ => return None,
    })
}

/// Settings that environment files refer to and that stand in no settings module of their project, not even as a word.
fn unmentioned<'a>(
    files: &[EnvironmentFile],
    reader: &mut Reader<'a>,
    snapshot: &'a Snapshot,
    roots: &BTreeSet<Arc<str>>,
) -> BTreeSet<(Arc<str>, String)> {
    let mut wanted: BTreeMap<Arc<str>, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let Some(root) = discover::owner(&file.document.text.path, roots) else { continue };
        let names = file.references.iter().filter(|one| one.root == "settings" && !one.name.is_empty());
        wanted.entry(root.clone()).or_default().extend(names.map(|one| one.name.clone()));
    }
    wanted.retain(|_, names| !names.is_empty());
    if wanted.is_empty() {
        return BTreeSet::new();
    }
    let of_project = |entry: &&FileEntry| {
        entry.kind == FileKind::Settings
            && discover::owner(&entry.path, roots).is_some_and(|root| wanted.contains_key(root))
    };
    let modules: Vec<&FileEntry> = snapshot.files.iter().filter(of_project).collect();
    let any = |bytes: &[u8]| wanted.values().flatten().any(|name| mentions(bytes, name));
    let found = reader.each(&modules, any, |text, _| {
        let names = wanted.values().flatten().filter(|name| mentions(text.text.as_bytes(), name));
        names.cloned().collect::<Vec<String>>()
    });
    for (entry, names) in found {
        let Some(root) = discover::owner(&entry.path, roots) else { continue };
        if let Some(wanted) = wanted.get_mut(root) {
            names.iter().for_each(|name| {
                wanted.remove(name);
            });
        }
    }
    wanted
        .into_iter()
        .flat_map(|(root, names)| names.into_iter().map(move |name| (root.clone(), name)))
        .collect()
}

/// Whether `name` stands in `bytes` as a word.
fn mentions(bytes: &[u8], name: &str) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    memchr::memmem::find_iter(bytes, name).any(|at| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        !is_word(before) && !is_word(bytes.get(at + name.len()))
    })
}
