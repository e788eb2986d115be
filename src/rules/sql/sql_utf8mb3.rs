//! SQL002: the character set utf8mb3, which most files call utf8.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Words;
use crate::mysql::charset::{Mention, Of, utf8mb3};
use crate::mysql::objects::object_statement;
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use super::pieces;

/// SQL002 sql-utf8mb3.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL002",
        name: "sql-utf8mb3",
        family: "sql",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-utf8mb3.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, config: &Config, emit: &mut Emit<'_>) {
    for piece in pieces(workspace) {
        let is_mariadb = piece.server(config).is_mariadb();
        for words in piece.statements() {
            let mentions = utf8mb3(words);
            let stored = mentions.iter().find(|mention| mention.of == Of::Stored);
            // One finding for a statement: what is stored weighs more than what a connection or a value says.
            let Some(mention) = stored.or(mentions.first()) else { continue };
            if mention.of != Of::Stored {
                emit.graded(Severity::Info);
            }
            let finding =
                emit.at(piece.text(), piece.place(mention.span), message(mention, words, is_mariadb));
            finding.help = help(mention.of);
            let object = object_statement(words).and_then(|found| Some(found.names.first()?.name.clone()));
            piece.describe(finding, format!("{:?} {}", mention.of, object.unwrap_or_default()));
        }
    }
}

fn message(mention: &Mention, words: Words<'_>, is_mariadb: bool) -> Bilingual {
    let name = &mention.name;
    let object = object_statement(words).filter(|_| mention.of == Of::Stored);
    let (of_en, of_zh) = match object.as_ref().and_then(|found| Some((found.object, found.names.first()?))) {
        Some(("DATABASE", name)) => {
            (format!(" for database `{}`", name.name), format!("数据库 `{}` 使用 ", name.name))
        }
        Some(("TABLE", name)) => (format!(" in table `{}`", name.name), format!("表 `{}` 使用 ", name.name)),
        _ => (String::new(), String::new()),
    };
    let (gone_en, gone_zh) = if is_mariadb {
        ("", "")
    } else {
        (", and MySQL has deprecated it and will remove it", "；且 MySQL 已将其废弃，今后会移除")
    };
    match mention.of {
        Of::Stored => Bilingual::new(
            format!(
                "`{name}`{of_en} is utf8mb3: it has no room for characters of four bytes (emoji, rare Chinese characters), which fail with 1366{gone_en}"
            ),
            format!("{of_zh}`{name}` 即 utf8mb3：存不下四字节字符（表情、生僻汉字），写入时报 1366{gone_zh}"),
        ),
        Of::Connection => Bilingual::new(
            format!(
                "the connection of this script speaks `{name}`, which is utf8mb3: characters of four bytes in the file arrive as `?`{gone_en}"
            ),
            format!("脚本的连接使用 `{name}`，即 utf8mb3：文件中的四字节字符会变成 `?`{gone_zh}"),
        ),
        Of::Value => {
            Bilingual::new(format!("`{name}` is utf8mb3{gone_en}"), format!("`{name}` 即 utf8mb3{gone_zh}"))
        }
    }
}

fn help(of: Of) -> Bilingual {
    match of {
        Of::Stored => Bilingual::new(
            "Write `utf8mb4` and, where a collation is named, `utf8mb4_general_ci`, which all servers from 5.7 on know. Where the file has run, \
             the database keeps its character set: change it with ALTER DATABASE, and its tables with ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4, which copies each.",
            "请改为 `utf8mb4`；若写明了排序规则，可用 5.7 以来各版本都支持的 `utf8mb4_general_ci`。已执行过该文件的库不会随之改变：\
             需要 ALTER DATABASE 修改库，并对其中的表执行 ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4（会复制整张表）。",
        ),
        Of::Connection => Bilingual::new("Write `SET NAMES utf8mb4`.", "请写成 `SET NAMES utf8mb4`。"),
        Of::Value => Bilingual::new("Write `utf8mb4`.", "请改为 `utf8mb4`。"),
    }
}
