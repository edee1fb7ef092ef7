//! Chooses the bias of each shard of a store.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Crowd,
    estimates::Estimates,
    memory::{Memory, Offer, Sole},
    pool::Pool,
};
use crate::{
    Bias, BiasChanges, BiasChoice, Costs, Load, LockPolicy, Observation, Policy, ShardId, ShardObservation, Usage,
    Users,
    controller::sentence::{nanoseconds, percent, things},
};

/// Costs below this, in nanoseconds per operation, are not told apart. A guess: no benchmark sees them.
const NEGLIGIBLE_NS: f64 = 1.0;

/// Neutral shards are tried as fenced only where that costs them no more than this factor. A guess: dear or cheap lines move the
/// border less.
const TRIAL_FACTOR_MAX: f64 = 1.5;
/// One shard in so many is tried at once, or the one that has most to do. A guess: too few to show in the store's speed.
const TRIED_ONE_IN: usize = 64;

/// Chooses the modes of a store's shards, window by window.
///
/// Nothing is chosen while the tuner is disabled: all stay as they are. A mode that the policy forces is put in place
/// even then, and again in each window in which it is found to be broken.
#[derive(Clone, Debug, Default)]
pub(crate) struct BiasJudge {
    memories: BTreeMap<ShardId, Memory>,
    estimates: Estimates,
    costs: Costs,
    /// The thread that uses the whole store alone.
    sole: Sole,
    /// Windows that had too few samples to be judged by themselves, and the present one.
    gathered: Gathered,
}

/// What was sampled since the last judgement.
#[derive(Clone, Debug, Default)]
struct Gathered {
    shards: BTreeMap<ShardId, (Load, Users)>,
    samples: u64,
    span: Duration,
}

impl Gathered {
    fn add(&mut self, observation: &Observation) {
        self.span = self.span.saturating_add(observation.window);
        for shard in observation.shards.iter().filter(|shard| shard.load.total() > 0) {
            let (load, users) = self.shards.entry(shard.id).or_default();
            load.reads = load.reads.saturating_add(shard.load.reads);
            load.writes = load.writes.saturating_add(shard.load.writes);
            *users = users.and(shard.users);
            self.samples = self.samples.saturating_add(shard.load.total());
        }
    }

    fn of(&self, id: ShardId) -> (Load, Users) {
        self.shards.get(&id).copied().unwrap_or_default()
    }

    fn users(&self) -> Users {
        self.shards.values().fold(Users::Nobody, |all, (_, users)| all.and(*users))
    }
}

/// A change that takes the place of a mode, and what it saves.
struct Change {
    id: ShardId,
    from: Bias,
    to: Bias,
    /// Nanoseconds a second.
    saved: f64,
    /// Heavy barriers that it may cost until the next window.
    barriers: f64,
    /// What is chosen if there is no budget for it.
    otherwise: Option<Bias>,
}

impl BiasJudge {
    /// Forgets the shards whose slots are not what they were.
    pub(crate) fn forget_changed(&mut self, before: &[ShardId], now: &[ShardId]) {
        let was = |slot: usize| before.get(slot);
        for (slot, id) in now.iter().enumerate().filter(|(slot, id)| was(*slot) != Some(id)) {
            self.memories.remove(id);
            was(slot).map(|id| self.memories.remove(id));
        }
        self.gathered = Gathered::default();
    }

    /// What the parts of locking were taken to cost in the last window.
    pub(crate) fn costs(&self) -> Costs {
        self.costs
    }

    /// Takes a window into account; the modes that shards are to change to.
    pub(crate) fn judge(&mut self, observation: &Observation, policy: &Policy, cores: u32) -> BiasChanges {
        for shard in &observation.shards {
            self.memories.entry(shard.id).or_default().note(shard.bias, shard.revocations, &policy.lock);
        }
        self.estimates.note(observation, crowd(observation, cores));
        self.costs = self.estimates.costs(observation.costs);
        if policy.lock.bias != BiasChoice::Auto {
            return self.force(observation, policy.lock.bias);
        }
        if !policy.tuner.enabled {
            return BiasChanges::default();
        }
        self.gathered.add(observation);
        if self.gathered.samples < policy.lock.samples_min {
            return BiasChanges::default();
        }
        let gathered = std::mem::take(&mut self.gathered);
        self.sole.note(gathered.users(), gathered.samples);
        let pool = Pool::new(gathered.shards.values().map(|(load, _)| *load));
        let (policy, costs, sole) = (&policy.lock, self.costs, self.sole);
        let case = Case { observation, policy, costs, gathered: &gathered, pool, sole, cores };
        let memories = &mut self.memories;
        let judged = observation.shards.iter().filter_map(|shard| case.judge(shard, memories.get_mut(&shard.id)?));
        let mut changes = case.within_budget(judged.collect());
        let mut reason = case.reason(&changes);
        if changes.is_empty() && self.estimates.is_trial_due() {
            changes = case.trial();
            reason = case.reason(&changes) + "; lines have not been timed for long";
        }
        self.assign(&changes);
        if changes.is_empty() { BiasChanges::default() } else { BiasChanges { changes, reason } }
    }

    /// The mode that the policy wants, wherever another is found.
    fn force(&mut self, observation: &Observation, choice: BiasChoice) -> BiasChanges {
        let forced = |shard: &ShardObservation| choice.forced(observation.has_heavy_barrier, shard.users);
        let change = |shard: &ShardObservation| Some((shard.id, forced(shard).filter(|bias| *bias != shard.bias)?));
        let changes: Vec<_> = observation.shards.iter().filter_map(change).collect();
        self.assign(&changes);
        if changes.is_empty() {
            return BiasChanges::default();
        }
        let missing = match choice {
            BiasChoice::Asymmetric | BiasChoice::Owned if !observation.has_heavy_barrier => {
                ", but there is no heavy barrier on this system"
            }
            _ => "",
        };
        let reason = format!("{}: the policy says lock.bias = \"{choice}\"{missing}", tally(&changes));
        BiasChanges { changes, reason }
    }

    fn assign(&mut self, changes: &[(ShardId, Bias)]) {
        for (id, bias) in changes {
            self.memories.entry(*id).or_default().assign(*bias);
        }
    }
}

/// All that the choice for a shard is based on, but for what is remembered of it.
struct Case<'a> {
    observation: &'a Observation,
    policy: &'a LockPolicy,
    costs: Costs,
    gathered: &'a Gathered,
    pool: Pool,
    sole: Sole,
    cores: u32,
}

impl Case<'_> {
    /// What is to become of a shard's mode.
    fn judge(&self, shard: &ShardObservation, memory: &mut Memory) -> Option<Change> {
        let (load, users) = self.gathered.of(shard.id);
        memory.sole.note(users, load.total());
        if users == Users::Nobody && matches!(shard.bias, Bias::Owned(_)) {
            // Its owner is away; a revocation would only take from it what nobody else wants.
            return None;
        }
        // A shard that nobody was seen to use, and one whose only user is the store's, follow the store.
        let sole = match users {
            Users::One(thread) if !self.sole.is_by(thread) => memory.sole,
            Users::Many => memory.sole,
            Users::One(_) | Users::Nobody => self.sole,
        };
        let usage = self.usage(load, users, sole, shard.bias);
        let offer = |bias| Offer { bias, cost: self.costs.per_s(bias, &usage) };
        let has = offer(shard.bias);
        let heavy = [Some(Bias::Asymmetric), sole.owner(self.policy.owned_windows).map(Bias::Owned)];
        let may_be_heavy = self.observation.has_heavy_barrier && memory.may_be_heavy();
        let light = cheapest([has, offer(Bias::Neutral), offer(Bias::Fenced)].into_iter());
        let best = cheapest([light].into_iter().chain(heavy.into_iter().flatten().filter(|_| may_be_heavy).map(offer)));
        let negligible = NEGLIGIBLE_NS * (usage.reads_per_s + usage.writes_per_s);
        if !memory.judge(has, best, negligible, self.policy) {
            return None;
        }
        let breaks = match best.bias {
            Bias::Owned(_) => usage.strangers_per_s,
            _ => usage.writes_per_s,
        };
        let barriers = (breaks * self.observation.window.as_secs_f64()).min(1.0);
        Some(Change {
            id: shard.id,
            from: shard.bias,
            to: best.bias,
            saved: has.cost - best.cost,
            barriers: if best.bias.is_heavy() { barriers } else { 0.0 },
            otherwise: (light.bias != shard.bias).then_some(light.bias),
        })
    }

    fn usage(&self, load: Load, users: Users, sole: Sole, has: Bias) -> Usage {
        let sample_every = self.observation.sample_every;
        let span = self.gathered.span.as_secs_f64().max(f64::MIN_POSITIVE);
        // What was not sampled is taken to have one sample: the choice does not depend on how many, only the budget.
        let operations = load.total().max(1) as f64 * f64::from(sample_every.max(1)) / span;
        let write_share = self.pool.write_share_of(load);
        let mix = thread_mix(self.observation);
        let Crowd { threads, busy_cores } = crowd(self.observation, self.cores);
        let mix_here = match users {
            Users::Nobody | Users::Many => mix,
            Users::One(_) => mix / (load.total() as f64 + 1.0),
        };
        let is_owners = match has {
            Bias::Owned(owner) => sole.is_by(owner),
            _ => true,
        };
        Usage {
            reads_per_s: operations * (1.0 - write_share),
            writes_per_s: operations * write_share,
            strangers_per_s: operations * if is_owners { sole.strangers_share() } else { mix.max(0.5) },
            mix: mix_here.min(1.0 - 1.0 / f64::from(self.cores.max(1))),
            threads,
            busy_cores,
            interrupted_cores: threads.clamp(1, self.cores.max(1)),
        }
    }

    /// Neutral shards that are to be fenced until the next windows, for a neutral one does not show what a line costs: those with
    /// most to do of those where it hardly matters.
    fn trial(&self) -> Vec<(ShardId, Bias)> {
        let load = |shard: &ShardObservation| self.gathered.of(shard.id).0.total();
        let mut shards: Vec<_> = self.observation.shards.iter().filter(|shard| self.may_be_tried(shard)).collect();
        shards.sort_by_key(|shard| (std::cmp::Reverse(load(shard)), shard.id));
        shards.truncate(1.max(self.observation.shards.len() / TRIED_ONE_IN));
        let mut trial: Vec<_> = shards.into_iter().map(|shard| (shard.id, Bias::Fenced)).collect();
        trial.sort_unstable();
        trial
    }

    fn may_be_tried(&self, shard: &ShardObservation) -> bool {
        let (load, users) = self.gathered.of(shard.id);
        if shard.bias != Bias::Neutral || users != Users::Many {
            return false;
        }
        let usage = self.usage(load, users, Sole::default(), shard.bias);
        let [fenced, neutral] = [Bias::Fenced, Bias::Neutral].map(|bias| self.costs.per_s(bias, &usage));
        fenced <= neutral * TRIAL_FACTOR_MAX
    }

    /// The changes that there are heavy barriers for, those that save most first. One that leaves a mode costs a barrier
    /// for certain.
    fn within_budget(&self, mut changes: Vec<Change>) -> Vec<(ShardId, Bias)> {
        changes.sort_by(|one, other| other.saved.total_cmp(&one.saved).then(one.id.cmp(&other.id)));
        let in_window = self.policy.heavy_barriers_per_s_max as f64 * self.observation.window.as_secs_f64();
        let mut left = in_window - self.observation.heavy_barriers as f64;
        let mut granted = Vec::new();
        for change in changes {
            let barriers = change.barriers + f64::from(u8::from(change.from.is_heavy()));
            let to = if barriers == 0.0 || barriers <= left {
                left -= barriers;
                Some(change.to)
            } else {
                change.otherwise.filter(|_| !change.from.is_heavy())
            };
            granted.extend(to.map(|bias| (change.id, bias)));
        }
        granted.sort_unstable();
        granted
    }

    fn reason(&self, changes: &[(ShardId, Bias)]) -> String {
        if changes.is_empty() {
            return String::new();
        }
        let users = match self.gathered.users() {
            Users::One(thread) => format!("all by thread {thread}"),
            Users::Nobody | Users::Many => format!("by one of {}", things(self.observation.threads as usize, "thread")),
        };
        let writes = percent(self.pool.write_share);
        let samples = things(self.gathered.samples as usize, "sample");
        let [line, barrier] = [self.costs.remote_line_ns, self.costs.heavy_barrier_ns].map(nanoseconds);
        format!("{}: of {samples}, {users}, {writes} write; a line costs {line}, a barrier {barrier}", tally(changes))
    }
}

fn thread_mix(observation: &Observation) -> f64 {
    if observation.thread_mix.is_finite() { observation.thread_mix.clamp(0.0, 1.0) } else { 0.0 }
}

fn crowd(observation: &Observation, cores: u32) -> Crowd {
    let threads = observation.threads;
    let at_once = threads.min(cores).max(1);
    Crowd { threads, busy_cores: (1.0 / (1.0 - thread_mix(observation))).min(f64::from(at_once)) }
}

fn cheapest(offers: impl Iterator<Item = Offer>) -> Offer {
    let neutral = Offer { bias: Bias::Neutral, cost: f64::INFINITY };
    offers.fold(neutral, |best, offer| if offer.cost < best.cost { offer } else { best })
}

/// How many shards get which mode.
fn tally(changes: &[(ShardId, Bias)]) -> String {
    let names = ["neutral", "fenced", "asymmetric", "owned"];
    let counts = names.map(|name| changes.iter().filter(|(_, bias)| bias.name() == name).count());
    let parts = counts.iter().zip(names).filter(|(count, _)| **count > 0);
    let parts: Vec<String> = parts.map(|(count, name)| format!("{} {name}", things(*count, "shard"))).collect();
    parts.join(", ")
}
