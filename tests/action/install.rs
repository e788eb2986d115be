//! How the program comes: downloaded and verified, or not at all.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use wiremock::ResponseTemplate;

use crate::runner::{Done, Job};
use crate::server::{Server, says};

/// A release of a program that says what it is, and the digest of its archive.
fn release(folder: &Path) -> (Vec<u8>, String) {
    let program = folder.join("bklog-lint");
    std::fs::write(&program, "#!/usr/bin/env bash\necho \"released program: $1\"\n").unwrap();
    let archive = folder.join("release.tar.gz");
    let script = format!("chmod +x bklog-lint && tar -czf {} bklog-lint", archive.display());
    assert!(Command::new("bash").current_dir(folder).args(["-c", &script]).status().unwrap().success());
    let bytes = std::fs::read(archive).unwrap();
    let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    (bytes, digest)
}

/// A copy of the action whose table holds one release.
fn action(folder: &Path, version: &str, digest: &str) -> PathBuf {
    let copy = folder.join("action");
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir_all(copy.join("scripts/action")).unwrap();
    for name in ["action.yml", "Cargo.toml"] {
        std::fs::copy(from.join(name), copy.join(name)).unwrap();
    }
    for entry in std::fs::read_dir(from.join("scripts/action")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.join("scripts/action").join(entry.file_name())).unwrap();
    }
    let table = copy.join("scripts/action/checksums.tsv");
    let rows = std::fs::read_to_string(&table).unwrap();
    std::fs::write(table, format!("{rows}{version}\tx86_64-unknown-linux-musl\t{digest}\n")).unwrap();
    copy
}

fn run(
    version: &str,
    arch: &str,
    served: impl Fn(Vec<u8>) -> ResponseTemplate + Send + Sync + 'static,
) -> (Done, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, digest) = release(folder.path());
    let server = Server::new("", move |_, _, _| served(bytes.clone()));
    let mut job = Job::new(folder.path());
    job.action = action(folder.path(), "9.8.7", &digest);
    job.environment.insert("RUNNER_ARCH", arch.to_owned());
    job.input("binary", "")
        .input("version", version)
        .input("download-url", &format!("{}/releases/", server.url()));
    (job.run(), server.lines())
}

#[test]
fn a_release_is_downloaded_and_verified() {
    for version in ["9.8.7", "v9.8.7"] {
        let (done, asked) = run(version, "X64", |bytes| ResponseTemplate::new(200).set_body_bytes(bytes));
        assert_eq!(asked, ["GET /releases/v9.8.7/bklog-lint-x86_64-unknown-linux-musl.tar.gz"]);
        assert!(done.log.contains("released program: github"), "{done:?}");
    }
}

#[test]
fn what_is_not_what_was_released_never_runs() {
    let (done, _) = run("9.8.7", "X64", |mut bytes| {
        bytes.push(0);
        ResponseTemplate::new(200).set_body_bytes(bytes)
    });
    assert_eq!((done.passed, done.code), (false, 3));
    assert!(done.log.contains("its SHA-256 differs"), "{}", done.log);
    assert!(!done.log.contains("released program"), "{}", done.log);
}

#[test]
fn a_version_or_a_runner_that_is_not_known_is_an_error() {
    let never = |_| -> ResponseTemplate { panic!("nothing is to be downloaded") };
    for (version, arch, says) in [
        ("9.8.6", "X64", "This action knows no release 9.8.6 for x86_64-unknown-linux-musl"),
        ("9.8.7", "ARM64", "This action knows no release 9.8.7 for aarch64-unknown-linux-musl"),
        ("", "X64", concat!("This action knows no release ", env!("CARGO_PKG_VERSION"))),
        ("9.8.7", "RISCV", "No program is released for this runner"),
        ("../../x", "X64", "The input version is not a version"),
        ("1\n::error::x", "X64", "The input version is not a version"),
    ] {
        let (done, asked) = run(version, arch, never);
        assert_eq!((done.passed, done.code), (false, 3), "{version}: {done:?}");
        assert!(done.log.contains(says), "{version}: {}", done.log);
        assert!(asked.is_empty());
    }
}

#[test]
fn a_download_that_fails_is_told() {
    let (done, _) = run("9.8.7", "X64", |_| says(404, "Not Found"));
    assert_eq!(done.code, 3);
    assert!(done.log.contains("could not be downloaded"), "{}", done.log);
}
