//! Confirmation by sinks: what a durable flush says is confirmed was handed on, whatever fails at first.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use autoshard::{Batch, Sink, SinkError, Sinks, Store};
use shuttle::thread::spawn;

use super::{builder, check, end, push};

/// What was handed on, with the attempts.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<(u64, Vec<(u64, Vec<u64>)>)>>);

impl Log {
    fn of(&self, key: u64) -> Vec<Vec<u64>> {
        let log = self.0.lock().expect("no panic");
        log.1.iter().filter(|entry| entry.0 == key).map(|entry| entry.1.clone()).collect()
    }
}

/// Fails at every other attempt.
impl Sink<u64, Vec<u64>> for Log {
    fn commit(&mut self, batch: &Batch<u64, Vec<u64>>) -> Result<(), SinkError> {
        let mut log = self.0.lock().expect("no panic");
        log.0 += 1;
        if log.0 % 2 == 1 {
            return Err(SinkError::new("not yet"));
        }
        let entries = batch.entries().iter().cloned();
        log.1.extend(entries.map(|(key, value)| (key, value.expect("nothing is removed"))));
        Ok(())
    }
}

#[test]
fn what_is_confirmed_was_handed_on_in_order() {
    check(|| {
        let log = Log::default();
        let sink = log.clone();
        let sinks = Sinks::new(move |_| sink.clone()).pause(Duration::ZERO, Duration::ZERO);
        let store: Arc<Store<u64, Vec<u64>>> = Arc::new(builder().build().expect("the policy is in order"));
        let workers = store.hire_with_sinks(sinks).into_iter().map(|work| spawn(work)).collect();
        let same = Arc::clone(&store);
        let other = spawn(move || (0..3).for_each(|number| assert!(push(&same, 9, number))));
        for number in 0..2 {
            assert!(push(&store, 1, number));
            store.flush_durable().expect("nothing is given up");
            assert_eq!(log.of(1).last().map(Vec::len), Some(number as usize + 1), "it was handed on before");
        }
        other.join().expect("no panic");
        end(&store, workers);
        let handed_on = log.of(9);
        assert!(handed_on.is_sorted_by_key(Vec::len), "{handed_on:?}");
        assert_eq!(handed_on.last(), Some(&vec![0, 1, 2]));
    });
}
