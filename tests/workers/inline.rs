//! Flushes by code that a worker runs.

use std::sync::{
    Arc, Mutex,
    mpsc::{Sender, channel},
};

use autoshard::{FlushError, Store};

use super::builder;

/// A value that runs something when it is dropped.
#[derive(Default)]
struct Hook(u64, Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Drop for Hook {
    fn drop(&mut self) {
        let run = self.1.get_mut().expect("no panic under the lock").take();
        if let Some(run) = run {
            run();
        }
    }
}

type Hooked = Store<u64, Hook>;

fn plain(number: u64) -> Hook {
    Hook(number, Mutex::new(None))
}

fn hook(run: impl FnOnce() + Send + 'static) -> Hook {
    Hook(0, Mutex::new(Some(Box::new(run))))
}

fn number(store: &Hooked, key: u64) -> Option<u64> {
    store.view(&key, |_, value| value.0)
}

/// What a drop in the worker found.
type Found = (Result<(), FlushError>, Vec<Option<u64>>);

/// Stages writes to 0, 10 and 20, flushes, and looks.
fn flush_and_look(store: &Hooked, tell: &Sender<Found>) {
    for key in [0, 10, 20] {
        assert!(store.stage(key, plain(2)).is_ok(), "there is room");
    }
    let flushed = store.flush();
    tell.send((flushed, [0, 1, 10, 20].map(|key| number(store, key)).to_vec())).expect("somebody waits");
}

#[test]
fn a_flush_on_the_worker_makes_what_is_its_own() {
    let store: Arc<Hooked> = Arc::new(builder().set("workers.linger_ms", 60_000).build_by_hand_over().unwrap());
    let (tell, told) = channel();
    let same = Arc::downgrade(&store);
    store.insert(0, hook(move || flush_and_look(&same.upgrade().expect("it is there"), &tell)));
    store.stage(0, plain(1)).map_err(|_| "full").unwrap();
    store.stage(1, plain(1)).map_err(|_| "full").unwrap();
    store.flush().unwrap();
    // The rest of the batch comes before what was staged later; the key under way is left for later, in order.
    assert_eq!(told.recv().unwrap(), (Ok(()), vec![Some(1), Some(1), Some(2), Some(2)]));
    store.flush().unwrap();
    assert_eq!([0, 1, 10, 20].map(|key| number(&store, key)), [Some(2), Some(1), Some(2), Some(2)]);
    let worker = &store.workers()[0];
    assert_eq!((worker.committed, worker.lost, worker.queued), (5, 0, 0));
}

#[test]
fn a_flush_in_a_flush_is_refused() {
    let store: Arc<Hooked> = Arc::new(builder().set("workers.linger_ms", 60_000).build_by_hand_over().unwrap());
    let (tell, told) = channel();
    let (outer, inner) = (Arc::downgrade(&store), Arc::downgrade(&store));
    let tell_inner = tell.clone();
    store.insert(1, hook(move || flush_and_look(&inner.upgrade().expect("it is there"), &tell_inner)));
    store.insert(
        0,
        hook(move || {
            let store = outer.upgrade().expect("it is there");
            assert!(store.stage_remove(1).is_ok());
            tell.send((store.flush(), vec![number(&store, 1)])).expect("somebody waits");
        }),
    );
    store.stage(0, plain(1)).map_err(|_| "full").unwrap();
    store.flush().unwrap();
    assert_eq!(told.recv().unwrap().0, Err(FlushError::OnWorker));
    assert_eq!(told.recv().unwrap(), (Ok(()), vec![None]));
    store.flush().unwrap();
    assert_eq!([0, 1, 10, 20].map(|key| number(&store, key)), [Some(2), None, Some(2), Some(2)]);
}

#[test]
fn workers_of_two_stores_do_not_wait_for_each_other() {
    let stores: [Arc<Hooked>; 2] =
        [(); 2].map(|()| Arc::new(builder().set("workers.linger_ms", 60_000).build_by_hand_over().unwrap()));
    let (tell, told) = channel();
    for (mine, other) in [(0, 1), (1, 0)] {
        let (other, tell) = (Arc::downgrade(&stores[other]), tell.clone());
        stores[mine].insert(0, hook(move || tell.send(other.upgrade().map(|store| store.flush())).unwrap()));
        stores[mine].stage_remove(0).unwrap();
    }
    stores.iter().for_each(|store| store.flush().unwrap());
    for _ in 0..2 {
        assert_eq!(told.recv().unwrap(), Some(Err(FlushError::OnWorker)));
    }
}
