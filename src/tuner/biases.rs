//! How chosen biases come to the locks.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use autoshard_tuning::{Bias, Decision, ShardId, Users};

use crate::{control::Control, presence, shard::HeaderStats};

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
        for &(id, uid, bias) in &self.biases {
            control.choose_bias(id, uid, bias);
        }
    }
}

/// Puts the mode that the policy forces in place in shards that nobody has entered yet. With `owned`, they are the calling
/// thread's, which is about to fill them.
pub(crate) fn force_biases(control: &Control, shards: &[ShardId]) {
    let users = presence::current().map_or(Users::Nobody, |line| Users::One(line.index));
    let Some(bias) = control.policy.lock.bias.forced(presence::has_heavy_barrier(), users) else { return };
    for &id in shards {
        control.choose_bias(id, control.headers.get(id).lock.uid(), bias);
    }
}
