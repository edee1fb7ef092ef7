//! Values that are never freed, of which a model makes some in each of its many executions.

use std::{
    any::Any,
    sync::{Arc, Mutex, PoisonError},
};

super::statics! {
    /// Not one of shuttle's mutexes: it is held for no other operation.
    static KEPT: Mutex<Vec<Arc<dyn Any + Send + Sync>>> = Mutex::new(Vec::new());
}

/// Keeps a value as long as the execution.
pub(crate) fn leak<T: Send + Sync + 'static>(value: T) -> &'static T {
    let value = Arc::new(value);
    let pointer = Arc::as_ptr(&value);
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(value);
    // SAFETY: what is kept is dropped with the statics of the execution, when none of its threads is left.
    unsafe { &*pointer }
}
