//! How chosen biases come to the locks.
#![forbid(unsafe_code)]

use std::{collections::HashMap, time::Duration};

use autoshard_tuning::{Bias, Decision, ShardId, Users};

use crate::{control::Control, presence, shard::HeaderStats, sync};

/// How long the tuner waits for the first shard that somebody is inside; for each further one half as long, or many would hold it up.
/// A guess: some time slices of a scheduler, for where threads crowd at one key, one of them is mostly inside and not running. Nobody waits for
/// the tuner meanwhile but at the lock itself, in turn.
const PATIENCE: Duration = Duration::from_millis(20);

/// A decision, with the shards that are to get another bias: by ids that are never reused, for an index may be another
/// shard's by the time that it is carried out.
pub(crate) struct Judgement {
    pub(crate) decision: Decision,
    biases: Vec<(ShardId, u64, Bias)>,
}

impl Judgement {
    /// A decision about shards as they were when it was taken.
    pub(super) fn new(decision: Decision, shards: &[HeaderStats]) -> Self {
        let uids: HashMap<ShardId, u64> = shards.iter().map(|shard| (shard.id, shard.uid)).collect();
        let found = |(id, bias): &(ShardId, Bias)| Some((*id, *uids.get(id)?, *bias));
        let biases = decision.biases.changes.iter().filter_map(found).collect();
        Self { decision, biases }
    }

    /// Puts the biases in place. To be called while no lock is held; shards that are in the way keep what they have, and
    /// are chosen for again.
    pub(super) fn apply_biases(&self, control: &Control) {
        let mut patience = PATIENCE;
        for &(id, uid, bias) in &self.biases {
            if !control.choose_bias(id, uid, bias, patience) {
                patience /= 2;
            }
        }
    }
}

/// Puts the mode that the policy forces in place in shards that nobody has entered yet. With `owned`, they are the calling
/// thread's, which is about to fill them.
pub(crate) fn force_biases(control: &Control, shards: &[ShardId]) {
    let users = presence::current().map_or(Users::Nobody, |line| Users::One(line.index));
    let Some(bias) = control.policy().lock.bias.forced(sync::has_heavy_barrier(), users) else { return };
    for &id in shards {
        control.choose_bias(id, control.headers.get(id).lock.uid(), bias, PATIENCE);
    }
}

#[cfg(test)]
mod tests {
    use autoshard_tuning::{Action, BiasChanges, Cause, Timing};

    use super::*;

    fn shard(id: ShardId, uid: u64) -> HeaderStats {
        HeaderStats {
            id,
            uid,
            slots: 1,
            entries: 0,
            capacity: 0,
            table_bytes: 0,
            is_reserved: false,
            waits: 0,
            wait: Duration::ZERO,
            migrating: false,
            bias: Bias::Neutral,
            revocations: 0,
            revocation: Duration::ZERO,
            looks: Timing::default(),
            barriers: Timing::default(),
        }
    }

    #[test]
    fn biases_are_for_the_shards_that_were_judged() {
        let mut decision = Decision::new(Action::Hold, Cause::Balanced, "nothing waits".to_owned());
        let changes = vec![(2, Bias::Fenced), (5, Bias::Owned(1)), (9, Bias::Fenced)];
        decision.biases = BiasChanges { changes, reason: "3 shards".to_owned() };
        let judgement = Judgement::new(decision, &[shard(2, 70), shard(3, 71), shard(5, 72)]);
        assert_eq!(judgement.biases, [(2, 70, Bias::Fenced), (5, 72, Bias::Owned(1))]);
    }
}
