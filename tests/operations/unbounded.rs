//! Stores of types that cannot be cloned, sent, or kept: built by hand-over, or cooperatively.

use std::{cell::Cell, rc::Rc};

use autoshard::Store;

use crate::stores::builder;

/// Cannot be cloned.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Token(u64);

#[test]
fn values_that_cannot_be_cloned_move_by_hand_over() {
    let store: Store<Token, Token> = builder().build_by_hand_over().unwrap();
    for number in 0..1_000 {
        store.insert(Token(number), Token(number + 1));
    }
    for shards in [1, 64, 3, 16] {
        store.reshard(shards).unwrap();
        assert_eq!(store.shard_count(), shards);
        assert!((0..1_000).all(|number| store.view(&Token(number), |_, token| token.0) == Some(number + 1)));
    }
    assert_eq!(store.remove(&Token(7)), Some((Token(7), Token(8))));
}

#[test]
fn a_hand_over_store_crosses_threads() {
    let store: Store<Token, Token> = builder().build_by_hand_over().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..100 {
                    assert_eq!(store.insert(Token(thread * 100 + number), Token(number)), None);
                }
            });
        }
    });
    assert_eq!(store.len(), 400);
}

#[test]
fn borrowed_data_is_tuned_by_those_who_call() {
    let text = (0..1_000).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
    let store: Store<&str, Cell<usize>> = builder().build_cooperative().unwrap();
    for word in text.split(' ') {
        store.entry(word).or_default().set(word.len());
    }
    store.reshard(32).unwrap();
    assert_eq!(store.shard_count(), 32);
    assert_eq!(store.len(), 1_000);
    for word in text.split(' ') {
        assert_eq!(store.view(word, |_, length| length.get()), Some(word.len()));
    }
}

#[test]
fn values_that_stay_on_their_thread_are_tuned_there() {
    let store: Store<Rc<str>, Rc<Cell<u64>>> = builder().build_cooperative().unwrap();
    for number in 0..200_u64 {
        store.insert(number.to_string().into(), Rc::new(Cell::new(number)));
    }
    for _ in 0..50 {
        store.view("42", |_, value| value.set(value.get() + 1));
    }
    // Whatever it decides, it is carried out here and now, and nothing is lost.
    let record = store.tune_now();
    assert!(!record.reason.is_empty());
    assert_eq!(store.len(), 200);
    store.reshard(16).unwrap();
    assert_eq!(store.get_cloned("42").map(|value| value.get()), Some(92));
    assert_eq!(store.iter().map(|entry| Rc::strong_count(entry.value())).max(), Some(1));
}

#[test]
fn new_and_with_hasher_serve_the_same_operations() {
    let store: Store<u64, String, foldhash::fast::RandomState> =
        Store::with_hasher(foldhash::fast::RandomState::default());
    store.insert(1, "one".to_owned());
    store.reshard(8).unwrap();
    assert_eq!(store.get_cloned(&1).as_deref(), Some("one"));
}
