//! Has each cell measured by a process of its own, so that a map that hangs, aborts or eats all memory costs its own row and no
//! other, and every cell starts with a fresh heap.

use std::{
    env,
    io::{self, BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
};

use crate::{
    maps::Contestant,
    measurement::{CellResult, Failure},
    task::{Event, Task},
};

/// The subcommand that measures one cell.
pub(crate) const SUBCOMMAND: &str = "measure";

/// Why a cell has no result at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SupervisorError {
    #[error("No process could be started to measure \"{cell}\": {source}.")]
    Start { cell: String, source: io::Error },
    #[error("\"{cell}\" cannot be measured: {reason}.")]
    Impossible { cell: String, reason: String },
    #[error("The process that was to measure \"{cell}\" ended before it began with a map.")]
    Ended { cell: String },
}

/// How a process came to its end.
enum End {
    Complete,
    Failed(Failure),
}

/// The cell's rounds by all maps that come through; a map that does not is left out, and the cell begins again without it.
pub(crate) fn measure(mut task: Task) -> Result<CellResult, SupervisorError> {
    let mut failures = Vec::new();
    loop {
        let mut result = CellResult { cell: task.cell.clone(), measurements: Vec::new(), failures: Vec::new() };
        if task.contestants.is_empty() {
            return Ok(CellResult { failures, ..result });
        }
        match run(&task, &mut result)? {
            End::Complete => return Ok(CellResult { failures, ..result }),
            End::Failed(failure) => {
                task.contestants.retain(|&map| map != failure.map);
                failures.push(failure);
            }
        }
    }
}

/// One process, from start to end.
fn run(task: &Task, result: &mut CellResult) -> Result<End, SupervisorError> {
    let start = |source| SupervisorError::Start { cell: task.cell.to_string(), source };
    let (mut child, lines) = spawn(task).map_err(start)?;
    let end = follow(task, &lines, result);
    // It has ended, or is to.
    let _ = child.kill();
    let status = child.wait().map_err(start)?;
    match end? {
        Some(end) => Ok(end),
        None => Err(SupervisorError::Ended { cell: format!("{} ({status})", task.cell) }),
    }
}

fn spawn(task: &Task) -> io::Result<(Child, Receiver<String>)> {
    let task = serde_json::to_string(task)?;
    let mut command = Command::new(env::current_exe()?);
    let mut child = command.arg(SUBCOMMAND).arg(task).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let out = child.stdout.take().expect("standard output was asked for");
    Ok((child, lines(out)))
}

/// The process's lines, as they come; they end with it.
fn lines(out: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Follows the process to its end, which is no map's fault (`None`) only if it began with none.
fn follow(task: &Task, lines: &Receiver<String>, result: &mut CellResult) -> Result<Option<End>, SupervisorError> {
    let mut current: Option<Contestant> = None;
    let failed = |map: Option<Contestant>, reason: String| map.map(|map| End::Failed(Failure { map, reason }));
    loop {
        let line = match lines.recv_timeout(task.settings.patience) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                return Ok(failed(current, format!("it hung: no round ended within {:?}", task.settings.patience)));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(failed(
                    current,
                    "the process ended while it ran: a panic, an abort, or no memory".to_owned(),
                ));
            }
        };
        // Lines that are no events are a map's own; they are passed on.
        match serde_json::from_str(&line) {
            Ok(Event::Begun(map)) => current = Some(map),
            Ok(Event::Measured(measurement)) => result.measurements.push(measurement),
            Ok(Event::Failed(failure)) => return Ok(Some(End::Failed(failure))),
            Ok(Event::Impossible(reason)) => {
                return Err(SupervisorError::Impossible { cell: task.cell.to_string(), reason });
            }
            Ok(Event::Ended) => return Ok(Some(End::Complete)),
            Err(_) => eprintln!("{line}"),
        }
    }
}
