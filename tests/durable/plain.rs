//! What a store leaves is what the next one begins with.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Debug,
    sync::mpsc::channel,
};

use autoshard::{BuildError, DurableFlushError, DurableSink, Sinks, Store};
use serde::{Deserialize, Serialize};

use super::builder;

/// A value with something of everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Status {
    Gone,
    Here { since: u64, place: Option<String> },
    Groups(HashSet<u8>),
}

fn of(number: u64) -> Status {
    match number % 3 {
        0 => Status::Gone,
        1 => Status::Here { since: number, place: number.is_multiple_of(2).then(|| format!("room {number}")) },
        _ => Status::Groups((0..number as u8 % 5).collect()),
    }
}

#[test]
fn the_next_store_begins_with_what_the_last_one_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut expected = BTreeMap::new();
    for round in 0..3 {
        let store: Store<(u64, String), Status> = builder().build_durable(&path).unwrap();
        let there: BTreeMap<_, _> = store.iter().map(|entry| (entry.key().clone(), entry.value().clone())).collect();
        assert_eq!(there, expected, "round {round}");
        for number in 0..300 {
            let key = (number % 100, "key".repeat(number as usize % 4));
            match (number + round) % 4 {
                0 => {
                    store.stage_remove(key.clone()).unwrap();
                    expected.remove(&key);
                }
                1 => {
                    let change = move |value: &mut Status| *value = of(number + 1);
                    assert!(store.stage_update(key.clone(), change).is_ok());
                    expected.entry(key).and_modify(|value| *value = of(number + 1));
                }
                _ => {
                    store.stage(key.clone(), of(number + round)).unwrap();
                    expected.insert(key, of(number + round));
                }
            }
        }
        // One round ends with a flush, the others by the drop alone.
        assert!(round != 1 || store.flush_durable() == Ok(()));
    }
}

#[test]
fn direct_writes_are_not_kept_and_restored_ones_do_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store: Store<u64, u64> = builder().build_durable(&path).unwrap();
    store.insert(1, 1);
    store.stage(2, 2).unwrap();
    drop(store);
    let store: Store<u64, u64> = builder().build_durable(&path).unwrap();
    assert_eq!((store.get_cloned(&1), store.get_cloned(&2)), (None, Some(2)));
    assert_eq!(store.flush_durable(), Ok(()));
    assert_eq!(store.workers().iter().map(|worker| worker.sink_batches).sum::<u64>(), 0);
}

#[test]
fn without_workers_there_is_nothing_to_keep() {
    let folder = tempfile::tempdir().unwrap();
    let built = builder().workers(0).build_durable::<u64, u64>(folder.path().join("store"));
    assert!(matches!(built, Err(BuildError::SinksWithoutWorkers { .. })));
}

/// Can be written, but not read: the format does not say what comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Unreadable {
    Number(u64),
    Text(String),
}

/// Written without its first field if that is none, and so read wrongly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Shifted {
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u8>,
    second: u8,
}

fn is_not_confirmed<V>(value: V)
where
    V: Clone + Debug + Send + Sync + Serialize + for<'de> Deserialize<'de> + 'static,
{
    let folder = tempfile::tempdir().unwrap();
    let sink = DurableSink::open(folder.path().join("store")).unwrap();
    let (tell, told) = channel();
    let of_workers = sink.clone();
    let sinks = Sinks::new(move |_| of_workers.clone())
        .dead_letters(move |_, error| tell.send(error.to_string()).expect("somebody listens"));
    let store = builder().build_with_sinks(sinks).unwrap();
    store.stage(1, value).unwrap();
    assert!(matches!(store.flush_durable(), Err(DurableFlushError::DeadLettered { entries: 1, .. })));
    let message = told.recv().unwrap();
    assert!(message.contains("a value cannot be read in postcard's format"), "{message}");
    assert_eq!(store.workers().iter().map(|worker| worker.sink_failures).sum::<u64>(), 1, "no attempt will do better");
    let empty = Store::new();
    assert_eq!(sink.restore::<_>(&empty).unwrap(), 0);
}

#[test]
fn what_could_not_be_read_back_is_not_confirmed() {
    is_not_confirmed(Unreadable::Text("text".to_owned()));
    is_not_confirmed(Shifted { first: None, second: 1 });
}
