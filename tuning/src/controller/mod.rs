//! Controllers: what judges the observations.
//!
//! The guards that every strategy shares stand here, in one place: a strategy is asked only about windows that may be
//! judged, and answers only with what it would do.

mod attention;
mod contention;
mod damping;
mod evidence;
mod formula;
mod limits;
mod look_ahead;
pub(crate) mod sentence;

use self::{
    attention::Attention,
    contention::Contention,
    damping::Damping,
    evidence::Evidence,
    formula::Formula,
    limits::Limits,
    look_ahead::LookAhead,
    sentence::{count, things},
};
use crate::{
    Action, Bias, BiasChanges, Cause, Costs, Decision, Observation, Plan, PlanKind, Policy, ShardId, Strategy,
    bias::BiasJudge, plan::slots_by_shard, plan_to_count,
};

/// A store grows if at least one of so many entries came in the window. A guess: it doubles within a second.
const GROWN_ONE_IN: u64 = 8;
/// Growth by fewer entries does not count: to copy them takes a millisecond or two. A guess.
const GROWN_MIN: u64 = 16_384;

/// Shards are made before a load rises if there must be so many times as many. A guess: what fewer would do is done soon enough.
const MADE_AHEAD_MIN: usize = 2;

/// Judges the windows of one store, one after another.
///
/// Pure: the answer depends on nothing but the observations so far and the policies in force at the time. Every
/// decision keeps the policy's limits, and there is none to act while the tuner is disabled, while the store cannot
/// migrate its entries, or while a plan is under way. Judging a window takes time in proportion to the number of slots
/// and shards.
///
/// ```
/// use autoshard_tuning::{Cause, Controller, Observation, Policy, initial_directory};
///
/// let mut controller = Controller::new(&Policy::default(), 2);
/// let observation = Observation { directory: initial_directory(64, 8), can_migrate: true, ..Observation::default() };
/// let decision = controller.decide(&observation);
/// assert_eq!(decision.cause, Cause::FewSamples);
/// assert_eq!(decision.reason, "0 samples so far, 1,000 are needed to judge");
/// ```
#[derive(Clone, Debug)]
pub struct Controller {
    policy: Policy,
    cores: u32,
    damping: Damping,
    /// Earlier windows that had too few samples to be judged.
    pending: Option<Evidence>,
    /// The layout of the last window.
    directory: Vec<ShardId>,
    judge: Judge,
    biases: BiasJudge,
    /// Whether the last window's change gave way to another bias.
    gave_way: bool,
    attention: Attention,
    look_ahead: LookAhead,
}

/// A strategy, with what it remembers.
#[derive(Clone, Debug)]
enum Judge {
    Contention(Contention),
    Formula(Formula),
    Fixed,
}

impl Judge {
    fn new(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Contention => Self::Contention(Contention::default()),
            Strategy::Formula => Self::Formula(Formula::default()),
            Strategy::Fixed => Self::Fixed,
        }
    }
}

impl Controller {
    /// A controller without memory. `cores` counts where an observation does not know the cores (says 0).
    #[must_use]
    pub fn new(policy: &Policy, cores: u32) -> Self {
        Self {
            policy: policy.clone(),
            cores,
            damping: Damping::default(),
            pending: None,
            directory: Vec::new(),
            judge: Judge::new(policy.tuner.strategy),
            biases: BiasJudge::default(),
            gave_way: false,
            attention: Attention::default(),
            look_ahead: LookAhead::default(),
        }
    }

    /// Puts another policy in force. What was learned stays, unless the strategy is another.
    pub fn set_policy(&mut self, policy: &Policy) {
        if policy.tuner.strategy != self.policy.tuner.strategy {
            self.judge = Judge::new(policy.tuner.strategy);
        }
        self.policy = policy.clone();
    }

    /// Judges a window: what to do, and why, or why nothing.
    ///
    /// Biases are chosen by every strategy, also for a store that cannot migrate, and while a plan is under way; a
    /// disabled tuner leaves them as they are, unless the policy forces a mode.
    pub fn decide(&mut self, observation: &Observation) -> Decision {
        self.note_changes(observation);
        self.look_ahead.note(observation, &self.policy);
        let cores = if observation.cores > 0 { observation.cores } else { self.cores };
        let biases = self.biases.judge(observation, &self.policy, cores);
        let decision = self.decide_layout(observation, cores);
        let decision = self.cheapest_first(decision, biases);
        self.attention.note(observation, &decision);
        decision
    }

    /// The part of the [budget of samples](crate::HotKeysPolicy::samples_per_s_max) that the store is worth: 1 until its load and
    /// what was chosen for it have stayed the same for some windows, less then.
    #[must_use]
    pub fn attention(&self) -> f64 {
        self.attention.share(&self.policy.hot_keys)
    }

    /// What the parts of locking were taken to cost in the last window: what revocations have shown, or what the observation
    /// says they cost to begin with.
    #[must_use]
    pub fn lock_costs(&self) -> Costs {
        self.biases.costs()
    }

    /// Puts both parts of a decision together: shards that have just got another bias are not replaced for their load.
    fn cheapest_first(&mut self, decision: Decision, biases: BiasChanges) -> Decision {
        let biased = || biases.changes.iter().filter(|(_, bias)| *bias != Bias::Neutral).map(|(id, _)| *id);
        if let Judge::Contention(contention) = &mut self.judge {
            contention.forget_waits(biased());
        }
        let is_for_load = matches!(decision.cause, Cause::Contention | Cause::Skew | Cause::HotKey);
        let concerned = match &decision.action {
            Action::Reshard(plan) if is_for_load => {
                let sources = || plan.groups.iter().flat_map(|group| &group.sources);
                biased().find(|id| sources().any(|source| source == id))
            }
            _ => None,
        };
        // Once: shards whose bias goes to and fro must not keep a store from growing.
        let gives_way = concerned.filter(|_| !self.gave_way);
        self.gave_way = gives_way.is_some();
        let decision = match gives_way {
            Some(id) => hold(
                Cause::Biased,
                format!("shard {id} has just got another bias, which is given a window to help; {}", decision.reason),
            ),
            None => decision,
        };
        Decision { biases, ..decision }
    }

    /// What to do about the layout.
    fn decide_layout(&mut self, observation: &Observation, cores: u32) -> Decision {
        if let Some((cause, reason)) = self.guard(observation) {
            self.pending = None;
            return hold(cause, reason);
        }
        let cool_down = self.damping.cool_down(observation.at);
        let may_change = cool_down.is_none() && matches!(self.judge, Judge::Contention(_));
        let decision = self.decide_by(Evidence::of_window(observation, cores), cool_down);
        if may_change { self.foresee(decision, observation) } else { decision }
    }

    /// Keeps the shards that a load which is about to rise will need, and makes those that are missing.
    fn foresee(&self, decision: Decision, observation: &Observation) -> Decision {
        let Some(expected) = self.look_ahead.expected(&self.policy) else { return decision };
        let directory = &observation.directory;
        let shards = slots_by_shard(directory).len();
        let limits = Limits::new(&self.policy, directory.len());
        let wanted = expected.shards.clamp(limits.min, limits.max);
        let is_too_few = |plan: &Plan| plan.kind == PlanKind::Merge && plan.shards_after(shards) < wanted;
        let gives_back = match &decision.action {
            Action::Reshard(plan) if decision.cause != Cause::OutOfLimits && is_too_few(plan) => true,
            Action::Reshard(_) => return decision,
            Action::Hold => false,
        };
        if wanted >= MADE_AHEAD_MIN * shards {
            let plan = plan_to_count(directory, &observation.slot_loads, wanted);
            let reason = format!("{}, and there are {shards} now", expected.sentence());
            return Decision::new(Action::Reshard(plan), Cause::Forecast, reason);
        }
        if gives_back {
            hold(Cause::Forecast, format!("{}; {}", expected.sentence(), decision.reason))
        } else {
            decision
        }
    }

    /// What the evidence asks for.
    fn decide_by(&mut self, mut evidence: Evidence, cool_down: Option<(Cause, String)>) -> Decision {
        if let Some(decision) = self.upkeep(&evidence, cool_down.is_some()) {
            return decision;
        }
        // What a store did before it fell idle says nothing of what it does now.
        let idle = self.policy.tuner.idle();
        if let Some(earlier) = self.pending.take().filter(|earlier| earlier.span < idle) {
            evidence.add_earlier(&earlier);
        }
        if evidence.samples < self.policy.tuner.samples_min {
            let reason = format!(
                "{} so far, {} are needed to judge",
                things(evidence.samples as usize, "sample"),
                count(self.policy.tuner.samples_min)
            );
            self.pending = Some(evidence);
            return hold(Cause::FewSamples, reason);
        }
        self.judge(&evidence, cool_down)
    }

    /// Learns what happened since the last window: a change that ended, or one that somebody else made.
    fn note_changes(&mut self, observation: &Observation) {
        if let Some(outcome) = &observation.outcome {
            self.damping.note_outcome(outcome, observation.at, observation.window, &self.policy);
            self.damping.settle(&self.policy);
        }
        if self.directory == observation.directory {
            return;
        }
        if !self.directory.is_empty() {
            self.damping.settle(&self.policy);
        }
        match &mut self.judge {
            Judge::Contention(contention) => contention.forget_changed(&self.directory, &observation.directory),
            Judge::Formula(formula) => formula.forget(),
            Judge::Fixed => {}
        }
        self.biases.forget_changed(&self.directory, &observation.directory);
        self.pending = None;
        self.directory.clone_from(&observation.directory);
    }

    /// Why the window is not to be judged at all, if it is not.
    fn guard(&mut self, observation: &Observation) -> Option<(Cause, String)> {
        let refuse = |cause, reason: &str| Some((cause, reason.to_owned()));
        // Counted in any case: a window that is not judged for another reason settles, too.
        let settling = self.damping.discard_window();
        if !self.policy.tuner.enabled {
            return refuse(Cause::Forbidden, "the policy says tuner.enabled = false");
        }
        if !observation.can_migrate {
            return refuse(Cause::Immovable, "the store was built without the means to migrate its entries");
        }
        if observation.directory.is_empty() {
            return refuse(Cause::FewSamples, "the store has not been used yet");
        }
        if observation.busy {
            return refuse(Cause::Busy, "the last plan is still being carried out");
        }
        settling.or_else(|| growing(observation))
    }

    /// What needs no samples: the policy's limits, and memory to be given back.
    fn upkeep(&mut self, evidence: &Evidence, cooling_down: bool) -> Option<Decision> {
        let limits = Limits::new(&self.policy, evidence.directory.len());
        let give_back = match &mut self.judge {
            Judge::Contention(contention) => contention.give_back(evidence, &self.policy, limits),
            Judge::Formula(_) | Judge::Fixed => None,
        };
        if cooling_down {
            return None;
        }
        limits.enforce(evidence.shards.len(), &evidence.directory, &evidence.slot_loads()).or(give_back)
    }

    /// Asks the strategy. It learns from the window even if nothing may change yet.
    fn judge(&mut self, evidence: &Evidence, cool_down: Option<(Cause, String)>) -> Decision {
        let limits = Limits::new(&self.policy, evidence.directory.len());
        let decision = match &mut self.judge {
            Judge::Contention(contention) => contention.judge(evidence, &self.policy, &self.damping, limits),
            Judge::Formula(formula) => formula.judge(evidence, limits),
            Judge::Fixed => hold(Cause::Forbidden, "the policy says tuner.strategy = \"fixed\"".to_owned()),
        };
        match (&decision.action, cool_down) {
            (Action::Reshard(_), Some((cause, reason))) => hold(cause, reason),
            _ => decision,
        }
    }
}

/// Why nothing is copied in a store that is being filled.
fn growing(observation: &Observation) -> Option<(Cause, String)> {
    let entries = observation.shards.iter().map(|shard| shard.entries as u64).fold(0, u64::saturating_add);
    let is_growing = observation.grown >= GROWN_MIN && observation.grown > entries / GROWN_ONE_IN;
    is_growing.then(|| {
        let reason = format!(
            "{} of {} entries came in this window; while a store grows so fast, only those who insert split its shards",
            count(observation.grown),
            count(entries)
        );
        (Cause::Growing, reason)
    })
}

fn hold(cause: Cause, reason: String) -> Decision {
    Decision::new(Action::Hold, cause, reason)
}
