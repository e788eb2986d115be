//! What the repository says, as far as the live environment is held to it.

use pep440_rs::Version;

use crate::config::Config;
use crate::findings::Bilingual;
use crate::mysql::Flavour;
use crate::pins::compatibility;
use crate::project::{Project, Workspace};

use super::check::say;

/// The project that is to be deployed.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Everything that was read.
    pub workspace: &'a Workspace,
    /// The project.
    pub project: &'a Project,
    /// The configuration.
    pub config: &'a Config,
}

/// The oldest server of a family that the revision connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Floor {
    /// The version.
    pub version: Vec<u64>,
    /// Who says so.
    pub whence: Bilingual,
}

impl<'a> Context<'a> {
    /// The oldest server that the revision connects to: what its source patches Django to, else what its Django needs.
    /// None when nothing is enforced, or Django's release is not known.
    pub fn floor(&self, flavour: Flavour) -> Option<Floor> {
        let floors = &self.project.pins.floors;
        if floors.iter().any(|(_, floor)| floor.check_removed) {
            return None;
        }
        for (text, floor) in floors {
            let version = match flavour {
                Flavour::MySql => &floor.mysql,
                Flavour::MariaDb => &floor.mariadb,
            };
            if let Some(version) = version {
                let path = &text.path;
                let whence = say(format!("as {path} patches it"), format!("由 {path} 修改"));
                return Some(Floor { version: version.clone(), whence });
            }
        }
        let django = self.project.versions.django.to?;
        let release = compatibility::release((django.major, django.minor))?;
        let version = match flavour {
            Flavour::MySql => Some(&release.mysql),
            Flavour::MariaDb => release.mariadb.as_ref(),
        }?;
        let whence = say(format!("Django {}", release.version), format!("Django {}", release.version));
        Some(Floor { version: version.release().to_vec(), whence })
    }

    /// The version of a package that the project pins.
    pub fn pinned(&self, name: &str) -> Option<&'a Version> {
        self.project.pins.inventory.version(name)
    }

    /// The settings files of the project, relative to its root, sorted.
    pub fn settings_files(&self) -> Vec<String> {
        let root = &self.project.root;
        let below = |path: &str| match root.as_ref() {
            "" => Some(path.to_owned()),
            root => path.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned),
        };
        let settings = &self.project.configuration;
        let python = settings.texts().map(|text| text.path.to_string());
        let environments = &self.workspace.deployment.environments;
        let yaml = environments.iter().map(|file| file.document.text.path.to_string());
        let mut files: Vec<String> = python.chain(yaml).filter_map(|path| below(&path)).collect();
        files.sort();
        files.dedup();
        files
    }
}
