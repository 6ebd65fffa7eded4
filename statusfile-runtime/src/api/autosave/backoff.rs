use std::time::Duration;

/// The pause after a first failure, unless the interval is longer.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long the thread pauses after a save, of which the last so many have failed.
pub(super) fn pause(interval: Duration, failures: u32) -> Duration {
    if failures == 0 {
        return interval;
    }
    let doubled = 2u32.saturating_pow(failures - 1);
    let pause = interval.max(FIRST_PAUSE).saturating_mul(doubled);
    pause.min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_the_failures() {
        let millis = |interval, failures| {
            let interval = Duration::from_millis(interval);
            pause(interval, failures).as_millis()
        };
        assert_eq!([0, 1, 2, 3].map(|n| millis(1, n)), [1, 100, 200, 400]);
        assert_eq!([0, 1, 2].map(|n| millis(300, n)), [300, 300, 600]);
        assert_eq!([10, 11, 99].map(|n| millis(1, n)), [51_200, 60_000, 60_000]);
        assert_eq!(millis(90_000, 1), 60_000);
        assert_eq!(pause(Duration::MAX, 0), Duration::MAX);
        assert_eq!(pause(Duration::MAX, u32::MAX), LONGEST_PAUSE);
    }
}
