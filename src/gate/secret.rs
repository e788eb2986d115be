//! Values of the configuration that stand elsewhere: secrets, and texts with variables.
//!
//! A secret has no `Debug` and no `Display`. The [`Vault`] remembers every secret that was read and takes it out of any
//! text that leaves the gate, in case a server or a program repeats it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::config::gate::{SecretRef, Text, is_variable_name, password_in};

use super::trouble::{Asked, Kind, Trouble};

/// What stands in the place of a secret.
const MASK: &str = "***";
/// Shorter ones are too likely to be part of ordinary words.
const SHORTEST: usize = 3;
/// How long a command may take to tell a secret.
const COMMAND: Duration = Duration::from_secs(10);
/// Largest secret in bytes.
const LARGEST: u64 = 64 * 1024;

/// A secret.
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for the call that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Looks up a variable of the environment.
type Lookup = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Where values of the configuration are looked up, and the memory of all secrets.
pub struct Vault {
    /// What paths are relative to.
    folder: PathBuf,
    /// The environment; replaced in tests.
    variable: Lookup,
    known: Mutex<Vec<String>>,
}

impl Vault {
    /// A vault for a configuration in `folder`, with the environment of the process.
    pub fn new(folder: &Path) -> Self {
        Self::with_environment(folder, |name| std::env::var(name).ok())
    }

    /// A vault with another environment.
    pub fn with_environment(
        folder: &Path,
        variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { folder: folder.to_owned(), variable: Box::new(variable), known: Mutex::default() }
    }

    /// A path of the configuration.
    pub fn path(&self, text: &str) -> PathBuf {
        self.folder.join(text)
    }

    /// A text with its variables put in.
    ///
    /// # Errors
    /// When a variable is not set and no default is written, or a reference is not closed.
    pub fn text(&self, text: &Text) -> Asked<String> {
        let mut out = String::new();
        let mut rest = text.0.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((inside, tail)) = after.split_once('}') else {
                return Err(Trouble::new(Kind::Reference, "`${` is not closed by `}`"));
            };
            let (name, default) = match inside.split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (inside, None),
            };
            if !is_variable_name(name) {
                return Err(Trouble::new(Kind::Reference, format!("`{name}` is no name of a variable")));
            }
            match (self.variable)(name).filter(|value| !value.is_empty()) {
                Some(value) => out.push_str(&value),
                None => match default {
                    Some(default) => out.push_str(default),
                    None => return Err(not_set(name)),
                },
            }
            rest = tail;
        }
        out.push_str(rest);
        // A variable may hold a whole address with a password in it.
        self.remember_userinfo(&out);
        Ok(out)
    }

    /// As [`Vault::text`], or `default` where the text is empty.
    ///
    /// # Errors
    /// As [`Vault::text`].
    pub fn text_or(&self, text: &Text, default: &str) -> Asked<String> {
        if text.0.is_empty() { Ok(default.to_owned()) } else { self.text(text) }
    }

    /// A port.
    ///
    /// # Errors
    /// As [`Vault::text`], and when the text is no port.
    pub fn port(&self, text: &Text, default: u16) -> Asked<u16> {
        let text = self.text_or(text, &default.to_string())?;
        text.trim().parse().map_err(|_| Trouble::new(Kind::Reference, format!("`{text}` is no port")))
    }

    /// The secret behind a reference; none gives an empty one.
    ///
    /// # Errors
    /// When the variable is not set, the file cannot be read, or the command fails. The error never holds the secret.
    pub fn secret(&self, reference: Option<&SecretRef>) -> Asked<Secret> {
        let Some(SecretRef(text)) = reference else { return Ok(Secret::default()) };
        let value = if let Some(name) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            (self.variable)(name).ok_or_else(|| not_set(name))?
        } else if let Some(path) = text.strip_prefix("file:") {
            let path = self.path(path);
            let file = std::fs::File::open(&path).map_err(|error| Trouble::of_file(&path, &error))?;
            let mut value = String::new();
            file.take(LARGEST).read_to_string(&mut value).map_err(|error| Trouble::of_file(&path, &error))?;
            value
        } else if let Some(command) = text.strip_prefix("cmd:") {
            self.run(command)?
        } else {
            return Err(Trouble::new(Kind::Reference, "a secret must be ${NAME}, file:PATH or cmd:COMMAND"));
        };
        let value = value.trim_end_matches(['\r', '\n']).to_owned();
        self.remember(&value);
        Ok(Secret(value))
    }

    /// What a command prints.
    fn run(&self, command: &str) -> Asked<String> {
        let refused = |why: String| Trouble::new(Kind::Reference, why);
        let words = shlex::split(command).filter(|words| !words.is_empty());
        let Some((program, arguments)) = words.as_deref().and_then(<[String]>::split_first) else {
            return Err(refused("cmd: the command cannot be taken apart".into()));
        };
        let output = run_bounded(Command::new(program).args(arguments).current_dir(&self.folder), COMMAND)
            .map_err(|error| refused(format!("cmd: {program}: {error}")))?;
        if !output.success {
            // What the program says of its failure may hold the secret.
            return Err(refused(format!("cmd: {program} failed")));
        }
        String::from_utf8(output.stdout).map_err(|_| refused(format!("cmd: {program} did not print UTF-8")))
    }

    /// Remembers a secret, so that it is taken out of every text.
    pub fn remember(&self, value: &str) {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for form in forms(value) {
            if form.len() >= SHORTEST && !known.contains(&form) {
                known.push(form);
            }
        }
        // The longest first: one secret may be the beginning of another.
        known.sort_by_key(|one| std::cmp::Reverse(one.len()));
    }

    /// Remembers the password of an address.
    fn remember_userinfo(&self, text: &str) {
        if let Some(password) = password_in(text) {
            self.remember(password);
        }
    }

    /// `text` without any secret that is known.
    pub fn scrub(&self, text: &str) -> String {
        let known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.iter().fold(text.to_owned(), |text, secret| match text.contains(secret.as_str()) {
            true => text.replace(secret.as_str(), MASK),
            false => text,
        })
    }

    /// A writer that takes secrets out of every line that passes. No form of a secret that stands in JSON has a line break.
    pub fn scrubbed<W: Write>(&self, out: W) -> Scrubbed<'_, W> {
        Scrubbed { vault: self, line: Vec::new(), out }
    }
}

/// Takes secrets out of what passes, line by line: see [`Vault::scrubbed`].
pub struct Scrubbed<'a, W> {
    vault: &'a Vault,
    line: Vec<u8>,
    out: W,
}

impl<W: Write> Scrubbed<'_, W> {
    fn line(&mut self) -> std::io::Result<()> {
        let text = String::from_utf8_lossy(&self.line);
        self.out.write_all(self.vault.scrub(&text).as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

impl<W: Write> Write for Scrubbed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.line()?;
            }
        }
        Ok(bytes.len())
    }

    /// What was not yet a line is one now.
    fn flush(&mut self) -> std::io::Result<()> {
        self.line()?;
        self.out.flush()
    }
}

fn not_set(name: &str) -> Trouble {
    Trouble::new(Kind::Reference, format!("the variable {name} is not set"))
}

/// A secret as others may write it: plain, percent-encoded, escaped in JSON.
fn forms(value: &str) -> Vec<String> {
    let encoded =
        percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string();
    let json = serde_json::Value::from(value).to_string();
    let mut forms = vec![value.to_owned(), encoded, json.trim_matches('"').to_owned()];
    forms.dedup();
    forms
}

/// What a program gave.
pub(crate) struct Output {
    /// It ended well.
    pub(crate) success: bool,
    /// What it printed.
    pub(crate) stdout: Vec<u8>,
    /// What it complained of.
    pub(crate) stderr: Vec<u8>,
}

/// Runs a program without input and ends it when it takes longer than `limit`.
///
/// # Errors
/// When it cannot be started, or took too long.
pub(crate) fn run_bounded(command: &mut Command, limit: Duration) -> std::io::Result<Output> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let drain = |pipe: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                let _ = pipe.by_ref().take(64 << 20).read_to_end(&mut bytes);
            }
            bytes
        })
    };
    let stdout = drain(child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let stderr = drain(child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let begin = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if begin.elapsed() > limit => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "took too long"));
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let (stdout, stderr) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
    Ok(Output { success: status.success(), stdout, stderr })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        Vault::with_environment(Path::new("/"), |name| match name {
            "HOST" => Some("db.example.com".into()),
            "PASS" => Some("s3cr&t/word".into()),
            "URL" => Some("amqp://user:hidden%21@mq/".into()),
            _ => None,
        })
    }

    #[test]
    fn texts_hold_variables_and_defaults() {
        let text = |text: &str| vault().text(&Text(text.into())).map_err(|trouble| trouble.said);
        assert_eq!(text("a${HOST}b").unwrap(), "adb.example.comb");
        assert_eq!(text("${PORT:-3306}").unwrap(), "3306");
        assert_eq!(text("${PORT}").unwrap_err(), "the variable PORT is not set");
        assert!(text("${PORT").is_err() && text("${a b}").is_err());
    }

    #[test]
    fn secrets_come_from_elsewhere_and_are_taken_out_of_texts() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pw"), "from-file\n").unwrap();
        let vault = Vault { folder: folder.path().to_owned(), ..vault() };
        let secret =
            |text: &str| vault.secret(Some(&SecretRef(text.into()))).map(|secret| secret.reveal().to_owned());
        assert_eq!(secret("${PASS}").unwrap(), "s3cr&t/word");
        assert_eq!(secret("file:pw").unwrap(), "from-file");
        assert_eq!(secret("cmd:printf '%s' 'from command'").unwrap(), "from command");
        for wrong in ["literal", "${NOT_SET}", "file:gone", "cmd:false", "cmd:'", "cmd:no-such-program-here"]
        {
            let trouble = secret(wrong).unwrap_err();
            assert!(!trouble.said.contains("literal"), "{trouble}");
        }
        let said = vault.scrub("denied for s3cr&t/word, s3cr%26t%2Fword and from-file");
        assert_eq!(said, "denied for ***, *** and ***");
        vault.text(&Text("${URL}".into())).unwrap();
        assert_eq!(vault.scrub("at amqp://user:hidden%21@mq/"), "at amqp://user:***@mq/");
    }

    #[test]
    fn a_secret_is_taken_out_of_a_stream_however_it_comes() {
        let vault = vault();
        vault.remember("hidden\nword");
        let json = serde_json::json!({"a": ["plain", "the hidden\nword"], "b": "hidden\nword"});
        let text = serde_json::to_string_pretty(&json).unwrap();
        for size in [1, 7, 1000] {
            let mut out = Vec::new();
            let mut lines = vault.scrubbed(&mut out);
            for part in text.as_bytes().chunks(size) {
                lines.write_all(part).unwrap();
            }
            lines.flush().unwrap();
            let out = String::from_utf8(out).unwrap();
            assert_eq!(out, vault.scrub(&text));
            assert!(!out.contains("hidden") && out.contains(MASK) && out.contains("plain"), "{out}");
        }
    }
}
