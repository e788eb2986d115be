//! SQL002: the character set utf8mb3, which most files call utf8.

use crate::config::Config;
use crate::findings::{Bilingual, Edit, Fix, RuleId, Severity, Standing};
use crate::mysql::Words;
use crate::mysql::charset::{Mention, Of, in_utf8mb4, utf8mb3};
use crate::mysql::objects::object_statement;
use crate::mysql::widen::{Obstacle, fits_utf8mb4};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use crate::source::Span;

use super::piece::Piece;
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
            finding.fix = Some(fix(&piece, words, &mentions));
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

/// Every mention of the statement in utf8mb4: a character set and its collation go together.
fn fix(piece: &Piece<'_>, words: Words<'_>, mentions: &[Mention]) -> Fix {
    if let Piece::Literal { .. } = piece {
        return Fix::Refused(Bilingual::new(
            "the statement stands in a migration, next to a state that has to agree with it",
            "该语句写在迁移里，须与迁移的状态一致",
        ));
    }
    if let Piece::File { file, .. } = piece
        && file.is_dump
    {
        return Fix::Refused(Bilingual::new(
            "the file is a dump, which a program wrote",
            "该文件是程序导出的转储",
        ));
    }
    if let Err(obstacle) = fits_utf8mb4(words) {
        return Fix::Refused(refusal(&obstacle));
    }
    let mut edits = Vec::new();
    for mention in mentions {
        let Some(name) = in_utf8mb4(&mention.name) else {
            let name = &mention.name;
            return Fix::Refused(Bilingual::new(
                format!("utf8mb4 has no collation of the order of `{name}` on all servers"),
                format!("utf8mb4 没有在各服务器上都与 `{name}` 顺序相同的排序规则"),
            ));
        };
        // Quotes stay.
        let quoted = words.slice(mention.span).starts_with(['\'', '"', '`']);
        let inner = u32::from(quoted);
        let span = Span { start: mention.span.start + inner, end: mention.span.end - inner };
        edits.push(Edit::new(piece.text(), span, name));
    }
    edits.dedup_by(|a, b| a.is(b));
    Fix::Safe { title: Bilingual::new("write utf8mb4", "改为 utf8mb4"), edits }
}

fn refusal(obstacle: &Obstacle) -> Bilingual {
    match obstacle {
        Obstacle::TableElsewhere => Bilingual::new(
            "the columns and keys of the table stand elsewhere, and may not fit with four bytes for a character",
            "表的列和索引定义在别处，每字符四字节时可能超长",
        ),
        Obstacle::ForeignKey(column) => Bilingual::new(
            format!("`{column}` is a foreign key on a text: both sides must have one character set"),
            format!("`{column}` 是文本外键：两端字符集必须一致"),
        ),
        Obstacle::KeyTooLong(bytes) => Bilingual::new(
            format!("a key may take {bytes} bytes with four for a character, more than the 3072 of InnoDB"),
            format!("按每字符四字节，索引可能达 {bytes} 字节，超过 InnoDB 的 3072"),
        ),
        Obstacle::RowTooLong(bytes) => Bilingual::new(
            format!(
                "a row may take {bytes} bytes with four for a character, more than the 65535 of the server"
            ),
            format!("按每字符四字节，一行可能达 {bytes} 字节，超过服务器的 65535"),
        ),
        Obstacle::OtherLimits(word) => Bilingual::new(
            format!("keys and rows of {word} have limits of their own"),
            format!("{word} 的索引和行另有长度限制"),
        ),
        Obstacle::NotUnderstood => Bilingual::new(
            "whether the statement works with four bytes for a character is not known",
            "无法得知每字符四字节时该语句是否可行",
        ),
    }
}
