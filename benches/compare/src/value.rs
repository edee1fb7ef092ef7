//! Keys and values that the workloads use.

use std::hash::Hash;

/// What every map here can take as a key; flurry wants the order.
pub(crate) trait Key: Eq + Hash + Ord + Clone + Send + Sync + 'static {}

impl<T: Eq + Hash + Ord + Clone + Send + Sync + 'static> Key for T {}

/// A value that counts its updates, so that none can get lost unnoticed.
pub(crate) trait Value: Clone + Send + Sync + 'static {
    /// One without updates.
    fn fresh() -> Self;

    /// Updates so far.
    fn updates(&self) -> u64;

    /// Writes all of it: what an update does.
    fn update(&mut self);

    /// Something of its first and its last byte: what a read does.
    fn digest(&self) -> u64;
}

impl Value for u64 {
    fn fresh() -> Self {
        0
    }

    fn updates(&self) -> u64 {
        *self
    }

    fn update(&mut self) {
        *self += 1;
    }

    fn digest(&self) -> u64 {
        *self
    }
}

impl Value for u32 {
    fn fresh() -> Self {
        0
    }

    fn updates(&self) -> u64 {
        u64::from(*self)
    }

    fn update(&mut self) {
        *self += 1;
    }

    fn digest(&self) -> u64 {
        u64::from(*self)
    }
}

/// Bytes of the value that count its updates.
const COUNTER_BYTES: usize = size_of::<u64>();

/// So many bytes, inside the map's entry.
impl<const BYTES: usize> Value for [u8; BYTES] {
    fn fresh() -> Self {
        [0; BYTES]
    }

    fn updates(&self) -> u64 {
        count(self)
    }

    fn update(&mut self) {
        rewrite(self);
    }

    fn digest(&self) -> u64 {
        ends(self)
    }
}

/// Bytes of the values that are allocated by themselves.
const ALLOCATED_BYTES: usize = 128;

/// Bytes in an allocation of their own.
impl Value for Vec<u8> {
    fn fresh() -> Self {
        vec![0; ALLOCATED_BYTES]
    }

    fn updates(&self) -> u64 {
        count(self)
    }

    fn update(&mut self) {
        rewrite(self);
    }

    fn digest(&self) -> u64 {
        ends(self)
    }
}

fn count(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<COUNTER_BYTES>().map_or(0, |counter| u64::from_le_bytes(*counter))
}

fn rewrite(bytes: &mut [u8]) {
    let count = count(bytes) + 1;
    if let Some((counter, rest)) = bytes.split_first_chunk_mut::<COUNTER_BYTES>() {
        *counter = count.to_le_bytes();
        rest.fill(count as u8);
    }
}

fn ends(bytes: &[u8]) -> u64 {
    bytes.first().zip(bytes.last()).map_or(0, |(first, last)| u64::from(first ^ last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_counts<V: Value>() {
        let mut value = V::fresh();
        assert_eq!(value.updates(), 0);
        (0..300).for_each(|_| value.update());
        assert_eq!(value.updates(), 300);
    }

    #[test]
    fn every_value_counts_its_updates() {
        assert_counts::<u64>();
        assert_counts::<u32>();
        assert_counts::<[u8; 100]>();
        assert_counts::<Vec<u8>>();
    }
}
