//! The four risks of an upgrade, each with what in this very change raises it.

use crate::findings::Bilingual;

use super::difference::Difference;
use super::rollback::Rollback;
use super::{Basis, ProjectPlan};

/// A risk.
#[derive(Debug, Clone)]
pub struct Risk {
    /// `migration`, `dependencies`, `configuration`, `permissions`.
    pub key: &'static str,
    /// What it is called.
    pub title: Bilingual,
    /// What raises it; empty when nothing in this change does.
    pub raised_by: Vec<Bilingual>,
}

/// The risks of an upgrade, in the order of the upgrade guide of the BlueKing log platform.
pub(super) fn of(projects: &[ProjectPlan], rollback: &Rollback, basis: &Basis) -> Vec<Risk> {
    vec![
        Risk {
            key: "migration",
            title: Bilingual::new("a migration fails or loses data", "数据库迁移失败或数据丢失"),
            raised_by: migration(projects, rollback, basis),
        },
        Risk {
            key: "dependencies",
            title: Bilingual::new("packages or components do not fit together", "依赖服务或依赖包版本不兼容"),
            raised_by: projects
                .iter()
                .flat_map(|project| {
                    let differences = &project.differences;
                    differences.pins.iter().chain(&differences.components).map(changed)
                })
                .collect(),
        },
        Risk {
            key: "configuration",
            title: Bilingual::new("the configuration does not fit the new release", "配置项变更导致服务异常"),
            raised_by: projects
                .iter()
                .flat_map(|project| {
                    let differences = &project.differences;
                    differences.settings.iter().chain(&differences.environment).map(changed)
                })
                .collect(),
        },
        Risk {
            key: "permissions",
            title: Bilingual::new("users lose permissions or gain them", "权限变更导致用户无法访问"),
            raised_by: projects
                .iter()
                .flat_map(|project| project.differences.iam.iter().map(changed))
                .collect(),
        },
    ]
}

fn changed(difference: &Difference) -> Bilingual {
    let name = &difference.name;
    match (&difference.from, &difference.to) {
        (Some(from), Some(to)) => {
            Bilingual::new(format!("{name}: {from} becomes {to}"), format!("{name}：{from} 变为 {to}"))
        }
        (Some(from), None) => {
            Bilingual::new(format!("{name} is gone (was {from})"), format!("{name} 被移除（原为 {from}）"))
        }
        (None, Some(to)) => Bilingual::new(format!("{name} is new: {to}"), format!("新增 {name}：{to}")),
        (None, None) => Bilingual::new(name.clone(), name.clone()),
    }
}

fn migration(projects: &[ProjectPlan], rollback: &Rollback, basis: &Basis) -> Vec<Bilingual> {
    let mut out = Vec::new();
    for project in projects {
        out.extend(project.history.blockers());
        for pending in &project.pending {
            let (app, name) = (&pending.app, &pending.name);
            if pending.blocks_writes == Some(true) {
                let time = match &pending.blocked {
                    Ok(estimate) => Bilingual::new(
                        format!(" for {} to {} seconds", estimate.low, estimate.high),
                        format!(" {} 至 {} 秒", estimate.low, estimate.high),
                    ),
                    Err(_) => Bilingual::default(),
                };
                out.push(Bilingual::new(
                    format!("{app}.{name} makes writes wait{}", time.en),
                    format!("{app}.{name} 期间写入等待{}", time.zh),
                ));
            }
            let many = pending.entries.iter().flat_map(|entry| entry.sql.iter().flatten()).count();
            if many > 1 {
                out.push(Bilingual::new(
                    format!("{app}.{name} runs {many} statements, and {} keeps the first ones when a later one fails", basis.server),
                    format!("{app}.{name} 有 {many} 条语句，{} 中途失败时已执行的语句不会回滚", basis.server),
                ));
            }
            out.extend(pending.refused());
        }
    }
    for irreversible in &rollback.irreversible {
        let ((app, name), op) = (&irreversible.migration, &irreversible.op);
        out.push(match irreversible.is_certain {
            true => Bilingual::new(
                format!("{app}.{name} cannot be taken back ({op})"),
                format!("{app}.{name} 不可回滚（{op}）"),
            ),
            false => Bilingual::new(
                format!("whether {app}.{name} can be taken back is not known ({op})"),
                format!("无法确定 {app}.{name} 能否回滚（{op}）"),
            ),
        });
    }
    for destroyed in rollback.destroys.iter().filter(|destroyed| destroyed.forwards) {
        let (app, name) = &destroyed.migration;
        out.push(Bilingual::new(
            format!("{app}.{name} destroys {}", destroyed.what.en),
            format!("{app}.{name} 会删除{}", destroyed.what.zh),
        ));
    }
    out
}
