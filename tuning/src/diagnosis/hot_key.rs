//! Keys that take so much of the load that dividing it no longer helps.

use super::{Condition, Finding, Symptoms, hash};
use crate::{
    Bias, HotKeyEstimate, Observation,
    controller::sentence::{and_more, percent, things},
};

/// The hottest of the keys whose writes alone are above the policy's threshold for certain.
pub(super) fn written(symptoms: &Symptoms<'_>) -> Option<Finding> {
    let found = Found::hottest(symptoms, true)?;
    let key = found.key;
    let evidence = format!(
        "{}, {} of them writes, which exclude each other whatever the shards{}",
        found.share(),
        percent(1.0 - key.read_share),
        found.limit()
    );
    let remedy = "Divide the key into several (one for each thread, put together when it is read), or gather a thread's changes and \
                  write them at once";
    Some(Finding::new(Condition::WriteHotKey, evidence, remedy, found.figures(written_lower(key))))
}

/// The hottest of the other keys whose share is above the policy's threshold for certain.
pub(super) fn read(symptoms: &Symptoms<'_>) -> Option<Finding> {
    let found = Found::hottest(symptoms, false)?;
    let key = found.key;
    let evidence = format!("{}, {} of them reads{}", found.share(), percent(key.read_share), found.limit());
    let remedy = match found.bias() {
        Some(Bias::Fenced | Bias::Asymmetric) => {
            "Its shard is read-biased, so that readers write no shared line; if that is not enough, let threads keep a copy of the \
             value for a while"
        }
        _ => {
            "Leave its shard's lock to the tuner (`lock.bias = \"auto\"`), which makes it read-biased where that pays; or let \
             threads keep a copy of the value for a while"
        }
    };
    Some(Finding::new(Condition::HotKey, evidence, remedy, found.figures(key.share_lower)))
}

/// A hot key, and how many more are hot in the same way.
struct Found<'a> {
    key: &'a HotKeyEstimate,
    observation: &'a Observation,
    more: usize,
}

impl<'a> Found<'a> {
    fn hottest(symptoms: &Symptoms<'a>, is_written: bool) -> Option<Self> {
        // Keys are known by their hashes: where these do not spread, one that looks hot may be many.
        if hash::uneven(symptoms).is_some() {
            return None;
        }
        let threshold = symptoms.policy.hot_keys.share_threshold;
        let observation = symptoms.notes.observation()?;
        let is_meant =
            |key: &&HotKeyEstimate| key.share_lower > threshold && (written_lower(key) > threshold) == is_written;
        let mut hot = observation.hot_keys.iter().filter(is_meant);
        let key = hot.next()?;
        Some(Self { key, observation, more: hot.count() })
    }

    fn share(&self) -> String {
        let HotKeyEstimate { hash, share, share_lower, .. } = self.key;
        let more = and_more(self.more + 1);
        let (share, least) = (percent(*share), percent(*share_lower));
        format!("the key of hash {hash:#018x}{more} takes {share} of all accesses, {least} at least")
    }

    /// How many shards divide the load at all: a key cannot be divided.
    fn limit(&self) -> String {
        let useful = (1.0 / self.key.share.max(f64::MIN_POSITIVE)).ceil();
        let shard = self.shard().map_or_else(String::new, |(id, bias)| format!("; its shard {id} is {bias}"));
        format!("; beyond {}, more cannot help it{shard}", things(useful as usize, "shard"))
    }

    fn shard(&self) -> Option<(u16, Bias)> {
        let id = *self.observation.directory.get(usize::from(self.key.slot))?;
        let shard = self.observation.shards.iter().find(|shard| shard.id == id)?;
        Some((id, shard.bias))
    }

    fn bias(&self) -> Option<Bias> {
        self.shard().map(|(_, bias)| bias)
    }

    fn figures(&self, strength: f64) -> [(&'static str, f64); 5] {
        let HotKeyEstimate { share, share_lower, share_upper, read_share, .. } = *self.key;
        [
            ("share_concerned_lower", strength),
            ("share", share),
            ("share_lower", share_lower),
            ("share_upper", share_upper),
            ("read_share", read_share),
        ]
    }
}

/// The least share of all accesses that write to the key.
fn written_lower(key: &HotKeyEstimate) -> f64 {
    key.share_lower * (1.0 - key.read_share)
}
