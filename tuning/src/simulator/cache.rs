//! How often caches have what is wanted.
//!
//! By the approximation of Che, Tung and Wang (*Hierarchical web caching systems*, 2002): a cache that drops what was used longest
//! ago holds what was wanted within a certain time, the same for all. That time follows from the cache's size; a line that is
//! wanted so often then is there with the probability that it was wanted in that time.

/// Lines of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    /// How many there are.
    pub(super) count: f64,
    /// How often each of them is wanted, in an operation.
    pub(super) rate: f64,
}

/// Steps in which the time is looked for: each halves the (logarithmic) interval.
const BISECTIONS: u32 = 60;

/// Operations for which a cache with room for so many lines holds what was wanted; infinite if there is room for all.
pub(super) fn holding_time(kinds: &[Lines], room: f64) -> f64 {
    let held = |time: f64| kinds.iter().map(|kind| kind.count * held_share(kind.rate, time)).sum::<f64>();
    let all: f64 = kinds.iter().filter(|kind| kind.rate > 0.0).map(|kind| kind.count).sum();
    if all <= room {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0_f64, 50.0_f64);
    for _ in 0..BISECTIONS {
        let exponent = f64::midpoint(low, high);
        if held(exponent.exp()) < room { low = exponent } else { high = exponent }
    }
    low.exp()
}

/// The probability that a line that is wanted at this rate is held, after this time.
pub(super) fn held_share(rate: f64, time: f64) -> f64 {
    if time.is_infinite() && rate > 0.0 { 1.0 } else { -(-rate * time).exp_m1() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_holds_its_part_of_what_is_wanted_alike() {
        let kinds = [Lines { count: 1000.0, rate: 0.001 }];
        let time = holding_time(&kinds, 250.0);
        assert!((held_share(0.001, time) - 0.25).abs() < 1e-6);
        assert_eq!(holding_time(&kinds, 1000.0), f64::INFINITY);
    }

    #[test]
    fn what_is_wanted_oftener_is_held_rather() {
        let kinds = [Lines { count: 100.0, rate: 0.005 }, Lines { count: 10_000.0, rate: 0.000_05 }];
        let time = holding_time(&kinds, 500.0);
        let [often, seldom] = [0.005, 0.000_05].map(|rate| held_share(rate, time));
        assert!(often > 0.8 && seldom < 0.1, "{often}, {seldom}");
    }
}
