//! Policies as stores have them: where one comes from, how a change of it is noticed, and which is in force.
//!
//! What a policy may say is the pure crate's business. [`source`] reads file and environment; [`watch`] tells from looks at a file when
//! it has changed; [`ambient`] is the policy of all stores that are built without a builder; [`store_policy`] is what a store obeys, and
//! how that is exchanged while it runs.
#![forbid(unsafe_code)]

mod ambient;
mod error;
mod source;
mod store_policy;
mod watch;

pub(crate) use ambient::ambient;
pub use error::PolicyLoadError;
pub(crate) use source::{PolicyFile, PolicySource};
pub use store_policy::PolicyChange;
pub(crate) use store_policy::{PolicyInForce, PolicyNews, StorePolicy};

#[cfg(test)]
mod tests;
