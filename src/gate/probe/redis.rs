//! Redis and Valkey: single, behind sentinels, as a cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use redis::{
    Client, Connection, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo, ProtocolVersion,
    RedisConnectionInfo, RedisError, ServerErrorKind, TlsCertificates, Value,
};

use crate::config::gate::{RedisMode, RedisTarget};

use super::super::certificate;
use super::super::facts::{Answer, RedisFacts, RedisNode, Sentinel};
use super::super::secret::{Secret, Vault};
use super::super::trouble::{Asked, Kind, Trouble};
use super::statements::REDIS;
use super::stream::split_address;
use super::{Plan, Probe, shown};

/// Nodes of a cluster that are asked.
const MOST_NODES: usize = 64;

/// Asks a Redis.
pub struct RedisProbe {
    /// Its name in checks.
    pub id: String,
    /// Where it is.
    pub target: RedisTarget,
}

impl Probe for RedisProbe {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn plan(&self, vault: &Vault) -> Plan {
        let nodes: Vec<String> = self.target.nodes.iter().map(|node| shown(vault, node, "")).collect();
        let (kind, commands): (&str, &[&[&str]]) = match self.target.mode {
            RedisMode::Single => ("", &REDIS[..2]),
            RedisMode::Sentinel => ("sentinels ", REDIS),
            RedisMode::Cluster => ("cluster ", &REDIS[..4]),
        };
        let master = shown(vault, &self.target.master, "");
        let mut asks: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
        asks.retain(|ask| self.target.mode == RedisMode::Cluster || !ask.starts_with("CLUSTER"));
        for ask in asks.iter_mut().filter(|ask| ask.starts_with("SENTINEL")) {
            ask.push_str(&format!(" {master}"));
        }
        Plan { whom: format!("{kind}{}", nodes.join(", ")), asks }
    }

    fn ask(&self, vault: &Vault, limit: Duration) -> Asked<Answer> {
        let target = &self.target;
        let nodes: Vec<String> = target.nodes.iter().map(|node| vault.text(node)).collect::<Asked<_>>()?;
        if nodes.is_empty() {
            return Err(Trouble::new(Kind::Reference, "`nodes` is empty"));
        }
        let asker = Asker {
            user: vault.text(&target.user)?,
            password: vault.secret(target.password.as_ref())?,
            sentinel_password: vault.secret(target.sentinel_password.as_ref())?,
            ca: ca(target, vault)?,
            tls: target.tls.enabled,
            until: Instant::now() + limit,
        };
        let facts = match target.mode {
            RedisMode::Single => {
                let nodes = nodes.iter().map(|node| asker.node(node, false)).collect::<Asked<_>>()?;
                RedisFacts { nodes, sentinels: Vec::new() }
            }
            RedisMode::Sentinel => asker.sentinels(&nodes, &vault.text(&target.master)?)?,
            RedisMode::Cluster => asker.cluster(&nodes)?,
        };
        Ok(Answer::Redis(facts))
    }
}

fn ca(target: &RedisTarget, vault: &Vault) -> Asked<Option<Vec<u8>>> {
    let Some(path) = &target.tls.ca else { return Ok(None) };
    let path = vault.path(path);
    crate::source::read_given(&path).map(Some).map_err(|error| Trouble::of_file(&path, &error))
}

struct Asker {
    user: String,
    password: Secret,
    sentinel_password: Secret,
    ca: Option<Vec<u8>>,
    tls: bool,
    until: Instant,
}

impl Asker {
    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now()).max(Duration::from_millis(50))
    }

    fn connect(&self, address: &str, user: &str, password: &Secret) -> Asked<Connection> {
        let (host, port) = split_address(address, 6379)?;
        let mut settings =
            RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
        if !password.reveal().is_empty() {
            settings = settings.set_password(password.reveal());
            if !user.is_empty() {
                settings = settings.set_username(user);
            }
        }
        let address = match self.tls {
            true => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
            false => ConnectionAddr::Tcp(host, port),
        };
        let info: ConnectionInfo = address.into_connection_info().map_err(|error| trouble(&error))?;
        let info = info.set_redis_settings(settings);
        let client = match self.tls {
            true => {
                Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: self.root() })
            }
            false => Client::open(info),
        };
        let connection = client
            .and_then(|client| client.get_connection_with_timeout(self.left()))
            .map_err(|error| self.trouble(&error))?;
        let set = connection.set_read_timeout(Some(self.left()));
        set.and_then(|()| connection.set_write_timeout(Some(self.left())))
            .map_err(|error| trouble(&error))?;
        Ok(connection)
    }

    /// The authorities to trust; none lets the client take the public ones.
    fn root(&self) -> Option<Vec<u8>> {
        self.ca.clone()
    }

    fn trouble(&self, error: &RedisError) -> Trouble {
        let trouble = trouble(error);
        if self.tls && trouble.kind == Kind::Other { Trouble { kind: Kind::Tls, ..trouble } } else { trouble }
    }

    fn node(&self, address: &str, cluster: bool) -> Asked<RedisNode> {
        let mut connection = self.connect(address, &self.user, &self.password)?;
        // INFO may be denied while the server is well; a login that did not work shows here.
        let pong: String = run(&mut connection, 0, &[]).and_then(text)?;
        if pong != "PONG" {
            return Err(Trouble::new(Kind::Protocol, "no PONG to PING"));
        }
        let info = run(&mut connection, 1, &[]).and_then(text).map(|text| fields(&text));
        let cluster = cluster.then(|| run(&mut connection, 2, &[]).and_then(text).map(|text| fields(&text)));
        Ok(RedisNode { address: address.to_owned(), info, cluster })
    }

    fn sentinels(&self, nodes: &[String], master: &str) -> Asked<RedisFacts> {
        let mut facts = RedisFacts::default();
        let mut first = None;
        for address in nodes {
            let asked = self.connect(address, "", &self.sentinel_password).and_then(|mut connection| {
                let found = run(&mut connection, 4, &[master]).and_then(pair);
                let quorum = run(&mut connection, 5, &[master]).and_then(text);
                found.map(|found| (found, quorum))
            });
            let (found, quorum) = match asked {
                Ok((found, quorum)) => (Ok(found), quorum),
                Err(trouble) => {
                    first.get_or_insert_with(|| trouble.clone());
                    (Err(trouble.clone()), Err(trouble))
                }
            };
            facts.sentinels.push(Sentinel { address: address.clone(), master: found, quorum });
        }
        let masters: BTreeSet<String> =
            facts.sentinels.iter().filter_map(|sentinel| sentinel.master.as_ref().ok()?.clone()).collect();
        if facts.sentinels.iter().all(|sentinel| sentinel.master.is_err()) {
            return Err(first.unwrap_or_else(|| Trouble::new(Kind::Other, "no sentinel answered")));
        }
        for master in masters {
            facts.nodes.push(self.node(&master, false).unwrap_or_else(|trouble| RedisNode {
                address: master.clone(),
                info: Err(trouble),
                cluster: None,
            }));
        }
        Ok(facts)
    }

    fn cluster(&self, nodes: &[String]) -> Asked<RedisFacts> {
        let mut all: BTreeSet<String> = BTreeSet::new();
        let mut first = None;
        for address in nodes {
            match self
                .connect(address, &self.user, &self.password)
                .and_then(|mut connection| run(&mut connection, 3, &[]).and_then(text))
            {
                Ok(list) => {
                    all.extend(list.lines().filter_map(cluster_address));
                    break;
                }
                Err(trouble) => {
                    first.get_or_insert(trouble);
                }
            }
        }
        if all.is_empty() {
            return Err(first.unwrap_or_else(|| Trouble::new(Kind::Other, "the cluster lists no node")));
        }
        let asked = all.iter().take(MOST_NODES).map(|address| {
            self.node(address, true).unwrap_or_else(|trouble| RedisNode {
                address: address.clone(),
                info: Err(trouble.clone()),
                cluster: Some(Err(trouble)),
            })
        });
        Ok(RedisFacts { nodes: asked.collect(), sentinels: Vec::new() })
    }
}

/// The address of a line of `CLUSTER NODES`: `id host:port@bus[,name] flags …`; nodes without an address are left out.
fn cluster_address(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let address = words.nth(1)?.split(['@', ',']).next()?;
    let flags = words.next()?;
    (!address.starts_with(':') && !flags.contains("noaddr") && !flags.contains("handshake"))
        .then(|| address.to_owned())
}

/// Runs a command of the list.
fn run(connection: &mut Connection, at: usize, arguments: &[&str]) -> Asked<Value> {
    let Some((name, rest)) = REDIS.get(at).and_then(|words| words.split_first()) else {
        return Err(Trouble::new(Kind::Other, "no such command"));
    };
    let mut command = redis::cmd(name);
    rest.iter().chain(arguments).for_each(|word| {
        command.arg(*word);
    });
    command.query(connection).map_err(|error| trouble(&error))
}

fn text(value: Value) -> Asked<String> {
    match value {
        Value::SimpleString(text) => Ok(text),
        Value::BulkString(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Value::Okay => Ok("OK".to_owned()),
        Value::VerbatimString { text, .. } => Ok(text),
        _ => Err(Trouble::new(Kind::Protocol, "an answer of another kind")),
    }
}

fn pair(value: Value) -> Asked<Option<String>> {
    match value {
        Value::Nil => Ok(None),
        Value::Array(items) => {
            let parts: Vec<String> = items.into_iter().map(text).collect::<Asked<_>>()?;
            Ok(Some(parts.join(":")))
        }
        _ => Err(Trouble::new(Kind::Protocol, "an answer of another kind")),
    }
}

/// `key:value` lines.
fn fields(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(a, b)| (a.to_owned(), b.trim().to_owned()))
        .collect()
}

/// What an error of the client means. What the server said is cut after its first words, which name the error.
fn trouble(error: &RedisError) -> Trouble {
    if let Some(fault) = certificate::fault(error) {
        return fault;
    }
    let code = error.code().unwrap_or_default();
    let said = format!("{} {}", code, error.detail().unwrap_or_default()).trim().to_owned();
    let said = if said.is_empty() { error.to_string() } else { said };
    match error.kind() {
        ErrorKind::AuthenticationFailed => Trouble::new(Kind::Login, said),
        ErrorKind::Server(ServerErrorKind::NoPerm) => Trouble::new(Kind::Denied, said),
        ErrorKind::Server(_) if said.contains("NOAUTH") => Trouble::new(Kind::Login, said),
        ErrorKind::Extension if code == "NOAUTH" || code == "WRONGPASS" => Trouble::new(Kind::Login, said),
        ErrorKind::Parse => Trouble::new(Kind::Protocol, said),
        ErrorKind::Io => {
            let text = error.to_string();
            let kind = if error.is_timeout() {
                Kind::Timeout
            } else if error.is_connection_refusal() && text.to_lowercase().contains("refused") {
                Kind::Refused
            } else if text.contains("certificate") || text.contains("Certificate") || text.contains("TLS") {
                Kind::Tls
            } else if text.contains("lookup") || text.contains("Name or service") {
                Kind::Name
            } else {
                Kind::Closed
            };
            Trouble::new(kind, text)
        }
        ErrorKind::InvalidClientConfig => Trouble::new(Kind::Tls, error.to_string()),
        _ => Trouble::new(Kind::Other, said),
    }
}
