//! Logins of hosts from a `.netrc` file, as pip takes them. Nothing of it is ever shown.

use std::path::PathBuf;

/// The file's logins. It has no `Debug` form, so that none is ever shown by accident.
#[derive(Default)]
pub(super) struct Netrc {
    machines: Vec<Machine>,
}

struct Machine {
    /// `None` for `default`.
    host: Option<String>,
    login: String,
    password: String,
}

impl Netrc {
    /// Reads the file that `NETRC` names, else `.netrc` (or `_netrc`) of the user; without one there are no logins.
    pub(super) fn read() -> Self {
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = if cfg!(windows) { variable("USERPROFILE") } else { variable("HOME") };
        let of_user = || {
            let home = home?;
            [".netrc", "_netrc"].into_iter().map(|name| home.join(name)).find(|file| file.is_file())
        };
        let text = variable("NETRC").or_else(of_user).and_then(|file| std::fs::read_to_string(file).ok());
        text.as_deref().map(Self::parse).unwrap_or_default()
    }

    fn parse(text: &str) -> Self {
        let mut out = Self::default();
        let mut open: Option<Machine> = None;
        let mut words = Words { rest: text };
        while let Some(word) = words.next() {
            match word.as_str() {
                "machine" | "default" => {
                    out.machines.extend(open.take());
                    let host = if word == "machine" { words.next() } else { None };
                    if word == "default" || host.is_some() {
                        open = Some(Machine { host, login: String::new(), password: String::new() });
                    }
                }
                // A macro goes on up to an empty line.
                "macdef" => words.skip_macro(),
                "login" | "user" | "password" | "account" => {
                    let value = words.next().unwrap_or_default();
                    match (word.as_str(), &mut open) {
                        ("password", Some(machine)) => machine.password = value,
                        ("login" | "user", Some(machine)) => machine.login = value,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        out.machines.extend(open);
        out
    }

    /// Login and password for a host, without its port.
    pub(super) fn of(&self, host: &str) -> Option<(&str, &str)> {
        let named = self.machines.iter().find(|machine| machine.host.as_deref() == Some(host));
        let found = named.or_else(|| self.machines.iter().find(|machine| machine.host.is_none()))?;
        (!found.login.is_empty() || !found.password.is_empty())
            .then_some((found.login.as_str(), found.password.as_str()))
    }
}

/// The words of the file: quoted ones keep spaces, `\` takes the next character as it is, `#` begins a remark.
struct Words<'t> {
    rest: &'t str,
}

impl Words<'_> {
    fn skip_macro(&mut self) {
        let end = ["\n\n", "\n\r\n"].iter().filter_map(|end| Some(self.rest.find(end)? + end.len())).min();
        self.rest = end.and_then(|end| self.rest.get(end..)).unwrap_or_default();
    }
}

impl Iterator for Words<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            self.rest = self.rest.trim_start();
            // A password may begin with the sign; a remark has a space or nothing behind it.
            let is_remark = self
                .rest
                .strip_prefix('#')
                .is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace));
            if !is_remark {
                break;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
        let mut characters = self.rest.char_indices();
        let mut word = String::new();
        let mut quoted = false;
        let mut end = self.rest.len();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' if at == 0 => quoted = true,
                '"' if quoted => {
                    end = at + 1;
                    break;
                }
                '\\' => word.extend(characters.next().map(|(_, c)| c)),
                c if c.is_whitespace() && !quoted => {
                    end = at;
                    break;
                }
                c => word.push(c),
            }
        }
        let is_there = !self.rest.is_empty();
        self.rest = self.rest.get(end..).unwrap_or_default();
        is_there.then_some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_those_of_the_host() {
        let file = Netrc::parse(
            "# mine\nmachine a.example login me password #s3\\ cret account x\nmacdef init\nmachine b.example\nlogin no\n\n\
             machine c.example\n  user you\n  password \"two words\"\ndefault login any password one\n",
        );
        assert_eq!(file.of("a.example"), Some(("me", "#s3 cret")));
        assert_eq!(file.of("c.example"), Some(("you", "two words")));
        assert_eq!(file.of("b.example"), Some(("any", "one")));
        assert_eq!(Netrc::parse("machine a login").of("a"), None);
        assert_eq!(Netrc::parse("").of("a"), None);
    }
}
