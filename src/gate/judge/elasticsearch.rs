//! Elasticsearch and OpenSearch.

use std::sync::OnceLock;

use pep440_rs::VersionSpecifiers;
use serde::Deserialize;

use crate::pins::facts::specifiers;
use crate::pins::series::Series;

use super::super::check::{Check, Section, Status, say};
use super::super::context::Context;
use super::super::facts::ElasticsearchFacts;
use super::super::trouble::Kind;
use super::{Checks, list};

const FACTS: &str = include_str!("../../../rules/facts/elasticsearch_product.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    tagline: String,
    header: String,
    flavor: String,
    check: Vec<ProductCheck>,
}

/// How a client tells what the server is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductCheck {
    package: String,
    #[serde(deserialize_with = "specifiers")]
    versions: VersionSpecifiers,
    #[serde(deserialize_with = "specifiers")]
    server: VersionSpecifiers,
    #[serde(default)]
    refused: bool,
    #[serde(default)]
    needs: Vec<String>,
    #[allow(dead_code)] // for readers of the file
    evidence: String,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        #[allow(clippy::expect_used)] // compiled in; a test reads every row
        toml::from_str(FACTS).expect("rules/facts/elasticsearch_product.toml is well formed")
    })
}

/// What the product check of a client comes to: `None` when it takes the server, else what it misses.
fn refusal(row: &ProductCheck, facts: &ElasticsearchFacts) -> Option<String> {
    let table = table();
    if row.refused {
        return Some(format!("version {}", facts.version));
    }
    let has = |need: &str| match need {
        "tagline" => facts.tagline.as_deref() == Some(table.tagline.as_str()),
        "flavor" => facts.build_flavor.as_deref() == Some(table.flavor.as_str()),
        "header" => facts.product.as_deref() == Some(table.header.as_str()),
        _ => false,
    };
    let missing: Vec<&str> = row.needs.iter().map(String::as_str).filter(|need| !has(need)).collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}

/// Judges a cluster.
pub fn judge(id: &str, facts: &ElasticsearchFacts, context: &Context<'_>) -> Vec<Check> {
    let mut checks = Checks::new(id, Section::Environment);
    let major = facts.version.split('.').next().and_then(|part| part.parse::<u64>().ok());
    let kind = match facts.distribution.as_deref() {
        Some(distribution) => distribution.to_owned(),
        None => format!("elasticsearch ({})", facts.build_flavor.as_deref().unwrap_or("no build flavour")),
    };
    let seen = format!("{kind} {}", facts.version);
    let check = match major {
        Some(_) => checks.check("version", Status::Pass, "known", "版本已知"),
        None => checks.check("version", Status::Error, "the version cannot be read", "版本号无法识别"),
    };
    checks.add(check.saw(&seen));
    client(&mut checks, facts, major, context, &seen);
    checks.on("health", &facts.health, |checks, (status, unassigned)| {
        let check = match status.as_str() {
            "green" => checks.check("health", Status::Pass, "every shard is assigned", "所有分片已分配"),
            "yellow" => checks
                .check(
                    "health",
                    Status::Warn,
                    "replicas are missing: one more node lost means data lost",
                    "缺少副本分片：再失去一个节点就会丢数据",
                )
                .advise(say("wait for green, or know why it is yellow", "等待变为 green，或弄清原因")),
            "red" => {
                checks.check("health", Status::Fail, "primary shards are missing", "缺少主分片").advise(say(
                    "GET /_cluster/allocation/explain tells why",
                    "GET /_cluster/allocation/explain 可查看原因",
                ))
            }
            _ => checks.check("health", Status::Error, "the health is not known", "健康状态未知"),
        };
        check.saw(format!("{status}, {unassigned} unassigned")).wants("green")
    });
    checks.on("indices", &facts.indices, |checks, by_major| {
        // From 8.11 on the ids count otherwise; those of the major versions before stay comparable.
        let old: Vec<String> = by_major
            .iter()
            .filter(|(made, _)| major.is_some_and(|major| **made < major && **made > 0))
            .flat_map(|(made, names)| names.iter().map(move |name| format!("{name} ({made}.x)")))
            .collect();
        match old.is_empty() {
            true => checks.check(
                "indices",
                Status::Pass,
                "none is too old for the next major version",
                "没有对下一个大版本过旧的索引",
            ),
            false => checks
                .check(
                    "indices",
                    Status::Warn,
                    "made by an earlier major version: the next one will not open them",
                    "由更早的大版本创建：下一个大版本无法打开",
                )
                .saw(list(&old, 5))
                .advise(say(
                    "reindex or delete them before the servers are upgraded",
                    "升级服务端前重建索引或删除",
                )),
        }
    });
    match &facts.deprecations {
        // OpenSearch and old versions have no such request.
        Some(Err(trouble)) if matches!(trouble.kind, Kind::Unknown | Kind::Other) => {}
        asked => checks.on("deprecations", asked, |checks, critical| match critical.is_empty() {
            true => checks.check("deprecations", Status::Pass, "nothing critical", "没有严重的弃用项"),
            false => checks
                .check(
                    "deprecations",
                    Status::Warn,
                    "the servers themselves name what the next major version breaks",
                    "服务端指出了下一个大版本会破坏的内容",
                )
                .saw(list(critical, 3)),
        }),
    }
    checks.done()
}

/// Whether the client that the project would choose for this server takes it.
fn client(
    checks: &mut Checks,
    facts: &ElasticsearchFacts,
    major: Option<u64>,
    context: &Context<'_>,
    seen: &str,
) {
    // `elasticsearch5` and `elasticsearch6` are clients for one major version; projects that pin them choose by it.
    let own =
        major.map(|major| format!("elasticsearch{major}")).filter(|name| context.pinned(name).is_some());
    if let Some(name) = own {
        let check = checks.check(
            "client",
            Status::Pass,
            format!("{name} is pinned for this version"),
            format!("已为该版本锁定 {name}"),
        );
        return checks.add(check.saw(seen));
    }
    let Some(pinned) = context.pinned("elasticsearch") else { return };
    let server = Series::parse(&facts.version);
    let row = table().check.iter().find(|row| {
        row.package == "elasticsearch"
            && row.versions.contains(pinned)
            && server.as_ref().is_some_and(|server| server.fits(&row.server))
    });
    let check = match row.map(|row| refusal(row, facts)) {
        None => return,
        Some(None) => checks.check("client", Status::Pass, format!("elasticsearch=={pinned} takes this server"), format!("elasticsearch=={pinned} 接受该服务端")),
        Some(Some(missing)) => checks
            .check(
                "client",
                Status::Fail,
                format!("elasticsearch=={pinned} refuses this server (UnsupportedProductError): {missing}"),
                format!("elasticsearch=={pinned} 会拒绝该服务端（UnsupportedProductError）：{missing}"),
            )
            .advise(say(
                "use Elasticsearch's default distribution, or a client without the check; a proxy must pass X-elastic-product on",
                "使用 Elasticsearch 默认发行版，或不做该检查的客户端；代理必须转发 X-elastic-product",
            )),
    };
    checks.add(check.saw(seen));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What elasticsearch 7.17.9 did against each answer, measured against a server of recorded answers.
    #[test]
    fn the_product_check_is_that_of_the_client() {
        let facts = |version: &str, flavor: Option<&str>, tagline: Option<&str>, product: Option<&str>| {
            ElasticsearchFacts {
                version: version.into(),
                build_flavor: flavor.map(Into::into),
                tagline: tagline.map(Into::into),
                product: product.map(Into::into),
                ..ElasticsearchFacts::default()
            }
        };
        let search = Some("You Know, for Search");
        let elastic = Some("Elasticsearch");
        let opensearch = Some("The OpenSearch Project: https://opensearch.org/");
        let cases = [
            (facts("5.6.16", None, search, None), false),
            (facts("6.8.23", Some("default"), search, None), true),
            (facts("7.10.2", Some("default"), search, None), true),
            (facts("7.10.2", Some("oss"), search, None), false),
            (facts("7.17.9", Some("default"), search, elastic), true),
            (facts("7.17.9", Some("default"), search, None), false),
            (facts("8.13.0", Some("default"), search, elastic), true),
            (facts("2.11.0", None, opensearch, None), false),
            (facts("7.10.2", None, opensearch, None), false),
        ];
        for (facts, taken) in cases {
            let server = Series::parse(&facts.version).unwrap();
            let row = table().check.iter().find(|row| server.fits(&row.server)).unwrap();
            assert_eq!(refusal(row, &facts).is_none(), taken, "{facts:?}");
        }
    }
}
