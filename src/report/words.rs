//! The labels of human-readable formats, English and Chinese.

use super::tally::Hidden;
use crate::findings::{Lang, Severity};

/// `1 warning`, `2 warnings`.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    let (stem, ending) = match noun.strip_suffix('y') {
        _ if n == 1 => (noun, ""),
        Some(stem) => (stem, "ies"),
        None => (noun, "s"),
    };
    format!("{n} {stem}{ending}")
}

/// Labels in one language.
#[derive(Clone, Copy)]
pub(super) struct Words(pub(super) Lang);

impl Words {
    fn pick(self, en: &'static str, zh: &'static str) -> &'static str {
        match self.0 {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }

    /// `3 errors`: an English noun follows its number in the plural; a Chinese one needs its measure word instead.
    fn count(self, n: usize, en: &str, zh: &str) -> String {
        match self.0 {
            Lang::En => counted(n, en),
            Lang::Zh => format!("{n} {zh}"),
        }
    }

    pub(super) fn severity(self, severity: Severity) -> &'static str {
        match severity {
            Severity::Error => self.pick("error", "错误"),
            Severity::Warning => self.pick("warning", "警告"),
            Severity::Info => self.pick("info", "提示"),
        }
    }

    pub(super) fn help(self) -> &'static str {
        self.pick("help", "建议")
    }

    pub(super) fn fix(self) -> &'static str {
        self.pick("fix", "修复")
    }

    /// What `--fix` does about a finding.
    pub(super) fn fix_text(self, title: &str) -> String {
        match self.0 {
            Lang::En => format!("`--fix` can {title}"),
            Lang::Zh => format!("`--fix` 可{title}"),
        }
    }

    pub(super) fn note(self) -> &'static str {
        self.pick("note", "说明")
    }

    pub(super) fn goes_on_to(self, line: u32) -> String {
        match self.0 {
            Lang::En => format!("goes on to line {line}"),
            Lang::Zh => format!("一直到第 {line} 行"),
        }
    }

    /// Between a label and what it labels.
    pub(super) fn colon(self) -> &'static str {
        self.pick(": ", "：")
    }

    /// Between the entries of a list on one line.
    pub(super) fn comma(self) -> &'static str {
        self.pick(", ", "，")
    }

    pub(super) fn rule(self) -> &'static str {
        self.pick("Rule", "规则")
    }

    pub(super) fn place(self) -> &'static str {
        self.pick("Place", "位置")
    }

    pub(super) fn message(self) -> &'static str {
        self.pick("Message", "说明")
    }

    pub(super) fn severity_label(self) -> &'static str {
        self.pick("Severity", "级别")
    }

    pub(super) fn findings(self, n: usize) -> String {
        self.count(n, "finding", "个问题")
    }

    pub(super) fn no_findings(self) -> &'static str {
        self.pick("No findings in what was analysed", "在已分析的内容中没有发现问题")
    }

    /// `2 errors, 1 warning, 0 info`.
    pub(super) fn severities(self, counts: &[(Severity, usize)]) -> String {
        let part = |(severity, n): &(Severity, usize)| match (self.0, severity) {
            (Lang::En, Severity::Info) => format!("{n} info"),
            (Lang::En, Severity::Error) => self.count(*n, "error", ""),
            (Lang::En, Severity::Warning) => self.count(*n, "warning", ""),
            (Lang::Zh, severity) => format!("{} {n}", self.severity(*severity)),
        };
        counts.iter().map(part).collect::<Vec<_>>().join(self.comma())
    }

    pub(super) fn analysed(self) -> &'static str {
        self.pick("Analysed", "已分析")
    }

    pub(super) fn nothing(self) -> &'static str {
        self.pick("nothing", "无")
    }

    pub(super) fn projects(self, n: usize) -> String {
        self.count(n, "Django project", "个 Django 项目")
    }

    pub(super) fn apps_and_migrations(self, apps: usize, migrations: usize) -> String {
        match self.0 {
            Lang::En => {
                format!("{} in {}", self.count(migrations, "migration", ""), self.count(apps, "app", ""))
            }
            Lang::Zh => format!("{apps} 个应用，{migrations} 个迁移"),
        }
    }

    /// Files of a kind; a kind without words of its own goes by its key.
    pub(super) fn files(self, kind: &str, n: usize) -> String {
        match kind {
            "migration" => match self.0 {
                Lang::En => format!("{} in migrations folders", self.count(n, "file", "")),
                Lang::Zh => format!("{n} 个迁移目录中的文件"),
            },
            "python" => self.count(n, "other Python file", "个其他 Python 文件"),
            kind => self.count(n, &format!("{kind} file"), &format!("个 {kind} 文件")),
        }
    }

    /// Why findings are hidden.
    pub(super) fn hidden(self, why: Hidden) -> &'static str {
        match why {
            Hidden::Inline => self.pick("Hidden by comments in the source", "被源码中的注释忽略"),
            Hidden::Configuration => {
                self.pick("Hidden by [[ignore]] in the configuration", "被配置中的 [[ignore]] 忽略")
            }
            Hidden::Baseline => self.pick("Hidden by the baseline", "被基线忽略"),
            Hidden::History => self.pick(
                "Hidden as applied history (--all shows it)",
                "属于已应用的历史迁移，已隐藏（--all 可显示）",
            ),
            Hidden::NotChanged => {
                self.pick("Hidden because the base has it too", "在基准版本中已存在，已隐藏")
            }
        }
    }

    pub(super) fn not_analysed(self, n: usize) -> String {
        match self.0 {
            Lang::En if n == 1 => "Not analysed: 1 file or folder; nothing is known of it".to_owned(),
            Lang::En => format!("Not analysed: {n} files or folders; nothing is known of them"),
            Lang::Zh => format!("未分析：{n} 个文件或目录，其内容未知"),
        }
    }

    pub(super) fn not_django(self, n: usize) -> String {
        match self.0 {
            Lang::En if n == 1 => "In migrations folders, but not Django's: 1 file".to_owned(),
            Lang::En => format!("In migrations folders, but not Django's: {n} files"),
            Lang::Zh => format!("位于迁移目录中但不属于 Django：{n} 个文件"),
        }
    }

    pub(super) fn unknown(self, n: usize) -> String {
        match self.0 {
            Lang::En if n == 1 => "Not determined by the source: 1 place".to_owned(),
            Lang::En => format!("Not determined by the source: {n} places"),
            Lang::Zh => format!("源码无法确定：{n} 处"),
        }
    }

    pub(super) fn notices(self) -> &'static str {
        self.pick("Notes", "说明")
    }

    pub(super) fn more(self, n: usize) -> String {
        match self.0 {
            Lang::En => format!("and {n} more (--verbose lists all)"),
            Lang::Zh => format!("另有 {n} 项（--verbose 可列出全部）"),
        }
    }

    pub(super) fn more_findings(self, n: usize) -> String {
        match self.0 {
            Lang::En => format!("{} more, not shown here for lack of space", self.findings(n)),
            Lang::Zh => format!("另有{}，因篇幅所限未在此列出", self.findings(n)),
        }
    }

    /// For GitHub's limit on annotations.
    pub(super) fn more_annotations(self, severity: Severity, n: usize) -> String {
        match self.0 {
            Lang::En => format!(
                "{n} more at level {}; GitHub shows 10 annotations per level and step. The log, the JSON and the \
                 SARIF report hold all",
                self.severity(severity)
            ),
            Lang::Zh => format!(
                "另有 {n} 条{}；GitHub 每个步骤每个级别只显示 10 条注解，完整结果见日志、JSON 或 SARIF 报告",
                self.severity(severity)
            ),
        }
    }

    pub(super) fn since(self, version: &str) -> String {
        match self.0 {
            Lang::En => format!("since {version}"),
            Lang::Zh => format!("自 {version} 起"),
        }
    }

    pub(super) fn suppressed_reason(self, reason: &str) -> String {
        match (self.0, reason.trim()) {
            (Lang::En, "") => "no reason given".to_owned(),
            (Lang::Zh, "") => "未写明原因".to_owned(),
            (_, reason) => reason.to_owned(),
        }
    }

    pub(super) fn project_heading(self, project: Option<&str>, app: Option<&str>) -> String {
        match (project, app) {
            (Some(project), Some(app)) => format!("{project} / {app}"),
            (Some(only), None) | (None, Some(only)) => only.to_owned(),
            (None, None) => self.pick("outside of Django projects", "不在 Django 项目中").to_owned(),
        }
    }
}
