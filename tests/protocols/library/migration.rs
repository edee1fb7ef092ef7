//! What the lock needs of migrations: nothing but whether a step is under way, which it never is here.

#[expect(dead_code, reason = "nobody carries out a migration")]
#[path = "../../../src/migration/step_guard.rs"]
pub(crate) mod step_guard;
