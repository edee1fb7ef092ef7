//! What knobs must fulfil together.

use super::{EffectivePolicy, PolicyError, Sharding, knob::knob};

/// Reports each rule that the policy breaks.
pub(super) fn conflicts(effective: &EffectivePolicy, errors: &mut Vec<PolicyError>) {
    let shards = &effective.policy.shards;
    // "auto" gives way to whatever the others say.
    let min = shards.min.unwrap_or(1);
    let initial = shards.initial.unwrap_or(shards.max);
    let needs_power_of_two = shards.assignment == Sharding::Bitmask;
    let rules = [
        (
            !needs_power_of_two || shards.max.is_power_of_two(),
            "shards.max must be a power of two where shards.assignment is \"bitmask\"",
            ["shards.max", "shards.assignment"],
        ),
        (min <= shards.max, "shards.min must not exceed shards.max", ["shards.min", "shards.max"]),
        (
            shards.initial.is_none() || min <= initial,
            "shards.initial must not be below shards.min",
            ["shards.initial", "shards.min"],
        ),
        (initial <= shards.max, "shards.initial must not exceed shards.max", ["shards.initial", "shards.max"]),
        (shards.max <= shards.slots, "shards.max must not exceed shards.slots", ["shards.max", "shards.slots"]),
    ];
    for (_, rule, keys) in rules.into_iter().filter(|(kept, ..)| !kept) {
        errors.push(PolicyError::Conflict { rule, values: keys.map(|key| value(effective, key)).to_vec() });
    }
}

fn value(effective: &EffectivePolicy, key: &'static str) -> (&'static str, String, super::Origin) {
    let text = knob(key).map(|knob| knob.value(&effective.policy)).unwrap_or_default();
    (key, text, effective.origin(key).cloned().unwrap_or_default())
}
