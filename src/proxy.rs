//! Which proxy a host is asked through: what the environment says, as pip (and Python) and the runner of GitHub Actions read
//! it.

use url::{Host, Url};

/// The proxies of the environment. Their addresses may hold passwords: they are shown nowhere, not by `{:?}` either.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `http` addresses: the variable that names it, and its value.
    pub(crate) http: Option<(String, String)>,
    /// For `https` addresses.
    pub(crate) https: Option<(String, String)>,
    /// Hosts that are asked without one.
    pub(crate) none: Vec<String>,
}

impl std::fmt::Debug for Proxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |proxy: &Option<(String, String)>| proxy.as_ref().map(|(name, _)| name.clone());
        let (http, https) = (name(&self.http), name(&self.https));
        f.debug_struct("Proxies")
            .field("http", &http)
            .field("https", &https)
            .field("none", &self.none)
            .finish()
    }
}

impl Proxies {
    /// `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`; of a variable in both spellings the small one counts.
    pub fn of(environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| {
            let small = name.to_lowercase();
            let found = environment(&small).map(|value| (small, value));
            // Of a web server's child the capital one is the header `Proxy` of a request.
            let capital = || match name == "HTTP_PROXY" && environment("REQUEST_METHOD").is_some() {
                true => None,
                false => environment(name).map(|value| (name.to_owned(), value)),
            };
            found.or_else(capital).filter(|(_, value)| !value.trim().is_empty())
        };
        let all = || variable("ALL_PROXY");
        let none = variable("NO_PROXY").map(|(_, value)| value).unwrap_or_default();
        Self {
            http: variable("HTTP_PROXY").or_else(all),
            https: variable("HTTPS_PROXY").or_else(all),
            none: none
                .split(',')
                .map(|host| host.trim().to_lowercase())
                .filter(|host| !host.is_empty())
                .collect(),
        }
    }

    /// Whether the host of an address is asked without a proxy.
    pub(crate) fn leaves_out(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().map(str::to_lowercase) else { return false };
        let port = url.port_or_known_default().map(|port| format!("{host}:{port}"));
        self.none.iter().any(|entry| {
            let name = entry.trim_start_matches("*.").trim_start_matches('.');
            let below = |whole: &str| {
                whole == name || whole.strip_suffix(name).is_some_and(|start| start.ends_with('.'))
            };
            entry == "*" || below(&host) || port.as_deref().is_some_and(below) || is_in_network(url, entry)
        })
    }
}

/// `10.0.0.0/8`
fn is_in_network(url: &Url, entry: &str) -> bool {
    let (Some(Host::Ipv4(address)), Some((network, bits))) = (url.host(), entry.split_once('/')) else {
        return false;
    };
    let (Ok(network), Ok(bits)) = (network.parse::<std::net::Ipv4Addr>(), bits.parse::<u32>()) else {
        return false;
    };
    let Some(rest) = 32_u32.checked_sub(bits) else { return false };
    let of = |address: std::net::Ipv4Addr| u32::from(address).checked_shr(rest).unwrap_or(0);
    of(address) == of(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        Proxies::of(&|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn which_variable_counts() {
        let value = |found: &Option<(String, String)>| found.clone().map(|(_, value)| value);
        let one = proxies(&[("HTTPS_PROXY", "a"), ("https_proxy", "b"), ("ALL_PROXY", "c")]);
        assert_eq!((value(&one.https).as_deref(), value(&one.http).as_deref()), (Some("b"), Some("c")));
        let cgi = proxies(&[("HTTP_PROXY", "a"), ("REQUEST_METHOD", "GET")]);
        assert_eq!(cgi.http, None);
        assert_eq!(proxies(&[("HTTP_PROXY", " ")]), Proxies::default());
        let secret = proxies(&[("HTTPS_PROXY", "http://u:hidden@h")]);
        assert_eq!(format!("{secret:?}"), r#"Proxies { http: None, https: Some("HTTPS_PROXY"), none: [] }"#);
    }

    #[test]
    fn hosts_that_are_asked_without_one() {
        let left =
            |none: &str, url: &str| proxies(&[("NO_PROXY", none)]).leaves_out(&Url::parse(url).unwrap());
        assert!(left("*", "https://a.example/"));
        assert!(left("x, Example.com", "https://pypi.example.com/simple"));
        assert!(left(".example.com", "https://example.com/"));
        assert!(left("*.example.com", "https://a.example.com/"));
        assert!(!left("example.com", "https://notexample.com/"));
        assert!(left("localhost:8080", "http://localhost:8080/"));
        assert!(!left("localhost:8080", "http://localhost:8081/"));
        assert!(left("10.0.0.0/8", "http://10.1.2.3/"));
        assert!(!left("10.0.0.0/8", "http://11.1.2.3/"));
        assert!(!left("", "http://11.1.2.3/"));
    }
}
