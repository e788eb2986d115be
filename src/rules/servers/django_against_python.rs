//! SRV003: a Python that the Django to run on does not take.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::inventory::compact;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{release, report_at_django};

/// SRV003 django-against-python.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SRV003",
        name: "django-against-python",
        family: "servers",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/servers/django-against-python.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let aims = &project.pins.aims;
    let (Some(release), Some(python), Some(version)) =
        (release(project), &aims.python.version, &aims.django.version)
    else {
        return;
    };
    let django = &release.version;
    let (major, minor) = python.feature();
    let feature = format!("{major}.{minor}");
    let named = release.pythons.contains(&feature);
    let since = release.python_since.get(&feature).filter(|_| version.is_exact());
    let range = release.python_range();
    let (severity, message) = if !release.requires_python.is_empty() && !python.fits(&release.requires_python)
    {
        let wanted = compact(&release.requires_python);
        (
            Severity::Error,
            Bilingual::new(
                format!("Django {django} declares Python {wanted}, which leaves out Python {python}"),
                format!("Django {django} 声明支持 Python {wanted}，不包括 Python {python}"),
            ),
        )
    } else if !named {
        (
            Severity::Warning,
            Bilingual::new(
                format!("Django {django} supports Python {}, not {python}", range.en),
                format!("Django {django} 支持 Python {}，不支持 {python}", range.zh),
            ),
        )
    } else if let Some(since) = since.filter(|since| version.version() < *since) {
        (
            Severity::Warning,
            Bilingual::new(
                format!("Django supports Python {feature} from {since} on, not yet in {version}"),
                format!("Django 从 {since} 起支持 Python {feature}，{version} 尚不支持"),
            ),
        )
    } else {
        return;
    };
    let finding = report_at_django(emit.graded(severity), project, message);
    finding.discriminator = feature;
    finding.help = Bilingual::new(
        format!("Choose a Python that both Djangos of the upgrade support; {django} takes {}.", range.en),
        format!("请选择升级前后两个 Django 都支持的 Python；{django} 支持 {}。", range.zh),
    );
}
