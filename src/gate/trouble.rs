//! Why a question could not be asked, in a form that can be saved and shown.

use serde::{Deserialize, Serialize};

use crate::findings::Bilingual;

use super::certificate;
use super::check::say;

/// What kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The name of the host leads to no address.
    Name,
    /// Nobody listens there.
    Refused,
    /// No answer within the time limit.
    Timeout,
    /// The other side closed the connection before it answered.
    Closed,
    /// What answered does not speak the protocol.
    Protocol,
    /// TLS could not be agreed on.
    Tls,
    /// The certificate has expired.
    CertificateExpired,
    /// The certificate is not valid yet.
    CertificateEarly,
    /// The certificate is for another host.
    CertificateName,
    /// No authority that is trusted here signed the certificate.
    CertificateIssuer,
    /// The certificate is not one for a service.
    CertificatePurpose,
    /// User or password were not accepted.
    Login,
    /// The user may not ask this.
    Denied,
    /// A secret or a variable that the configuration names could not be read.
    Reference,
    /// A file could not be read.
    File,
    /// The server does not have what was asked for.
    Unknown,
    /// Anything else that the other side said.
    Other,
}

/// Why a question could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind:?}: {said}")]
pub struct Trouble {
    /// What kind of trouble it is.
    pub kind: Kind,
    /// What the other side or the operating system said; no secret is in it.
    pub said: String,
}

/// An answer, or why there is none.
pub type Asked<T> = Result<T, Trouble>;

impl Trouble {
    /// A trouble of this kind.
    pub fn new(kind: Kind, said: impl Into<String>) -> Self {
        Self { kind, said: said.into() }
    }

    /// What an error of the operating system means for a connection.
    pub fn of_io(error: &std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        if let Some(fault) = certificate::fault(error) {
            return fault;
        }
        let said = error.to_string();
        let kind = match error.kind() {
            // TLS libraries give their own errors as those of the connection.
            _ if said.contains("certificate") || said.contains("tls ") || said.contains("TLS") => Kind::Tls,
            Io::ConnectionRefused => Kind::Refused,
            Io::TimedOut | Io::WouldBlock => Kind::Timeout,
            Io::UnexpectedEof | Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => Kind::Closed,
            Io::InvalidData => Kind::Protocol,
            Io::NotFound => Kind::Name,
            _ if said.contains("lookup address") => Kind::Name,
            _ => Kind::Other,
        };
        Self::new(kind, said)
    }

    /// What an error of the operating system means for a file.
    pub fn of_file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::new(Kind::File, format!("{}: {error}", path.display()))
    }

    /// Whether another attempt may end better.
    pub fn may_pass(&self) -> bool {
        matches!(self.kind, Kind::Refused | Kind::Timeout | Kind::Closed)
    }

    /// What it means.
    pub fn message(&self) -> Bilingual {
        match self.kind {
            Kind::Name => say("the name of the host leads to no address", "主机名无法解析"),
            Kind::Refused => say("nobody listens there: connection refused", "连接被拒绝：该端口无服务监听"),
            Kind::Timeout => say("no answer within the time limit", "在时限内没有应答"),
            Kind::Closed => say("the connection was closed before an answer came", "应答之前连接被关闭"),
            Kind::Protocol => {
                say("what answers there does not speak this protocol", "该端口的服务不是预期的协议")
            }
            Kind::Tls => say(
                "TLS failed: the certificate is not trusted, or one side has no TLS",
                "TLS 失败：证书不受信任，或一方未启用 TLS",
            ),
            Kind::CertificateExpired => {
                say("TLS failed: the certificate of the service has expired", "TLS 失败：服务的证书已过期")
            }
            Kind::CertificateEarly => say(
                "TLS failed: the certificate of the service is not valid yet",
                "TLS 失败：服务的证书尚未生效",
            ),
            Kind::CertificateName => say(
                "TLS failed: the certificate of the service is for another host",
                "TLS 失败：服务的证书属于其他主机名",
            ),
            Kind::CertificateIssuer => say(
                "TLS failed: the certificate of the service is signed by no authority that is trusted here",
                "TLS 失败：服务的证书不是由受信任的 CA 签发",
            ),
            Kind::CertificatePurpose => say(
                "TLS failed: the certificate of the service is not one for a service",
                "TLS 失败：服务使用的证书不是服务器证书",
            ),
            Kind::Login => say("user or password were not accepted", "用户名或密码未被接受"),
            Kind::Denied => {
                say("the user may not ask this, so nothing is known of it", "该用户无权查询，因此结果未知")
            }
            Kind::Reference => {
                say("a value that the configuration refers to could not be read", "配置所引用的值无法读取")
            }
            Kind::File => say("a file could not be read", "文件无法读取"),
            Kind::Unknown => say("the server cannot tell", "服务器无法给出该信息"),
            Kind::Other => say("the question was not answered", "未得到答复"),
        }
    }

    /// What to do.
    pub fn remedy(&self) -> Bilingual {
        match self.kind {
            Kind::Name => say(
                "check the host in the configuration and the name server of this machine",
                "检查配置中的主机名以及本机的域名解析",
            ),
            Kind::Refused => {
                say("check host and port, and that the service runs", "检查主机和端口，并确认服务已启动")
            }
            Kind::Timeout => say(
                "check firewalls between this machine and the service, or raise `timeout` in [gate]",
                "检查本机与服务之间的防火墙，或调大 [gate] 的 `timeout`",
            ),
            Kind::Closed => say(
                "look into the log of the service; a proxy in between or a limit of connections may close them",
                "查看服务日志；可能是中间代理或连接数限制所致",
            ),
            Kind::Protocol => say(
                "check host and port: another service listens there",
                "检查主机和端口：那里监听的是其他服务",
            ),
            Kind::Tls => say(
                "check `tls` in the configuration: `enabled`, and `ca` for an authority of your own",
                "检查配置中的 `tls`：`enabled`，自建 CA 请设置 `ca`",
            ),
            Kind::CertificateExpired => say(
                "renew the certificate of the service; if it is in force, correct the clock of this machine",
                "更新服务的证书；如果证书仍在有效期内，请校准本机时钟",
            ),
            Kind::CertificateEarly => say(
                "correct the clock of this machine, or give the service a certificate that is in force",
                "校准本机时钟，或为服务配置已生效的证书",
            ),
            Kind::CertificateName => say(
                "name the host in the configuration as the certificate does, or have one issued for this name",
                "在配置中使用证书上的主机名，或为该主机名签发证书",
            ),
            Kind::CertificateIssuer => say(
                "set `ca` of `tls` in the configuration to the authority that signed it; make sure that the service is the right one",
                "将配置中 `tls` 的 `ca` 设为签发它的 CA；并确认连接的是正确的服务",
            ),
            Kind::CertificatePurpose => say(
                "give the service a certificate that an authority issued to it (CA:FALSE, serverAuth), and set `ca` of `tls` to that authority",
                "为服务配置由 CA 签发的服务器证书（CA:FALSE、serverAuth），并将 `tls` 的 `ca` 设为该 CA",
            ),
            Kind::Login => {
                say("check user and password that the configuration refers to", "检查配置所引用的用户和密码")
            }
            Kind::Denied => say(
                "grant the user of the gate the right to ask; see the documentation of the gate",
                "为检查所用的用户授予所需权限；见检查文档",
            ),
            Kind::Reference => say(
                "set the variable, or correct the path or the command",
                "设置该环境变量，或改正路径、命令",
            ),
            Kind::File => say("correct the path, or the rights of the file", "改正路径或文件权限"),
            Kind::Unknown | Kind::Other => Bilingual::default(),
        }
    }
}
