//! Workloads by name.

use std::time::Duration;

use super::workload::{Phase, Traffic, Workload};

/// Keys where nothing else is said: what fits a core's caches, so that locks show.
const KEYS: u32 = 100_000;
/// Zipf's exponent in most comparisons of stores.
const EXPONENT: f64 = 0.99;
/// The share of one hot key: what a live-streaming service saw of its most popular one.
const HOT_SHARE: f64 = 0.38;
/// How long a phase is: some seconds, in which a store must settle and then still show what it comes to.
const PHASE: Duration = Duration::from_secs(8);

/// A load of one phase: its name, and the traffic of so many threads.
type Steady = (&'static str, fn(u32) -> Traffic);

/// What stores are measured with in comparisons, and what the controller is improved on.
const STEADY: [Steady; 14] = [
    ("get", |threads| Traffic::reads(threads, KEYS)),
    ("get-zipf", |threads| Traffic::reads(threads, KEYS).zipf(EXPONENT)),
    ("get-99", |threads| Traffic::reads(threads, KEYS).writing(0.01)),
    ("get-99-zipf", |threads| Traffic::reads(threads, KEYS).writing(0.01).zipf(EXPONENT)),
    ("get-95", |threads| Traffic::reads(threads, KEYS).writing(0.05)),
    ("get-95-zipf", |threads| Traffic::reads(threads, KEYS).writing(0.05).zipf(EXPONENT)),
    ("get-50", |threads| Traffic::reads(threads, KEYS).writing(0.5)),
    ("get-50-zipf", |threads| Traffic::reads(threads, KEYS).writing(0.5).zipf(EXPONENT)),
    ("update", |threads| Traffic::reads(threads, KEYS).writing(1.0)),
    ("update-zipf", |threads| Traffic::reads(threads, KEYS).writing(1.0).zipf(EXPONENT)),
    ("hot-key", |threads| Traffic::reads(threads, KEYS).writing(0.05).hot(1, HOT_SHARE)),
    ("single-key-get", |threads| Traffic::reads(threads, 1)),
    ("single-key-update", |threads| Traffic::reads(threads, 1).writing(1.0)),
    ("crowded", |threads| Traffic::reads(4 * threads, KEYS).writing(0.5).zipf(EXPONENT)),
];

/// Chosen before the controller was improved, and not looked at meanwhile.
const HELD_OUT: [Steady; 5] = [
    ("steep-80", |threads| Traffic::reads(threads, KEYS).writing(0.2).zipf(1.2)),
    ("two-hot-writers", |threads| Traffic::reads(threads, KEYS).writing(0.5).hot(2, 0.3)),
    ("small-70", |threads| Traffic::reads(threads, 1_000).writing(0.3)),
    ("million-90", |threads| Traffic::reads(threads, 1_000_000).writing(0.1).zipf(0.8)),
    ("unhurried", |threads| Traffic::reads(threads, KEYS).writing(0.3).zipf(EXPONENT).pausing(2000.0)),
];

/// Phases that follow each other.
const CHANGING: &str = "adaptation";
/// Two loads by turns.
const ALTERNATING: &str = "alternating";
/// Length of a turn: one window of the tuner, by the default policy.
const TURN: Duration = Duration::from_millis(100);
/// Turns: some seconds in all.
const TURNS: u32 = 40;
/// A day of it, compressed into two minutes: a night, a few threads in the morning, all of them over noon, a few in the evening. The night is
/// longer than the time after which a store gives back memory, by the default policy.
const DAY: [(&str, u64); 4] = [("night", 80), ("morning", 5), ("noon", 30), ("evening", 5)];
/// Days.
const DAYS: usize = 4;
/// What a thread does at night between two operations, in nanoseconds.
const NIGHT_PAUSE_NS: f64 = 1e7;
/// Other phases, held out.
const CHANGING_HELD_OUT: &str = "morning";

impl Workload {
    /// A load that rises and falls in a rhythm: four days of two minutes each, for which a policy says `tuner.rhythm_s = 120`.
    pub const RHYTHM: &str = "rhythm";

    /// The names of the workloads that the controller was improved on.
    pub fn names() -> impl Iterator<Item = &'static str> {
        STEADY.iter().map(|(name, _)| *name).chain([CHANGING, ALTERNATING])
    }

    /// The names of those that were held out, to be scored once.
    pub fn held_out() -> impl Iterator<Item = &'static str> {
        HELD_OUT.iter().map(|(name, _)| *name).chain([CHANGING_HELD_OUT])
    }

    /// A workload by its name, with so many threads (some have four times as many); `None` if there is none of that name.
    ///
    /// ```
    /// use autoshard_tuning::simulator::Workload;
    ///
    /// assert_eq!(Workload::named("adaptation", 8).unwrap().phases.len(), 6);
    /// assert!(Workload::named("nothing", 8).is_none());
    /// ```
    #[must_use]
    pub fn named(name: &str, threads: u32) -> Option<Self> {
        match name {
            CHANGING => return Some(adaptation(threads)),
            ALTERNATING => return Some(alternating(threads)),
            Self::RHYTHM => return Some(rhythm(threads)),
            CHANGING_HELD_OUT => return Some(morning(threads)),
            _ => {}
        }
        let (name, traffic) = STEADY.iter().chain(&HELD_OUT).find(|(known, _)| *known == name)?;
        Some(Self::steady(name, PHASE, traffic(threads)))
    }
}

/// Two kinds of traffic by turns, so fast that each is over when something has been done about it.
fn alternating(threads: u32) -> Workload {
    let updates = Traffic::reads(threads, KEYS).writing(1.0).zipf(EXPONENT);
    let hot_key = Traffic::reads(threads, KEYS).writing(0.05).hot(1, HOT_SHARE);
    let turn = |turn: u32| match turn % 2 {
        0 => Phase::new("updates", TURN, Some(updates.clone())),
        _ => Phase::new("hot key", TURN, Some(hot_key.clone())),
    };
    Workload::new(ALTERNATING, (0..TURNS).map(turn).collect())
}

/// Days whose nights are all but idle.
fn rhythm(threads: u32) -> Workload {
    let load = |threads: u32| Traffic::reads(threads.max(1), KEYS).writing(0.5);
    let day = DAY.map(|(name, seconds)| {
        let traffic = match name {
            "night" => load(1).pausing(NIGHT_PAUSE_NS),
            "noon" => load(threads),
            _ => load(threads / 4),
        };
        Phase::new(name, Duration::from_secs(seconds), Some(traffic))
    });
    Workload::new(Workload::RHYTHM, (0..DAYS).flat_map(|_| day.clone()).collect())
}

/// Uniform, Zipf, one hot key, the hot set moved, a burst of writes, idle.
fn adaptation(threads: u32) -> Workload {
    let reads = || Traffic::reads(threads, KEYS).writing(0.05);
    let busy = |name: &str, traffic| Phase::new(name, PHASE, Some(traffic));
    let phases = vec![
        busy("uniform", reads()),
        busy("zipf", reads().zipf(EXPONENT)),
        busy("hot key", reads().hot(1, HOT_SHARE)),
        busy("hot set moved", reads().zipf(EXPONENT).moved(KEYS / 3)),
        busy("write burst", reads().writing(1.0).zipf(EXPONENT).moved(KEYS / 3)),
        Phase::new("idle", PHASE, None),
    ];
    Workload::new(CHANGING, phases)
}

/// A few threads, then more and more of them, and then a batch that writes.
fn morning(threads: u32) -> Workload {
    let traffic = |part: u32| Traffic::reads((threads / part).max(1), KEYS).zipf(0.9);
    let busy = |name: &str, traffic| Phase::new(name, PHASE, Some(traffic));
    let phases = vec![
        busy("early", traffic(8).writing(0.1)),
        busy("later", traffic(2).writing(0.2)),
        busy("all", traffic(1).writing(0.3)),
        busy("batch", traffic(1).writing(0.9).moved(KEYS / 5)),
    ];
    Workload::new(CHANGING_HELD_OUT, phases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_workload() {
        for name in Workload::names().chain(Workload::held_out()).chain([Workload::RHYTHM]) {
            let workload = Workload::named(name, 8).unwrap_or_else(|| panic!("{name}"));
            assert!(workload.name == name && !workload.phases.is_empty());
        }
    }

    #[test]
    fn no_workload_is_held_out_and_looked_at() {
        assert!(Workload::held_out().all(|name| Workload::names().all(|known| known != name)));
    }
}
