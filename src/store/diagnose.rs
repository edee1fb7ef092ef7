//! What is wrong with a store, or with how it is used.
#![forbid(unsafe_code)]

use autoshard_tuning::{Diagnosis, Symptoms};

use super::Store;
use crate::{
    sync::time::Instant,
    tuner::{self, Watch},
};

impl<K, V, S> Store<K, V, S> {
    /// What is wrong with the store, or with how it is used: a sentence for each condition, with evidence and remedy, worst first.
    /// Printed, it says on what evidence nothing is wrong, if so.
    ///
    /// Judged are the last window of the tuner's with samples enough, if it is not older than ten seconds, and who holds shards now.
    /// That a guard has been held for long is known from the second look on, the tuner's looks included, and only of threads that access no
    /// store meanwhile.
    ///
    /// Takes about as long as a few judgements of the tuner's. Locks no shard.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert(7, 0);
    /// (0..100_000).for_each(|_| drop(store.get(&7)));
    /// store.tune_now();
    /// let diagnosis = store.diagnose();
    /// println!("{diagnosis}");
    /// assert_eq!(diagnosis.findings()[0].condition, autoshard::Condition::HotKey);
    /// ```
    pub fn diagnose(&self) -> Diagnosis {
        if tuner::is_forked() {
            // Whatever the tuner held when this process was forked off is held for ever; and there is nobody to look twice.
            return self.diagnose_at(&mut Watch::default(), Instant::now());
        }
        let mut watch = tuner::watch().lock();
        self.diagnose_at(&mut watch, Instant::now())
    }

    /// The same, by any watch, at any time.
    fn diagnose_at(&self, watch: &mut Watch, now: Instant) -> Diagnosis {
        watch.look(now);
        let held = watch.held(&self.control, now);
        let notes = self.control.tuning().brain.lock().notes();
        Symptoms { policy: &self.control.policy(), notes: &notes, held: &held }.diagnose()
    }
}

#[cfg(all(test, not(autoshard_shuttle)))]
mod tests {
    use std::{
        sync::{Barrier, mpsc},
        thread,
        time::Duration,
    };

    use autoshard_tuning::{Action, Cause, Condition, Decision, Observation, WindowNotes};

    use super::*;
    use crate::RefMut;

    /// Longer than anybody holds a shard who is not told of.
    const LATER: Duration = Duration::from_secs(3);

    fn store() -> Store<u64, u64> {
        let builder = Store::builder().set("tuner.enabled", false).set("shards.initial", 4);
        let store = builder.build().expect("the policy is valid");
        (0..100).for_each(|key| assert_eq!(store.insert(key, key), None));
        store
    }

    fn conditions(diagnosis: &Diagnosis) -> Vec<Condition> {
        diagnosis.findings().iter().map(|finding| finding.condition).collect()
    }

    /// What two looks find, the second one later, of a store of which another thread holds a guard. Between the looks, that thread does
    /// `meanwhile` with it.
    fn seen<'a>(
        store: &'a Store<u64, u64>,
        meanwhile: impl FnOnce(RefMut<'a, u64, u64>) -> Option<RefMut<'a, u64, u64>> + Send,
    ) -> Diagnosis {
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut guard = store.get_mut(&7);
                barrier.wait();
                barrier.wait();
                guard = guard.and_then(meanwhile);
                barrier.wait();
                barrier.wait();
                drop(guard);
            });
            let (mut watch, now) = (Watch::default(), Instant::now());
            barrier.wait();
            let first = store.diagnose_at(&mut watch, now);
            barrier.wait();
            barrier.wait();
            let second = store.diagnose_at(&mut watch, now + LATER);
            barrier.wait();
            assert!(first.is_healthy(), "for how long is not known yet: {first}");
            second
        })
    }

    #[test]
    fn a_guard_that_is_held_from_look_to_look_is_named_by_its_place() {
        let store = store();
        let diagnosis = seen(&store, Some);
        assert_eq!(conditions(&diagnosis), [Condition::GuardHeld], "{diagnosis}");
        let finding = &diagnosis.findings()[0];
        assert!(finding.evidence.starts_with("a guard for writing, taken at src/store/diagnose.rs:"), "{finding}");
        assert_eq!(finding.figure("held_s"), Some(LATER.as_secs_f64()));
        let shard = store.control.directory.shards()[usize::from(store.slot_of(&7_u64))];
        assert_eq!(finding.figure("shard"), Some(f64::from(shard)));
    }

    #[test]
    fn a_guard_that_is_taken_again_or_let_go_is_not_held() {
        let store = store();
        let again = seen(&store, |guard| {
            drop(guard);
            store.get_mut(&7)
        });
        assert!(again.is_healthy(), "{again}");
        let gone = seen(&store, |guard| {
            drop(guard);
            None
        });
        assert!(gone.is_healthy(), "{gone}");
    }

    #[test]
    fn a_guard_of_another_store_is_none_of_this_ones_business() {
        let (store, other) = (store(), store());
        let (mut watch, now) = (Watch::default(), Instant::now());
        let guard = other.get(&7);
        watch.look(now);
        assert!(store.diagnose_at(&mut watch, now + LATER).is_healthy());
        assert_eq!(conditions(&other.diagnose_at(&mut watch, now + LATER)), [Condition::GuardHeld]);
        drop(guard);
    }

    #[test]
    fn an_iterator_says_since_when_it_stands_in_a_shard() {
        let store = store();
        let (mut watch, now) = (Watch::default(), Instant::now());
        let mut iterator = store.iter();
        assert!(store.diagnose_at(&mut watch, now + LATER).is_healthy(), "it is in no shard yet");
        let yielded = iterator.next();
        assert!(store.diagnose_at(&mut watch, now).is_healthy());
        // From the first look on, by whichever thread it is dropped.
        let diagnosis = store.diagnose_at(&mut watch, Instant::now() + LATER);
        assert_eq!(conditions(&diagnosis), [Condition::IteratorHeld], "{diagnosis}");
        assert!(diagnosis.findings()[0].evidence.contains("made at src/store/diagnose.rs:"), "{diagnosis}");
        drop(iterator);
        assert!(
            !store.diagnose_at(&mut watch, Instant::now() + LATER).is_healthy(),
            "what it has yielded holds the shard"
        );
        thread::scope(|scope| {
            scope.spawn(|| drop(yielded));
        });
        assert!(store.diagnose_at(&mut watch, Instant::now() + LATER).is_healthy());
    }

    /// The window of a store that so many threads have used alike, told that all cores were in use.
    fn used_by(threads: usize) -> Diagnosis {
        let store = store();
        let (started, ready) = (Barrier::new(threads), mpsc::channel());
        thread::scope(|scope| {
            for _ in 0..threads {
                let (store, started, ready) = (&store, &started, ready.0.clone());
                scope.spawn(move || {
                    started.wait();
                    (0..10_000).for_each(|access| assert_eq!(store.get_cloned(&(access % 100)), Some(access % 100)));
                    // Nobody ends before all have begun, so each has a line of its own.
                    started.wait();
                    ready.send(()).expect("it is waited for");
                });
            }
            (0..threads).for_each(|_| ready.1.recv().expect("all threads come to their end"));
        });
        store.tune_now();
        let seen = store.control.tuning().brain.lock().notes();
        let seen = seen.observation().expect("a window was judged").clone();
        let full = Observation { cpu_use: Some(1.0), samples: u64::from(u16::MAX), ..seen };
        let mut notes = WindowNotes::default();
        notes.note(full, &Decision::new(Action::Hold, Cause::Balanced, String::new()), 1);
        Symptoms { policy: &store.control.policy(), notes: &notes, held: &[] }.diagnose()
    }

    #[test]
    fn threads_are_counted_by_their_samples() {
        let cores = tuner::cores() as usize;
        let is_crowded = |threads| conditions(&used_by(threads)).contains(&Condition::TooFewCores);
        assert!(is_crowded(cores * 2));
        assert!(!is_crowded(cores));
    }
}
