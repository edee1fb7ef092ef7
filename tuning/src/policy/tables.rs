//! The one table of all knobs: the policy's structs, the defaults, the checks and the documentation derive from it.

use std::time::Duration;

use super::{
    BiasChoice, FullRule, MigrationMode, Profile, Sharding, Strategy, Verification,
    knob::{
        Allowed::{Choice, Flag, Integer, IntegerOrAuto, PowerOfTwo, Real},
        Application::{AtBuild, Live},
        Knob,
    },
    value::KnobType,
};

/// The version of the policy's keys that this library knows.
pub(super) const VERSION: u32 = 1;

/// Most shards that a store can have. Half of what a shard's index could number: a migration needs indices for fresh
/// shards while the old ones are still in use.
const SHARDS_MAX: i64 = 1 << 15;

/// Writes the structs and the table of knobs. Of each knob: field (which is also its key), type, default, unit, what
/// is allowed, when it applies, what it does, why the default is what it is.
macro_rules! knobs {
    (
        $(#[$about:meta])* $policy:ident {
            $($root:ident: $root_type:ty = $root_default:expr, $root_unit:literal, $root_allowed:expr,
                $root_application:expr, $root_meaning:literal, $root_reason:literal;)*
            $($(#[$table_about:meta])* [$table:ident] $table_type:ident {
                $($field:ident: $field_type:ty = $default:expr, $unit:literal, $allowed:expr, $application:expr,
                    $meaning:literal, $reason:literal;)*
            })*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[non_exhaustive]
        pub struct $policy {
            $(#[doc = $root_meaning] pub $root: $root_type,)*
            $($(#[$table_about])* pub $table: $table_type,)*
        }

        impl Default for $policy {
            fn default() -> Self {
                Self { $($root: $root_default,)* $($table: $table_type::default(),)* }
            }
        }

        $(
            $(#[$table_about])*
            #[derive(Clone, Debug, PartialEq)]
            #[cfg_attr(feature = "serde", derive(serde::Serialize))]
            #[non_exhaustive]
            pub struct $table_type {
                $(#[doc = concat!($meaning, " (", $unit, ")")] pub $field: $field_type,)*
            }

            impl Default for $table_type {
                fn default() -> Self {
                    Self { $($field: $default,)* }
                }
            }
        )*

        /// All knobs.
        pub(super) const KNOBS: &[Knob] = &[
            $(Knob {
                key: stringify!($root),
                allowed: $root_allowed,
                unit: $root_unit,
                application: $root_application,
                meaning: $root_meaning,
                reason: $root_reason,
                text: |policy| policy.$root.text(),
                set: |policy, written, allowed| {
                    policy.$root = <$root_type>::read(written, allowed)?;
                    Ok(())
                },
            },)*
            $($(Knob {
                key: concat!(stringify!($table), ".", stringify!($field)),
                allowed: $allowed,
                unit: $unit,
                application: $application,
                meaning: $meaning,
                reason: $reason,
                text: |policy| policy.$table.$field.text(),
                set: |policy, written, allowed| {
                    policy.$table.$field = <$field_type>::read(written, allowed)?;
                    Ok(())
                },
            },)*)*
        ];

        /// All tables.
        pub(super) const TABLES: &[&str] = &[$(stringify!($table)),*];
    };
}

knobs! {
    /// Every knob of a store. Each field has the name of its key, which ends in its unit; `policy explain KEY` tells
    /// more.
    ///
    /// ```
    /// let policy = autoshard_tuning::Policy::default();
    /// assert_eq!(policy.shards.max, 1024);
    /// ```
    Policy {
        version: u32 = VERSION, "", Integer { min: 1, max: 1 }, AtBuild,
            "Version of the policy's keys; a file without it is of the current version.",
            "The first.";
        profile: Profile = Profile::Default, "", Choice(Profile::NAMES), AtBuild,
            "Named set of values that lies between the defaults and everything else.",
            "Suits a workload of which nothing is known.";

        /// How many shards, of what size.
        [shards] ShardsPolicy {
            min: Option<u32> = None, "shards", IntegerOrAuto { min: 1, max: SHARDS_MAX }, Live,
                "Fewest shards that the tuner leaves; \"auto\" is 1.",
                "One shard is the cheapest store while nobody competes for it.";
            max: u32 = 1024, "shards", Integer { min: 1, max: SHARDS_MAX }, AtBuild,
                "Most shards that the tuner makes.",
                "Measured with a prototype: 1,024 shards serve 2 threads 3 times as fast as 8 do; more gained nothing.";
            initial: Option<u32> = None, "shards", IntegerOrAuto { min: 1, max: SHARDS_MAX }, AtBuild,
                "Shards of a fresh store; \"auto\" is four per core, or one for 256 entries of the capacity it is told, up to a power of two, within min and max.",
                "The share of acquisitions that wait is about cores / shards times the time spent inside: a guess.";
            slots: u32 = 4096, "slots", PowerOfTwo { min: 4, max: 65_536 }, AtBuild,
                "Hash ranges that shards are made of; no split goes below one.",
                "Four slots to each of the most shards, so that load can be balanced; 8 KiB of directory.";
            assignment: Sharding = Sharding::Ranges, "", Choice(Sharding::NAMES), AtBuild,
                "Which slots make up which shard, in a fresh store and where a number of shards is asked for.",
                "Measured: it copies the fewest entries by far; between two doublings, some shards have twice as many as others (docs/routing.md).";
            entries_max: u64 = 65_536, "entries", Integer { min: 16, max: 1 << 40 }, Live,
                "Entries above which a shard is split, so that no caller waits long while its table grows; one that would grow beyond is split instead.",
                "A guess: at 20 to 40 ns an entry, doubling such a table takes 1 to 3 ms.";
        }

        /// When and how the tuner acts.
        [tuner] TunerPolicy {
            enabled: bool = true, "", Flag, Live,
                "Whether the tuner changes shards, or the modes of their locks, at all; it observes in any case.",
                "A store that tunes itself is what this library is for.";
            strategy: Strategy = Strategy::Contention, "", Choice(Strategy::NAMES), Live,
                "Who judges the observations.",
                "Waiting is what shards are for; the formula looks at load only.";
            window_ms: u64 = 100, "ms", Integer { min: 1, max: 60_000 }, Live,
                "Time over which samples are gathered before the tuner judges.",
                "Long enough for 1,000 samples at 160,000 accesses a second; beside 500 ms, stores are as well tuned in a fifth of the time.";
            samples_min: u64 = 1000, "samples", Integer { min: 1, max: 1_000_000 }, Live,
                "Fewer samples than these are not judged, but gathered on over the next window.",
                "A share of 5 % is then known to within 2 % at 99.9 % confidence.";
            settle_windows: u32 = 1, "windows", Integer { min: 0, max: 100 }, Live,
                "Windows that are discarded after a change, the one in which it ended included.",
                "Caches and lock queues of fresh shards are cold for some milliseconds; a window is ample.";
            cool_down_factor: f64 = 9.0, "times the cost", Real { min: 0.0, max: 1000.0 }, Live,
                "The next change comes no sooner than this many times what the last one cost.",
                "Keeps the work of changes below a tenth of one core.";
            horizon_s: f64 = 10.0, "s", Real { min: 0.001, max: 86_400.0 }, Live,
                "Time over which a change must earn what it costs.",
                "A guess: phases of the workloads we know last longer.";
            idle_s: f64 = 60.0, "s", Real { min: 0.001, max: 86_400.0 }, Live,
                "A store is idle, and a table mostly empty, after this long; then memory is given back.",
                "A guess: longer than pauses between bursts, shorter than anybody's patience with unused memory.";
            rhythm_s: f64 = 86_400.0, "s", Real { min: 0.0, max: 31_622_400.0 }, Live,
                "Period in which the load rises and falls: shards that a rise is forecast to need within horizon_s are kept, and made before it; 0 forecasts nothing.",
                "People's days; the forecast is used only while it errs less than half as much as one that says that all stays as it is.";
            shrink_fill: f64 = 0.25, "of a table's capacity", Real { min: 0.0, max: 0.4 }, Live,
                "A table with fewer entries than this part of what it holds is mostly empty.",
                "Its fresh table is at most half full, so it cannot grow back at once.";
            shrink_capacity_min: u64 = 1024, "entries", Integer { min: 1, max: 1 << 40 }, Live,
                "Tables that hold fewer entries than this are never too large.",
                "A guess: some 16 KiB are not worth a migration.";
            entry_copy_ns: u64 = 100, "ns", Integer { min: 1, max: 1_000_000 }, Live,
                "Assumed cost of migrating an entry, until it was measured in the store itself.",
                "A guess: two cache misses, a hash and an insertion.";
            line_transfer_ns: u64 = 100, "ns", Integer { min: 1, max: 1_000_000 }, Live,
                "Assumed cost of a cache line that comes from another core; for locks' modes, until revocations have shown it.",
                "Measured between two cores: 25 ns when they are near, 220 ns when far.";
        }

        /// The strategy `contention`: its scores, after Erlang's ETS, and how far a change goes.
        [contention] ContentionPolicy {
            waited_points: i64 = 400, "points", Integer { min: 1, max: 1_000_000 }, Live,
                "What an acquisition that had to wait adds to its shard's score.",
                "Simulated: with 100, as in Erlang's ETS, rare writes beside reads come to 0.84 of the best number of shards; with 400 to 0.95.";
            free_points: i64 = 1, "points", Integer { min: 1, max: 1_000_000 }, Live,
                "What an acquisition that did not wait takes from its shard's score.",
                "Erlang's ETS, whose locks run so in production; one wait in 400 balances.";
            grow_score: i64 = 1000, "points", Integer { min: 1, max: 1 << 50 }, Live,
                "A shard is contended above this score.",
                "As free_points.";
            accesses_min: u64 = 1000, "accesses", Integer { min: 0, max: 1 << 40 }, Live,
                "A shard with fewer accesses than these in what is judged is not split for its waits.",
                "A guess: in a few dozen accesses, waits show that a thread was preempted, not that threads compete.";
            shrink_score: i64 = -10_000_000, "points", Integer { min: -(1 << 50), max: -1 }, Live,
                "A shard is cold below this score.",
                "As free_points: shrinking takes 10,000 times the evidence of growing.";
            ways_max: u32 = 16, "shards", Integer { min: 2, max: 1024 }, Live,
                "Most shards that one contended shard becomes at once.",
                "Simulated: with 4, two cores come within 5 % of the best number of shards in 1.0 to 1.6 s; with 16 in 0.7 to 1.3 s.";
            waits_saved_min: f64 = 0.25, "of the shard's waits", Real { min: 0.01, max: 0.9 }, Live,
                "Least part of a shard's waits that a split must be predicted to save.",
                "A guess: below it, one slot has six sevenths of the shard's load, and splitting cannot help.";
            merge_margin: f64 = 0.25, "of the share that grows", Real { min: 0.0, max: 0.9 }, Live,
                "A merge needs a predicted share of waits below this part of the one that makes a shard contended.",
                "A guess: two merges in a row stay below the half.";
        }

        /// The modes of shards' locks.
        [lock] LockPolicy {
            bias: BiasChoice = BiasChoice::Auto, "", Choice(BiasChoice::NAMES), Live,
                "Mode of the shards' locks; \"auto\" leaves it to the tuner, for each shard.",
                "No mode is the best for reads, for writes and for a single thread.";
            samples_min: u64 = 200, "samples", Integer { min: 1, max: 1_000_000 }, Live,
                "Fewer samples than these choose no mode, but are gathered on over the next window.",
                "A share of writes of 5 %, at which modes cost the same, is then known to within 1.5 %.";
            hysteresis: f64 = 0.2, "of the cost", Real { min: 0.0, max: 0.9 }, Live,
                "A mode takes the place of another only if it costs less by more than this part.",
                "A guess: modes as near as that are told apart by no measurement.";
            change_windows: u32 = 2, "windows", Integer { min: 1, max: 100 }, Live,
                "Windows in a row that must prefer a mode; a shard's first, and one at half the cost, need one only.",
                "A guess: what a single window shows by chance is seldom seen in the next.";
            owned_windows: u32 = 3, "windows", Integer { min: 1, max: 1000 }, Live,
                "Windows in a row in which one thread alone was seen in a shard, before it owns it.",
                "A guess: the thread that fills a store is mostly not the only one for long.";
            back_off_windows_max: u32 = 64, "windows", Integer { min: 0, max: 1_000_000 }, Live,
                "Longest time without another try after asymmetric or owned locks were broken; it begins at 2, and doubles.",
                "A guess: some seconds, in which a barrier of 8 us is nothing.";
            heavy_barriers_per_s_max: u64 = 1000, "barriers/s", Integer { min: 0, max: 1_000_000 }, Live,
                "Budget of heavy barriers for the whole process; what may exceed it is not chosen.",
                "Measured: at 6 to 11 us, each core loses 1 % at most.";
        }

        /// How shards are replaced.
        [migration] MigrationPolicy {
            mode: MigrationMode = MigrationMode::DualWrite, "", Choice(MigrationMode::NAMES), AtBuild,
                "How entries come from the old shards to the new.",
                "With two copies, a migration can be given up at no cost, and no read is slower meanwhile.";
            step_us: u64 = 100, "us", Integer { min: 1, max: 1_000_000 }, Live,
                "Longest time for which a step of a migration keeps a caller waiting.",
                "A guess: above what waking a thread costs, below what anybody notices.";
            batch: u32 = 2048, "entries", Integer { min: 1, max: 65_536 }, Live,
                "Entries that a step copies, moves or compares, at most.",
                "A guess: at 100 ns an entry step_us ends a step first; this bounds it where the clock is slow.";
            cut_over_wait_us: u64 = 100, "us", Integer { min: 1, max: 1_000_000 }, Live,
                "Longest time for which an attempt to cut over waits for the old shards' locks.",
                "A guess, as step_us: callers wait behind the attempt.";
            cut_over_attempts: u32 = 100, "attempts", Integer { min: 1, max: 1_000_000 }, Live,
                "Attempts to cut over before the migration is given up.",
                "A guess: with the back-off between them, some hundred milliseconds.";
            verify: Verification = Verification::Keys, "", Choice(Verification::NAMES), Live,
                "What is compared before a cut-over.",
                "A look-up of each key costs less than the copy did, and no lost entry is worth that.";
        }

        /// Sampling, and the search for hot keys.
        [hot_keys] HotKeysPolicy {
            sample_every: u32 = 16, "accesses", Integer { min: 1, max: 65_536 }, Live,
                "Mean number of accesses of which one is sampled, where the budget allows.",
                "A guess: a sample of some 20 ns costs little where accesses are rare; where they are not, the budget makes samples rarer.";
            samples_per_s_max: u64 = 200_000, "samples/s", Integer { min: 1, max: 1_000_000_000 }, Live,
                "Budget of samples for the whole process; above it, samples become rarer.",
                "A guess: at 100 ns each, the tuner's thread uses 2 % of one core.";
            settled_share: f64 = 0.125, "of the budget", Real { min: 0.0001, max: 1.0 }, Live,
                "Part of samples_per_s_max that is left for a store whose load stays the same; it has all of it again once that changes.",
                "A guess: a window of 100 ms still has 2,500 samples, by which a change shows at once.";
            top_k: u32 = 20, "keys", Integer { min: 1, max: 1024 }, AtBuild,
                "Most frequent keys that are reported.",
                "Twice the ten that people look at.";
            share_threshold: f64 = 0.05, "of all accesses", Real { min: 0.0001, max: 1.0 }, Live,
                "A key is reported as hot if its share of all accesses may be above this, and is above half of it for certain; the tuner acts once it is above for certain.",
                "A guess: such a key makes more than 20 shards useless.";
            half_life_samples: u64 = 1_048_576, "samples", Integer { min: 1000, max: 1 << 40 }, AtBuild,
                "After this many samples, older ones count half.",
                "Measured on a trace whose 8th and 14th keys differ by 3 %: with 65,536, eight of the top ten are found in 3 to 7 of 8 runs; with this, in all.";
            sketch_width: u32 = 1024, "counters", PowerOfTwo { min: 256, max: 1 << 20 }, AtBuild,
                "Counters in each row of the count-min sketch.",
                "Measured on two traces: twice the width ranks no better, and takes 76 KiB instead of 45.";
        }

        /// Workers, and the writes that are staged for them.
        [workers] WorkersPolicy {
            enabled: bool = false, "", Flag, AtBuild,
                "Whether the store starts workers, which commit staged writes; without them, such a write is made by its caller.",
                "Threads are for those who ask for them.";
            count: Option<u32> = None, "threads", IntegerOrAuto { min: 1, max: 1024 }, AtBuild,
                "Workers of the store; \"auto\" is one per core.",
                "More than cores would take turns.";
            pinning: bool = true, "", Flag, AtBuild,
                "Whether each worker stays on one core, where the system allows it.",
                "A shard's lines then stay in that core's cache.";
            batch: u32 = 64, "writes", Integer { min: 1, max: 65_536 }, AtBuild,
                "A worker begins to commit once so many staged writes wait, and takes so many at a time.",
                "A guess: wakes a thread 64 times less often, and holds back little.";
            linger_ms: u64 = 10, "ms", Integer { min: 0, max: 60_000 }, AtBuild,
                "Longest time that a staged write waits for others to make up a batch.",
                "A guess: nobody watches a value as closely as that.";
            queue: u32 = 1024, "writes", Integer { min: 1, max: 1 << 24 }, AtBuild,
                "Staged writes that wait for one worker, at most.",
                "A guess: sixteen batches, so that a burst finds room.";
            full: FullRule = FullRule::Block, "", Choice(FullRule::NAMES), AtBuild,
                "What becomes of a write that finds its worker's queue full.",
                "Loses nothing, and slows those down who are too fast.";
        }
    }
}

/// Shards per core of a fresh store; the reason stands at `shards.initial`.
const SHARDS_PER_CORE: u32 = 4;

/// Entries for each shard of a fresh store that is told its capacity. Measured by two threads on 100,000 entries: 512 shards make half again
/// as many updates as 8; a header then takes less than a byte for each entry.
const ENTRIES_PER_SHARD: u64 = 256;

/// Shards per core until which a store that grows splits tables as small as [`ENTRIES_PER_SHARD`]: by then, two threads seldom meet.
const SHARDS_PER_CORE_GROWN: u32 = 32;

/// Parts of such a small table, at most. A guess: the store has its shards while it is still small enough for the splits to cost nothing.
const PARTS_OF_SMALL_MAX: u32 = 4;

/// A shard whose table is full.
#[derive(Clone, Copy, Debug)]
pub struct FullShard {
    /// Entries in it.
    pub entries: u64,
    /// Slots that it owns.
    pub slots: u32,
}

impl ShardsPolicy {
    /// Into how many shards a full one is divided in place of doubling its table; 1 if it is to be doubled. `shards` are those that the
    /// store has.
    ///
    /// ```
    /// use autoshard_tuning::{FullShard, Policy};
    ///
    /// let policy = Policy::default().shards;
    /// assert_eq!(policy.parts_of_full(FullShard { entries: 1792, slots: 16 }, 256, 2), 1);
    /// assert_eq!(policy.parts_of_full(FullShard { entries: 57_344, slots: 16 }, 256, 2), 2);
    /// assert_eq!(policy.parts_of_full(FullShard { entries: 57_344, slots: 16 }, policy.max, 2), 1);
    /// ```
    #[must_use]
    pub fn parts_of_full(&self, full: FullShard, shards: u32, cores: u32) -> u32 {
        // Half full each, as the doubled table would be.
        let for_size = full.entries.saturating_mul(2).div_ceil(self.entries_max.max(1));
        // Never fewer than two, so that all of the shards have been split by the time that there are enough.
        let for_cores = match cores.saturating_mul(SHARDS_PER_CORE_GROWN) {
            enough if full.entries >= ENTRIES_PER_SHARD && shards < enough => {
                (enough / shards.max(1)).clamp(2, PARTS_OF_SMALL_MAX)
            }
            _ => 1,
        };
        let wanted = for_size.max(u64::from(for_cores));
        let room = self.max.saturating_sub(shards).saturating_add(1);
        wanted.min(u64::from(room.min(full.slots))).max(1) as u32
    }

    /// The fewest shards allowed, `"auto"` resolved.
    #[must_use]
    pub fn min_resolved(&self) -> u32 {
        self.min.unwrap_or(1)
    }

    /// The shards of a fresh store on a machine of so many cores, with room for so many entries, `"auto"` resolved; always within the
    /// limits.
    ///
    /// ```
    /// let policy = autoshard_tuning::Policy::default();
    /// assert_eq!(policy.shards.initial_for(6, 0), 32);
    /// assert_eq!(policy.shards.initial_for(6, 100_000), 512);
    /// ```
    #[must_use]
    pub fn initial_for(&self, cores: u32, capacity: u64) -> u32 {
        let from_cores = cores.clamp(1, self.max).saturating_mul(SHARDS_PER_CORE).next_power_of_two();
        let from_capacity = (capacity / ENTRIES_PER_SHARD).min(u64::from(self.max)) as u32;
        let chosen = || from_cores.max(from_capacity.next_power_of_two());
        self.initial.unwrap_or_else(chosen).clamp(self.min_resolved().min(self.max), self.max)
    }
}

impl TunerPolicy {
    /// `window_ms` as a duration.
    #[must_use]
    pub fn window(&self) -> Duration {
        Duration::from_millis(self.window_ms)
    }

    /// `horizon_s` as a duration.
    #[must_use]
    pub fn horizon(&self) -> Duration {
        seconds(self.horizon_s)
    }

    /// `rhythm_s` as a duration.
    #[must_use]
    pub fn rhythm(&self) -> Duration {
        seconds(self.rhythm_s)
    }

    /// `idle_s` as a duration.
    #[must_use]
    pub fn idle(&self) -> Duration {
        seconds(self.idle_s)
    }
}

impl WorkersPolicy {
    /// `linger_ms` as a duration.
    #[must_use]
    pub fn linger(&self) -> Duration {
        Duration::from_millis(self.linger_ms)
    }
}

impl MigrationPolicy {
    /// `step_us` as a duration.
    #[must_use]
    pub fn step(&self) -> Duration {
        Duration::from_micros(self.step_us)
    }

    /// `cut_over_wait_us` as a duration.
    #[must_use]
    pub fn cut_over_wait(&self) -> Duration {
        Duration::from_micros(self.cut_over_wait_us)
    }
}

/// A duration from a knob in seconds. The fields are public, so whoever sets one to nonsense gets the longest wait
/// instead of a panic.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
