//! `bklog-lint inspect`: what the analyser understood. A new view is a variant of [`View`] and its line in [`run`].

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use serde_json::Value as Json;

use super::arguments::{FaceArguments, InputArguments, TextOrJson, text_or_json};
use super::failure::{Failure, Outcome, Tone, say};
use super::language::Speech;
use super::{progress, terminal};
use crate::analysis::{self, Opened};
use crate::django::version::DjangoVersion;
use crate::findings::{Bilingual, Lang};
use crate::mysql::server::ServerError;
use crate::mysql::{Features, Server};
use crate::project::{Parts, Project};
use crate::report::inspect::{Only, graph, operations, pins, settings, sql, state};

const EXAMPLES: &str = "\
Examples:
  bklog-lint inspect graph
  bklog-lint inspect operations services/log --only orders.0003 --format json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct InspectArguments {
    #[command(subcommand)]
    pub(super) view: View,
}

#[derive(Debug, Subcommand)]
pub(super) enum View {
    /// Apps, migrations and their edges, as Django's loader would see them
    Graph(ViewArguments),
    /// The operations of every migration, with the fields that they define
    Operations(ViewArguments),
    /// Requirement files, what they include, and which versions of packages, Python and Django count
    Pins(ViewArguments),
    /// The models after the last migration, or after one that is named, with tables and columns
    State(StateArguments),
    /// The settings of every environment and where they come from; `--only` takes the name of a setting
    Settings(ViewArguments),
    /// The statements that Django would run, with the algorithm and the lock of each
    Sql(SqlArguments),
}

/// What `inspect state` takes.
#[derive(Debug, Args)]
pub(super) struct StateArguments {
    /// After this migration and all that it depends on [default: after the last one]
    #[arg(long, value_name = "APP.MIGRATION")]
    at: Option<String>,
    /// Server that decides column types [default: that of the configuration, else mysql-8.0]
    #[arg(long, value_name = "SERVER")]
    server: Option<Server>,
    /// Release of Django that decides column types: 2.2, 3.2, 4.2 or 5.2
    #[arg(long, value_name = "VERSION", default_value = "4.2")]
    django: DjangoVersion,
    #[command(flatten)]
    shared: ViewArguments,
}

/// What `inspect sql` takes.
#[derive(Debug, Args)]
pub(super) struct SqlArguments {
    /// Server that the statements are for: mysql-8.0.36, mariadb-10.11 [default: that of the configuration]
    #[arg(long, value_name = "SERVER")]
    server: Option<Server>,
    /// Release of Django that runs the migrations: 2.2, 3.2, 4.2 or 5.2 [default: the one that the project pins]
    #[arg(long, value_name = "VERSION")]
    django: Option<DjangoVersion>,
    #[command(flatten)]
    shared: ViewArguments,
}

/// What every view takes.
#[derive(Debug, Args)]
pub(super) struct ViewArguments {
    /// Repository, project, or a part of one [default: the working directory]
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true, value_hint = ValueHint::AnyPath)]
    path: PathBuf,
    /// Format on standard output
    #[arg(long, value_name = "FORMAT", value_parser = text_or_json(), default_value = "text", help_heading = "Output")]
    format: TextOrJson,
    /// Only this app, or the migrations of it whose name begins so
    #[arg(long, value_name = "APP[.MIGRATION]")]
    only: Option<String>,
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    pub(super) face: FaceArguments,
}

impl View {
    /// What every view takes.
    pub(super) fn shared(&self) -> &ViewArguments {
        match self {
            Self::Graph(shared) | Self::Operations(shared) | Self::Pins(shared) | Self::Settings(shared) => {
                shared
            }
            Self::State(arguments) => &arguments.shared,
            Self::Sql(arguments) => &arguments.shared,
        }
    }

    /// What it needs beside the migrations.
    fn parts(&self) -> Parts {
        match self {
            Self::Graph(_) | Self::Operations(_) => Parts::NONE,
            Self::Pins(_) | Self::State(_) | Self::Sql(_) => Parts::PINS,
            Self::Settings(_) => Parts::ALL,
        }
    }
}

pub(super) fn run(arguments: &InspectArguments, speech: Speech) -> Result<Outcome, Failure> {
    let asked = Asked::open(arguments.view.shared(), arguments.view.parts(), speech)?;
    if !matches!(arguments.view, View::Settings(_)) {
        asked.check_only()?;
    }
    match &arguments.view {
        View::Graph(_) => asked.show(graph::graph_json, graph::graph_text),
        View::Settings(_) => asked.show(settings::settings_json, settings::settings_text),
        View::Operations(_) => asked.show(operations::operations_json, operations::operations_text),
        View::Pins(shared) if shared.only.is_some() => Err(Failure::Usage(Bilingual::new(
            "--only names apps and migrations; `inspect pins` shows whole projects",
            "--only 用于应用和迁移；`inspect pins` 显示整个项目",
        ))),
        View::Pins(_) => asked.show(
            |projects, _| pins::pins_json(projects),
            |projects, _, lang| pins::pins_text(projects, lang),
        ),
        View::State(arguments) => asked.state(arguments),
        View::Sql(arguments) => {
            let server = asked.server(arguments.server.as_ref())?;
            let django = asked.django(arguments.django)?;
            let question = |only: &Only| sql::Asked {
                snapshot: &asked.opened.workspace.snapshot,
                server: server.clone(),
                django,
                only: only.clone(),
            };
            asked.show(
                |projects, only| sql::sql_json(projects, &question(only)),
                |projects, only, lang| sql::sql_text(projects, &question(only), lang),
            )
        }
    }
}

/// What was asked for, read.
struct Asked {
    opened: Opened,
    only: Only,
    format: TextOrJson,
}

impl Asked {
    fn open(arguments: &ViewArguments, parts: Parts, speech: Speech) -> Result<Self, Failure> {
        arguments.input.set_threads()?;
        let request = arguments.input.request(std::slice::from_ref(&arguments.path), speech);
        let opened = progress::during(speech.lang(), || analysis::open(&request, parts))?;
        let only = arguments.only.as_deref().map(Only::parse).unwrap_or_default();
        Ok(Self { opened, only, format: arguments.format })
    }

    /// `inspect state`. Hardly a column type depends on the server, so none need be named.
    fn state(&self, arguments: &StateArguments) -> Result<Outcome, Failure> {
        let server = match self.configured_server(arguments.server.as_ref())? {
            Some(server) => server,
            None => Server::mysql(8, 0),
        };
        let question = |only: &Only| state::Asked {
            snapshot: &self.opened.workspace.snapshot,
            features: Features::new(arguments.django, &server),
            only: only.clone(),
            at: arguments.at.as_deref().map(Only::parse),
        };
        if let Some(problem) = question(&self.only).problem(&self.opened.workspace.projects) {
            return Err(Failure::Usage(problem));
        }
        self.show(
            |projects, only| state::state_json(projects, &question(only)),
            |projects, only, lang| state::state_text(projects, &question(only), lang),
        )
    }

    /// Refuses an app or migration that is not there.
    fn check_only(&self) -> Result<(), Failure> {
        match self.only.problem(&self.opened.workspace.projects) {
            Some(problem) => Err(Failure::Usage(problem)),
            None => Ok(()),
        }
    }

    /// The release of Django that the command line names, else the one that all projects pin.
    fn django(&self, given: Option<DjangoVersion>) -> Result<DjangoVersion, Failure> {
        let pinned = self.opened.workspace.projects.iter().filter_map(|project| project.versions.django.to);
        let pinned: std::collections::BTreeSet<DjangoVersion> = pinned.collect();
        let one = if pinned.len() == 1 { pinned.first().copied() } else { None };
        given.or(one).ok_or_else(|| {
            Failure::Usage(Bilingual::new(
                "which Django? no single release is pinned here; pass --django, for example --django 4.2",
                "哪个 Django 版本？此处没有锁定唯一的版本；请用 --django 指定，例如 --django 4.2",
            ))
        })
    }

    /// The server that the command line names, else the one of the configuration.
    fn server(&self, given: Option<&Server>) -> Result<Server, Failure> {
        let Some(server) = self.configured_server(given)? else {
            return Err(Failure::Usage(Bilingual::new(
                "which server? pass --server, for example --server mysql-8.0.36, or set [database] server",
                "哪种服务器？请用 --server 指定，例如 --server mysql-8.0.36，或设置 [database] server",
            )));
        };
        Ok(server)
    }

    /// The same, when one of them names a server.
    fn configured_server(&self, given: Option<&Server>) -> Result<Option<Server>, Failure> {
        if let Some(server) = given {
            return Ok(Some(server.clone()));
        }
        let Some(text) = &self.opened.loaded.config.database.server else { return Ok(None) };
        text.parse().map(Some).map_err(|error: ServerError| {
            Failure::Usage(Bilingual::new(error.to_string(), error.to_string()))
        })
    }

    fn show(
        &self,
        json: impl FnOnce(&[Project], &Only) -> Json,
        text: impl FnOnce(&[Project], &Only, Lang) -> String,
    ) -> Result<Outcome, Failure> {
        let Opened { workspace, lang, root, .. } = &self.opened;
        let projects = &workspace.projects;
        terminal::print(|out| match self.format {
            TextOrJson::Json => {
                serde_json::to_writer_pretty(&mut *out, &json(projects, &self.only))?;
                writeln!(out)
            }
            TextOrJson::Text => writeln!(out, "{}", text(projects, &self.only, *lang).trim_end()),
        })?;
        for missing in &workspace.not_analysed {
            let why = missing.why.describe();
            let text = format!("{}{}: {}", root.display_prefix, missing.path, why.get(*lang));
            say(Tone::Warning, *lang, &text);
        }
        if projects.is_empty() { Err(Failure::Usage(nothing())) } else { Ok(Outcome::Done) }
    }
}

fn nothing() -> Bilingual {
    Bilingual::new(
        "no Django project here: none has a manage.py, and the configuration names none under [[project]]",
        "这里没有 Django 项目：既没有 manage.py，配置中也没有 [[project]]",
    )
}
