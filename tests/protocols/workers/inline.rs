//! Flushes on a worker, by code that it runs.

use std::sync::Arc;

use shuttle::thread::spawn;

use super::{builder, check, end, push, store};

#[test]
fn a_flush_on_the_worker_makes_what_is_its_own_and_keeps_the_order() {
    check(|| {
        let (store, workers) = store(builder());
        let same = Arc::clone(&store);
        let other = spawn(move || {
            for number in 0..3 {
                assert!(push(&same, 9, number), "a full queue blocks");
                if number == 1 {
                    same.flush().expect("nothing is held");
                    assert_eq!(same.get_cloned(&9), Some(vec![0, 1]));
                }
            }
        });
        let same = Arc::downgrade(&store);
        let flushing = store.on_owner(&1, move |entry| {
            drop(entry.or_default());
            let store = same.upgrade().expect("it ends later");
            // To another key, which is made on the spot, and to this one, which has to wait for its turn.
            let (staged, later) = (push(&store, 2, 2), push(&store, 1, 1));
            store.flush().expect("it has left the shard");
            assert_eq!(store.contains_key(&2), staged);
            assert_eq!(store.get_cloned(&1), Some(vec![]));
            (staged, later)
        });
        let (staged, later) = flushing.wait().expect("no panic");
        other.join().expect("no panic");
        end(&store, workers);
        assert_eq!(store.get_cloned(&9), Some(vec![0, 1, 2]));
        assert_eq!(
            (store.get_cloned(&2), store.get_cloned(&1)),
            (staged.then(|| vec![2]), Some(vec![1; later.into()]))
        );
    });
}
