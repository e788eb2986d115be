//! An editor in memory: says what a test wants, and waits for what the server says.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bklog_lint::analysis::{BaselineSource, ChangeOptions, ConfigurationSource, Request};
use bklog_lint::config::Date;
use bklog_lint::findings::Lang;
use bklog_lint::lsp::{self, Ending, LspError};
use bklog_lint::project::Parts;
use bklog_lint::triage::Scope;
use lsp_server::{Connection, Message, Notification, Request as Ask, RequestId, Response, ResponseError};
use lsp_types::Url;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Django project with git, on disk.
pub(crate) struct Disk {
    pub(crate) top: PathBuf,
    _folder: TempDir,
}

impl Disk {
    /// `main` holds an app `shop` with a model and its first migration; the field library calls `sku` wrong.
    pub(crate) fn project() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = Self { top: folder.path().canonicalize().unwrap(), _folder: folder };
        disk.write(
            "manage.py",
            "import django\nfrom django.core.management import execute_from_command_line\n",
        );
        disk.write("field_library.csv", "name,why,wrong\ngoods_no,number,sku\n");
        disk.write("shop/__init__.py", "");
        disk.write(
            "shop/models.py",
            "from django.db import models\n\n\nclass Box(models.Model):\n    pass\n",
        );
        disk.write("shop/migrations/__init__.py", "");
        disk.write(
            "shop/migrations/0001_initial.py",
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    initial = True\n    operations = [\n        migrations.CreateModel(\"Box\", [(\"id\", models.AutoField(primary_key=True))]),\n    ]\n",
        );
        disk.git("init -q -b main");
        disk.git("add -A");
        disk.git("commit -qm first");
        disk
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.top.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn uri(&self, path: &str) -> Url {
        Url::from_file_path(self.top.join(path)).unwrap()
    }

    pub(crate) fn git(&self, line: &str) {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
        let status = Command::new("git")
            .current_dir(&self.top)
            .args(identity)
            .args(line.split_whitespace())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .status()
            .unwrap();
        assert!(status.success(), "git {line}");
    }
}

/// What a request was answered with.
pub(crate) struct Answer {
    pub(crate) result: Option<Value>,
    pub(crate) error: Option<ResponseError>,
}

/// The editor's side of a session.
pub(crate) struct Client {
    connection: Connection,
    server: JoinHandle<Result<Ending, LspError>>,
    next: i32,
    /// What came while something else was waited for.
    kept: Vec<Message>,
    /// What `initialize` was answered with.
    pub(crate) begun: Value,
}

impl Client {
    /// Begins a session with these folders and abilities.
    pub(crate) fn begin(folders: &[&Path], capabilities: Value) -> Self {
        let folders: Vec<Value> = folders
            .iter()
            .map(|path| json!({ "uri": Url::from_file_path(path).unwrap(), "name": "folder" }))
            .collect();
        let folders = if folders.is_empty() { Value::Null } else { Value::Array(folders) };
        Self::begin_with(json!({ "capabilities": capabilities, "workspaceFolders": folders }))
    }

    pub(crate) fn begin_with(params: Value) -> Self {
        let (server, connection) = Connection::memory();
        let request = Request {
            paths: Vec::new(),
            configuration: ConfigurationSource::Found,
            select: vec!["naming".to_owned(), "analysis".to_owned(), "SUP001".to_owned()],
            ignore: Vec::new(),
            fail_on: None,
            lang: None,
            locale: Lang::En,
            field_library: None,
            baseline: BaselineSource::Configured,
            scope: Scope::Auto,
            diff_base: None,
            change: ChangeOptions::default(),
            target: None,
            environment: None,
            index: false,
            today: Date::today(),
            also: Parts::NONE,
            overlay: Default::default(),
        };
        let server = std::thread::spawn(move || lsp::serve(server, request));
        let mut client = Self { connection, server, next: 0, kept: Vec::new(), begun: Value::Null };
        client.begun = client.ask("initialize", params).result.unwrap();
        client.tell("initialized", json!({}));
        client
    }

    pub(crate) fn tell(&self, method: &str, params: Value) {
        self.connection.sender.send(Notification::new(method.to_owned(), params).into()).unwrap();
    }

    /// Sends a request without waiting; gives its id.
    pub(crate) fn send(&mut self, method: &str, params: Value) -> RequestId {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.connection.sender.send(Ask::new(id.clone(), method.to_owned(), params).into()).unwrap();
        id
    }

    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Answer {
        let id = self.send(method, params);
        self.response(&id)
    }

    pub(crate) fn response(&mut self, id: &RequestId) -> Answer {
        let wanted = |message: &Message| matches!(message, Message::Response(it) if it.id == *id);
        match self.wait(wanted) {
            Message::Response(Response { response_result: Ok(result), .. }) => {
                Answer { result: Some(result), error: None }
            }
            Message::Response(Response { response_result: Err(error), .. }) => {
                Answer { result: None, error: Some(error) }
            }
            other => panic!("{other:?}"),
        }
    }

    /// The parameters of the next notification or request of the server of this kind that `wanted` takes.
    pub(crate) fn next(&mut self, method: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let message = self.wait(|message| match message {
            Message::Notification(it) => it.method == method && wanted(&it.params),
            Message::Request(it) => it.method == method && wanted(&it.params),
            Message::Response(_) => false,
        });
        match message {
            Message::Notification(it) => it.params,
            Message::Request(it) => it.params,
            Message::Response(it) => panic!("{it:?}"),
        }
    }

    /// The diagnostics of a file once they are as `wanted`.
    pub(crate) fn diagnostics(&mut self, uri: &Url, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let params = self.next("textDocument/publishDiagnostics", |params| {
            params["uri"] == uri.as_str() && wanted(params["diagnostics"].as_array().unwrap())
        });
        params["diagnostics"].as_array().unwrap().clone()
    }

    fn wait(&mut self, wanted: impl Fn(&Message) -> bool) -> Message {
        if let Some(at) = self.kept.iter().position(&wanted) {
            return self.kept.remove(at);
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let message = self.connection.receiver.recv_timeout(left);
            let message = message.unwrap_or_else(|error| panic!("{error}; came: {:?}", self.kept));
            if wanted(&message) {
                return message;
            }
            self.kept.push(message);
        }
    }

    /// What came and was not waited for.
    pub(crate) fn came(&self) -> &[Message] {
        &self.kept
    }

    pub(crate) fn open(&self, uri: &Url, text: &str) {
        let document = json!({ "uri": uri, "languageId": "python", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub(crate) fn change(&self, uri: &Url, version: i32, text: &str) {
        let changes = json!([{ "text": text }]);
        let params = json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": changes });
        self.tell("textDocument/didChange", params);
    }

    /// Says good-bye as the protocol wants it.
    pub(crate) fn end(mut self) -> Ending {
        assert_eq!(self.ask("shutdown", Value::Null).error.map(|error| error.message), None);
        self.leave()
    }

    /// `exit` alone.
    pub(crate) fn leave(self) -> Ending {
        self.tell("exit", Value::Null);
        self.server.join().unwrap().unwrap()
    }

    /// Goes away without a word.
    pub(crate) fn vanish(self) -> Ending {
        drop(self.connection);
        self.server.join().unwrap().unwrap()
    }
}
