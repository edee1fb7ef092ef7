//! The tracker: a store's most frequent keys, kept current.

use autoshard_tuning::{HotKeyEstimate, Policy, SlotId};

use super::{candidates::Sample, horizon::Horizon};

/// A key whose share moved by more than this part of the threshold makes older samples worthless. A guess: it must be
/// below one, or a key that is just hot could cool down unnoticed, and large enough to pass fluctuations over.
const SHIFT_OF_THRESHOLD: f64 = 0.5;

/// A store's most frequent keys, from its samples.
///
/// Two stretches of samples serve two needs. To rank keys of a few tenths of a percent takes a million samples, so
/// `horizon` reaches far back. A key that suddenly takes a third of all accesses must show within two windows, so
/// `recent` is a window's samples alone; when the two contradict each other about a key that matters, the far one is
/// out of date in all that it says (shares sum up to one), and the recent one takes its place.
///
/// It takes 32 bytes for each counter in a row of the sketch and some 600 for each key reported (45 KiB for 1,024 counters
/// and 20 keys), whatever the number of keys; half as much again while a window ends. Recording a sample takes about
/// 150 ns, [`top`](Self::top) 50 µs.
pub(crate) struct Tracker {
    horizon: Horizon,
    recent: Horizon,
    policy: Policy,
}

impl Tracker {
    pub(crate) fn new(policy: &Policy) -> Self {
        Self { horizon: Horizon::new(&policy.hot_keys), recent: Horizon::new(&policy.hot_keys), policy: policy.clone() }
    }

    /// Puts another policy in force, whose knobs that take effect at build are as before.
    pub(crate) fn set_policy(&mut self, policy: &Policy) {
        self.policy = policy.clone();
    }

    pub(crate) fn record(&mut self, hash: u64, slot: SlotId, is_write: bool) {
        let sample = Sample { hash, slot, is_write };
        self.horizon.record(sample);
        self.recent.record(sample);
    }

    /// Ends a window. To be called before [`top`](Self::top) is asked for what the window showed. A window of fewer
    /// samples than the policy wants for a judgement goes on.
    pub(crate) fn end_window(&mut self) {
        if self.recent.weight() < self.policy.tuner.samples_min as f64 {
            return;
        }
        let window = std::mem::replace(&mut self.recent, Horizon::new(&self.policy.hot_keys));
        if self.is_out_of_date(&window) {
            self.horizon = window;
        }
    }

    /// The most frequent keys, greatest share first; as many as the policy wants reported, at most.
    ///
    /// Shares are of the accesses since the load last shifted, but for older than a few half-lives.
    pub(crate) fn top(&self) -> Vec<HotKeyEstimate> {
        self.horizon.top(self.policy.hot_keys.top_k as usize)
    }

    /// Whether the window shows, for certain, that the share of some key is another than the horizon says.
    fn is_out_of_date(&self, window: &Horizon) -> bool {
        let shift = SHIFT_OF_THRESHOLD * self.policy.hot_keys.share_threshold;
        window
            .heavier_than(shift)
            .chain(self.horizon.heavier_than(shift))
            .any(|hash| window.bounds(hash).gap(self.horizon.bounds(hash)) > shift)
    }
}
