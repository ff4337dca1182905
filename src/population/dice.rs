//! Chance that can be repeated: a stream of numbers that depends on its seed alone.

/// A small generator (SplitMix64): fast, the same on every machine, and not for secrets.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The stream of one subject (`what`) of one family under a seed: streams do not disturb each other.
    pub fn new(seed: u64, family: u64, what: u64) -> Self {
        let mut dice = Self {
            state: seed ^ 0x9e37_79b9_7f4a_7c15,
        };
        let first = dice.roll();
        dice.state = first ^ family.wrapping_mul(0xd6e8_feb8_6659_fd93);
        let second = dice.roll();
        dice.state = second ^ what.wrapping_mul(0xa076_1d64_78bd_642f);
        dice.roll();
        dice
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// In [0, 1).
    pub fn share(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }
    pub fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }
    /// Between two numbers.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }
    /// A whole number from `low` to `high`, both included.
    pub fn whole(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).max(0).unsigned_abs() + 1;
        low + i64::try_from(self.roll() % width).unwrap_or(0)
    }
    /// About the standard normal distribution (the sum of twelve shares).
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
    /// One of a list; none of an empty one.
    pub fn pick<'t, T>(&mut self, list: &'t [T]) -> Option<&'t T> {
        let len = u64::try_from(list.len()).ok().filter(|len| *len > 0)?;
        list.get(usize::try_from(self.roll() % len).ok()?)
    }
    /// One of a list by weight.
    pub fn weighted<'t, T>(&mut self, list: &'t [T], weight: impl Fn(&T) -> f64) -> Option<&'t T> {
        let mut left = self.share() * list.iter().map(&weight).sum::<f64>();
        list.iter()
            .find(|item| {
                left -= weight(item);
                left < 0.0
            })
            .or(list.last())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way() {
        let roll = |seed| {
            let mut dice = Dice::new(seed, 3, 1);
            (0..20).map(|_| dice.roll()).collect::<Vec<_>>()
        };
        assert_eq!(roll(7), roll(7));
        assert_ne!(roll(7), roll(8));
        assert_ne!(Dice::new(7, 3, 1).roll(), Dice::new(7, 1, 3).roll());
    }

    #[test]
    fn numbers_stay_in_their_bounds_and_spread_over_them() {
        let mut dice = Dice::new(1, 2, 3);
        let rolls: Vec<i64> = (0..600).map(|_| dice.whole(1, 6)).collect();
        assert!((1..=6).all(|face| rolls.iter().filter(|it| **it == face).count() > 60));
        assert!(rolls.iter().all(|it| (1..=6).contains(it)));
        let mean = (0..2_000).map(|_| dice.normal()).sum::<f64>() / 2_000.0;
        assert!(mean.abs() < 0.1, "{mean}");
        assert!(dice.pick::<u8>(&[]).is_none());
        assert_eq!(dice.weighted(&[0.0, 1.0], |it| *it), Some(&1.0));
    }
}
