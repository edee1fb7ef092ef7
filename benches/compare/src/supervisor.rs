//! Has each group of cells measured by a process of its own, so that a map that hangs, aborts or eats all memory costs its own rows
//! and no other, and every group starts with a fresh heap.

use std::{
    env,
    io::{self, BufRead, BufReader},
    iter,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
};

use crate::{
    maps::Contestant,
    measurement::{CellResult, Failure, Measurement},
    task::{Event, Task},
    workload::{Cell, Group},
};

/// The subcommand that measures one group.
pub(crate) const SUBCOMMAND: &str = "measure";

/// Why a group has no result at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SupervisorError {
    #[error("No process could be started to measure \"{group}\": {source}.")]
    Start { group: Group, source: io::Error },
    #[error("\"{group}\" cannot be measured: {reason}.")]
    Impossible { group: Group, reason: String },
    #[error("The process that was to measure \"{group}\" ended before it began with a map ({status}).")]
    Ended { group: Group, status: ExitStatus },
}

/// How a process came to its end.
enum End {
    Complete,
    /// The map failed in the cell of that number.
    Failed {
        map: Contestant,
        cell: usize,
        reason: String,
    },
}

/// Each cell's rounds by all maps that come through it. A map that does not is left out of that cell and those after it, and the group
/// begins again.
pub(crate) fn measure(mut task: Task) -> Result<Vec<CellResult>, SupervisorError> {
    let cells: Vec<Cell> = task.group.cells().cloned().collect();
    let mut failures = vec![Vec::new(); cells.len()];
    loop {
        let mut measurements = vec![Vec::new(); cells.len()];
        match run(&task, &mut measurements)? {
            End::Failed { map, cell, reason } => {
                let later = format!("it failed before, in \"{}\" on the same map", cells[cell]);
                let reasons = iter::once(reason).chain(iter::repeat(later));
                let left_out = failures[cell..task.leave_out(map, cell)].iter_mut();
                left_out.zip(reasons).for_each(|(failures, reason)| failures.push(Failure { map, reason }));
            }
            End::Complete => {
                let results = cells.into_iter().zip(measurements).zip(failures);
                let result = |((cell, measurements), failures)| CellResult { cell, measurements, failures };
                return Ok(results.map(result).collect());
            }
        }
    }
}

/// One process, from start to end; none where no map is left.
fn run(task: &Task, measurements: &mut [Vec<Measurement>]) -> Result<End, SupervisorError> {
    if task.entrants.is_empty() {
        return Ok(End::Complete);
    }
    let start = |source| SupervisorError::Start { group: task.group.clone(), source };
    let (mut child, lines) = spawn(task).map_err(start)?;
    let end = follow(task, &lines, measurements);
    // It has ended, or is to.
    let _ = child.kill();
    let status = child.wait().map_err(start)?;
    end?.ok_or_else(|| SupervisorError::Ended { group: task.group.clone(), status })
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
fn follow(
    task: &Task,
    lines: &Receiver<String>,
    measurements: &mut [Vec<Measurement>],
) -> Result<Option<End>, SupervisorError> {
    let mut current: Option<(Contestant, usize)> = None;
    let failed = |current: Option<(Contestant, usize)>, reason: String| {
        Ok(current.map(|(map, cell)| End::Failed { map, cell, reason }))
    };
    loop {
        let line = match lines.recv_timeout(task.settings.patience) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                return failed(current, format!("it hung: no round ended within {:?}", task.settings.patience));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return failed(current, "the process ended while it ran: a panic, an abort, or no memory".to_owned());
            }
        };
        // Lines that are no events are a map's own; they are passed on.
        match serde_json::from_str(&line) {
            Ok(Event::Begun { map, cell }) => current = Some((map, cell)),
            Ok(Event::Measured { cell, measurement }) => measurements[cell].push(measurement),
            Ok(Event::Failed(reason)) => return failed(current, reason),
            Ok(Event::Impossible(reason)) => {
                return Err(SupervisorError::Impossible { group: task.group.clone(), reason });
            }
            Ok(Event::Ended) => return Ok(Some(End::Complete)),
            Err(_) => eprintln!("{line}"),
        }
    }
}
