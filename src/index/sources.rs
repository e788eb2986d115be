//! Which indexes a project may be asked about: what its requirement files name, else what pip is told.

use std::path::Path;

use url::{Host, Url};

use super::client::host;
use super::pip::Settings;
use crate::findings::Bilingual;
use crate::pins::inventory::{Inventory, PinFile};
use crate::pins::{Index, role::Role};
use crate::source::SourceText;

/// The indexes of a project.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// In the order in which they are asked.
    pub(super) urls: Vec<Url>,
    /// What was left out, and why.
    pub(super) notices: Vec<Bilingual>,
}

/// The indexes of a project: `--index-url` of its requirement files takes the place of pip's, `--extra-index-url` adds
/// to it.
pub(super) fn of(inventory: &Inventory, settings: &Settings, folder: &Path) -> Sources {
    let mut out = Sources::default();
    if settings.no_index {
        out.notices.push(Bilingual::new(
            "--index: pip is told to use no index (no-index), so none was asked",
            "--index：pip 被配置为不使用索引（no-index），因此未询问",
        ));
        return out;
    }
    let mut written: Vec<(&PinFile, &Index)> = Vec::new();
    for file in inventory.files.iter().filter(|file| file.role != Role::Development) {
        written.extend(file.declared.indexes.iter().map(|index| (file, index)));
    }
    let named = |option: &'static str| written.iter().filter(move |(_, index)| &*index.option == option);
    let mut addresses: Vec<String> =
        named("--index-url").filter_map(|(file, index)| address(file, index, folder)).collect();
    if addresses.is_empty() {
        addresses.extend(settings.index.clone());
    }
    addresses.extend(settings.extra.iter().cloned());
    addresses.extend(named("--extra-index-url").filter_map(|(file, index)| address(file, index, folder)));
    if addresses.is_empty() {
        out.notices.push(Bilingual::new(
            "--index: no package index is configured, so none was asked: name one by PIP_INDEX_URL, pip's configuration or --index-url in a requirements file",
            "--index：未配置软件包索引，因此未询问：请用 PIP_INDEX_URL、pip 配置或 requirements 文件中的 --index-url 指定",
        ));
    }
    for address in addresses {
        match Url::parse(&address) {
            Ok(url) if may_be_asked(&url, &settings.trusted) => {
                if !out.urls.contains(&url) {
                    out.urls.push(url);
                }
            }
            Ok(url) => {
                let host = host(&url);
                out.notices.push(Bilingual::new(
                    format!("--index: {host} was not asked: it is no https address, and pip's `trusted-host` does not name it"),
                    format!("--index：未询问 {host}：地址不是 https，且不在 pip 的 `trusted-host` 中"),
                ));
            }
            Err(_) => out.notices.push(Bilingual::new(
                "--index: the address of an index cannot be read, so it was not asked",
                "--index：有一个索引的地址无法解析，未询问",
            )),
        }
    }
    out
}

/// As pip does: with TLS, on this machine, or where the user trusts the host.
pub(super) fn may_be_asked(url: &Url, trusted: &[String]) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let is_trusted = || trusted.iter().any(|name| url.host_str() == Some(name) || *name == *host(url));
    match url.scheme() {
        "https" => true,
        "http" => is_here || is_trusted(),
        _ => false,
    }
}

/// The address as the file has it. What the program keeps of a file has asterisks for credentials, so a file with some
/// is read again, for this alone.
fn address(file: &PinFile, index: &Index, folder: &Path) -> Option<String> {
    let is_secret = file
        .declared
        .secrets
        .iter()
        .any(|secret| index.span.start <= secret.start && secret.end <= index.span.end);
    let written = match is_secret {
        false => file.text.slice(index.span).to_owned(),
        true => {
            let bytes = crate::source::read_given(folder.join(&*file.text.path)).ok()?;
            SourceText::decode(file.text.path.clone(), &bytes).ok()?.slice(index.span).to_owned()
        }
    };
    Some(expanded(written.trim_matches(['"', '\''])))
}

/// `${NAME}` in capitals, as pip expands it; what is not set stays.
fn expanded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        match std::env::var(name).ok().filter(|_| is_name) {
            Some(value) => out.push_str(&value),
            None => {
                out.push_str("${");
                out.push_str(name);
                out.push('}');
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_be_asked() {
        let ask = |address: &str, trusted: &[&str]| {
            let trusted: Vec<String> = trusted.iter().map(ToString::to_string).collect();
            may_be_asked(&Url::parse(address).unwrap(), &trusted)
        };
        assert!(ask("https://mirror.example/simple", &[]));
        assert!(ask("http://127.0.0.1:8080/simple", &[]));
        assert!(!ask("http://mirror.example/simple", &[]));
        assert!(ask("http://mirror.example:81/simple", &["mirror.example"]));
        assert!(ask("http://mirror.example:81/simple", &["mirror.example:81"]));
        assert!(!ask("ftp://mirror.example/simple", &["mirror.example"]));
        assert!(!ask("file:///simple", &[]));
    }
}
