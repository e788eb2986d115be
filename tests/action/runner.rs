//! A runner for composite actions, as far as action.yml asks for one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_yaml_ng::Value as Yaml;

/// One run of the action.
pub(crate) struct Job {
    /// The checkout.
    pub(crate) workspace: PathBuf,
    /// What is passed with `with:`.
    pub(crate) inputs: BTreeMap<&'static str, String>,
    /// Variables that GitHub sets.
    pub(crate) environment: BTreeMap<&'static str, String>,
    /// Where the action is.
    pub(crate) action: PathBuf,
    /// How a step with `uses:` ends.
    pub(crate) uses_fail: bool,
    temp: tempfile::TempDir,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Done {
    /// Whether the job is green.
    pub(crate) passed: bool,
    /// Exit code of the step that failed.
    pub(crate) code: i32,
    /// What the steps printed.
    pub(crate) log: String,
    /// The job summary.
    pub(crate) summary: String,
    /// Outputs of the action.
    pub(crate) outputs: BTreeMap<String, String>,
    /// The JSON report, as it was when the job ended.
    report: Option<serde_json::Value>,
    /// Steps with `uses:` that ran: the action and what it was given.
    pub(crate) used: Vec<(String, BTreeMap<String, String>)>,
}

#[derive(Default)]
struct Step {
    outputs: BTreeMap<String, String>,
    outcome: String,
}

impl Job {
    pub(crate) fn new(workspace: &Path) -> Self {
        let inputs = BTreeMap::from([("binary", env!("CARGO_BIN_EXE_bklog-lint").to_owned())]);
        Self {
            workspace: workspace.to_owned(),
            inputs,
            environment: BTreeMap::new(),
            action: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
            uses_fail: false,
            temp: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn input(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.inputs.insert(name, value.to_owned());
        self
    }

    /// The folder that the runner gives for temporary files.
    pub(crate) fn temp(&self) -> &Path {
        self.temp.path()
    }

    pub(crate) fn run(&self) -> Done {
        let text = std::fs::read_to_string(self.action.join("action.yml")).unwrap();
        let action: Yaml = serde_yaml_ng::from_str(&text).unwrap();
        for name in self.inputs.keys() {
            assert!(action["inputs"].get(name).is_some(), "action.yml has no input {name}");
        }
        let summary = self.temp.path().join("summary");
        let mut done = Done {
            passed: true,
            code: 0,
            log: String::new(),
            summary: String::new(),
            outputs: BTreeMap::new(),
            report: None,
            used: Vec::new(),
        };
        let mut steps: BTreeMap<String, Step> = BTreeMap::new();
        for (number, step) in action["runs"]["steps"].as_sequence().unwrap().iter().enumerate() {
            let lookup = |path: &str| self.lookup(path, &action, &steps);
            if step.get("if").is_some_and(|condition| !is_met(condition.as_str().unwrap(), &lookup)) {
                continue;
            }
            let texts = |key: &str| -> BTreeMap<String, String> {
                let entries = step.get(key).and_then(Yaml::as_mapping).into_iter().flatten();
                entries
                    .map(|(key, value)| (key.as_str().unwrap().to_owned(), fill(&scalar(value), &lookup)))
                    .collect()
            };
            let mut result = Step::default();
            let code = if let Some(uses) = step.get("uses").and_then(Yaml::as_str) {
                done.used.push((uses.to_owned(), texts("with")));
                i32::from(self.uses_fail)
            } else {
                let script = step["run"].as_str().unwrap();
                assert!(!script.contains("${{"), "an expression inside a script is code: {script}");
                assert_eq!(step["shell"], "bash");
                let (code, log, outputs) = self.shell(number, script, &texts("env"), &summary);
                done.log.push_str(&log);
                result.outputs = outputs;
                code
            };
            result.outcome = if code == 0 { "success" } else { "failure" }.to_owned();
            if let Some(id) = step.get("id").and_then(Yaml::as_str) {
                steps.insert(id.to_owned(), result);
            }
            let goes_on = step.get("continue-on-error").and_then(Yaml::as_bool).unwrap_or(false);
            if code != 0 && !goes_on {
                (done.passed, done.code) = (false, code);
                break;
            }
        }
        done.summary = std::fs::read_to_string(&summary).unwrap_or_default();
        for (name, output) in action["outputs"].as_mapping().unwrap() {
            let value = fill(output["value"].as_str().unwrap(), &|path| self.lookup(path, &action, &steps));
            done.outputs.insert(name.as_str().unwrap().to_owned(), value);
        }
        let report = done.outputs.get("json-file").and_then(|path| std::fs::read(path).ok());
        done.report = report.map(|bytes| serde_json::from_slice(&bytes).unwrap());
        done
    }

    fn lookup(&self, path: &str, action: &Yaml, steps: &BTreeMap<String, Step>) -> String {
        match path.split('.').collect::<Vec<_>>()[..] {
            ["github", "token"] => "ghs_secret".to_owned(),
            ["inputs", name] => match self.inputs.get(name) {
                Some(value) => value.clone(),
                None => {
                    let default = action["inputs"][name].get("default").map(scalar).unwrap_or_default();
                    fill(&default, &|path| self.lookup(path, action, steps))
                }
            },
            ["steps", id, "outputs", name] => {
                steps.get(id).and_then(|step| step.outputs.get(name)).cloned().unwrap_or_default()
            }
            ["steps", id, "outcome"] => steps.get(id).map(|step| step.outcome.clone()).unwrap_or_default(),
            _ => panic!("the runner does not know {path}"),
        }
    }

    fn shell(
        &self,
        number: usize,
        script: &str,
        environment: &BTreeMap<String, String>,
        summary: &Path,
    ) -> (i32, String, BTreeMap<String, String>) {
        let file = self.temp.path().join(format!("step-{number}.sh"));
        std::fs::write(&file, script).unwrap();
        let outputs = self.temp.path().join(format!("outputs-{number}"));
        std::fs::write(&outputs, "").unwrap();
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
            .arg(&file)
            .current_dir(&self.workspace)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", self.temp.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GITHUB_ACTIONS", "true")
            .env("CI", "true")
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .env("RUNNER_TEMP", self.temp.path())
            .env("GITHUB_WORKSPACE", &self.workspace)
            .env("GITHUB_ACTION_PATH", &self.action)
            .env("GITHUB_STEP_SUMMARY", summary)
            .env("GITHUB_OUTPUT", &outputs)
            .envs(&self.environment)
            .envs(environment);
        let output = command.output().unwrap();
        let log =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let outputs = std::fs::read_to_string(outputs).unwrap();
        let outputs = outputs.lines().map(|line| {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("no output: {line}"));
            (name.to_owned(), value.to_owned())
        });
        (output.status.code().unwrap_or(-1), log, outputs.collect())
    }
}

impl Done {
    /// The workflow commands of the log, as the runner takes them: at the start of a line, and `##[` anywhere.
    pub(crate) fn commands(&self) -> Vec<&str> {
        let is_command = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
        self.log.lines().filter(is_command).collect()
    }

    /// The JSON report.
    pub(crate) fn report(&self) -> &serde_json::Value {
        self.report.as_ref().unwrap_or_else(|| panic!("no report: {self:?}"))
    }

    /// Codes of the rules in the report.
    pub(crate) fn rules(&self) -> Vec<String> {
        let report = self.report();
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["rule"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn scalar(value: &Yaml) -> String {
    match value {
        Yaml::String(text) => text.clone(),
        Yaml::Bool(value) => value.to_string(),
        Yaml::Number(value) => value.to_string(),
        other => panic!("not a scalar: {other:?}"),
    }
}

/// Text with its expressions, which are all names of values, replaced.
fn fill(text: &str, lookup: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, behind) = after.split_once("}}").unwrap();
        out.push_str(before);
        out.push_str(&lookup(expression.trim()));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// A condition: comparisons with `==`, joined by `&&`.
fn is_met(condition: &str, lookup: &dyn Fn(&str) -> String) -> bool {
    let condition = condition.trim().trim_start_matches("${{").trim_end_matches("}}");
    condition.split("&&").all(|part| {
        let (name, wanted) =
            part.split_once("==").unwrap_or_else(|| panic!("the runner does not know {part}"));
        lookup(name.trim()) == wanted.trim().trim_matches('\'')
    })
}
