//! How to go on in a repository where nothing is configured yet: what the defaults judged by, and what comes next.

use super::words::Words;
use super::{Report, links};
use crate::findings::{Fix, Lang};

/// The heading and the entries; `None` where somebody configured something, or there was nothing to judge.
pub(super) fn of(report: &Report, words: Words) -> Option<[(&'static str, Vec<String>); 2]> {
    let lang = report.lang;
    let defaults: Vec<String> =
        report.summary.defaults.iter().map(|entry| entry.get(lang).to_owned()).collect();
    if defaults.is_empty() {
        return None;
    }
    let pick = |en: &'static str, zh: &'static str| if lang == Lang::En { en } else { zh };
    let mut steps: Vec<String> = Vec::new();
    if let Some(first) = report.findings.first() {
        let code = first.rule.code;
        steps.push(match lang {
            Lang::En => format!("`bklog-lint explain {code}` says why a rule reports and how to mend it"),
            Lang::Zh => format!("`bklog-lint explain {code}`：某条规则为何报告、如何修复"),
        });
        let fixable = |finding: &&crate::findings::Finding| matches!(finding.fix, Some(Fix::Safe { .. }));
        let fixable = report.findings.iter().filter(fixable).count();
        if fixable > 0 {
            steps.push(match lang {
                Lang::En => format!(
                    "`bklog-lint --fix --dry-run` shows what can be mended mechanically: {fixable} of them"
                ),
                Lang::Zh => format!("`bklog-lint --fix --dry-run`：查看可机械修复的 {fixable} 个问题"),
            });
        }
        let all = words.findings(report.findings.len());
        steps.push(match lang {
            Lang::En => format!(
                "`bklog-lint baseline` accepts what is there today ({all}); what is new fails from then on"
            ),
            Lang::Zh => format!("`bklog-lint baseline`：接受今天的 {all}，此后只有新问题会失败"),
        });
    }
    steps.push(
        pick(
            "`bklog-lint init` writes a commented bklog-lint.toml: server, versions of the upgrade, what to leave out",
            "`bklog-lint init`：生成带注释的 bklog-lint.toml（服务器、升级目标版本、排除项）",
        )
        .to_owned(),
    );
    let action = links::HOME
        .rsplit_once("://")
        .and_then(|(_, rest)| rest.split_once('/'))
        .map_or("", |(_, path)| path);
    let version = env!("CARGO_PKG_VERSION");
    steps.push(match lang {
        Lang::En => format!("`uses: {action}@v{version}` judges every pull request in GitHub Actions"),
        Lang::Zh => format!("`uses: {action}@v{version}`：在 GitHub Actions 中检查每个 PR"),
    });
    Some([
        (pick("Nothing is configured here; judged by the defaults", "此处没有配置，按默认值检查"), defaults),
        (pick("Next", "接下来"), steps),
    ])
}
