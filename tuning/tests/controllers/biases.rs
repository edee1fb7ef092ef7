//! The choice of biases, through the controller.

use std::time::Duration;

use autoshard_tuning::{
    Action, Bias, BiasChoice, Cause, Controller, Costs, Decision, Load, Observation, Policy, ShardObservation,
    Strategy, Timing, Users, initial_directory,
};

/// A model of a store's locks: who uses which shard how, and what became of the biases.
struct Locks {
    policy: Policy,
    controller: Controller,
    now: Duration,
    shards: Vec<ShardObservation>,
    threads: u32,
    thread_mix: f64,
    remote_line_ns: f64,
    /// What a look at all lines takes in fenced shards; `None` if nothing is timed.
    look_ns: Option<u64>,
    has_heavy_barrier: bool,
    heavy_barriers: u64,
}

impl Locks {
    /// So many shards with 100 samples each in a window, of which `writes` write, by two threads.
    fn new(policy: &Policy, shards: u16, writes: u32) -> Self {
        let shard = |id| ShardObservation {
            id,
            slots: 1,
            load: Load { reads: 100 - writes, writes },
            users: Users::Many,
            ..ShardObservation::default()
        };
        Self {
            policy: policy.clone(),
            controller: Controller::new(policy, 2),
            now: Duration::ZERO,
            shards: (0..shards).map(shard).collect(),
            threads: 2,
            thread_mix: 0.5,
            remote_line_ns: Costs::default().remote_line_ns,
            look_ns: None,
            has_heavy_barrier: true,
            heavy_barriers: 0,
        }
    }

    /// As [`new`](Self::new), with one thread.
    fn of_one_thread(policy: &Policy, shards: u16, writes: u32) -> Self {
        let mut locks = Self::new(policy, shards, writes);
        (locks.threads, locks.thread_mix) = (1, 0.0);
        locks.shards.iter_mut().for_each(|shard| shard.users = Users::One(7));
        locks
    }

    fn observe(&mut self) -> Observation {
        self.now += self.policy.tuner.window();
        for shard in &mut self.shards {
            let timed = self.look_ns.filter(|_| shard.bias == Bias::Fenced && shard.load.writes > 0);
            shard.looks = timed.map_or(Timing::default(), |look| Timing { count: 2, ns: 2 * look });
        }
        let mut costs = Costs::default();
        costs.remote_line_ns = self.remote_line_ns;
        Observation {
            at: self.now,
            window: self.policy.tuner.window(),
            cores: 2,
            directory: initial_directory(self.shards.len(), self.shards.len()),
            slot_loads: self.shards.iter().map(|shard| shard.load).collect(),
            samples: self.shards.iter().map(|shard| shard.load.total()).sum(),
            sample_every: 64,
            shards: self.shards.clone(),
            can_migrate: true,
            costs,
            threads: self.threads,
            thread_mix: self.thread_mix,
            has_heavy_barrier: self.has_heavy_barrier,
            heavy_barriers: self.heavy_barriers,
            ..Observation::default()
        }
    }

    /// Lets a window pass, at whose end all biases are put in place. Returns how many were.
    fn window(&mut self) -> usize {
        let decision = self.decide();
        decision.biases.changes.len()
    }

    fn windows(&mut self, count: usize) {
        (0..count).for_each(|_| drop(self.decide()));
    }

    fn decide(&mut self) -> Decision {
        let observation = self.observe();
        let decision = self.controller.decide(&observation);
        for (id, bias) in &decision.biases.changes {
            self.shards[usize::from(*id)].bias = *bias;
        }
        decision
    }

    /// The locks do what they do by themselves: what is asymmetric is written, what is owned is entered by a stranger.
    fn break_all(&mut self) {
        for shard in &mut self.shards {
            shard.revocations = u64::from(shard.bias.is_heavy());
            shard.bias = match shard.bias {
                Bias::Asymmetric => Bias::Fenced,
                Bias::Owned(_) => Bias::Neutral,
                other => other,
            };
        }
    }

    fn set_writes(&mut self, writes: u32) {
        self.shards.iter_mut().for_each(|shard| shard.load = Load { reads: 100 - writes, writes });
    }

    fn count(&self, bias: Bias) -> usize {
        self.shards.iter().filter(|shard| shard.bias == bias).count()
    }
}

#[test]
fn the_first_window_with_samples_chooses_what_the_measured_table_says() {
    let table =
        [(0, Bias::Asymmetric), (1, Bias::Fenced), (50, Bias::Neutral), (90, Bias::Neutral), (100, Bias::Neutral)];
    for remote_line_ns in [25.0, 220.0] {
        for (writes, expected) in table {
            let mut locks = Locks::new(&Policy::default(), 1024, writes);
            locks.remote_line_ns = remote_line_ns;
            locks.window();
            assert_eq!(locks.count(expected), 1024, "{writes} % writes, {remote_line_ns} ns");
            assert_eq!((0..10).map(|_| locks.window()).sum::<usize>(), 0, "and it stays");
        }
    }
}

#[test]
fn a_store_of_one_thread_is_owned_by_it_after_some_windows() {
    for writes in [5, 100] {
        let mut locks = Locks::of_one_thread(&Policy::default(), 1024, writes);
        locks.windows(3);
        assert_eq!(locks.count(Bias::Owned(7)), 0, "{writes} % writes: it is too early to tell");
        let decision = locks.decide();
        assert_eq!(locks.count(Bias::Owned(7)), 1024, "{writes} % writes");
        let expected = format!(
            "1,024 shards owned: of 102,400 samples, all by thread 7, {}; a line costs 100 ns, a barrier 8.0 us",
            share(writes)
        );
        assert_eq!(decision.biases.reason, expected);
    }
}

fn share(writes: u32) -> String {
    if writes == 5 { "5.0 % write".to_owned() } else { format!("{writes} % write") }
}

#[test]
fn a_shard_that_one_of_many_threads_has_to_itself_is_owned_by_it() {
    let mut locks = Locks::new(&Policy::default(), 16, 50);
    locks.shards[3].users = Users::One(1);
    locks.windows(14);
    assert_eq!((locks.shards[3].bias, locks.count(Bias::Neutral)), (Bias::Owned(1), 15));
}

#[test]
fn without_a_heavy_barrier_there_are_two_modes() {
    let mut locks = Locks::new(&Policy::default(), 64, 0);
    locks.has_heavy_barrier = false;
    locks.windows(10);
    assert_eq!(locks.count(Bias::Fenced), 64);
}

#[test]
fn shards_without_a_sample_follow_the_store() {
    let mut locks = Locks::new(&Policy::default(), 1024, 1);
    for shard in locks.shards.iter_mut().skip(32) {
        (shard.load, shard.users) = (Load::default(), Users::Nobody);
    }
    locks.window();
    assert_eq!(locks.count(Bias::Fenced), 1024);
}

#[test]
fn few_samples_choose_nothing_until_there_are_more() {
    let mut locks = Locks::new(&Policy::default(), 1, 1);
    assert_eq!(locks.window(), 0, "100 samples");
    assert_eq!(locks.window(), 1, "200 samples");
}

#[test]
fn chance_does_not_change_what_was_chosen() {
    // Around the share of writes at which neutral and fenced cost the same, as samples of 100 scatter.
    let mut locks = Locks::new(&Policy::default(), 64, 5);
    locks.window();
    let mut changes = 0;
    for window in 0..50_u32 {
        for (shard, number) in locks.shards.iter_mut().zip(0_u32..) {
            let writes = 2 + number.wrapping_mul(7919).wrapping_add(window * 104_729) % 7;
            shard.load = Load { reads: 100 - writes, writes };
        }
        changes += locks.window();
    }
    assert_eq!(changes, 0);
}

#[test]
fn another_load_is_followed_within_two_windows() {
    let mut locks = Locks::new(&Policy::default(), 64, 100);
    locks.window();
    for (writes, expected) in [(0, Bias::Asymmetric), (50, Bias::Neutral), (1, Bias::Fenced), (0, Bias::Asymmetric)] {
        locks.set_writes(writes);
        locks.windows(2);
        assert_eq!(locks.count(expected), 64, "{writes} % writes");
    }
}

#[test]
fn a_shard_that_keeps_falling_back_is_promoted_ever_more_rarely() {
    let mut locks = Locks::new(&Policy::default(), 64, 0);
    let mut promoted_at = Vec::new();
    for window in 0..200 {
        if locks.window() > 0 {
            promoted_at.push(window);
        }
        locks.break_all();
    }
    let pauses: Vec<i32> = promoted_at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.is_sorted() && pauses.len() < 10 && pauses.last() >= Some(&64), "{pauses:?}");
}

#[test]
fn heavy_barriers_come_out_of_the_budget_of_the_process() {
    let mut policy = Policy::default();
    policy.lock.heavy_barriers_per_s_max = 0;
    let mut locks = Locks::new(&policy, 64, 0);
    locks.window();
    assert_eq!(locks.count(Bias::Fenced), 64, "the best that needs none");

    let mut locks = Locks::new(&Policy::default(), 64, 0);
    locks.heavy_barriers = 500;
    locks.windows(4);
    assert_eq!(locks.count(Bias::Asymmetric), 0, "other stores use it up");
    locks.heavy_barriers = 0;
    locks.windows(2);
    assert_eq!(locks.count(Bias::Asymmetric), 64);
}

#[test]
fn a_mode_of_the_policy_is_put_in_place_by_any_strategy_and_in_a_disabled_tuner() {
    let forced = [
        (BiasChoice::Neutral, Bias::Neutral),
        (BiasChoice::Fenced, Bias::Fenced),
        (BiasChoice::Asymmetric, Bias::Asymmetric),
        (BiasChoice::Owned, Bias::Owned(7)),
    ];
    for (choice, expected) in forced {
        let mut policy = Policy::default();
        policy.lock.bias = choice;
        policy.tuner.enabled = false;
        let mut locks = Locks::of_one_thread(&policy, 8, 50);
        locks.shards.iter_mut().for_each(|shard| shard.load = Load::default());
        for _ in 0..3 {
            locks.window();
            assert_eq!(locks.count(expected), 8, "{choice}: a window is enough, without a sample");
            locks.break_all();
        }
    }
}

#[test]
fn a_forced_mode_that_the_system_has_not_is_replaced_and_said_so() {
    let mut policy = Policy::default();
    policy.lock.bias = BiasChoice::Asymmetric;
    let mut locks = Locks::new(&policy, 8, 0);
    locks.has_heavy_barrier = false;
    let reason = locks.decide().biases.reason;
    let expected = "8 shards fenced: the policy says lock.bias = \"asymmetric\", but there is no heavy barrier on this \
                    system";
    assert_eq!(reason, expected);
    assert_eq!(locks.window(), 0, "it is not asked for again");
}

#[test]
fn a_disabled_tuner_leaves_biases_and_fixed_shards_do_not() {
    let mut policy = Policy::default();
    policy.tuner.enabled = false;
    assert_eq!(Locks::new(&policy, 8, 0).window(), 0);
    policy.tuner.enabled = true;
    policy.tuner.strategy = Strategy::Fixed;
    assert_eq!(Locks::new(&policy, 8, 0).window(), 8);
}

#[test]
fn a_shard_in_which_readers_wait_is_biased_before_it_is_split() {
    let mut locks = Locks::new(&Policy::default(), 4, 1);
    // Each of a shard's slots has its load; four slots to a shard, or it could not be split.
    let window = |locks: &mut Locks, waits| {
        let mut observation = locks.observe();
        observation.directory = initial_directory(16, 4);
        observation.slot_loads = vec![Load { reads: 400, writes: 4 }; 16];
        observation.samples = 16 * 404;
        for shard in &mut observation.shards {
            (shard.slots, shard.waits, shard.wait_ns) = (4, waits, waits * 1000);
        }
        let decision = locks.controller.decide(&observation);
        for (id, bias) in &decision.biases.changes {
            locks.shards[usize::from(*id)].bias = *bias;
        }
        decision
    };
    let first = window(&mut locks, 10_000);
    assert_eq!((first.cause, first.biases.changes.len()), (Cause::Biased, 4), "{first}");
    assert!(first.reason.starts_with("shard 0 has just got another bias"), "{first}");
    assert_eq!(window(&mut locks, 0).cause, Cause::Balanced, "nobody waits any more");
    let later = window(&mut locks, 10_000);
    assert!(matches!(later.action, Action::Reshard(_)), "it did not help: {later}");
}

/// Looks at all lines on a machine where they are near, at 25 ns, and on one where they are far, at 220 ns.
const LOOK_NS: [u64; 2] = [35, 230];

/// Locks with these writes in 1,000 accesses of each shard, whose revocations take so long; they begin at a load for which
/// fenced locks are best, so that there are some.
fn locks_at_the_border(writes: u32, look_ns: u64) -> Locks {
    let mut locks = Locks::new(&Policy::default(), 64, 1);
    locks.look_ns = Some(look_ns);
    locks.windows(20);
    set_writes_of_1000(&mut locks, |_| writes);
    locks
}

fn set_writes_of_1000(locks: &mut Locks, writes: impl Fn(u32) -> u32) {
    for (shard, number) in locks.shards.iter_mut().zip(0..) {
        shard.load = Load { reads: 1000 - writes(number), writes: writes(number) };
    }
}

#[test]
fn near_and_far_machines_choose_differently_at_the_border() {
    let [near, far] = LOOK_NS.map(|look_ns| {
        let mut locks = locks_at_the_border(45, look_ns);
        locks.windows(4);
        (locks.count(Bias::Neutral), locks.count(Bias::Fenced), locks.controller.lock_costs().remote_line_ns)
    });
    assert_eq!(((near.0, near.1), (far.0, far.1)), ((64, 0), (0, 64)));
    assert!((24.0..27.0).contains(&near.2) && (200.0..=221.0).contains(&far.2), "{near:?}, {far:?}");
}

#[test]
fn the_reason_names_the_costs_that_were_seen() {
    let mut locks = locks_at_the_border(1000, LOOK_NS[1]);
    let reason = locks.decide().biases.reason;
    assert_eq!(
        reason,
        "64 shards neutral: of 64,000 samples, by one of 2 threads, 100 % write; a line costs 220 ns, a barrier 8.0 us"
    );
}

#[test]
fn one_window_in_which_revokers_lost_the_processor_changes_no_mode() {
    for (look_ns, writes) in LOOK_NS.into_iter().zip([15, 30]) {
        let mut locks = locks_at_the_border(writes, look_ns);
        locks.windows(10);
        let before = (locks.count(Bias::Fenced), locks.controller.lock_costs());
        assert_eq!(before.0, 64);
        locks.look_ns = Some(3_000_000);
        let mut changes = locks.window();
        locks.look_ns = Some(look_ns);
        changes += (0..20).map(|_| locks.window()).sum::<usize>();
        let costs = locks.controller.lock_costs();
        assert_eq!(changes, 0, "{look_ns} ns");
        assert!((costs.remote_line_ns / before.1.remote_line_ns - 1.0).abs() < 0.02, "{costs:?} and {before:?}");
    }
}

#[test]
fn on_either_machine_chance_changes_nothing_at_the_border() {
    for (look_ns, border) in LOOK_NS.into_iter().zip([28, 49]) {
        let mut locks = locks_at_the_border(border, look_ns);
        locks.windows(4);
        let mut changes = 0;
        for window in 0..50_u32 {
            set_writes_of_1000(&mut locks, |shard| {
                border - 5 + shard.wrapping_mul(7919).wrapping_add(window * 104_729) % 11
            });
            locks.look_ns = Some(look_ns * u64::from(80 + window * 7 % 40) / 100);
            changes += locks.window();
        }
        assert_eq!(changes, 0, "{look_ns} ns");
    }
}

#[test]
fn where_fenced_shards_might_pay_some_neutral_ones_are_tried_now_and_then() {
    for (look_ns, expected) in LOOK_NS.into_iter().zip([Bias::Neutral, Bias::Fenced]) {
        let mut locks = Locks::new(&Policy::default(), 128, 0);
        set_writes_of_1000(&mut locks, |_| 36);
        locks.look_ns = Some(look_ns);
        locks.windows(50);
        assert_eq!(locks.count(Bias::Neutral), 128, "{look_ns} ns: as costs are to begin with");
        let tried: Vec<usize> = (0..150).map(|_| locks.window()).collect();
        assert!(tried.contains(&2), "{look_ns} ns: two shards in 128");
        // Those tried are left as they are where the modes cost about the same.
        assert!(locks.count(expected) >= 126, "{look_ns} ns");
    }
}

#[test]
fn nothing_is_tried_where_it_would_be_dear_or_show_nothing() {
    let mut locks = Locks::new(&Policy::default(), 128, 30);
    assert_eq!((0..300).map(|_| locks.window()).sum::<usize>(), 0);
    let mut locks = Locks::of_one_thread(&Policy::default(), 128, 3);
    locks.has_heavy_barrier = false;
    locks.windows(10);
    assert_eq!((0..300).map(|_| locks.window()).sum::<usize>(), 0);
}

#[test]
fn the_same_observations_lead_to_the_same_decisions() {
    let run = || {
        let mut locks = locks_at_the_border(36, 150);
        (0..200).map(|_| (locks.decide(), locks.controller.lock_costs())).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
