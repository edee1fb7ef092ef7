//! One more thread beside the callers, which touches nothing: what of a mover's price is that of the processor alone.

use std::{
    hint::spin_loop,
    thread,
    time::{Duration, Instant},
};

/// Work between two rests, and a rest: those of a thread that moves shards.
const SPELL: Duration = Duration::from_micros(500);
const REST: Duration = Duration::from_micros(1);

/// Works for so long, with rests.
pub(super) fn idle_for(length: Duration) {
    let start = Instant::now();
    while start.elapsed() < length {
        let spell = Instant::now();
        while spell.elapsed() < SPELL {
            spin_loop();
        }
        thread::sleep(REST);
    }
}
