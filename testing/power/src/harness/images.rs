//! The disks that a power loss may leave, made from a recording.

use crate::harness::contents::Contents;
use crate::harness::recorder::{Event, Recording};
use fastrand::Rng;
use std::fmt::Write as _;

/// How many times the writes after a chosen flush are kept and lost in another way.
const SUBSETS: usize = 3;

/// A disk after a power loss.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) contents: Contents,
    /// How many events there had been when the power went.
    pub(crate) position: usize,
    /// Which of them count, in words.
    pub(crate) story: String,
}

/// At most `wanted` images, in the order of the recording: after flushes that are evenly spread,
/// just what was flushed, and then that with some of the writes that came before the next flush. The disk keeps or
/// loses whole sectors, of so many bytes.
pub(crate) fn images(
    recording: Recording,
    sector: usize,
    wanted: usize,
    mut random: Rng,
) -> impl Iterator<Item = Image> {
    let Recording { before, events } = recording;
    let gaps = gaps(&events);
    let chosen = wanted.div_ceil(1 + SUBSETS).min(gaps.len());
    let mut durable = before;
    let mut done = 0;
    (0..chosen)
        .flat_map(move |choice| {
            let gap = gaps[choice * gaps.len() / chosen];
            for event in &events[done..gap.start] {
                apply(&mut durable, event);
            }
            done = gap.start;
            let flushed = Image {
                contents: durable.clone(),
                position: gap.start,
                story: format!("after the flush at {}, and no later write", gap.start),
            };
            let subsets: Vec<_> = (0..SUBSETS)
                .map(|_| subset(&durable, &events, gap, sector, &mut random))
                .collect();
            std::iter::once(flushed).chain(subsets)
        })
        .take(wanted)
}

/// The writes between two flushes: their positions.
#[derive(Debug, Clone, Copy)]
struct Gap {
    start: usize,
    end: usize,
}

/// Where there are writes between two flushes.
fn gaps(events: &[Event]) -> Vec<Gap> {
    let mut start = 0;
    let writes = events.split(|event| matches!(event, Event::Flush));
    let gaps = writes.map(|writes| {
        let gap = Gap {
            start,
            end: start + writes.len(),
        };
        start = gap.end + 1;
        gap
    });
    gaps.filter(|gap| gap.start < gap.end).collect()
}

/// `durable`, and of the writes of the gap up to a random one each or none, or its first part.
fn subset(
    durable: &Contents,
    events: &[Event],
    gap: Gap,
    sector: usize,
    random: &mut Rng,
) -> Image {
    let position = random.usize(gap.start + 1..=gap.end);
    let kept_of_four = random.u8(1..=3);
    let mut contents = durable.clone();
    let mut story = format!(
        "after the flush at {}, of the writes to {position}:",
        gap.start
    );
    for event in &events[gap.start..position] {
        let Event::Write { offset, bytes } = event else {
            continue;
        };
        let kept = match random.u8(0..8) {
            0 => sector * random.usize(0..=bytes.len() / sector),
            _ if random.u8(0..4) < kept_of_four => bytes.len(),
            _ => 0,
        };
        contents.write(*offset, &bytes[..kept]);
        let _ = write!(story, " {kept}/{}@{offset:#x}", bytes.len());
    }
    Image {
        contents,
        position,
        story,
    }
}

fn apply(contents: &mut Contents, event: &Event) {
    if let Event::Write { offset, bytes } = event {
        contents.write(*offset, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTOR: usize = 512;

    fn write(sector: u64, byte: u8) -> Event {
        Event::Write {
            offset: sector * SECTOR as u64,
            bytes: vec![byte; SECTOR],
        }
    }

    #[test]
    fn what_was_flushed_is_in_every_later_image_and_what_came_after_the_cut_in_none() {
        let recording = Recording {
            before: Contents::new(1 << 20),
            events: vec![
                write(0, 1),
                Event::Flush,
                write(1, 2),
                write(2, 3),
                Event::Flush,
                write(3, 4),
            ],
        };
        let images: Vec<_> = images(recording, SECTOR, 100, Rng::with_seed(1)).collect();

        assert!(images.iter().any(|image| image.position == 5));
        for image in images {
            let sectors = image.contents.read(0, 3 * SECTOR);
            assert!(image.position < 2 || sectors[0] == 1, "{image:?}");
            assert!(image.position < 5 || sectors[SECTOR] == 2, "{image:?}");
            assert!(image.position > 2 || sectors[SECTOR] == 0, "{image:?}");
            assert!(image.position > 3 || sectors[2 * SECTOR] == 0, "{image:?}");
        }
    }
}
