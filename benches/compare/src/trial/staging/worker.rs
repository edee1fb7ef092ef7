//! What an update takes the worker that makes it, where the locks of its shards are its own, and where they are nobody's.

use std::time::{Duration, Instant};

use super::{Staged, refused};
use crate::{
    fault::Fault,
    maps::{Ours, Staging},
    trial::Figures,
    value::Value,
};

const BIASES: [&str; 2] = ["owned", "neutral"];

/// Updates between two looks at whether the time is up.
const LOOK_EVERY: usize = 256;

impl Staged {
    /// One worker, which alone uses the store.
    pub(super) fn worker_figures(&self, figures: &mut Figures) -> Result<(), Fault> {
        let mut each = [0.0; 2];
        for (bias, update_ns) in BIASES.iter().zip(&mut each) {
            let map = Staging::with_bias(self.keys.len(), bias).map_err(refused)?;
            for &key in &self.keys {
                map.0.stage(key, 0).expect("a full queue blocks");
            }
            self.update(&map.0, self.settings.warm_up);
            let before = busy(&map.0);
            self.update(&map.0, self.settings.length);
            let after = busy(&map.0);
            *update_ns = (after.0 - before.0).as_nanos() as f64 / (after.1 - before.1) as f64;
            figures.cost(&format!("worker_update_{bias}_ns"), *update_ns);
            let (biases, shards) = (map.0.telemetry().biases, map.0.shard_count());
            if *bias == "owned" {
                figures.note("owned_shards_part", f64::from(biases.owned) / shards as f64);
            }
        }
        figures.note("worker_owned_over_neutral", each[1] / each[0]);
        Ok(())
    }

    /// Stages updates for so long, and waits for them.
    fn update(&self, store: &Ours<u64, u64>, length: Duration) {
        let start = Instant::now();
        for updates in self.inserts[0].chunks(LOOK_EVERY).cycle() {
            for update in updates {
                let staged = store.stage_update(update.key, Value::update);
                assert!(staged.is_ok(), "a full queue blocks");
            }
            if start.elapsed() >= length {
                break;
            }
        }
        store.flush().expect("this thread holds no guard");
    }
}

/// The time that workers spent making writes, and how many they made.
fn busy(store: &Ours<u64, u64>) -> (Duration, u64) {
    let workers = store.workers();
    (workers.iter().map(|worker| worker.busy).sum(), workers.iter().map(|worker| worker.committed).sum())
}
