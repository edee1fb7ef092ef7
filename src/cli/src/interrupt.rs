//! Ctrl-C and the polite termination signals: the first ends the run early, with its summary; the second at once.

use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Exit code of a program that was interrupted, as shells write it (128 + SIGINT).
const INTERRUPTED: i32 = 130;

/// Whether the user wants the run to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to listen for the signals.
    pub(crate) fn install() -> Result<Self, ctrlc::Error> {
        let interrupt = Self::default();
        let seen = interrupt.0.clone();
        ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::Relaxed) {
                // Harmless where no panel is shown.
                ratatui::restore();
                process::exit(INTERRUPTED);
            }
        })?;
        Ok(interrupt)
    }

    /// Whether one came.
    pub(crate) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
