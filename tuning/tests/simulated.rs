//! What is promised of a store over hours, and of loads that are faster than it: shown on simulated machines.
#![cfg(feature = "simulator")]

use std::time::Duration;

use autoshard_tuning::{
    Policy, Strategy,
    simulator::{Machine, Phase, Run, Simulation, Traffic, Workload},
};

const HOUR: Duration = Duration::from_secs(3600);
/// By then, a store has found what it needs, and that merging its cold shards was wrong.
const SETTLED: Duration = Duration::from_secs(1200);
const KEYS: u32 = 100_000;

fn with_strategy(strategy: Strategy) -> Policy {
    let mut policy = Policy::default();
    policy.tuner.strategy = strategy;
    policy
}

fn loads(cores: u32) -> [(&'static str, Traffic); 4] {
    let reads = || Traffic::reads(cores, KEYS);
    [
        ("get-99", reads().writing(0.01)),
        ("get-95-zipf", reads().writing(0.05).zipf(0.99)),
        ("update-zipf", reads().writing(1.0).zipf(0.99)),
        ("hot-key", reads().writing(0.05).hot(1, 0.38)),
    ]
}

/// Changes of the layout once a store has settled, in the time for which a steady load lasts.
fn changes(machine: &Machine, settled: Duration, length: Duration, traffic: Traffic) -> Vec<String> {
    let run = Simulation::new(machine, &Policy::default()).run(&Workload::steady("steady", length, traffic));
    let late = run.windows.into_iter().filter(|window| window.at > settled && window.action != "hold");
    late.map(|window| format!("{:?}: {} for {}", window.at, window.action, window.cause)).collect()
}

fn nothing_changes(length: Duration, machines: &[Machine]) {
    for machine in machines {
        for (name, traffic) in loads(machine.cores) {
            let changes = changes(machine, SETTLED, length, traffic);
            let Machine { cores, near_ns, .. } = machine;
            println!("{name}, {cores} cores, {near_ns} ns: {} changes in {length:?}: {changes:?}", changes.len());
            assert!(changes.is_empty(), "{name}, {cores} cores, {near_ns} ns");
        }
    }
}

/// The load under which shards were merged and split again, some ten times a minute from the second minute on.
#[test]
#[ignore = "takes minutes in release builds"]
fn what_was_split_is_not_merged_in_the_first_minutes() {
    let [(_, mostly_reads), ..] = loads(2);
    let [settled, length] = [60, 300].map(Duration::from_secs);
    let changes = changes(&Machine::near(2), settled, length, mostly_reads);
    assert!(!changes.iter().any(|change| change.contains("merge")), "{changes:?}");
}

#[test]
#[ignore = "takes minutes in release builds"]
fn a_steady_load_is_left_alone() {
    nothing_changes(HOUR, &[Machine::near(2), Machine::near(8)]);
}

/// As the last, for 24 hours.
#[test]
#[ignore = "takes an hour in release builds"]
fn a_steady_day_is_left_alone() {
    nothing_changes(24 * HOUR, &[Machine::near(2), Machine::far(8)]);
}

/// For so long loads take turns.
const LENGTH: Duration = Duration::from_secs(if cfg!(debug_assertions) { 2 } else { 8 });

/// Two loads by turns of this length.
fn alternating(cores: u32, turn: Duration) -> Workload {
    let [_, _, (_, updates), (_, hot_key)] = loads(cores);
    let turns = (LENGTH.as_nanos() / turn.as_nanos()) as usize;
    let phases = (0..turns).map(|index| {
        let traffic = if index % 2 == 0 { &updates } else { &hot_key };
        Phase::new("turn", turn, Some(traffic.clone()))
    });
    Workload::new("alternating", phases.collect())
}

fn run(machine: &Machine, strategy: Strategy, workload: &Workload) -> Run {
    Simulation::new(machine, &with_strategy(strategy)).run(workload)
}

/// In each second, beside the shards that a store begins with.
#[test]
fn loads_by_turns_are_never_met_much_worse_than_by_the_default() {
    let machines = [Machine::near(2), Machine::far(8), Machine::far(2), Machine::near(8), Machine::near(32)];
    // Without optimisation it takes minutes for all.
    for machine in &machines[..if cfg!(debug_assertions) { 2 } else { machines.len() }] {
        for parts in [1, 2, 4] {
            let turn = Policy::default().tuner.window() * parts / 2;
            let workload = alternating(machine.cores, turn);
            let [ours, default] = [Strategy::Contention, Strategy::Fixed].map(|it| run(machine, it, &workload));
            // Two turns of two windows are the longest until the same comes again.
            let ratios = ours.windows.chunks(4).zip(default.windows.chunks(4)).map(|(ours, default)| {
                let sum = |windows: &[autoshard_tuning::simulator::WindowRecord]| {
                    windows.iter().map(|it| it.mops).sum::<f64>()
                };
                sum(ours) / sum(default)
            });
            let worst = ratios.fold(f64::INFINITY, f64::min);
            let single = ours.windows.iter().zip(&default.windows).map(|(ours, default)| ours.mops / default.mops);
            let single = single.fold(f64::INFINITY, f64::min);
            let changes = ours.windows.iter().filter(|window| window.action != "hold").count();
            let Machine { cores, near_ns, .. } = machine;
            println!(
                "{cores} cores, {near_ns} ns, turns of {turn:?}: {worst:.2} at worst, {single:.2} in a window; {changes} changes"
            );
            assert!(worst >= 0.9, "{cores} cores, {near_ns} ns, turns of {turn:?}: {worst:.2}");
        }
    }
}
