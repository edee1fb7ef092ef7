//! Diagnosis: what is wrong with a store, or with how it is used, in sentences with evidence and remedy.
//!
//! Pure, as the controllers are: windows as they were observed, the policy, and who holds shards go in; findings come out. Each
//! condition has a file of its own. A finding rests on bounds, on exact counts, or on what the controller itself would act upon,
//! so that chance alone raises none.

mod condition;
mod finding;
mod findings;
mod hash;
mod held;
mod hot_key;
mod notes;
mod remedy;
mod samples;
mod threads;

pub use condition::Condition;
pub use finding::{Figure, Finding};
pub use findings::Diagnosis;
pub use held::{HeldShard, Holder};
pub use notes::WindowNotes;

use crate::Policy;

/// All that a diagnosis may be based on.
///
/// ```
/// use autoshard_tuning::{Condition, HeldShard, Holder, Policy, Symptoms, WindowNotes};
/// use std::time::Duration;
///
/// let guard = HeldShard {
///     shard: 3,
///     holder: Holder::Guard,
///     is_exclusive: true,
///     place: "src/main.rs:10:20".to_owned(),
///     lasted: Duration::from_secs(12),
/// };
/// let symptoms = Symptoms { policy: &Policy::default(), notes: &WindowNotes::default(), held: &[guard] };
/// let diagnosis = symptoms.diagnose();
/// assert_eq!(diagnosis.findings()[0].condition, Condition::GuardHeld);
/// assert!(diagnosis.to_string().contains("taken at src/main.rs:10:20"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Symptoms<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// What the windows so far have shown.
    pub notes: &'a WindowNotes,
    /// Shards that somebody holds by a guard or an iterator, for however short a time; in any order.
    pub held: &'a [HeldShard],
}

/// One for each condition.
const JUDGES: [fn(&Symptoms<'_>) -> Option<Finding>; 8] = [
    held::by_guard,
    held::by_iterator,
    hot_key::written,
    hot_key::read,
    hash::uneven,
    threads::too_many,
    remedy::forbidden,
    samples::too_few,
];

impl Symptoms<'_> {
    /// What is wrong, worst first. Takes about as long as judging a few windows.
    #[must_use]
    pub fn diagnose(&self) -> Diagnosis {
        Diagnosis::new(JUDGES.iter().filter_map(|judge| judge(self)).collect(), self.notes.basis())
    }
}
