//! The biases of shards' locks.

mod mode;

pub use mode::Bias;
