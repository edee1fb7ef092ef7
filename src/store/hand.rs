//! A store for those who work on its behalf.

use std::{mem::ManuallyDrop, ops::Deref};

use super::Store;
use crate::{body::Body, sync::Arc};

/// A store by its body, which does not close it when it is dropped.
pub(crate) struct Hand<K, V, S>(ManuallyDrop<Store<K, V, S>>);

impl<K, V, S> Hand<K, V, S> {
    pub(crate) fn new(body: Arc<Body<K, V, S>>) -> Self {
        Self(ManuallyDrop::new(Store::from_body(body)))
    }
}

impl<K, V, S> Deref for Hand<K, V, S> {
    type Target = Store<K, V, S>;

    fn deref(&self) -> &Store<K, V, S> {
        &self.0
    }
}

impl<K, V, S> Drop for Hand<K, V, S> {
    fn drop(&mut self) {
        let body = &raw mut self.0.body;
        // SAFETY: the store is never dropped itself nor used after this; of its two fields, the other one is a plain pointer.
        unsafe { body.drop_in_place() };
    }
}
