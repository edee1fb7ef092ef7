//! The checker's verdicts on histories written by hand.

use crate::{
    history::{Effect, Found, Record, Value},
    window::{Violation, check},
};

/// An operation of a thread from one time to another.
fn record(thread: usize, called: u64, returned: u64, effect: Effect) -> Record {
    Record { thread, name: "operation", effect, called, returned }
}

fn reads(found: Value) -> Effect {
    Effect::reads(Found::Is(found))
}

fn replaces(found: Value, left: Value) -> Effect {
    Effect::replaces(found, left)
}

/// A key that has the value 1 throughout the times below 10.
fn with_one(more: &[Record]) -> Vec<Record> {
    let mut history = vec![record(0, 1, 2, replaces(None, Some(1)))];
    history.extend_from_slice(more);
    history
}

fn accepts(history: &[Record]) {
    check(history).unwrap_or_else(|violation| panic!("{violation}"));
}

/// The window of a history that must be rejected.
fn rejects(history: &[Record]) -> Violation {
    *check(history).expect_err("there is no order")
}

#[test]
fn accepts_nothing_at_all() {
    accepts(&[]);
}

#[test]
fn accepts_one_after_another() {
    accepts(&with_one(&[
        record(1, 10, 11, reads(Some(1))),
        record(0, 12, 13, replaces(Some(1), Some(2))),
        record(1, 14, 15, Effect::reads(Found::IsNot(Some(1)))),
        record(1, 16, 17, replaces(Some(2), None)),
        record(0, 18, 19, reads(None)),
    ]));
}

#[test]
fn accepts_either_order_of_what_overlaps() {
    let (one, other) = (
        |found, left| record(1, 10, 20, replaces(found, left)),
        |found, left| record(2, 11, 19, replaces(found, left)),
    );
    accepts(&with_one(&[one(Some(1), Some(2)), other(Some(2), Some(3))]));
    accepts(&with_one(&[one(Some(3), Some(2)), other(Some(1), Some(3))]));
}

#[test]
fn accepts_writes_that_are_seen_in_the_reverse_order_of_their_calls() {
    accepts(&with_one(&[
        record(0, 10, 40, replaces(Some(3), Some(2))),
        record(1, 11, 39, replaces(Some(4), Some(3))),
        record(2, 12, 38, replaces(Some(1), Some(4))),
        record(3, 13, 14, reads(Some(4))),
        record(3, 15, 16, reads(Some(3))),
        record(3, 17, 18, reads(Some(2))),
    ]));
}

#[test]
fn accepts_an_absence_between_a_removal_and_an_insertion_that_overlap() {
    accepts(&with_one(&[
        record(0, 10, 20, replaces(Some(1), None)),
        record(1, 11, 19, replaces(None, Some(2))),
        record(2, 12, 13, reads(Some(1))),
        record(2, 14, 15, reads(None)),
        record(2, 16, 17, reads(Some(2))),
    ]));
}

#[test]
fn rejects_a_lost_update() {
    let both = [record(1, 10, 20, replaces(Some(1), Some(2))), record(2, 11, 21, replaces(Some(1), Some(3)))];
    assert_eq!(rejects(&with_one(&both)).window.len(), 2);
}

#[test]
fn rejects_two_exchanges_of_one_value() {
    let one_after_another =
        [record(1, 10, 11, replaces(Some(1), Some(2))), record(2, 12, 13, replaces(Some(1), Some(3)))];
    assert_eq!(rejects(&with_one(&one_after_another)).window.len(), 2);
}

#[test]
fn rejects_a_stale_read() {
    let stale = [record(1, 10, 11, replaces(Some(1), Some(2))), record(2, 12, 13, reads(Some(1)))];
    assert_eq!(rejects(&with_one(&stale)).window.len(), 2);
}

#[test]
fn rejects_a_read_that_goes_back() {
    let back = [
        record(0, 10, 30, replaces(Some(1), Some(2))),
        record(1, 11, 12, reads(Some(2))),
        record(2, 13, 14, reads(Some(1))),
    ];
    assert_eq!(rejects(&with_one(&back)).window.len(), 3);
}

#[test]
fn rejects_a_removed_key_that_is_back() {
    let resurrected = [record(1, 10, 11, replaces(Some(1), None)), record(2, 12, 13, reads(Some(1)))];
    assert_eq!(rejects(&with_one(&resurrected)).window.len(), 2);
}

#[test]
fn rejects_a_key_that_is_absent_for_a_moment() {
    let before = record(1, 10, 11, reads(Some(1)));
    for absent in [reads(None), Effect::reads(Found::IsNot(Some(1)))] {
        let history = with_one(&[before, record(1, 12, 13, absent), record(2, 14, 15, reads(Some(1)))]);
        assert_eq!(rejects(&history).window.len(), 2);
    }
    // The same beside a writer that changes the value, but never removes it.
    let history = with_one(&[record(0, 10, 20, replaces(Some(1), Some(2))), record(1, 12, 13, reads(None))]);
    rejects(&history);
}

#[test]
fn rejects_a_key_that_nobody_has_inserted() {
    let violation = rejects(&[record(0, 1, 2, reads(Some(1)))]);
    assert!(violation.to_string().contains("the key was not there"), "{violation}");
}

#[test]
fn finds_a_violation_at_the_end_of_a_long_history_and_shows_that_alone() {
    let update = |number: u64| record(0, 10 * number + 1, 10 * number + 2, replaces(Some(number), Some(number + 1)));
    let mut history = vec![record(0, 0, 1, replaces(None, Some(1)))];
    history.extend((1..10_000).map(update));
    accepts(&history);
    history.push(record(1, 1_000_000, 1_000_001, reads(Some(17))));
    let violation = rejects(&history);
    assert_eq!(violation.window.len(), 2);
    assert!(violation.to_string().contains("found 17  <- ruled out"), "{violation}");
}

#[test]
fn bears_with_one_that_is_under_way_for_long() {
    let mut history = vec![record(7, 1, 1_000_000, replaces(Some(5_000), Some(1)))];
    history.push(record(0, 2, 3, replaces(None, Some(1))));
    // Updates from 1 to 5,000; the long one takes that back to 1, and they go on.
    for number in 1..5_000 {
        history.push(record(0, 10 * number, 10 * number + 5, replaces(Some(number), Some(number + 1))));
    }
    history.push(record(0, 100_000, 100_001, replaces(Some(1), Some(2))));
    accepts(&history);
    history.push(record(0, 100_002, 100_003, replaces(Some(1), Some(2))));
    rejects(&history);
}
