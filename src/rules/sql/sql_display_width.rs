//! SQL005: widths of integers.

use crate::config::Config;
use crate::findings::{Bilingual, Edit, Fix, RuleId, Severity, Standing};
use crate::mysql::columns::display_widths;
use crate::mysql::{Flavour, Server};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};
use crate::source::Span;

use super::piece::Piece;
use super::pieces;

/// SQL005 sql-display-width.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL005",
        name: "sql-display-width",
        family: "sql",
        severity: Severity::Info,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-display-width.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, config: &Config, emit: &mut Emit<'_>) {
    for piece in pieces(workspace) {
        // The version from which MySQL warns.
        let warns = |server: &Server| server.flavour == Flavour::MySql && server.newest().major >= 8;
        if !warns(&piece.server(config)) {
            continue;
        }
        let all: Vec<_> = piece.statements().flat_map(display_widths).collect();
        let Some(first) = all.first() else { continue };
        let written = piece.slice(*first).to_owned();
        let (more_en, more_zh) = match all.len() - 1 {
            0 => (String::new(), String::new()),
            more => (format!(" ({more} more here)"), format!("（此处另有 {more} 处）")),
        };
        let finding = emit.at(piece.text(), piece.place(*first),
            Bilingual::new(
                format!("the width of `{written}` limits nothing; MySQL 8.0 drops it, warns with 1681, and shows the type without it{more_en}"),
                format!("`{written}` 的宽度不限制任何内容；MySQL 8.0 会忽略它并给出警告 1681，显示类型时也不再带宽度{more_zh}"),
            ),
        );
        finding.help = Bilingual::new(
            "Leave it out. Scripts that compare SHOW CREATE TABLE between servers will see another type.",
            "请去掉宽度。对比不同服务器 SHOW CREATE TABLE 的脚本会看到差异。",
        );
        finding.fix = Some(fix(&piece, &all));
        piece.describe(finding, "");
    }
}

/// Takes the widths away, where no column is filled with zeros up to its width.
fn fix(piece: &Piece<'_>, widths: &[Span]) -> Fix {
    if let Piece::Literal { .. } = piece {
        return Fix::Refused(Bilingual::new(
            "the statement stands in a migration, next to a state that has to agree with it",
            "该语句写在迁移里，须与迁移的状态一致",
        ));
    }
    if piece.statements().any(|words| words.find("ZEROFILL").is_some()) {
        return Fix::Refused(Bilingual::new(
            "ZEROFILL fills numbers up to the width",
            "ZEROFILL 会按宽度补零",
        ));
    }
    let edits = widths.iter().filter_map(|width| {
        let word = piece.slice(*width).split('(').next()?.trim_end().len();
        Some(Edit::new(piece.text(), Span { start: width.start + word as u32, end: width.end }, ""))
    });
    let title = Bilingual::new("leave the widths out", "去掉宽度");
    Fix::Safe { title, edits: edits.collect() }
}
