//! SQL that somebody wrote by hand: a file, or a literal of `RunSQL`.

use std::sync::Arc;

use crate::config::Config;
use crate::django::Migration;
use crate::findings::Finding;
use crate::mysql::removed::foreign;
use crate::mysql::words::significant;
use crate::mysql::{Server, SqlFile, Token, Words};
use crate::project::{Project, Workspace};
use crate::rules::raw_sql::{self, Sql};
use crate::rules::settings::database_sql_mode::may_take_zero_dates;
use crate::rules::{Basis, operation_subject, path_subject};
use crate::source::{SourceText, Span};

use super::files;

/// A piece of SQL.
pub(super) enum Piece<'a> {
    /// A `.sql` file.
    File { workspace: &'a Workspace, file: &'a SqlFile },
    /// A literal of `RunSQL`, with the significant tokens of its statements.
    Literal { project: &'a Project, migration: &'a Migration, sql: Sql<'a>, tokens: Vec<Vec<Token>> },
}

/// The SQL of MySQL or MariaDB: the files first, then what the migrations hold. What is another product's is the
/// matter of `not-mysql`.
pub(super) fn pieces(workspace: &Workspace) -> impl Iterator<Item = Piece<'_>> {
    let literals = workspace.projects.iter().flat_map(|project| {
        project.migrations.iter().flat_map(move |migration| {
            raw_sql::written(migration).into_iter().filter_map(move |sql| {
                let tokens: Vec<Vec<Token>> = sql.script.statements.iter().map(significant).collect();
                let is_foreign =
                    tokens.iter().any(|tokens| foreign(Words { text: &sql.text, tokens }).is_some());
                (!is_foreign).then_some(Piece::Literal { project, migration, sql, tokens })
            })
        })
    });
    files(workspace).map(move |file| Piece::File { workspace, file }).chain(literals)
}

impl Piece<'_> {
    /// The significant tokens of each statement.
    pub(super) fn statements(&self) -> Box<dyn Iterator<Item = Words<'_>> + '_> {
        match self {
            Self::File { file, .. } => Box::new(file.statements().map(|(_, words)| words)),
            Self::Literal { sql, tokens, .. } => {
                Box::new(tokens.iter().map(|tokens| Words { text: &sql.text, tokens }))
            }
        }
    }

    /// The server for which it is judged: that of its project, or what is assumed where nobody names one.
    pub(super) fn server(&self, config: &Config) -> Server {
        let project = match self {
            Self::File { workspace, file } => workspace.project_of(&file.text.path),
            Self::Literal { project, .. } => Some(*project),
        };
        Basis::server_of(project, config).0
    }

    /// The file that it stands in.
    pub(super) fn text(&self) -> &Arc<SourceText> {
        match self {
            Self::File { file, .. } => &file.text,
            Self::Literal { migration, .. } => &migration.file.text,
        }
    }

    /// Where a part of the SQL stands in that file.
    pub(super) fn place(&self, part: Span) -> Span {
        match self {
            Self::File { .. } => part,
            Self::Literal { sql, .. } => sql.place(part),
        }
    }

    /// The SQL at a span.
    pub(super) fn slice(&self, span: Span) -> &str {
        match self {
            Self::File { file, .. } => file.text.slice(span),
            Self::Literal { sql, .. } => {
                sql.text.get(span.start as usize..span.end as usize).unwrap_or_default()
            }
        }
    }

    /// Whether the connection that runs it may take dates of zeros; of a file nothing is known.
    pub(super) fn may_take_zero_dates(&self) -> bool {
        match self {
            Self::File { .. } => false,
            Self::Literal { project, .. } => may_take_zero_dates(project),
        }
    }

    /// Fills in what a finding speaks of, and what tells it apart from others.
    pub(super) fn describe(&self, finding: &mut Finding, what: impl Into<String>) {
        finding.subject = match self {
            Self::File { workspace, file } => path_subject(workspace, &file.text.path),
            Self::Literal { project, migration, sql, .. } => {
                operation_subject(project, migration, sql.operation)
            }
        };
        finding.discriminator = what.into();
    }
}
