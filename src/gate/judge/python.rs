//! An installed Python environment: the interpreter and the packages that the project pins, and what each installed
//! package needs of the others, as `pip check` looks at it.

use std::collections::BTreeMap;

use pep440_rs::Version;

use crate::pins::environment::{Markers, read_metadata};
use crate::pins::series::Series;
use crate::pins::{Package, Wants, normalised};

use super::super::check::{Check, Section, Status, say};
use super::super::context::Context;
use super::super::facts::PythonFacts;
use super::{Checks, list};

/// Judges an environment.
pub fn judge(id: &str, facts: &PythonFacts, context: &Context<'_>) -> Vec<Check> {
    let mut checks = Checks::new(id, Section::Dependencies);
    let packages: BTreeMap<String, Package> = facts
        .packages
        .iter()
        .filter_map(|headers| read_metadata(headers))
        .map(|package| (package.name.to_string(), package))
        .collect();
    interpreter(&mut checks, facts, context);
    django(&mut checks, &packages, context);
    pinned(&mut checks, &packages, context);
    needs(&mut checks, facts, &packages);
    let unread = facts.packages.iter().filter(|headers| read_metadata(headers).is_none()).count();
    if unread > 0 {
        let check = checks
            .check(
                "metadata",
                Status::Warn,
                "packages whose metadata cannot be read were left out",
                "部分包的元数据无法读取，未参与检查",
            )
            .saw(unread.to_string());
        checks.add(check);
    }
    checks.done()
}

fn interpreter(checks: &mut Checks, facts: &PythonFacts, context: &Context<'_>) {
    let aim = context.project.pins.aims.python.version.as_ref();
    let installed = Series::parse(&facts.version);
    let check = match (aim, &installed) {
        (None, _) => checks.check(
            "version",
            Status::Warn,
            "the repository does not say which Python it runs on",
            "仓库未说明使用的 Python 版本",
        ),
        (_, None) => checks.check("version", Status::Error, "the version cannot be read", "版本号无法识别"),
        (Some(aim), Some(installed)) if aim.feature() != installed.feature() => checks
            .check(
                "version",
                Status::Fail,
                "another Python than the one of the repository",
                "Python 版本与仓库要求不符",
            )
            .advise(say(format!("install Python {aim}"), format!("安装 Python {aim}"))),
        (Some(aim), Some(installed)) if aim.is_exact() && aim.version() != installed.version() => checks
            .check("version", Status::Warn, "another release of the same series", "同一系列的其他小版本"),
        _ => checks.check("version", Status::Pass, "the Python of the repository", "与仓库要求一致"),
    };
    let wanted = aim.map(ToString::to_string).unwrap_or_default();
    checks.add(check.saw(&facts.version).wants(wanted));
}

fn django(checks: &mut Checks, packages: &BTreeMap<String, Package>, context: &Context<'_>) {
    let pinned = context.pinned("django");
    let check = match (packages.get("django"), pinned) {
        (None, _) => {
            checks.check("django", Status::Fail, "Django is not installed here", "未安装 Django").advise(say(
                "name the interpreter of the environment that runs the project",
                "改为运行该项目的解释器",
            ))
        }
        (Some(installed), Some(pinned)) if installed.version != *pinned => checks
            .check(
                "django",
                Status::Fail,
                "another Django than the one that is pinned",
                "Django 版本与锁定的不符",
            )
            .saw(installed.version.to_string())
            .advise(say(format!("install Django=={pinned}"), format!("安装 Django=={pinned}"))),
        (Some(installed), pinned) => {
            let status = if pinned.is_some() { Status::Pass } else { Status::Warn };
            let (en, zh) = match pinned {
                Some(_) => ("the Django that is pinned", "与锁定版本一致"),
                None => ("the repository pins no Django", "仓库未锁定 Django"),
            };
            checks.check("django", status, en, zh).saw(installed.version.to_string())
        }
    };
    checks.add(check.wants(pinned.map(Version::to_string).unwrap_or_default()));
}

fn pinned(checks: &mut Checks, packages: &BTreeMap<String, Package>, context: &Context<'_>) {
    let (mut missing, mut other, mut count) = (Vec::new(), Vec::new(), 0usize);
    for pin in context.project.pins.inventory.all_chosen() {
        count += 1;
        let name = pin.entry.name.to_string();
        match (packages.get(&name), pin.entry.pinned()) {
            (None, _) => missing.push(pin.shown()),
            (Some(installed), Some(pinned)) if installed.version != *pinned => {
                other.push(format!("{name} {} for {pinned}", installed.version));
            }
            (Some(installed), None)
                if pin.entry.versions().is_some_and(|versions| !versions.contains(&installed.version)) =>
            {
                other.push(format!("{} for {}", installed.version, pin.shown()));
            }
            _ => {}
        }
    }
    let bad: Vec<String> =
        other.into_iter().chain(missing.into_iter().map(|pin| format!("{pin} missing"))).collect();
    let check = match bad.is_empty() {
        true => checks
            .check("pins", Status::Pass, "everything is installed as pinned", "安装内容与锁定一致")
            .saw(format!("{count} pins")),
        false => checks
            .check(
                "pins",
                Status::Fail,
                format!("{} of {count} pins are not installed as pinned", bad.len()),
                format!("{count} 项锁定中有 {} 项不一致", bad.len()),
            )
            .saw(list(&bad, 5))
            .advise(say("install the requirements of the revision", "按本版本的依赖清单重新安装")),
    };
    checks.add(check);
}

/// What installed packages need of one another.
fn needs(checks: &mut Checks, facts: &PythonFacts, packages: &BTreeMap<String, Package>) {
    let Some(python) = Series::parse(&facts.version) else { return };
    let markers = Markers::for_python(&python);
    let mut broken = Vec::new();
    for package in packages.values() {
        if package.requires_python.as_ref().is_some_and(|range| !python.fits(range)) {
            broken
                .push(format!("{} {} does not take Python {}", package.name, package.version, facts.version));
        }
        for need in &package.requires {
            if markers.holds(&need.marker) != Some(true) {
                continue;
            }
            let name = normalised(&need.name);
            let wants = match &need.wants {
                Wants::Versions(versions) => Some(versions),
                _ => None,
            };
            match (packages.get(&name), wants) {
                (None, _) => broken
                    .push(format!("{} {} needs {name}, which is missing", package.name, package.version)),
                (Some(other), Some(wants)) if !wants.contains(&other.version) => {
                    broken.push(format!(
                        "{} {} needs {name}{wants}, not {}",
                        package.name, package.version, other.version
                    ));
                }
                _ => {}
            }
        }
    }
    let check = match broken.is_empty() {
        true => checks
            .check("needs", Status::Pass, "the installed packages fit one another", "已安装的包彼此兼容")
            .saw(format!("{} packages", packages.len())),
        false => checks
            .check(
                "needs",
                Status::Fail,
                "installed packages do not fit one another (as `pip check` says)",
                "已安装的包彼此冲突（同 `pip check`）",
            )
            .saw(list(&broken, 5))
            .advise(say("mend the pins, then install them again", "修正锁定后重新安装")),
    };
    checks.add(check);
}
