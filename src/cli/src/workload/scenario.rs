//! The scenarios that `--scenario` names.

use super::{Busy, Distribution, HotKey, Mix, Phase};

/// Zipf's exponent in YCSB and in most comparisons of stores.
const ZIPF_EXPONENT: f64 = 0.99;
/// The share of the hot key: more than a third of all accesses go to one of the keys.
const HOT_SHARE: f64 = 0.38;
/// The hot key, and the one that takes its place when the hot set moves. Any two would do.
const HOT_KEYS: [u32; 2] = [7, 4_211];
/// How far the other ranks move with the hot set. Any distance would do.
const RANKS_MOVED: u32 = 31_337;

/// A sequence of phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Scenario {
    /// Uniform, Zipf, one hot key, hot set moved, write burst, idle.
    Adaptation,
    /// Every key alike, half reads, half updates.
    Uniform,
    /// Zipf 0.99, half reads, half updates.
    Zipf,
    /// One key takes 38 % of all accesses.
    HotKey,
    /// Zipf 0.99, 95 of 100 operations read.
    ReadHeavy,
    /// Nine of ten operations write; keys come and go.
    WriteHeavy,
}

impl Scenario {
    /// The name that `--scenario` takes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Adaptation => "adaptation",
            Self::Uniform => "uniform",
            Self::Zipf => "zipf",
            Self::HotKey => "hot-key",
            Self::ReadHeavy => "read-heavy",
            Self::WriteHeavy => "write-heavy",
        }
    }

    /// Its phases, in order.
    pub(crate) fn phases(self) -> Vec<Phase> {
        let half = Mix::updating(50);
        match self {
            Self::Adaptation => adaptation(),
            Self::Uniform => vec![busy("uniform", 1, half, Distribution::UNIFORM)],
            Self::Zipf => vec![busy("zipf 0.99", 1, half, zipf(0))],
            Self::HotKey => vec![busy("one hot key", 1, half, hot(0))],
            Self::ReadHeavy => vec![busy("read-heavy", 1, Mix::updating(5), zipf(0))],
            Self::WriteHeavy => vec![busy("write-heavy", 1, BURST, zipf(0))],
        }
    }
}

/// Nine of ten operations write, and three in ten bring new keys, so that tables grow.
const BURST: Mix = Mix { update_percent: 50, upsert_percent: 30, remove_percent: 10 };

fn adaptation() -> Vec<Phase> {
    let half = Mix::updating(50);
    vec![
        busy("uniform", 3, half, Distribution::UNIFORM),
        busy("zipf 0.99", 3, half, zipf(0)),
        busy("one hot key", 3, half, hot(0)),
        busy("hot set moved", 3, half, hot(1)),
        busy("write burst", 3, BURST, hot(1)),
        Phase { name: "idle", weight: 5, busy: None },
    ]
}

fn busy(name: &'static str, weight: u32, mix: Mix, distribution: Distribution) -> Phase {
    Phase { name, weight, busy: Some(Busy { mix, distribution }) }
}

fn zipf(rank_offset: u32) -> Distribution {
    Distribution { zipf_exponent: Some(ZIPF_EXPONENT), rank_offset, hot: None }
}

/// The hot key of the given place, and Zipf's law for the rest, moved with it.
fn hot(place: u32) -> Distribution {
    let hot = HotKey { key: HOT_KEYS[place as usize], share: HOT_SHARE };
    Distribution { hot: Some(hot), ..zipf(place * RANKS_MOVED) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_scenario_has_the_phases_it_promises() {
        let names: Vec<_> = Scenario::Adaptation.phases().iter().map(|phase| phase.name).collect();
        assert_eq!(names, ["uniform", "zipf 0.99", "one hot key", "hot set moved", "write burst", "idle"]);
    }

    #[test]
    fn the_hot_set_moves() {
        assert_ne!(hot(0).hot.unwrap().key, hot(1).hot.unwrap().key);
        assert_ne!(hot(0).rank_offset, hot(1).rank_offset);
    }
}
