//! Delegated operations: carried out once and as a whole or not at all, in order, and nobody waits for ever.

mod conservation;
mod ends;
mod full;
mod place;

use std::{
    pin::pin,
    task::{Context, Waker},
};

use super::block_on;

fn is_pending<F: Future + Unpin>(future: &mut F) -> bool {
    pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}
