//! The loop: what the editor says, what the workers bring, what is due.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, select};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request as Ask, RequestId, Response};
use lsp_types::notification::{self, Notification as _};
use lsp_types::request::{self, Request as _};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProviderCapability,
    DidChangeTextDocumentParams, DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern,
    HoverParams, HoverProviderCapability, InitializeParams, InitializeResult, MessageType, OneOf,
    PublishDiagnosticsParams, Registration, RegistrationParams, SaveOptions, ServerCapabilities, ServerInfo,
    ShowMessageParams, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, Url, WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::documents::{Document, Documents, path_of};
use super::folders::Folder;
use super::positions::Encoding;
use super::work::{Answer, Check, Checked, Question, Workers};
use super::{Ending, LspError, actions, diagnostics};
use crate::analysis::{AnalysisError, Request};
use crate::config::Date;
use crate::findings::Lang;
use crate::report::visible;
use crate::source::FileKind;

/// What the editor can do, as far as it matters here.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Abilities {
    /// It takes edits with the versions of buffers.
    pub(super) document_changes: bool,
    /// It shows other places of a diagnostic.
    pub(super) related: bool,
    /// It tells of changed files when asked to.
    watches: bool,
}

/// One session.
pub(super) struct Server {
    out: Sender<Message>,
    inbox: Receiver<Message>,
    request: Request,
    encoding: Encoding,
    abilities: Abilities,
    documents: Documents,
    folders: Vec<Folder>,
    next_folder: u64,
    workers: Workers,
    /// Questions that are not answered yet.
    open: BTreeSet<RequestId>,
    shut_down: bool,
}

/// Files whose changes matter, beside open buffers.
const WATCHED: &str = "**/{*.py,*.sql,*.toml,*.txt,*.in,*.cfg,*.yml,*.yaml,*.csv,*.html,Pipfile,*.lock,bklog-lint-baseline.json}";

impl Server {
    /// Answers `initialize`.
    pub(super) fn begin(
        connection: Connection,
        id: RequestId,
        params: serde_json::Value,
        mut request: Request,
    ) -> Result<Self, LspError> {
        let Connection { sender: out, receiver: inbox } = connection;
        let params: InitializeParams = match serde_json::from_value(params) {
            Ok(params) => params,
            Err(error) => {
                let _ = out
                    .send(Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string()).into());
                return Err(LspError::Protocol(error.to_string()));
            }
        };
        let client = &params.capabilities;
        let offered = client.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let workspace = client.workspace.as_ref();
        let document = client.text_document.as_ref();
        let abilities = Abilities {
            document_changes: workspace
                .and_then(|it| it.workspace_edit.as_ref()?.document_changes)
                .unwrap_or(false),
            related: document
                .and_then(|it| it.publish_diagnostics.as_ref()?.related_information)
                .unwrap_or(false),
            watches: workspace
                .and_then(|it| it.did_change_watched_files.as_ref()?.dynamic_registration)
                .unwrap_or(false),
        };
        if params.locale.as_ref().is_some_and(|locale| locale.to_lowercase().starts_with("zh")) {
            request.locale = Lang::Zh;
        }
        let mut server = Self {
            out,
            inbox,
            request,
            encoding: Encoding::chosen(offered),
            abilities,
            documents: Documents::default(),
            folders: Vec::new(),
            next_folder: 0,
            workers: Workers::start(),
            open: BTreeSet::new(),
            shut_down: false,
        };
        let named: Vec<Url> = match params.workspace_folders {
            Some(folders) => folders.into_iter().map(|folder| folder.uri).collect(),
            #[allow(deprecated)] // Editors that know no workspace folders name one root.
            None => params.root_uri.into_iter().collect(),
        };
        named.iter().for_each(|uri| server.add_folder(uri));
        let result = InitializeResult {
            capabilities: server.capabilities(),
            server_info: Some(ServerInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        };
        server.answer(id, &result);
        Ok(server)
    }

    fn capabilities(&self) -> ServerCapabilities {
        let sync = TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        };
        let folders = WorkspaceFoldersServerCapabilities {
            supported: Some(true),
            change_notifications: Some(OneOf::Left(true)),
        };
        ServerCapabilities {
            position_encoding: Some(self.encoding.kind()),
            text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
                code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
                ..CodeActionOptions::default()
            })),
            workspace: Some(WorkspaceServerCapabilities {
                workspace_folders: Some(folders),
                file_operations: None,
            }),
            ..ServerCapabilities::default()
        }
    }

    /// Serves until the editor says good-bye or goes away.
    pub(super) fn run(mut self) -> Ending {
        loop {
            self.start_what_is_due();
            let next = self.folders.iter().filter(|it| it.running.is_none()).filter_map(|it| it.due).min();
            let wait = match next {
                Some(due) => crossbeam_channel::at(due),
                None => crossbeam_channel::never(),
            };
            select! {
                recv(self.inbox) -> message => match message {
                    Ok(Message::Request(ask)) => self.asked(ask),
                    Ok(Message::Notification(told)) if told.method == notification::Exit::METHOD => {
                        return if self.shut_down { Ending::Orderly } else { Ending::Abrupt };
                    }
                    Ok(Message::Notification(told)) => self.told(told),
                    // Answers to what was registered.
                    Ok(Message::Response(_)) => {}
                    Err(_) => return Ending::Abrupt,
                },
                recv(self.workers.checked) -> checked => match checked {
                    Ok(checked) => self.checked(checked),
                    Err(_) => return Ending::Abrupt,
                },
                recv(self.workers.answers) -> answer => match answer {
                    Ok(Answer { id, hover }) => {
                        if self.open.remove(&id) {
                            self.answer(id, &hover);
                        }
                    }
                    Err(_) => return Ending::Abrupt,
                },
                recv(wait) -> _ => {}
            }
        }
    }

    /// Hands folders that are due to the worker, one judgement of each at a time.
    fn start_what_is_due(&mut self) {
        let now = Instant::now();
        if self.shut_down {
            return;
        }
        for folder in &mut self.folders {
            if folder.running.is_some() || folder.due.is_none_or(|due| due > now) {
                continue;
            }
            let mut request = self.request.clone();
            request.paths = vec![folder.path.clone()];
            request.overlay = self.documents.overlay();
            request.today = Date::today();
            let check =
                Check { folder: folder.id, generation: folder.generation, request: Box::new(request) };
            folder.due = None;
            folder.running = Some(folder.generation);
            // A worker that is gone is noticed by the loop.
            let _ = self.workers.checks.send(check);
        }
    }

    fn asked(&mut self, ask: Ask) {
        let Ask { id, method, params } = ask;
        if self.shut_down {
            return self.refuse(id, ErrorCode::InvalidRequest, "the server is shut down");
        }
        match method.as_str() {
            request::Shutdown::METHOD => {
                self.shut_down = true;
                for open in std::mem::take(&mut self.open) {
                    self.refuse(open, ErrorCode::RequestCanceled, "the server is shut down");
                }
                self.answer(id, &());
            }
            request::HoverRequest::METHOD => match read::<HoverParams>(params) {
                Ok(params) => self.hover(id, params),
                Err(why) => self.refuse(id, ErrorCode::InvalidParams, &why),
            },
            request::CodeActionRequest::METHOD => match read::<CodeActionParams>(params) {
                Ok(params) => {
                    let actions = self.actions(&params);
                    self.answer(id, &actions);
                }
                Err(why) => self.refuse(id, ErrorCode::InvalidParams, &why),
            },
            other => self.refuse(id, ErrorCode::MethodNotFound, &format!("no such method: {other}")),
        }
    }

    fn hover(&mut self, id: RequestId, params: HoverParams) {
        let at = params.text_document_position_params;
        let path = path_of(&at.text_document.uri);
        let judged = path.as_ref().and_then(|path| self.folder_of(path)?.current().cloned());
        let (Some(path), Some(judged)) = (path, judged) else {
            return self.answer(id, &());
        };
        self.open.insert(id.clone());
        let question = Question { id, judged, path, position: at.position, encoding: self.encoding };
        let _ = self.workers.questions.send(question);
    }

    fn actions(&self, params: &CodeActionParams) -> Vec<lsp_types::CodeActionOrCommand> {
        let wanted = params.context.only.as_deref();
        let quickfix = |kind: &CodeActionKind| kind.as_str().is_empty() || *kind == CodeActionKind::QUICKFIX;
        if wanted.is_some_and(|wanted| !wanted.iter().any(quickfix)) {
            return Vec::new();
        }
        let Some(path) = path_of(&params.text_document.uri) else { return Vec::new() };
        // Edits are made for the text that was judged, so a text that has changed since gets none.
        let Some(judged) = self.folder_of(&path).and_then(Folder::current) else { return Vec::new() };
        actions::at(judged, &path, params.range, &self.documents, self.encoding, self.abilities)
    }

    fn told(&mut self, told: Notification) {
        let Notification { method, params } = told;
        match method.as_str() {
            notification::Initialized::METHOD => self.watch(),
            notification::Cancel::METHOD => {
                if let Ok(params) = read::<lsp_types::CancelParams>(params) {
                    let id = match params.id {
                        lsp_types::NumberOrString::Number(number) => RequestId::from(number),
                        lsp_types::NumberOrString::String(text) => RequestId::from(text),
                    };
                    if self.open.remove(&id) {
                        self.refuse(id, ErrorCode::RequestCanceled, "cancelled by the editor");
                    }
                }
            }
            notification::DidOpenTextDocument::METHOD => {
                if let Ok(params) = read::<lsp_types::DidOpenTextDocumentParams>(params) {
                    let lsp_types::TextDocumentItem { uri, version, text, .. } = params.text_document;
                    let Some(path) = path_of(&uri) else { return };
                    // A file in no folder is judged within the project that it belongs to.
                    let is_read = path.to_str().and_then(FileKind::of_path).is_some();
                    if self.folder_of(&path).is_none() && is_read && path.is_file() {
                        self.add(path.clone(), false);
                    }
                    self.documents.open(path.clone(), Document { uri, version, text: text.into() });
                    self.changed(&path, false);
                }
            }
            notification::DidChangeTextDocument::METHOD => {
                if let Ok(params) = read::<DidChangeTextDocumentParams>(params) {
                    let Some(path) = path_of(&params.text_document.uri) else { return };
                    let version = params.text_document.version;
                    self.documents.change(&path, version, params.content_changes, self.encoding);
                    self.changed(&path, false);
                }
            }
            notification::DidSaveTextDocument::METHOD => {
                if let Ok(params) = read::<lsp_types::DidSaveTextDocumentParams>(params)
                    && let Some(path) = path_of(&params.text_document.uri)
                {
                    self.changed(&path, true);
                }
            }
            notification::DidCloseTextDocument::METHOD => {
                if let Ok(params) = read::<lsp_types::DidCloseTextDocumentParams>(params)
                    && let Some(path) = path_of(&params.text_document.uri)
                {
                    self.documents.close(&path);
                    self.changed(&path, false);
                    let own = |folder: &Folder| !folder.named && folder.path == path;
                    self.remove(own);
                }
            }
            notification::DidChangeWatchedFiles::METHOD => {
                if let Ok(params) = read::<lsp_types::DidChangeWatchedFilesParams>(params) {
                    for path in params.changes.iter().filter_map(|change| path_of(&change.uri)) {
                        self.changed(&path, false);
                    }
                }
            }
            notification::DidChangeWorkspaceFolders::METHOD => {
                if let Ok(params) = read::<lsp_types::DidChangeWorkspaceFoldersParams>(params) {
                    for path in params.event.removed.iter().filter_map(|folder| path_of(&folder.uri)) {
                        self.remove(|folder| folder.named && folder.path == path);
                    }
                    params.event.added.iter().for_each(|folder| self.add_folder(&folder.uri));
                }
            }
            // What is not known and begins with `$/` may be passed over, and so may the rest.
            _ => {}
        }
    }

    /// Asks to be told of changed files.
    fn watch(&self) {
        if !self.abilities.watches {
            return;
        }
        let watchers =
            vec![FileSystemWatcher { glob_pattern: GlobPattern::String(WATCHED.to_owned()), kind: None }];
        let options = serde_json::to_value(DidChangeWatchedFilesRegistrationOptions { watchers }).ok();
        let registration = Registration {
            id: "files".to_owned(),
            method: notification::DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: options,
        };
        let params = RegistrationParams { registrations: vec![registration] };
        let id = RequestId::from("register files".to_owned());
        let ask = Ask::new(id, request::RegisterCapability::METHOD.to_owned(), params);
        let _ = self.out.send(ask.into());
    }

    /// What the worker made of a folder.
    fn checked(&mut self, checked: Checked) {
        let Some(at) = self.folders.iter().position(|folder| folder.id == checked.folder) else { return };
        let (encoding, related) = (self.encoding, self.abilities.related);
        let lang = self.request.lang.unwrap_or(self.request.locale);
        let folder = &mut self.folders[at];
        folder.running = None;
        if checked.generation != folder.generation {
            // Somebody typed meanwhile; the next judgement is due already.
            return;
        }
        let found = match checked.result {
            Ok(judged) => {
                folder.told = None;
                let found = diagnostics::of(&judged, encoding, related);
                folder.judged = Some((checked.generation, judged));
                found
            }
            Err(error) => {
                folder.judged = None;
                let text = visible::lines(&error.text(lang));
                if folder.told.as_ref() != Some(&text) {
                    folder.told = Some(text.clone());
                    let message = format!("{}: {text}", diagnostics::SOURCE);
                    tell(&self.out, &ShowMessageParams { typ: MessageType::ERROR, message });
                }
                match &error {
                    AnalysisError::Config(error) => {
                        diagnostics::of_configuration(error, lang).into_iter().collect()
                    }
                    _ => std::collections::BTreeMap::new(),
                }
            }
        };
        let gone: Vec<Url> =
            self.folders[at].published.iter().filter(|uri| !found.contains_key(*uri)).cloned().collect();
        self.folders[at].published = found.keys().cloned().collect();
        for uri in gone {
            self.publish(uri, Vec::new());
        }
        for (uri, found) in found {
            self.publish(uri, found);
        }
    }

    fn publish(&self, uri: Url, diagnostics: Vec<lsp_types::Diagnostic>) {
        // Open buffers go by the name and the version that the editor gave them.
        let open = path_of(&uri).and_then(|path| self.documents.get(&path));
        let (uri, version) = open.map_or((uri, None), |open| (open.uri.clone(), Some(open.version)));
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        let told = Notification::new(notification::PublishDiagnostics::METHOD.to_owned(), params);
        let _ = self.out.send(told.into());
    }

    /// The folder that a file belongs to: the innermost.
    fn folder_of(&self, path: &Path) -> Option<&Folder> {
        let holding = self.folders.iter().filter(|folder| folder.holds(path));
        holding.max_by_key(|folder| folder.path.components().count())
    }

    fn changed(&mut self, path: &Path, at_once: bool) {
        for folder in self.folders.iter_mut().filter(|folder| folder.holds(path)) {
            folder.changed(at_once);
        }
    }

    fn add_folder(&mut self, uri: &Url) {
        if let Some(path) = path_of(uri)
            && !self.folders.iter().any(|folder| folder.path == path)
        {
            self.add(path, true);
        }
    }

    fn add(&mut self, path: PathBuf, named: bool) {
        self.folders.push(Folder::new(self.next_folder, path, named));
        self.next_folder += 1;
    }

    /// Takes folders away with what is listed of them.
    fn remove(&mut self, which: impl Fn(&Folder) -> bool) {
        let (gone, kept) = std::mem::take(&mut self.folders).into_iter().partition(which);
        self.folders = kept;
        let gone: Vec<Folder> = gone;
        let still: BTreeSet<&Url> = self.folders.iter().flat_map(|folder| &folder.published).collect();
        let left: Vec<Url> =
            gone.into_iter().flat_map(|folder| folder.published).filter(|uri| !still.contains(uri)).collect();
        for uri in left {
            self.publish(uri, Vec::new());
        }
    }

    fn answer(&self, id: RequestId, result: &impl Serialize) {
        let result = serde_json::to_value(result).unwrap_or(serde_json::Value::Null);
        let _ = self.out.send(Response::new_ok(id, result).into());
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, why: &str) {
        let _ = self.out.send(Response::new_err(id, code as i32, why.to_owned()).into());
    }
}

fn tell(out: &Sender<Message>, message: &ShowMessageParams) {
    let told = Notification::new(notification::ShowMessage::METHOD.to_owned(), message);
    let _ = out.send(told.into());
}

fn read<T: DeserializeOwned>(params: serde_json::Value) -> Result<T, String> {
    serde_json::from_value(params).map_err(|error| error.to_string())
}
