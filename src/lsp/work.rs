//! What takes time, on threads of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::RequestId;
use lsp_types::{Hover, Position};

use super::hover;
use super::judged::Judged;
use super::positions::Encoding;
use crate::analysis::{self, AnalysisError, Request};

/// A folder to judge.
pub(super) struct Check {
    /// The folder, by its number.
    pub(super) folder: u64,
    /// The state of the buffers and files that this is about.
    pub(super) generation: u64,
    pub(super) request: Box<Request>,
}

/// A folder that was judged.
pub(super) struct Checked {
    pub(super) folder: u64,
    pub(super) generation: u64,
    pub(super) result: Result<Arc<Judged>, AnalysisError>,
}

/// A question that needs more than a look.
pub(super) struct Question {
    pub(super) id: RequestId,
    pub(super) judged: Arc<Judged>,
    pub(super) path: PathBuf,
    pub(super) position: Position,
    pub(super) encoding: Encoding,
}

/// Its answer.
pub(super) struct Answer {
    pub(super) id: RequestId,
    pub(super) hover: Option<Hover>,
}

/// The two workers.
pub(super) struct Workers {
    pub(super) checks: Sender<Check>,
    pub(super) checked: Receiver<Checked>,
    pub(super) questions: Sender<Question>,
    pub(super) answers: Receiver<Answer>,
}

impl Workers {
    /// Starts both; they end when the other side of their channels goes away.
    pub(super) fn start() -> Self {
        let (checks, inbox) = unbounded::<Check>();
        let (done, checked) = unbounded();
        thread::spawn(move || {
            for Check { folder, generation, request } in inbox {
                let result = analysis::check(&request).map(|run| Arc::new(Judged { run }));
                if done.send(Checked { folder, generation, result }).is_err() {
                    return;
                }
            }
        });
        let (questions, inbox) = unbounded::<Question>();
        let (answered, answers) = unbounded();
        thread::spawn(move || {
            for Question { id, judged, path, position, encoding } in inbox {
                let hover = hover::at(&judged, &path, position, encoding);
                if answered.send(Answer { id, hover }).is_err() {
                    return;
                }
            }
        });
        Self { checks, checked, questions, answers }
    }
}
