//! HIS001: a migration that was merged before does something else now.

use crate::django::Migration;
use crate::django::essence::Essence;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule, migration_subject};
use crate::source::Span;

/// HIS001 edited-after-merge.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "HIS001",
        name: "edited-after-merge",
        family: "history",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/history/edited-after-merge.md"),
    check: Check::Triage,
};

/// Reports that `migration` was something else in the base.
pub(crate) fn report(
    emit: &mut Emit<'_>,
    project: &Project,
    migration: &Migration,
    was: &Essence,
    is: &Essence,
) {
    let differences = Differences { was, is };
    if differences.is_code_alone() {
        // Databases that ran it keep their shape; new ones get the same shape by other code.
        emit.graded(Severity::Warning);
    }
    let Bilingual { en, zh } = differences.text();
    let finding = emit.at(
        &migration.file.text,
        differences.place(migration),
        Bilingual::new(
            format!("`{}` was merged before and is changed here: {en}", migration.name),
            format!("`{}` 早已合入，此处却被修改：{zh}", migration.name),
        ),
    );
    finding.help = Bilingual::new(
        "A database that has applied it never runs it again, so it will differ from one that is set up anew. Take the change back and put it into a new migration.",
        "已执行过它的数据库不会再次执行，与新建的数据库将不一致。请撤回修改，改为新增一个迁移。",
    );
    finding.subject = migration_subject(project, migration);
    finding.discriminator = migration.name.to_string();
}

/// What differs between two states of a migration.
struct Differences<'a> {
    was: &'a Essence,
    is: &'a Essence,
}

impl Differences<'_> {
    fn is_code_alone(&self) -> bool {
        Essence { code: Vec::new(), ..self.was.clone() } == Essence { code: Vec::new(), ..self.is.clone() }
    }

    /// The indexes of operations that are new or changed, and how many are gone.
    fn operations(&self) -> (Vec<usize>, usize) {
        let (was, is) = (&self.was.operations, &self.is.operations);
        let new = is.iter().enumerate().filter(|(_, one)| !was.contains(one)).map(|(at, _)| at).collect();
        let gone = was.iter().filter(|one| !is.contains(one)).count();
        (new, gone)
    }

    /// The first operation that changed, else the name of the class.
    fn place(&self, migration: &Migration) -> Span {
        let (new, _) = self.operations();
        let operation = new.first().and_then(|at| migration.file.operations.get(*at));
        operation.map_or(migration.file.class_name, |operation| operation.callee)
    }

    fn text(&self) -> Bilingual {
        let mut parts: Vec<(String, String)> = Vec::new();
        let names = ["dependencies", "run_before", "replaces"];
        for (at, name) in names.into_iter().enumerate() {
            let (was, is) = (&self.was.edges[at], &self.is.edges[at]);
            let listed = |list: &[String], other: &[String]| -> Vec<String> {
                list.iter().filter(|one| !other.contains(one)).map(|one| format!("`{one}`")).collect()
            };
            for (list, en, zh) in [(listed(is, was), "gains", "新增"), (listed(was, is), "loses", "去掉")]
            {
                if !list.is_empty() {
                    parts.push((
                        format!("`{name}` {en} {}", list.join(", ")),
                        format!("`{name}` {zh} {}", list.join("、")),
                    ));
                }
            }
        }
        if self.was.atomic != self.is.atomic {
            parts.push(("`atomic` is another".to_owned(), "`atomic` 变了".to_owned()));
        }
        if self.was.operations != self.is.operations {
            parts.push(match self.operations() {
                (new, 0) if new.is_empty() => {
                    ("its operations stand in another order".to_owned(), "操作的顺序变了".to_owned())
                }
                (new, 0) => {
                    (format!("{} of its operations are new", new.len()), format!("多了 {} 个操作", new.len()))
                }
                (new, gone) if new.is_empty() => {
                    (format!("{gone} of its operations are gone"), format!("少了 {gone} 个操作"))
                }
                (new, gone) if new.len() == gone => {
                    (format!("{gone} of its operations changed"), format!("有 {gone} 个操作变了"))
                }
                (new, gone) => (
                    format!("of its operations {} are new or changed, {gone} are gone or changed", new.len()),
                    format!("新增或改动 {} 个操作，去掉或改动 {gone} 个", new.len()),
                ),
            });
        }
        if self.was.code != self.is.code {
            parts.push(("the code that it runs changed".to_owned(), "它运行的代码变了".to_owned()));
        }
        let (en, zh): (Vec<String>, Vec<String>) = parts.into_iter().unzip();
        Bilingual::new(en.join("; "), zh.join("；"))
    }
}
