//! SET006: two middlewares in an order that their documentation excludes.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::syntax::Expr;

use super::{Places, deployed, in_environments, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET006",
        name: "middleware-order",
        family: "settings",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/middleware-order.md"),
    check: Check::Project(check),
};

static FACTS: &str = include_str!("../../../rules/facts/middleware_order.toml");

#[derive(Deserialize, Default)]
struct File {
    order: Vec<Order>,
}

/// Of two middlewares, the one that must stand before the other.
#[derive(Deserialize)]
struct Order {
    first: String,
    then: String,
    severity: Severity,
    effect: String,
    effect_zh: String,
}

fn orders() -> &'static [Order] {
    static TABLE: OnceLock<File> = OnceLock::new();
    &TABLE.get_or_init(|| toml::from_str(FACTS).unwrap_or_default()).order
}

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let mut places = Places::new(project);
    for environment in deployed(project) {
        let Some(value) = environment.value("MIDDLEWARE") else { continue };
        for list in value.alternatives() {
            // Entries that are not known may stand anywhere; the order of the others is what it is.
            let Some(items) = list.elements() else { continue };
            for (number, order) in orders().iter().enumerate() {
                let at = |name: &str| items.iter().position(|item: &Expr| item.as_str() == Some(name));
                let (Some(first), Some(then)) = (at(&order.first), at(&order.then)) else { continue };
                if first > then
                    && let Some(item) = items.get(first)
                {
                    places.add(environment, item.span, number.to_string());
                }
            }
        }
    }
    for (text, span, number, environments) in places.into_iter() {
        let Some(order) = number.parse::<usize>().ok().and_then(|number| orders().get(number)) else {
            continue;
        };
        let short = |dotted: &str| dotted.rsplit('.').next().unwrap_or(dotted).to_owned();
        let (first, then) = (short(&order.first), short(&order.then));
        let who = in_environments(&environments);
        let finding = emit.graded(order.severity).at(
            text,
            span,
            Bilingual::new(
                format!("`{first}` stands after `{then}`: {}{}", order.effect, who.en),
                format!("`{first}` 位于 `{then}` 之后：{}{}", order.effect_zh, who.zh),
            ),
        );
        finding.subject = subject(project);
        finding.discriminator = format!("{first} {then}");
        finding.help = Bilingual::new(
            format!("Move `{first}` above `{then}`."),
            format!("请把 `{first}` 移到 `{then}` 之前。"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads() {
        assert!(toml::from_str::<File>(FACTS).expect("middleware_order.toml").order.len() > 5);
    }
}
