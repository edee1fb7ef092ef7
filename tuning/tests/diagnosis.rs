//! Each condition raises its finding, and what lies just below does not.

use std::time::Duration;

use autoshard_tuning::{
    Bias, BiasChoice, Cause, Condition, Controller, Decision, Diagnosis, Finding, HeldShard, Holder, HotKeyEstimate,
    Load, Observation, Policy, ShardObservation, ShareBounds, Strategy, Symptoms, Users, WindowNotes,
    initial_directory,
};

const SLOTS: usize = 64;
const SHARDS: usize = 8;

/// A window in which nothing is wrong: 100 samples for each of eight shards with 1,000 entries each, by two threads on two cores.
fn healthy() -> Observation {
    let shard = |id| ShardObservation {
        id,
        slots: (SLOTS / SHARDS) as u32,
        entries: 1000,
        capacity: 1792,
        load: Load { reads: 50, writes: 50 },
        users: Users::Many,
        ..ShardObservation::default()
    };
    Observation {
        at: Duration::from_secs(60),
        window: Duration::from_millis(100),
        cores: 2,
        cpu_use: Some(1.0),
        directory: initial_directory(SLOTS, SHARDS),
        slot_loads: vec![Load { reads: 100, writes: 100 }; SLOTS],
        sample_every: 16,
        samples: (SLOTS * 200) as u64,
        shards: (0..SHARDS as u16).map(shard).collect(),
        can_migrate: true,
        threads: 2,
        thread_mix: 0.5,
        ..Observation::default()
    }
}

/// What is found after one window, that was judged in some way.
fn diagnose(policy: &Policy, observation: Observation, held: &[HeldShard]) -> Diagnosis {
    let mut notes = WindowNotes::default();
    let decision = Controller::new(policy, 2).decide(&observation);
    notes.note(observation, &decision, policy.tuner.samples_min);
    Symptoms { policy, notes: &notes, held }.diagnose()
}

fn conditions(diagnosis: &Diagnosis) -> Vec<Condition> {
    diagnosis.findings().iter().map(|finding| finding.condition).collect()
}

/// The only finding, which must be of this condition.
fn only(diagnosis: &Diagnosis, condition: Condition) -> &Finding {
    assert_eq!(conditions(diagnosis), [condition], "{diagnosis}");
    &diagnosis.findings()[0]
}

#[test]
fn a_healthy_store_is_told_so_with_what_was_looked_at() {
    let diagnosis = diagnose(&Policy::default(), healthy(), &[]);
    assert!(diagnosis.is_healthy(), "{diagnosis}");
    let expected = "nothing is wrong that could be seen: of some 204,800 accesses to 8,000 entries in 8 shards (12,800 samples in \
                    100.0 ms), 0 % waited, and the most frequent key takes 0 %.";
    assert_eq!(diagnosis.to_string(), expected);
}

#[test]
fn a_store_of_which_nothing_is_known_is_not_called_healthy_without_saying_so() {
    let (policy, notes) = (Policy::default(), WindowNotes::default());
    let diagnosis = Symptoms { policy: &policy, notes: &notes, held: &[] }.diagnose();
    assert!(diagnosis.to_string().contains("no window has been judged yet"), "{diagnosis}");
}

fn key(share_lower: f64, read_share: f64) -> HotKeyEstimate {
    let (share, share_upper) = (share_lower + 0.02, share_lower + 0.04);
    HotKeyEstimate { hash: 0xabcd, slot: 5, share, share_lower, share_upper, read_share }
}

fn with_key(key: HotKeyEstimate) -> Diagnosis {
    let mut observation = healthy();
    observation.hot_keys.push(key);
    observation.shards[0].bias = Bias::Fenced;
    diagnose(&Policy::default(), observation, &[])
}

#[test]
fn a_key_is_hot_if_its_lower_bound_is_above_the_threshold() {
    let diagnosis = with_key(key(0.36, 0.95));
    let finding = only(&diagnosis, Condition::HotKey);
    let expected = "the key of hash 0x000000000000abcd takes 38 % of all accesses, 36 % at least, 95 % of them reads; beyond 3 \
                    shards, more cannot help it; its shard 0 is fenced";
    assert_eq!(finding.evidence, expected);
    assert!(finding.remedy.starts_with("Its shard is read-biased"), "{finding}");
    assert_eq!(finding.figure("share_lower"), Some(0.36));
    assert!(!with_key(key(0.051, 1.0)).is_healthy());
    let above_by_estimate_alone = with_key(key(0.049, 1.0));
    assert!(above_by_estimate_alone.is_healthy(), "{above_by_estimate_alone}");
}

#[test]
fn a_key_is_write_hot_if_its_writes_alone_are_above_the_threshold() {
    let diagnosis = with_key(key(0.36, 0.5));
    let finding = only(&diagnosis, Condition::WriteHotKey);
    assert!(finding.evidence.contains("50 % of them writes, which exclude each other"), "{finding}");
    only(&with_key(key(0.36, 0.85)), Condition::WriteHotKey);
    only(&with_key(key(0.36, 0.87)), Condition::HotKey);
}

#[test]
fn what_looks_hot_by_its_hash_is_no_key_where_hashes_do_not_spread() {
    let mut observation = healthy();
    observation.hot_keys.push(key(0.36, 0.95));
    observation.shards.iter_mut().for_each(|shard| shard.entries = 0);
    observation.shards[0].entries = 8000;
    only(&diagnose(&Policy::default(), observation, &[]), Condition::UnevenHash);
}

fn held(holder: Holder, is_exclusive: bool, lasted_ms: u64) -> HeldShard {
    let lasted = Duration::from_millis(lasted_ms);
    HeldShard { shard: 3, holder, is_exclusive, place: format!("src/main.rs:{lasted_ms}:9"), lasted }
}

#[test]
fn who_holds_a_shard_for_long_is_named_by_place() {
    let policy = Policy::default();
    let long = [held(Holder::Guard, false, 700), held(Holder::Guard, true, 12_000), held(Holder::Iterator, false, 800)];
    let diagnosis = diagnose(&policy, healthy(), &long);
    assert_eq!(conditions(&diagnosis), [Condition::GuardHeld, Condition::IteratorHeld]);
    let text = diagnosis.to_string();
    let guard = "a guard for writing, taken at src/main.rs:12000:9, has been held for 12.0 s at least (and 1 more): whoever wants into \
                 shard 3 waits for it";
    assert!(text.starts_with(guard), "{text}");
    let iterator = "an iterator for reading, made at src/main.rs:800:9, or what it has yielded, has been in shard 3 for 800.0 ms: whoever \
                    wants to write to that shard waits";
    assert!(text.contains(iterator), "{text}");
    for short in [held(Holder::Guard, true, 499), held(Holder::Iterator, true, 499)] {
        assert!(diagnose(&policy, healthy(), &[short]).is_healthy());
    }
}

/// Eight shards with the same number of slots; the first one has this many of 8,000 entries.
fn crowded(entries: usize) -> Diagnosis {
    let mut observation = healthy();
    observation.shards.iter_mut().for_each(|shard| shard.entries = (8000 - entries) / (SHARDS - 1));
    observation.shards[0].entries = entries;
    observation.shards[1].entries += (8000 - entries) % (SHARDS - 1);
    diagnose(&Policy::default(), observation, &[])
}

#[test]
fn a_hash_spreads_unless_a_shard_has_twice_its_part_for_certain() {
    let diagnosis = crowded(8000);
    let finding = only(&diagnosis, Condition::UnevenHash);
    assert!(finding.evidence.starts_with("shard 0 has 12 % of the slots, but 100 % of the 8,000 entries"), "{finding}");
    // An even part is 1,000 entries, twice of that 2,000; of 8,000, the bound lies some 160 below what is counted.
    let threshold = (2000..3000).find(|&count| ShareBounds::new(count as f64, count as f64, 8000.0).lower > 0.25);
    let threshold = threshold.expect("the bound comes near to what is counted");
    assert!((2100..2300).contains(&threshold), "{threshold}");
    assert!(crowded(threshold - 1).is_healthy());
    only(&crowded(threshold + 1), Condition::UnevenHash);
}

#[test]
fn a_random_hash_is_never_blamed_for_few_entries() {
    // The most that chance does: all of a few entries in one shard.
    for entries in 1..6 {
        let mut observation = healthy();
        observation.shards.iter_mut().for_each(|shard| shard.entries = 0);
        observation.shards[0].entries = entries;
        assert!(diagnose(&Policy::default(), observation, &[]).is_healthy(), "{entries}");
    }
}

#[test]
fn a_random_hash_is_not_blamed_even_where_the_fullest_slots_are_set_apart() {
    let mut random = 7_u64;
    for trial in 0..2000 {
        let entries = 1 << (trial % 12);
        let mut slots = [0_usize; SLOTS];
        for _ in 0..entries {
            // Knuth's generator for MMIX; the upper bits are the random ones.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            slots[(random >> 58) as usize] += 1;
        }
        slots.sort_unstable_by(|one, other| other.cmp(one));
        let mut observation = healthy();
        // The seven fullest slots have a shard each, and all others are together.
        for (id, shard) in observation.shards.iter_mut().enumerate() {
            let own = if id < 7 { id..id + 1 } else { id..SLOTS };
            (shard.slots, shard.entries) = (own.len() as u32, slots[own].iter().sum());
        }
        let diagnosis = diagnose(&Policy::default(), observation, &[]);
        assert!(diagnosis.is_healthy(), "trial {trial}, {entries} entries: {diagnosis}");
    }
}

/// A window with so many equally busy threads on two cores.
fn crowd(threads: f64, cpu_use: Option<f64>, wait_ns: u64) -> Observation {
    let mut observation = Observation { thread_mix: 1.0 - 1.0 / threads, cpu_use, ..healthy() };
    observation.shards[1].waits = 10;
    observation.shards[1].wait_ns = 10 * wait_ns;
    observation
}

#[test]
fn threads_are_too_many_where_they_use_up_the_cores() {
    let policy = Policy::default();
    let diagnosis = diagnose(&policy, crowd(8.0, Some(0.98), 2_000_000), &[]);
    let finding = only(&diagnosis, Condition::TooFewCores);
    let expected = "8.0 threads at work share 2 cores, 98 % of which are in use; 10 acquisitions waited, 2.0 ms in the mean, as one does \
                    for somebody who lost the processor: they wait for the processor, and more shards cannot help";
    assert_eq!(finding.evidence, expected);
    only(&diagnose(&policy, crowd(8.0, None, 100_000), &[]), Condition::TooFewCores);
    only(&diagnose(&policy, crowd(2.51, Some(0.9), 0), &[]), Condition::TooFewCores);
    for below in [crowd(8.0, Some(0.89), 2_000_000), crowd(2.5, Some(1.0), 2_000_000), crowd(8.0, None, 99_999)] {
        assert!(diagnose(&policy, below, &[]).is_healthy());
    }
    let few_samples = Observation { samples: 999, ..crowd(8.0, Some(1.0), 0) };
    assert!(diagnose(&policy, few_samples, &[]).is_healthy(), "there may have been a burst");
}

/// A window in which 10 % of the acquisitions of a shard wait.
fn contended() -> Observation {
    let mut observation = healthy();
    observation.shards[2].waits = 2560;
    observation.shards[2].wait_ns = 2_560_000;
    observation
}

/// Makes a policy forbid something.
type Forbid = fn(&mut Policy);

#[test]
fn a_policy_that_forbids_what_would_help_is_told_of() {
    let cases: [(Forbid, &str, &str); 3] = [
        (|policy| policy.tuner.enabled = false, "the policy says tuner.enabled = false", "tuner.enabled = true"),
        (|policy| policy.tuner.strategy = Strategy::Fixed, "tuner.strategy = \"fixed\"", "tuner.strategy = "),
        (|policy| policy.shards.max = 8, "there are 8 shards already, the policy's most", "a higher shards.max"),
    ];
    for (forbid, why, remedy) in cases {
        let mut policy = Policy::default();
        assert!(diagnose(&policy, contended(), &[]).is_healthy(), "the tuner may help itself");
        forbid(&mut policy);
        let diagnosis = diagnose(&policy, contended(), &[]);
        let finding = only(&diagnosis, Condition::RemedyForbidden);
        assert!(
            finding.evidence.starts_with("a split would help (10 % of the 25,600 acquisitions of shard 2"),
            "{finding}"
        );
        assert!(finding.evidence.contains(why), "{finding}");
        assert!(finding.remedy.contains(remedy), "{finding}");
        let wanted_by_nobody = diagnose(&policy, healthy(), &[]);
        assert!(wanted_by_nobody.is_healthy(), "{wanted_by_nobody}");
    }
}

#[test]
fn a_store_that_cannot_migrate_is_told_of_once_it_should() {
    let immovable = |observation| Observation { can_migrate: false, ..observation };
    let policy = Policy::default();
    let diagnosis = diagnose(&policy, immovable(contended()), &[]);
    assert!(only(&diagnosis, Condition::RemedyForbidden).remedy.starts_with("Build the store"), "{diagnosis}");
    assert!(diagnose(&policy, immovable(healthy()), &[]).is_healthy());
}

#[test]
fn a_forced_bias_that_costs_twice_what_another_would_is_told_of() {
    let read_only = |reads, writes| {
        let mut observation = healthy();
        observation.shards.iter_mut().for_each(|shard| shard.load = Load { reads, writes });
        observation.has_heavy_barrier = true;
        observation
    };
    let mut policy = Policy::default();
    assert!(diagnose(&policy, read_only(10_000, 0), &[]).is_healthy(), "the tuner may choose");
    policy.lock.bias = BiasChoice::Neutral;
    let diagnosis = diagnose(&policy, read_only(10_000, 0), &[]);
    let finding = only(&diagnosis, Condition::RemedyForbidden);
    assert!(finding.evidence.contains("the policy says lock.bias = \"neutral\""), "{finding}");
    assert!(diagnose(&policy, read_only(5000, 5000), &[]).is_healthy(), "neutral is what suits writers");
}

/// So many windows of 100 ms with so many samples, each decided to be short of them.
fn starved(windows: u32, samples: u64) -> Diagnosis {
    let policy = Policy::default();
    let decision = Decision::new(autoshard_tuning::Action::Hold, Cause::FewSamples, String::new());
    let mut notes = WindowNotes::default();
    (0..windows).for_each(|_| notes.note(Observation { samples, ..healthy() }, &decision, policy.tuner.samples_min));
    Symptoms { policy: &policy, notes: &notes, held: &[] }.diagnose()
}

#[test]
fn a_tuner_without_samples_for_long_says_so_unless_the_store_is_idle() {
    only(&starved(300, 3), Condition::FewSamples);
    assert!(starved(299, 3).is_healthy());
    assert!(starved(1000, 0).is_healthy());
}

#[test]
fn samples_that_find_no_room_are_missed_once_they_are_the_most() {
    let with_missed = |samples_missed| diagnose(&Policy::default(), Observation { samples_missed, ..healthy() }, &[]);
    assert!(with_missed(12_800).is_healthy());
    assert!(only(&with_missed(12_801), Condition::FewSamples).evidence.contains("some 12,801 were not"));
}

#[test]
fn the_load_is_remembered_for_a_while_after_it_has_ended() {
    let policy = Policy::default();
    let mut notes = WindowNotes::default();
    let hold = Decision::new(autoshard_tuning::Action::Hold, Cause::Balanced, String::new());
    let mut busy = healthy();
    busy.hot_keys.push(key(0.3, 1.0));
    notes.note(busy, &hold, policy.tuner.samples_min);
    let is_hot = |notes: &WindowNotes| !Symptoms { policy: &policy, notes, held: &[] }.diagnose().is_healthy();
    let idle = |at_ms| Observation { at: Duration::from_millis(at_ms), samples: 0, ..healthy() };
    notes.note(idle(69_999), &hold, policy.tuner.samples_min);
    assert!(is_hot(&notes));
    notes.note(idle(70_000), &hold, policy.tuner.samples_min);
    assert!(!is_hot(&notes));
}

#[test]
fn of_a_whole_run_the_strongest_of_each_condition_is_kept() {
    let policy = Policy::default();
    let mut worst = Diagnosis::default();
    for lasted_ms in [700, 2000, 900] {
        worst.add(diagnose(&policy, healthy(), &[held(Holder::Guard, true, lasted_ms)]));
    }
    worst.add(with_key(key(0.3, 1.0)));
    worst.add(diagnose(&policy, healthy(), &[]));
    assert_eq!(conditions(&worst), [Condition::GuardHeld, Condition::HotKey]);
    assert_eq!(worst.findings()[0].figure("held_s"), Some(2.0));
}
