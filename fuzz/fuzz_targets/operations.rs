//! The store against `std::collections::HashMap`, by operations that the fuzzer makes up: those of `tests/model`, with all
//! that the tuner does.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[path = "../../tests/common/drawn.rs"]
mod drawn;
#[path = "../../tests/common/intervention.rs"]
mod intervention;
#[path = "../../tests/common/operation.rs"]
mod operation;
#[path = "../../tests/common/stores.rs"]
#[expect(dead_code, reason = "the fuzzer draws one mode of all by itself")]
mod stores;

use operation::{Operation, compare};
use stores::{Mode, builder};

/// What the fuzzer makes up.
#[derive(Arbitrary, Debug)]
struct Input {
    mode: Mode,
    /// Whether full shards are split.
    splits_full: bool,
    /// Whether keys and values are texts; else they are numbers.
    is_of_texts: bool,
    operations: Vec<Operation>,
}

fuzz_target!(|input: Input| {
    let Input { mode, splits_full, is_of_texts, operations } = input;
    let builder = if splits_full { builder().set("shards.entries_max", "16") } else { builder() };
    if is_of_texts {
        compare::<String, String>(mode.build(builder), &operations);
    } else {
        compare::<u64, u64>(mode.build(builder), &operations);
    }
});
