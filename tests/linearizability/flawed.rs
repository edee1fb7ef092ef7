//! Stores that are used in wrong ways, on real threads: the checker must tell.

use std::{collections::HashMap, sync::Mutex, thread};

use autoshard::Store;

use crate::{
    action::{Action, Kind},
    churn::{WORKERS, random},
    history::{Effect, Found},
    recorder::Recorder,
    store::{perform, replaced_if_there},
    stores::Mode,
};

/// Rounds of each thread in an attempt.
const ROUNDS: u64 = 20;

/// Attempts after which a flaw counts as missed: all but all show in the first.
const ATTEMPTS_MAX: u64 = 50;

/// A wrong way.
#[derive(Clone, Copy, Debug)]
enum Flaw {
    /// `update` looks up, and inserts what it makes of that.
    UpdateInTwoSteps,
    /// `compare_exchange` compares, and then exchanges.
    CompareThenExchange,
    /// `get` looks into a copy now and then, which is made anew from time to time.
    StaleGet,
    /// `insert` removes what is there before it inserts.
    InsertAfterRemove,
    /// `remove` puts back what it finds, and removes that once more.
    Resurrection,
}

/// A store, and a copy of it that is not always up to date.
struct Subject {
    store: Store<u64, u64>,
    stale: Mutex<HashMap<u64, u64>>,
}

impl Subject {
    fn new() -> Self {
        Self { store: Mode::DualWrite.store(), stale: Mutex::default() }
    }

    fn perform(&self, flaw: Flaw, action: &Action) -> Option<Effect> {
        let Action { kind, key, value, expected, .. } = *action;
        let store = &self.store;
        match (flaw, kind) {
            (Flaw::UpdateInTwoSteps, Kind::Update) => {
                let before = store.get_cloned(&key);
                thread::yield_now();
                if before.is_some() {
                    store.insert(key, value);
                }
                Some(replaced_if_there(before, action))
            }
            (Flaw::CompareThenExchange, Kind::CompareExchange) => {
                if store.get_cloned(&key) != expected {
                    return Some(Effect::reads(Found::IsNot(expected)));
                }
                thread::yield_now();
                store.insert(key, value);
                Some(Effect::replaces(expected, Some(value)))
            }
            (Flaw::StaleGet, Kind::View) => {
                let mut stale = self.stale.lock().expect("nobody panics with it");
                stale.extend(store.view(&key, |key, value| (*key, *value)));
                None
            }
            (Flaw::StaleGet, Kind::Get) if action.dawdles => {
                let found = self.stale.lock().expect("nobody panics with it").get(&key).copied();
                Some(Effect::reads(Found::Is(found)))
            }
            (Flaw::InsertAfterRemove, Kind::Insert) => {
                let before = store.remove(&key).map(|(_, value)| value);
                thread::yield_now();
                store.insert(key, value);
                Some(Effect::replaces(before, Some(value)))
            }
            (Flaw::Resurrection, Kind::Remove) => {
                let found = store.remove(&key).map(|(_, value)| value);
                if let Some(value) = found {
                    thread::yield_now();
                    store.insert(key, value);
                    thread::yield_now();
                    store.remove(&key);
                }
                Some(Effect::replaces(found, None))
            }
            _ => perform(store, action),
        }
    }
}

/// Has threads work on a store that is used in the wrong way, until the checker tells.
fn is_rejected(flaw: Flaw) {
    for attempt in 0..ATTEMPTS_MAX {
        let (subject, mut recorder) = (Subject::new(), Recorder::new());
        thread::scope(|scope| {
            for thread in 0..WORKERS {
                let (subject, recorder) = (&subject, &recorder);
                scope.spawn(move || {
                    let mut random = random(attempt * WORKERS + thread);
                    for _ in 0..ROUNDS {
                        recorder.round(thread, &mut random, |action| subject.perform(flaw, action));
                    }
                });
            }
        });
        if let Err(violation) = recorder.check() {
            println!("{flaw:?}, attempt {attempt}: {violation}");
            return;
        }
    }
    panic!("{flaw:?} was not seen in {ATTEMPTS_MAX} attempts");
}

#[test]
fn an_update_in_two_steps() {
    is_rejected(Flaw::UpdateInTwoSteps);
}

#[test]
fn a_comparison_before_the_exchange() {
    is_rejected(Flaw::CompareThenExchange);
}

#[test]
fn a_stale_look_up() {
    is_rejected(Flaw::StaleGet);
}

#[test]
fn an_absence_for_a_moment() {
    is_rejected(Flaw::InsertAfterRemove);
}

#[test]
fn a_resurrection() {
    is_rejected(Flaw::Resurrection);
}
