//! `inspect pins` for people.

use std::fmt::Write as _;

use crate::findings::{Bilingual, Lang};
use crate::pins::inventory::{Leads, Pin, compact};
use crate::project::Project;
use crate::project::pins::{Aim, Origin};

use super::super::below;
use super::{development, line};

/// `inspect pins` for people: what each project is to run on, its files, what the program gets and from where, and of
/// which packages nothing is known.
pub fn pins_text(projects: &[Project], lang: Lang) -> String {
    let mut out = String::new();
    for project in projects {
        // Writing to a String cannot fail.
        let _ = project_text(&mut out, project, lang);
        out.push('\n');
    }
    out
}

fn project_text(out: &mut String, project: &Project, lang: Lang) -> std::fmt::Result {
    let pins = &project.pins;
    let inventory = &pins.inventory;
    writeln!(out, "{}", project.name)?;
    aim_text(out, project, "Django", &pins.aims.django, lang)?;
    aim_text(out, project, "Python", &pins.aims.python, lang)?;
    if let Some((flavour, version)) = &pins.aims.server {
        writeln!(out, "  {} {version}", flavour.key())?;
    }
    for (text, floor) in &pins.floors {
        let numbers = |floor: &Option<Vec<u64>>| {
            floor.as_ref().map_or_else(
                || "?".to_owned(),
                |numbers| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join("."),
            )
        };
        let place = format!("{}:{}", below(project, &text.path), line(text, floor.span));
        let says = if floor.check_removed {
            Bilingual::new("Django does not check the database server", "Django 不检查数据库服务器")
        } else {
            let (mysql, mariadb) = (numbers(&floor.mysql), numbers(&floor.mariadb));
            Bilingual::new(
                format!("Django connects to MySQL {mysql}, MariaDB {mariadb} and later"),
                format!("Django 可连接 MySQL {mysql}、MariaDB {mariadb} 及以上"),
            )
        };
        writeln!(out, "  {} ({place})", says.get(lang))?;
    }
    files_text(out, project, lang)?;
    let heading = Bilingual::new("The program gets", "程序使用的包");
    packages_text(out, project, &heading, &inventory.all_chosen().collect::<Vec<_>>(), lang)?;
    let heading = Bilingual::new("Developers get beside it", "开发另用的包");
    packages_text(out, project, &heading, &development(inventory).collect::<Vec<_>>(), lang)
}

fn aim_text(out: &mut String, project: &Project, what: &str, aim: &Aim, lang: Lang) -> std::fmt::Result {
    let Some(version) = &aim.version else {
        let unknown = Bilingual::new("not known", "未知");
        return writeln!(out, "  {what}: {} ({})", unknown.get(lang), aim.reason.get(lang));
    };
    let place = aim.place.as_ref().map(|(path, _)| below(project, path)).unwrap_or_default();
    let whence = match (aim.origin, &aim.pinned) {
        (Origin::Target, Some(pinned)) => {
            Bilingual::new(format!("target; {pinned} in {place}"), format!("目标；{place} 中为 {pinned}"))
        }
        (Origin::Target, None) => Bilingual::new("target", "目标"),
        _ => Bilingual::new(place, place),
    };
    writeln!(out, "  {what} {version} ({})", whence.get(lang))
}

fn count_of(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn files_text(out: &mut String, project: &Project, lang: Lang) -> std::fmt::Result {
    let inventory = &project.pins.inventory;
    writeln!(out, "\n  {}", Bilingual::new("Files", "文件").get(lang))?;
    for (at, file) in inventory.files.iter().enumerate() {
        let path = below(project, &file.text.path);
        let entries = file.declared.entries.len();
        let mut says = vec![file.role.describe().get(lang).to_owned()];
        if entries > 0 {
            let count = Bilingual::new(count_of(entries, "requirement"), format!("{entries} 项依赖"));
            says.push(count.get(lang).to_owned());
        }
        says.extend(file.declared.pythons.iter().map(|claim| format!("Python {}", compact(&claim.versions))));
        let problems = file.declared.problems.len();
        if problems > 0 {
            let count =
                Bilingual::new(format!("{problems} not understood"), format!("{problems} 处无法理解"));
            says.push(count.get(lang).to_owned());
        }
        writeln!(out, "    {path}: {}", says.join(", "))?;
        for followed in inventory.includes.iter().filter(|followed| followed.from == at) {
            let Some(include) = inventory.include(followed) else { continue };
            let state = match followed.leads {
                Leads::To(_) => Bilingual::default(),
                Leads::Missing(_) => Bilingual::new(" (missing)", "（不存在）"),
                Leads::Outside => {
                    Bilingual::new(" (outside the repository, not read)", "（在仓库之外，未读取）")
                }
                Leads::NotKnown => Bilingual::new(" (not read)", "（未读取）"),
            };
            let option = if include.constraint { "-c" } else { "-r" };
            writeln!(out, "      {option} {}{}", include.target, state.get(lang))?;
        }
    }
    Ok(())
}

fn packages_text(
    out: &mut String,
    project: &Project,
    heading: &Bilingual,
    packages: &[Pin<'_>],
    lang: Lang,
) -> std::fmt::Result {
    if packages.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  {} ({})", heading.get(lang), packages.len())?;
    for pin in packages {
        let place =
            format!("{}:{}", below(project, &pin.file.text.path), line(&pin.file.text, pin.entry.span));
        let version = pin.entry.pinned();
        let known = version.and_then(|version| project.pins.inventory.known(&pin.entry.name, version));
        let needs = match known {
            Some((package, _)) => package
                .requires_python
                .as_ref()
                .map_or_else(String::new, |range| format!("  Python {}", compact(range))),
            None => format!("  {}", Bilingual::new("needs not known", "依赖未知").get(lang)),
        };
        // A lock file's requirement is its version alone.
        let shown = pin.shown();
        let shown = match version {
            Some(version) if !shown.starts_with(pin.entry.written.as_ref()) => {
                format!("{}=={version}", pin.entry.written)
            }
            _ => shown,
        };
        writeln!(out, "    {shown}  {place}{needs}")?;
    }
    Ok(())
}
