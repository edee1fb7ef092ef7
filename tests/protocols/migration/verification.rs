//! Verification: what saves the store from a copy that went wrong. In a library without faults no copy does, so it is only together with
//! a fault of the copy that these show something (`survival`).

use shuttle::thread::scope;

use super::{case::Case, check::run};

#[test]
fn what_is_copied_wrongly_never_serves() {
    for case in Case::all() {
        run(&case, |case| {
            let subject = case.subject(0..5);
            scope(|scope| {
                scope.spawn(|| subject.migrate());
                scope.spawn(|| assert_eq!(subject.len(), 5));
            });
            subject.assert_holds((0..5).map(|key| (key, key * 10)));
            subject.audit();
        });
    }
}
