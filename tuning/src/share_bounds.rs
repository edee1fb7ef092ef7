//! Bounds of a key's share of all accesses, from how often it was sampled.
//!
//! Counting by sketch and candidates leaves a count between two known limits; that samples were counted, and not
//! accesses, leaves an error of chance. Both bounds come from Chernoff's inequality in its exact form, which bounds the
//! probability that a key of share `p` is counted `c` times or more (or less) in `n` samples by `exp(-n · D(c/n ‖ p))`,
//! `D` being the divergence of two coin tosses (Chernoff 1952; as a confidence interval: Garivier and Cappé 2011).
//!
//! Wilson's interval (1927) is narrower by a sixth, but it approximates, and it is for a key chosen beforehand. The keys
//! reported are those that were counted most: among 100,000 equally frequent keys, a few are sampled twice in 1,000, and
//! Wilson's lower bound is 27 times the true share of each of these. So the lower bound shares out the probability of error
//! among all keys, to each in proportion to its share, which sums up to one. What it costs is a logarithm: for a share of
//! one in a thousand, the bound is further from the estimate by 40 %.
//!
//! Aged samples have weights below one. The inequality holds for them as it stands, with the sum of weights for `n`,
//! since the logarithm of the moment-generating function of a weighted toss is convex in its weight.

/// Probability with which a bound may be wrong, upper and lower together: 99.9 % confidence.
const ERROR_PROBABILITY: f64 = 0.001;

/// Halvings of the interval in which a bound is looked for: 2⁻³² of its width is left.
const BISECTIONS: u32 = 32;

/// What a key's share of all accesses lies between, at 99.9 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareBounds {
    /// The least that it may be, 0 to 1.
    pub lower: f64,
    /// The most that it may be, 0 to 1.
    pub upper: f64,
}

impl ShareBounds {
    /// The bounds of a share whose samples, of `weight` in all, were counted as at least `count_min` and at most
    /// `count_max`.
    ///
    /// The lower one holds for all keys at once, the upper one for each key.
    ///
    /// ```
    /// let bounds = autoshard_tuning::ShareBounds::new(380.0, 380.0, 1000.0);
    /// assert!(bounds.lower > 0.28 && bounds.upper < 0.45);
    /// ```
    #[must_use]
    pub fn new(count_min: f64, count_max: f64, weight: f64) -> Self {
        if weight <= 0.0 {
            return Self { lower: 0.0, upper: 1.0 };
        }
        Self { lower: lower(count_min, weight), upper: upper(count_max, weight) }
    }

    /// How far two intervals are apart; 0 or less if they have a share in common.
    #[must_use]
    pub fn gap(self, other: Self) -> f64 {
        (self.lower - other.upper).max(other.lower - self.upper)
    }
}

/// The greatest share for which so high a count is too improbable.
fn lower(count: f64, weight: f64) -> f64 {
    let observed = (count / weight).min(1.0);
    let (mut excluded, mut possible) = (0.0, observed);
    for _ in 0..BISECTIONS {
        let share = f64::midpoint(excluded, possible);
        if weight * divergence(observed, share) > (2.0 / (ERROR_PROBABILITY * share)).ln() {
            excluded = share;
        } else {
            possible = share;
        }
    }
    excluded
}

/// The least share for which so low a count is too improbable.
fn upper(count: f64, weight: f64) -> f64 {
    let observed = (count / weight).min(1.0);
    let (mut possible, mut excluded) = (observed, 1.0);
    for _ in 0..BISECTIONS {
        let share = f64::midpoint(possible, excluded);
        if weight * divergence(observed, share) > (2.0 / ERROR_PROBABILITY).ln() {
            excluded = share;
        } else {
            possible = share;
        }
    }
    excluded
}

/// The Kullback-Leibler divergence, in nats, of tosses with probability `observed` from tosses with probability `share`.
fn divergence(observed: f64, share: f64) -> f64 {
    let term = |seen: f64, expected: f64| if seen > 0.0 { seen * (seen / expected).ln() } else { 0.0 };
    term(observed, share) + term(1.0 - observed, 1.0 - share)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The probability that a key of this share is sampled `count` times in `samples`.
    fn binomial(count: u32, samples: u32, share: f64) -> f64 {
        let log_choices: f64 =
            (1..=count).map(|index| (f64::from(samples - count + index) / f64::from(index)).ln()).sum();
        (log_choices + f64::from(count) * share.ln() + f64::from(samples - count) * (1.0 - share).ln()).exp()
    }

    #[test]
    fn bounds_hold_as_often_as_they_say() {
        for samples in [20, 300, 2000] {
            for share in [0.0001, 0.003, 0.05, 0.38, 0.9] {
                let missed: f64 = (0..=samples)
                    .filter(|&count| {
                        let bounds = ShareBounds::new(f64::from(count), f64::from(count), f64::from(samples));
                        !(bounds.lower <= share && share <= bounds.upper)
                    })
                    .map(|count| binomial(count, samples, share))
                    .sum();
                assert!(missed <= ERROR_PROBABILITY, "{samples} samples, share {share}: missed by {missed}");
            }
        }
    }

    #[test]
    fn the_lower_bound_holds_for_all_of_many_equal_keys_at_once() {
        let (keys, samples) = (100_000, 1000);
        let share = 1.0 / f64::from(keys);
        let excluding = (0..=samples)
            .find(|&count| lower(f64::from(count), f64::from(samples)) > share)
            .expect("a key that is sampled every time is no rare key");
        let probability: f64 = (excluding..=samples).map(|count| binomial(count, samples, share)).sum();
        assert!(probability * f64::from(keys) <= ERROR_PROBABILITY);
    }

    #[test]
    fn extremes_give_bounds_within_0_and_1() {
        for (count, weight) in [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (5.0, 5.0), (7.5, 7.25), (0.5, 1e12), (1e12, 1e12)]
        {
            let bounds = ShareBounds::new(count, count, weight);
            assert!(0.0 <= bounds.lower && bounds.lower <= bounds.upper && bounds.upper <= 1.0, "{bounds:?}");
        }
    }

    #[test]
    fn a_hot_key_is_certain_after_a_window() {
        let bounds = ShareBounds::new(380.0, 380.0, 1000.0);
        assert!(bounds.lower > 0.28 && bounds.upper < 0.45, "{bounds:?}");
    }
}
