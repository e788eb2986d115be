//! Runs probes side by side, each with a time limit that holds whatever the other side does.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::facts::{Answer, Asking, Facts};
use super::probe::Probe;
use super::secret::Vault;
use super::trouble::{Asked, Kind, Trouble};

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One attempt.
    pub attempt: Duration,
    /// Whether the configuration says how long an attempt may take; otherwise what is slow to start gets more.
    pub is_chosen: bool,
    /// Further attempts.
    pub retries: u32,
    /// The whole run.
    pub total: Duration,
    /// Probes at the same time.
    pub parallel: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(10),
            is_chosen: false,
            retries: 2,
            total: Duration::from_secs(120),
            parallel: 32,
        }
    }
}

/// First pause before another attempt; it doubles.
const PAUSE: Duration = Duration::from_millis(200);

/// Asks all probes. `told` hears of every probe that is through.
///
/// A probe that does not come back in time is left behind: its thread ends with the process, its answer counts as none.
pub fn ask(
    probes: Vec<Arc<dyn Probe>>,
    vault: &Arc<Vault>,
    limits: Limits,
    told: &(dyn Fn(&Asking) + Sync),
) -> Facts {
    let deadline = Instant::now() + limits.total;
    let queue = Mutex::new(probes.into_iter().enumerate().collect::<std::collections::VecDeque<_>>());
    let done: Mutex<Vec<(usize, Asking)>> = Mutex::default();
    let workers = limits.parallel.max(1).min(lock(&queue).len());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some((at, probe)) = lock(&queue).pop_front() else { return };
                    let asking = supervise(&probe, vault, limits, deadline);
                    told(&asking);
                    lock(&done).push((at, asking));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    Facts::new(done.into_iter().map(|(_, asking)| asking).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One probe with its attempts.
fn supervise(probe: &Arc<dyn Probe>, vault: &Arc<Vault>, limits: Limits, deadline: Instant) -> Asking {
    let begin = Instant::now();
    let mut pause = PAUSE;
    let mut attempts = 0;
    let answer = loop {
        attempts += 1;
        let left = deadline.saturating_duration_since(Instant::now());
        let answer = if left.is_zero() {
            attempts -= 1;
            Err(Trouble::new(Kind::Timeout, "the gate's deadline passed before this was asked"))
        } else {
            attempt(probe, vault, probe.limit(&limits).min(left))
        };
        let Err(trouble) = &answer else { break answer };
        let more = attempts <= limits.retries && trouble.may_pass();
        if !more || Instant::now() + pause >= deadline {
            break answer;
        }
        thread::sleep(pause);
        pause *= 2;
    };
    let clean = |trouble: Trouble| Trouble { said: vault.scrub(&trouble.said), ..trouble };
    Asking {
        id: probe.id(),
        elapsed_ms: u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
        attempts,
        answer: answer.map_err(clean),
    }
}

/// One attempt, in a thread of its own so that nothing the other side does can hold up the gate.
fn attempt(probe: &Arc<dyn Probe>, vault: &Arc<Vault>, limit: Duration) -> Asked<Answer> {
    let (give, take) = channel();
    let (probe, vault) = (probe.clone(), vault.clone());
    let started = thread::Builder::new().name(probe.id()).spawn(move || {
        let _ = give.send(probe.ask(&vault, limit));
    });
    if let Err(error) = started {
        return Err(Trouble::new(Kind::Other, format!("no thread could be started: {error}")));
    }
    match take.recv_timeout(limit) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Timeout) => {
            Err(Trouble::new(Kind::Timeout, format!("no answer within {} ms", limit.as_millis())))
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err(Trouble::new(Kind::Other, "the question was given up: an error of the gate itself"))
        }
    }
}
