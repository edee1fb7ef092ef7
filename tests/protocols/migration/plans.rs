//! More than one plan.

use shuttle::thread::scope;

use super::check::check;

/// Grow and shrink chasing each other, asked for by two threads; no answer is wrong, since either may come last.
#[test]
fn two_plans_take_turns() {
    check(|case| {
        let subject = case.subject(0..5);
        scope(|scope| {
            scope.spawn(|| {
                subject.migrate();
                let _ = subject.reshard(3);
            });
            scope.spawn(|| {
                let _ = subject.reshard(1);
            });
            scope.spawn(|| {
                assert_eq!(subject.get_cloned(&1), Some(10));
                subject.update(&1, |value| *value += 1);
                subject.insert(6, 60);
                subject.remove(&2);
                assert_eq!(subject.get_cloned(&1), Some(11));
            });
        });
        subject.finish_with([(0, 0), (1, 11), (3, 30), (4, 40), (6, 60)]);
    });
}

#[test]
fn iteration_goes_across_two_plans() {
    check(|case| {
        let subject = case.subject(0..5);
        scope(|scope| {
            scope.spawn(|| {
                subject.migrate();
                let _ = subject.reshard(4);
                let _ = subject.reshard(1);
            });
            scope.spawn(|| {
                let mut met: Vec<_> = subject.iter().map(|entry| *entry.key()).collect();
                met.sort_unstable();
                assert_eq!(met, [0, 1, 2, 3, 4]);
                assert_eq!(subject.len(), 5);
            });
        });
        subject.finish_with((0..5).map(|key| (key, key * 10)));
    });
}

/// Another policy comes into force while a migration goes by it, and others write.
#[test]
fn a_policy_comes_into_force() {
    check(|case| {
        let subject = case.subject(0..5);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                for (knob, value) in [("migration.verify", "off"), ("migration.batch", "8"), ("shards.slots", "8")] {
                    let change = subject.set_policy([(knob, value)]).expect("the policy is valid");
                    assert_eq!([change.changed, change.waiting].concat(), [knob]);
                }
            });
            scope.spawn(|| {
                subject.update(&1, |value| *value += 1);
                subject.insert(6, 60);
                subject.remove(&2);
            });
        });
        let policy = subject.policy();
        assert_eq!((policy.migration.batch, policy.shards.slots), (8, 4), "the slots of a store are for ever");
        subject.finish_with([(0, 0), (1, 11), (3, 30), (4, 40), (6, 60)]);
    });
}
