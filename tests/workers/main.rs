//! Workers and staged writes: what is confirmed is made once, in order, whatever is split, merged, full, panics or ends.

mod conservation;
mod delegated;
mod flush;
mod full;
mod inline;
mod panics;
mod plain;
mod sinks;
mod stalled;

use std::{
    hash::Hash,
    pin::pin,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use autoshard::{Store, StoreBuilder};

/// A builder whose store has one worker, batches so small that many are needed, and no environment to mind.
fn builder() -> StoreBuilder {
    Store::builder()
        .policy_toml("")
        .set("tuner.enabled", false)
        .workers(1)
        .set("workers.batch", 4)
        .set("workers.queue", 8)
}

fn store<K, V>(builder: StoreBuilder) -> Store<K, V>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    builder.build().expect("the policy is in order")
}

/// Keeps the store's only worker busy with one write to `key`, until the other end is used or dropped. Returns once it is.
fn stall<K: Eq + Hash + Clone + Send + Sync + 'static>(store: &Store<K, u64>, key: K) -> Sender<()> {
    let (go_on, stalled): (Sender<()>, Receiver<()>) = channel();
    let (tell, begun) = channel();
    store.insert(key.clone(), 0);
    let wait = move |_: &mut u64| {
        tell.send(()).expect("somebody waits for it");
        let _ = stalled.recv();
    };
    assert!(store.stage_update(key, wait).is_ok(), "the queue has room");
    begun.recv().expect("the worker has begun");
    go_on
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// An executor of one future, which polls it only when it was woken.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}
