//! Components around the project: a directed graph of what is upgraded before what, with evidence for each.

mod health;
mod version;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::GateConfig;
use crate::config_files::packages::{Need, Requirement};
pub use crate::plan::components::{Component, Order, table};

use super::check::{Check, Section, Status, say};
use super::context::Context;
use super::facts::{Answer, ComponentFacts, Facts, HelmFacts, HelmRelease};
use super::judge::list;
use super::people::Attestations;
use super::trouble::{Kind, Trouble};
use health::health;
use version::{meets, numbers};

/// What is known of a component.
#[derive(Debug, Clone, Default)]
struct Evidence {
    version: Option<String>,
    /// Whether it is well; `None` when nothing tells.
    healthy: Option<Result<String, String>>,
    /// When somebody attested it, for the order of attested upgrades.
    attested_at: Option<jiff::Timestamp>,
    trouble: Option<Trouble>,
}

/// Judges all components.
pub fn judge(config: &GateConfig, facts: &Facts, people: &Attestations, context: &Context<'_>) -> Vec<Check> {
    let order = Order::of(config);
    if order.before.is_empty() {
        return Vec::new();
    }
    let mut checks = Vec::new();
    if !order.circle.is_empty() {
        checks.push(
            Check::new(
                "components.order",
                Section::Components,
                Status::Fail,
                say("the components go in a circle", "组件顺序存在环"),
            )
            .saw(order.circle.join(", "))
            .advise(say("correct `after` in [gate.components]", "改正 [gate.components] 的 `after`")),
        );
        return checks;
    }
    let helm = match facts.get("helm").map(|asking| &asking.answer) {
        Some(Ok(Answer::Helm(helm))) => Some(helm),
        Some(Err(trouble)) => {
            checks.push(Check::error("components.helm", Section::Components, trouble));
            None
        }
        _ => None,
    };
    // The last one is the project itself, which is about to be deployed.
    let own =
        order.sorted.last().filter(|name| table().component(name).is_some_and(|one| is_own(one, context)));
    let mut good: BTreeMap<&str, bool> = BTreeMap::new();
    let mut evidence: BTreeMap<&str, Evidence> = BTreeMap::new();
    for name in order.sorted.iter().filter(|name| Some(*name) != own) {
        let known = table().component(name);
        let found = gather(name, config, facts, helm, people);
        let check = one(name, known, &found, config, context, helm);
        good.insert(name, matches!(check.status, Status::Pass | Status::Warn));
        checks.push(check);
        evidence.insert(name, found);
    }
    checks.extend(unmapped(&order, context));
    checks.push(in_order(&order, &good, &evidence));
    checks
}

/// Whether a component is the project that is looked at: one of the package descriptions is called so.
fn is_own(component: &Component, context: &Context<'_>) -> bool {
    let packages = &context.workspace.deployment.packages;
    let names = packages.iter().filter_map(|package| package.document.root()?.get("name")?.as_str());
    names.into_iter().any(|name| component.packages.iter().any(|own| own == name))
        || component.name == context.project.name.as_ref()
}

fn gather(
    name: &str,
    config: &GateConfig,
    facts: &Facts,
    helm: Option<&HelmFacts>,
    people: &Attestations,
) -> Evidence {
    let mut out = Evidence::default();
    let known = table().component(name);
    match facts.get(&format!("component.{name}")).map(|asking| &asking.answer) {
        Some(Ok(Answer::Component(facts))) => over_http(&mut out, known, facts),
        Some(Err(trouble)) => out.trouble = Some(trouble.clone()),
        _ => {}
    }
    if let Some(release) = helm.and_then(|helm| releases(name, known, config, helm).into_iter().next()) {
        out.version = out.version.or_else(|| helm_version(release));
        if out.healthy.is_none() {
            out.healthy = Some(match release.status.as_str() {
                "deployed" => Ok(format!("{} deployed", release.name)),
                other => Err(format!("{} {other}", release.name)),
            });
        }
    }
    if let Some(attestation) = people.get(&format!("component.{name}")) {
        out.attested_at = Some(attestation.at);
        if attestation.counts {
            out.version = out.version.or_else(|| attestation.version.clone());
            out.healthy = out.healthy.or_else(|| Some(Ok(format!("attested by {}", attestation.who))));
        }
    }
    out
}

fn over_http(out: &mut Evidence, known: Option<&Component>, facts: &ComponentFacts) {
    match &facts.health {
        Some(Ok((status, body))) => out.healthy = Some(health(known, *status, body)),
        Some(Err(trouble)) => out.trouble = Some(trouble.clone()),
        None => {}
    }
    match &facts.version {
        Some(Ok((200, body))) => out.version = version_in(body),
        Some(Ok((status, _))) => {
            out.trouble = Some(Trouble::new(Kind::Other, format!("HTTP {status} for the version")))
        }
        Some(Err(trouble)) => out.trouble = Some(trouble.clone()),
        None => {}
    }
}

/// `version` at the top of a body, or one level below.
fn version_in(body: &str) -> Option<String> {
    let json: Value = serde_json::from_str(body).ok()?;
    let of = |value: &Value| value.get("version").and_then(Value::as_str).map(str::to_owned);
    of(&json).or_else(|| json.as_object()?.values().find_map(of)).filter(|text| numbers(text).is_some())
}

fn releases<'h>(
    name: &str,
    known: Option<&Component>,
    config: &GateConfig,
    helm: &'h HelmFacts,
) -> Vec<&'h HelmRelease> {
    let configured = config.component.get(name).map(|one| one.releases.as_slice()).unwrap_or_default();
    let names = if configured.is_empty() {
        known.map(|one| one.releases.as_slice()).unwrap_or_default()
    } else {
        configured
    };
    let own = [name.to_owned()];
    let names = if names.is_empty() { &own[..] } else { names };
    let is = |release: &HelmRelease, name: &String| {
        release.name == *name
            || release
                .chart
                .strip_prefix(name.as_str())
                .and_then(|rest| rest.strip_prefix('-'))
                .is_some_and(|rest| numbers(rest).is_some())
    };
    // In the order of the names: the first is the one whose version counts.
    let mut found: Vec<&HelmRelease> = Vec::new();
    for name in names {
        found.extend(helm.releases.iter().filter(|release| is(release, name)));
    }
    found
}

/// The version of the application, else that of the chart.
fn helm_version(release: &HelmRelease) -> Option<String> {
    let app = Some(release.app_version.clone()).filter(|text| numbers(text).is_some());
    app.or_else(|| {
        let at = release
            .chart
            .match_indices('-')
            .map(|(at, _)| at)
            .find(|at| numbers(&release.chart[at + 1..]).is_some())?;
        Some(release.chart[at + 1..].to_owned())
    })
}

fn one(
    name: &str,
    known: Option<&Component>,
    found: &Evidence,
    config: &GateConfig,
    context: &Context<'_>,
    helm: Option<&HelmFacts>,
) -> Check {
    let id = format!("component.{name}");
    let title = known.map_or_else(|| say(name, name), |one| say(one.title.clone(), one.title_zh.clone()));
    let with = |status, en: String, zh: String| {
        Check::new(
            id.clone(),
            Section::Components,
            status,
            say(format!("{}: {en}", title.en), format!("{}：{zh}", title.zh)),
        )
    };
    let minimum = config.component.get(name).and_then(|one| one.minimum.clone());
    let needs = requirements(name, context);
    let expected = match &minimum {
        Some(minimum) => format!(">={minimum}"),
        None => needs
            .iter()
            .map(|need| format!("{}{}{}", need.component, need.operator, need.version))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let seen =
        [found.version.clone(), found.healthy.as_ref().map(|state| state.clone().unwrap_or_else(|why| why))];
    let seen = seen.into_iter().flatten().collect::<Vec<_>>().join("; ");
    if let Some(Err(why)) = &found.healthy {
        return with(Status::Fail, "not well".into(), "状态异常".into())
            .saw(why.clone())
            .wants(expected)
            .advise(say(
                "bring it into order first: what comes after depends on it",
                "先恢复该组件：后续组件依赖它",
            ));
    }
    let below = match (&found.version, &minimum) {
        (Some(version), Some(minimum)) => (!meets(version, ">=", minimum)).then(|| minimum.clone()),
        (Some(version), None) => needs.iter().find_map(|need| {
            // A package that has a release of its own is held to that one.
            let own = helm.and_then(|helm| {
                let release = need.component.replace('_', "-");
                helm.releases.iter().find(|one| one.name == release).and_then(helm_version)
            });
            let have = own.unwrap_or_else(|| version.clone());
            (!meets(&have, &need.operator, &need.version))
                .then(|| format!("{}{}{} ({have})", need.component, need.operator, need.version))
        }),
        (None, _) => None,
    };
    if let Some(below) = below {
        return with(
            Status::Fail,
            format!("older than this revision needs: {below}"),
            format!("低于本版本要求：{below}"),
        )
        .saw(seen)
        .wants(expected)
        .advise(say("upgrade it first", "请先升级该组件"));
    }
    let wants_version = !expected.is_empty();
    match (&found.healthy, &found.version, &found.trouble) {
        (None, None, Some(trouble)) => Check::error(id, Section::Components, trouble).wants(expected),
        (None, None, None) => with(Status::Error, "nothing tells how it is".into(), "没有任何依据".into())
            .wants(expected)
            .advise(say(
                format!("name `health` in [gate.component.{name}], the output of helm list, or attest component.{name}"),
                format!("在 [gate.component.{name}] 中设置 `health`，或提供 helm list 输出，或证明 component.{name}"),
            )),
        (None, Some(_), Some(trouble)) => Check::error(id, Section::Components, trouble).saw(seen).wants(expected),
        (_, None, _) if wants_version => with(Status::Error, "its version is not known".into(), "版本未知".into())
            .saw(seen)
            .wants(expected)
            .advise(say(
                format!("name `version-url` in [gate.component.{name}], the output of helm list, or attest component.{name} with `version`"),
                format!("在 [gate.component.{name}] 中设置 `version-url`，或提供 helm list 输出，或在证明 component.{name} 中写明 `version`"),
            )),
        _ => {
            let check = with(Status::Pass, "in order".into(), "正常".into()).saw(seen).wants(expected);
            match known.and_then(Component::note) {
                Some(note) => check.advise(note),
                None => check,
            }
        }
    }
}

/// What the package descriptions need of a component. Of alternatives, those of this component.
fn requirements(name: &str, context: &Context<'_>) -> Vec<Need> {
    let of = |need: &&Need| {
        table().of_package(&need.component).is_some_and(|one| one.name == name)
            && need.version.chars().next().is_some_and(|c| c.is_ascii_digit() || c == 'v')
    };
    all_requirements(context)
        .flat_map(|requirement| requirement.alternatives.iter().filter(of))
        .cloned()
        .collect()
}

fn all_requirements<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a Requirement> {
    context.workspace.deployment.packages.iter().flat_map(|package| &package.requirements)
}

/// Requirements of the package descriptions that no component of the order covers.
fn unmapped(order: &Order, context: &Context<'_>) -> Option<Check> {
    let covered = |need: &Need| {
        table().of_package(&need.component).is_some_and(|one| order.before.contains_key(&one.name))
            || order.before.contains_key(&need.component)
            // `=__SAME_VERSION__`: a part of the product itself.
            || need.version.starts_with("__")
    };
    let mut open: Vec<String> = all_requirements(context)
        .filter(|requirement| !requirement.alternatives.iter().any(covered))
        .flat_map(|requirement| requirement.alternatives.first())
        .map(|need| format!("{}{}{}", need.component, need.operator, need.version))
        .collect();
    open.sort();
    open.dedup();
    (!open.is_empty()).then(|| {
        Check::new(
            "components.others",
            Section::Components,
            Status::Warn,
            say(
                "the repository needs components that the configuration does not look at",
                "仓库所需的部分组件未在配置中检查",
            ),
        )
        .saw(list(&open, 8))
        .advise(say(
            "add them under [gate.components] after, with evidence",
            "在 [gate.components] 的 after 中加入它们并提供依据",
        ))
    })
}

/// Whether everything before a component is in order, and attested upgrades were made in the order of the graph.
fn in_order(order: &Order, good: &BTreeMap<&str, bool>, evidence: &BTreeMap<&str, Evidence>) -> Check {
    let mut faults = Vec::new();
    for name in &order.sorted {
        for before in order.before.get(name).into_iter().flatten() {
            let is_good = |name: &str| good.get(name).copied();
            // A component that is in order while what comes before it is not was upgraded too early.
            if is_good(before) == Some(false) && is_good(name) != Some(false) {
                faults.push(format!("{before} -> {name}"));
            }
            let at = |name: &str| evidence.get(name).and_then(|one| one.attested_at);
            if let (Some(first), Some(second)) = (at(before), at(name))
                && first > second
            {
                faults.push(format!("{before} ({first}) -> {name} ({second})"));
            }
        }
    }
    let chain = order.sorted.join(" -> ");
    let check = match faults.is_empty() {
        true => Check::new(
            "components.order",
            Section::Components,
            Status::Pass,
            say("nothing stands before its turn", "组件顺序正确"),
        ),
        false => Check::new(
            "components.order",
            Section::Components,
            Status::Fail,
            say(
                "a component comes before its turn: what it depends on is not in order",
                "组件升级顺序有误：其依赖的组件尚未就绪",
            ),
        )
        .advise(say("upgrade in the order of the chain", "按链条顺序升级")),
    };
    let seen = if faults.is_empty() { chain.clone() } else { list(&faults, 5) };
    check.saw(seen).wants(chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_a_graph_that_the_configuration_changes() {
        let mut config = GateConfig::default();
        config.components.profile = Some("bklog".into());
        assert_eq!(Order::of(&config).sorted, ["paas", "iam", "cmdb", "bcs", "bkbase", "bklog"]);
        config.components.without = vec!["bcs".into()];
        config.components.after.insert("bklog".into(), vec!["monitor".into()]);
        let order = Order::of(&config);
        assert_eq!(
            order.before["bkbase"],
            ["cmdb".to_owned()].into(),
            "what came before the one left out still does"
        );
        assert!(order.before["bklog"].contains("monitor") && order.before["monitor"].contains("cmdb"));
        config.components.after.insert("paas".into(), vec!["bklog".into()]);
        assert!(!Order::of(&config).circle.is_empty());
    }

    #[test]
    fn helm_releases_tell_versions() {
        let release = |chart: &str, app: &str| HelmRelease {
            chart: chart.into(),
            app_version: app.into(),
            ..HelmRelease::default()
        };
        assert_eq!(helm_version(&release("bk-iam-0.1.26", "v1.12.11")).as_deref(), Some("v1.12.11"));
        assert_eq!(helm_version(&release("bk-paas-1.1.1-beta.1", "latest")).as_deref(), Some("1.1.1-beta.1"));
    }

    #[test]
    fn facts_without_a_body_are_no_health() {
        let health: crate::gate::trouble::Asked<(u16, String)> = Err(Trouble::new(Kind::Refused, "refused"));
        let mut evidence = Evidence::default();
        over_http(&mut evidence, None, &ComponentFacts { health: Some(health), version: None });
        assert!(evidence.healthy.is_none() && evidence.trouble.is_some());
    }
}
