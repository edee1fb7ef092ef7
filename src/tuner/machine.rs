//! What the tuner knows of the machine.
#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use crate::{
    affinity,
    sync::{OnceLock, statics},
};

/// Cores that the process may use; asked for once.
pub(crate) fn cores() -> u32 {
    statics! {
        static CORES: OnceLock<u32> = OnceLock::new();
    }
    *CORES.get_or_init(|| {
        let here = num_cpus::get();
        affinity::as_the_process(num_cpus::get).map_or(here, |there| there.max(here)).clamp(1, 4096) as u32
    })
}

/// Readings of the clock of which the shortest distance counts: the others were interrupted.
const CLOCK_READINGS: u32 = 64;

/// What timing something takes by itself, in nanoseconds; found out once.
pub(super) fn clock_ns() -> u64 {
    statics! {
        static CLOCK_NS: OnceLock<u64> = OnceLock::new();
    }
    *CLOCK_NS.get_or_init(|| {
        let reading = |_| Instant::now().elapsed().as_nanos() as u64;
        (0..CLOCK_READINGS).map(reading).min().unwrap_or(0)
    })
}

/// Ticks of processor time a second, as Linux counts them for programs, on every architecture.
const TICKS_PER_S: f64 = 100.0;

/// A reading of the processor time that the process has used.
#[derive(Clone, Copy)]
pub(super) struct CpuReading {
    at: Instant,
    used: Option<Duration>,
}

impl CpuReading {
    pub(super) fn now() -> Self {
        Self { at: Instant::now(), used: used() }
    }

    /// Share of all cores that the process used since an earlier reading, 0 to 1; `None` where it is not known.
    pub(super) fn since(self, earlier: Self) -> Option<f64> {
        let elapsed = (self.at - earlier.at).as_secs_f64() * f64::from(cores());
        let used = self.used?.checked_sub(earlier.used?)?;
        (elapsed > 0.0).then(|| (used.as_secs_f64() / elapsed).clamp(0.0, 1.0))
    }
}

/// Processor time of the process, user and system. Known on Linux only.
fn used() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the program's name in parentheses, may have spaces in it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let user: f64 = fields.nth(11)?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(Duration::from_secs_f64((user + system) / TICKS_PER_S))
}
