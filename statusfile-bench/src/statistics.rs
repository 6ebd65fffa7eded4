//! Medians, and ratios with their spread.

/// The value below which the part `part` of `values` lies, between two of them if need be. `NaN` of
/// none.
pub(crate) fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "there are no such numbers of rounds"
    )]
    let position = part.clamp(0.0, 1.0) * last as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is at least 0 and at most `last`"
    )]
    let below = position as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * position.fract()
}

pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// How often a contender takes what another one takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    /// That of the two medians.
    pub(crate) of_medians: f64,
    /// The first and the third quartile of the ratios in each round.
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Ratio {
    /// Of `values` to those that a reference had in the same rounds.
    pub(crate) fn new(values: &[f64], reference: &[f64]) -> Self {
        let pairs = values.iter().zip(reference);
        let in_each_round: Vec<_> = pairs.map(|(value, reference)| value / reference).collect();
        Self {
            of_medians: median(values) / median(reference),
            low: quantile(&in_each_round, 0.25),
            high: quantile(&in_each_round, 0.75),
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these have exact results")]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_values() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(median(&values), 2.5);
        assert_eq!(median(&values[..3]), 3.0);
        assert_eq!(quantile(&values, 0.0), 1.0);
        assert_eq!(quantile(&values, 0.25), 1.75);
        assert_eq!(quantile(&values, 1.0), 4.0);
        assert_eq!(quantile(&[7.0], 0.99), 7.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn the_spread_is_that_of_each_round() {
        // The machine was busy in the last round, which is no contender's fault.
        let ratio = Ratio::new(&[2.0, 4.0, 40.0], &[1.0, 2.0, 20.0]);
        assert_eq!(
            ratio,
            Ratio {
                of_medians: 2.0,
                low: 2.0,
                high: 2.0
            }
        );
    }
}
