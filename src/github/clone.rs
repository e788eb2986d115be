//! The `git` program, for what needs a network: fetching a commit, cloning a repository.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::environment::Token;
use super::quoted;

/// Longest time that git may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Between two looks at whether it has ended.
const TICK: Duration = Duration::from_millis(20);

/// Fetches what `what` names (a commit, a refspec) from `origin` into the clone that holds `folder`; a clone that is
/// shallow stays so and gets `depth` commits, any other gets all.
///
/// # Errors
/// What git said.
pub fn fetch(folder: &Path, what: &str, depth: Option<u32>) -> Result<(), String> {
    let mut command = git(None);
    command.current_dir(folder).args(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"]);
    if let Some(depth) = depth {
        command.arg(format!("--depth={depth}"));
    }
    run(command.args(["origin", "--", what]))
}

/// Clones the newest commit of the default branch of the repository at `url` into `folder`. The token goes to `server`
/// alone, and neither into an argument, which other users of the machine could read, nor into the clone.
///
/// # Errors
/// What git said.
pub fn clone(url: &str, folder: &Path, server: &str, token: Option<&Token>) -> Result<(), String> {
    let mut command = git(token.map(|token| (server, token)));
    command
        // Without the sample hooks of git's template, which are more files than many a repository has.
        .args(["clone", "--quiet", "--template=", "--depth=1", "--no-tags", "--single-branch", "--"])
        .arg(url)
        .arg(folder);
    run(&mut command)
}

/// A git that asks nobody anything and runs nothing of the repository's.
fn git(token: Option<(&str, &Token)>) -> Command {
    let mut command = Command::new("git");
    command
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ASKPASS", "")
        .env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
        .env("GIT_LFS_SKIP_SMUDGE", "1")
        .env("LC_ALL", "C")
        .args(["-c", "core.hooksPath=/dev/null"]);
    if let Some((server, token)) = token {
        let basic = BASE64_STANDARD.encode(format!("x-access-token:{}", token.expose()));
        command
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", format!("http.{}/.extraheader", server.trim_end_matches('/')))
            .env("GIT_CONFIG_VALUE_0", format!("AUTHORIZATION: basic {basic}"));
    }
    command
}

fn run(command: &mut Command) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("cannot run git: {error}");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(cannot)?;
    let said = child.stderr.take().map(|mut stderr| {
        std::thread::spawn(move || {
            let mut said = Vec::new();
            // What cannot be read is not said.
            let _ = stderr.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        })
    });
    let started = Instant::now();
    let status = loop {
        match child.try_wait().map_err(cannot)? {
            Some(status) => break status,
            None if started.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("git took longer than {} s", PATIENCE.as_secs()));
            }
            None => std::thread::sleep(TICK),
        }
    };
    if status.success() {
        return Ok(());
    }
    let said = said.and_then(|thread| thread.join().ok()).unwrap_or_default();
    let reason = said.lines().find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
    let reason = reason.or_else(|| said.lines().find(|line| !line.trim().is_empty()));
    Err(quoted(&without_credentials(reason.unwrap_or("git failed and said nothing"))))
}

/// What git said, with whatever stands between `://` and `@` of an address taken out.
fn without_credentials(text: &str) -> String {
    let mut parts = text.split("://");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(['/', ' ', '\'', '"']).unwrap_or(part.len());
        let (place, rest) = part.split_at(end);
        out.push_str("://");
        out.push_str(place.rsplit('@').next().unwrap_or(place));
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_an_address_are_not_told() {
        let said = "fatal: unable to access 'https://x-access-token:ghs_secret@github.com/o/r@x/': 403";
        assert_eq!(without_credentials(said), "fatal: unable to access 'https://github.com/o/r@x/': 403");
        assert_eq!(without_credentials("a@b: no"), "a@b: no");
    }
}
