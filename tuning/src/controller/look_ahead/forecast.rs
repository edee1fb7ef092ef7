//! A forecast of a series that may have a rhythm, and whether it is worth more than none.

use std::collections::VecDeque;

/// Values of a period. A guess: ten minutes of a day, for which a store then has its shards early at most.
pub(super) const PARTS: usize = 144;
/// Weight of a new value in the level. A guess: about ten values, so that a part of the period that is unlike the others does not pass for
/// another level.
const LEVEL_WEIGHT: f64 = 0.1;
/// Weight of a new value in what its part of the period differs from the level. A guess: some three periods.
const SEASONAL_WEIGHT: f64 = 0.3;
/// The forecast is used while its errors over about a period come to less than this part of those of the naive one. Of noise around a level,
/// a mean has 0.71 of the error of the last value, and knows nothing of a rhythm all the same.
const ERROR_MAX: f64 = 0.5;

/// Forecasts by the level and what each part of the period differs from it: the method of Holt (1957) and Winters (1960), additive, without a
/// trend, for loads that grow from day to day do so slowly.
///
/// The first period gives all that, the second shows what it is worth.
#[derive(Clone, Debug, Default)]
pub(super) struct Forecast {
    level: f64,
    seasonal: Vec<f64>,
    /// Values so far.
    count: usize,
    /// The last values, with the levels after them, as many as the forecast reaches ahead.
    recent: VecDeque<(f64, f64)>,
    /// Errors of the forecast and of the naive one, which takes what is for what will be: means, about a period long.
    error: f64,
    error_naive: f64,
}

impl Forecast {
    /// Takes the next value; forecasts reach so many values ahead, at least one.
    pub(super) fn push(&mut self, value: f64, ahead: usize) {
        if self.count < PARTS {
            self.level += (value - self.level) / (self.count + 1) as f64;
            self.seasonal.push(value);
            if self.seasonal.len() == PARTS {
                self.seasonal.iter_mut().for_each(|part| *part -= self.level);
            }
        } else {
            self.score(value, ahead);
            let part = self.count % PARTS;
            self.level += LEVEL_WEIGHT * (value - self.seasonal[part] - self.level);
            self.seasonal[part] += SEASONAL_WEIGHT * (value - self.level - self.seasonal[part]);
        }
        self.count += 1;
        self.recent.push_back((value, self.level));
        self.recent.drain(..self.recent.len().saturating_sub(ahead.max(1)));
    }

    /// Holds both forecasts that were made so many values ago against what came.
    fn score(&mut self, value: f64, ahead: usize) {
        let Some(&(naive, level)) = self.recent.front().filter(|_| self.recent.len() >= ahead) else { return };
        let weight = 1.0 / PARTS as f64;
        let forecast = level + self.seasonal[self.count % PARTS];
        self.error += weight * ((value - forecast).abs() - self.error);
        self.error_naive += weight * ((value - naive).abs() - self.error_naive);
    }

    /// Whether it has been better than the naive one of late, by so much that no chance explains it.
    pub(super) fn is_trusted(&self) -> bool {
        self.count >= 2 * PARTS && self.error < ERROR_MAX * self.error_naive
    }

    /// The last value.
    pub(super) fn last(&self) -> f64 {
        self.recent.back().map_or(0.0, |(value, _)| *value)
    }

    /// The part of the period of the value that comes after so many others; the next one has 0.
    pub(super) fn part(&self, ahead: usize) -> usize {
        (self.count + ahead) % PARTS
    }

    /// What that value will be.
    pub(super) fn value(&self, ahead: usize) -> f64 {
        self.level + self.seasonal.get(self.part(ahead)).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn day(index: usize) -> f64 {
        if index % PARTS < PARTS / 3 { 7.0 } else { 24.0 }
    }

    fn after(values: impl IntoIterator<Item = f64>, ahead: usize) -> Forecast {
        let mut forecast = Forecast::default();
        values.into_iter().for_each(|value| forecast.push(value, ahead));
        forecast
    }

    #[test]
    fn a_rhythm_is_trusted_after_two_periods_and_foreseen() {
        let days = |count: usize| after((0..count).map(day), 12);
        assert!(!days(2 * PARTS - 1).is_trusted());
        let forecast = days(2 * PARTS + PARTS / 3 - 6);
        assert!(forecast.is_trusted() && forecast.last() == 7.0);
        assert!((forecast.value(5) - 7.0).abs() < 0.1 && (forecast.value(6) - 24.0).abs() < 0.1);
    }

    #[test]
    fn a_rhythm_that_ends_is_trusted_no_longer() {
        let mut forecast = after((0..3 * PARTS).map(day), 12);
        assert!(forecast.is_trusted());
        (0..PARTS).for_each(|_| forecast.push(7.0, 12));
        assert!(!forecast.is_trusted());
    }

    #[test]
    fn nothing_is_made_of_a_load_that_stays_or_that_rises_once() {
        assert!(!after([5.0; 4 * PARTS], 12).is_trusted());
        let mut forecast = after([5.0; 2 * PARTS], 12);
        for _ in 0..4 * PARTS {
            forecast.push(24.0, 12);
            assert!(!forecast.is_trusted());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_not_used_where_there_is_no_rhythm(
            noise in vec(-3.0..3.0_f64, 6 * PARTS),
            walks in any::<bool>(),
            ahead in 1..PARTS / 4,
        ) {
            let (mut forecast, mut value) = (Forecast::default(), 20.0);
            for step in noise {
                value = if walks { value + step } else { 20.0 + step };
                forecast.push(value, ahead);
                prop_assert!(!forecast.is_trusted());
            }
        }

        #[test]
        fn while_it_is_used_it_has_been_better_than_the_naive_one(
            noise in vec(-4.0..4.0_f64, 5 * PARTS),
            height in 0.0..16.0_f64,
            ahead in 1..PARTS / 4,
        ) {
            let mut forecast = Forecast::default();
            let mut made: VecDeque<(f64, f64)> = VecDeque::new();
            let mut errors: Vec<(f64, f64)> = Vec::new();
            for (index, noise) in noise.into_iter().enumerate() {
                let value = noise + if day(index) > 10.0 { height } else { 0.0 };
                if made.len() == ahead {
                    let (foreseen, naive) = made.pop_front().unwrap();
                    errors.push(((value - foreseen).abs(), (value - naive).abs()));
                }
                forecast.push(value, ahead);
                made.push_back((forecast.value(ahead - 1), value));
                if forecast.is_trusted() {
                    let lately = &errors[errors.len() - PARTS..];
                    let sum = |of: fn(&(f64, f64)) -> f64| lately.iter().map(of).sum::<f64>();
                    prop_assert!(sum(|errors| errors.0) < sum(|errors| errors.1));
                }
            }
        }
    }
}
