//! An installed Python environment, asked through its own interpreter: no package is imported but the standard library.

use std::process::Command;
use std::time::Duration;

use crate::config::gate::PythonTarget;

use super::super::facts::{Answer, PythonFacts};
use super::super::run::Limits;
use super::super::secret::{Vault, run_bounded};
use super::super::trouble::{Asked, Kind, Trouble};
use super::{Plan, Probe, shown};

/// Prints the version and, for every distribution, the headers that say what it is and needs. `-I` keeps the working
/// directory and variables out of it.
const SCRIPT: &str = "\
import sys
from importlib import metadata
print('.'.join(map(str, sys.version_info[:3])))
for dist in metadata.distributions():
    meta = dist.metadata
    print('\\x1e', end='')
    for key in ('Name', 'Version', 'Requires-Python', 'Requires-Dist'):
        for value in (meta.get_all(key) or []) if meta is not None else []:
            print(key + ': ' + ' '.join(str(value).split()))
";

/// Asks an interpreter.
pub struct PythonProbe {
    /// Its name in checks.
    pub id: String,
    /// Where it is.
    pub target: PythonTarget,
}

impl Probe for PythonProbe {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn plan(&self, vault: &Vault) -> Plan {
        let words: Vec<String> = self.target.command.iter().map(|word| shown(vault, word, "")).collect();
        let interpreter = shown(vault, &self.target.interpreter, "python3");
        let whom = if words.is_empty() { interpreter } else { words.join(" ") };
        Plan { whom, asks: vec!["-I -c: version, and the metadata of installed packages".to_owned()] }
    }

    fn ask(&self, vault: &Vault, limit: Duration) -> Asked<Answer> {
        let mut words: Vec<String> =
            self.target.command.iter().map(|word| vault.text(word)).collect::<Asked<_>>()?;
        if words.is_empty() {
            let text = vault.text_or(&self.target.interpreter, "python3")?;
            // A relative path is relative to the configuration; a bare name is looked for in PATH.
            let is_path = text.contains('/');
            words.push(if is_path { vault.path(&text).to_string_lossy().into_owned() } else { text });
        }
        let Some((program, arguments)) = words.split_first() else {
            return Err(Trouble::new(Kind::Reference, "no interpreter is named"));
        };
        let mut command = Command::new(program);
        command.args(arguments).args(["-I", "-c", SCRIPT]);
        let output = run_bounded(&mut command, limit).map_err(|error| match error.kind() {
            std::io::ErrorKind::TimedOut => Trouble::of_io(&error),
            _ => Trouble::new(Kind::File, format!("{program}: {error}")),
        })?;
        if !output.success {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().last().unwrap_or_default();
            return Err(Trouble::new(Kind::Other, format!("{program}: {last}")));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let mut parts = text.split('\u{1e}');
        let version = parts.next().unwrap_or_default().trim().to_owned();
        let is_version =
            version.split('.').count() == 3 && version.split('.').all(|part| part.parse::<u32>().is_ok());
        if !is_version {
            return Err(Trouble::new(Kind::Protocol, "what answers is no Python"));
        }
        Ok(Answer::Python(PythonFacts { version, packages: parts.map(str::to_owned).collect() }))
    }

    fn limit(&self, limits: &Limits) -> Duration {
        // Starting an interpreter in a container takes its time.
        if limits.is_chosen { limits.attempt } else { limits.attempt.max(Duration::from_secs(30)) }
    }
}
