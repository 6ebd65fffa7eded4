//! The first instrument: the file system is shut down in the middle of a storm of saves, and comes
//! up again.

use crate::harness::case::Case;
use crate::harness::check::Findings;
use crate::harness::file_system::{Cut, Switch};
use crate::harness::ledger::Promise;
use crate::harness::loop_device::LoopDevice;
use crate::harness::probe::Probe;
use crate::harness::report::{Instrument, Row};
use crate::harness::storm::{Forecast, Storm, prepare};
use crate::harness::writer::STATUSES;
use anyhow::{Context as _, Result};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// For how many statuses of each writer a check goes back.
const REMEMBERED: usize = 3 * STATUSES;
/// The positions in the ledger: what was heard before the cut, and what after.
const BEFORE: usize = 0;
const AFTER: usize = 1;

/// Cuts one file system again and again.
pub(crate) fn run(case: Case, cuts: usize, seed: u64, directory: &Path) -> Result<Row> {
    let start = Instant::now();
    let mut random = Rng::with_seed(seed);
    let image = directory.join("image");
    File::create(&image)?.set_len(case.file_system.size())?;
    let device = LoopDevice::on(&image)?;
    let root = directory.join("mounted");
    case.file_system.format(&device.path)?;
    let mut probe = Probe::start(case, &root, None)?;
    probe.mount(&device.path)?;

    let mut findings = Findings::default();
    // What each status held when it was last looked at.
    let mut known = BTreeMap::new();
    let kept = prepare(case, &mut probe, &device.path)?;
    known.extend(kept.into_iter().map(|status| (status, 1)));
    for number in 0..cuts {
        let forecast = Forecast {
            case,
            root: &root,
            number,
            seed: random.u64(..),
            statuses: newest_of_each(&known, STATUSES),
        };
        let cut = [Cut::LogLost, Cut::LogFlushed][random.usize(..2)];
        let moment = random.u64(..30_000);
        for Promise { status, number } in storm_and_cut(&forecast, moment, cut)? {
            let known = known.entry(status).or_default();
            *known = number.max(*known);
        }

        let story = format!("cut {number}, {cut:?}");
        probe.unmount()?;
        probe.mount(&device.path).with_context(|| story.clone())?;
        for (status, last) in &mut known {
            let (status, number) = (status.clone(), *last);
            let promise = Promise { status, number };
            let found = findings.check(&mut probe, &promise, &story)?;
            *last = findings.save_again(&mut probe, &promise, &found, &story);
        }
        let remembered = newest_of_each(&known, REMEMBERED);
        for status in known.keys().filter(|status| !remembered.contains(status)) {
            probe.remove(status)?;
        }
        known.retain(|status, _| remembered.contains(status));
    }
    Ok(Row {
        instrument: Instrument::Shutdown,
        case,
        cuts,
        images: 0,
        findings,
        time: start.elapsed(),
    })
}

/// A storm that is cut off `moment` microseconds after its first save, and what it was promised.
///
/// Only what was heard before the cut counts. The processors run on after this kind of cut, and an
/// `fsync` that finds nothing left to write in a file system just shut down may call it a success.
fn storm_and_cut(forecast: &Forecast<'_>, moment: u64, cut: Cut) -> Result<Vec<Promise>> {
    let switch = Switch::of(forecast.root)?;
    let position = Arc::new(AtomicUsize::new(BEFORE));
    let heard = Arc::clone(&position);
    let storm = Storm::start(forecast, None, move || heard.load(Ordering::SeqCst))?;
    storm.rage_until(1)?;
    thread::sleep(Duration::from_micros(moment));
    storm.expect_no_failure()?;
    position.store(AFTER, Ordering::SeqCst);
    switch.cut(cut)?;
    Ok(storm.kill().promises_at(BEFORE).collect())
}

/// The statuses that each writer began last. Their names sort in the order of their beginnings.
fn newest_of_each(known: &BTreeMap<String, u64>, many: usize) -> Vec<String> {
    let mut of_writer: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for status in known.keys() {
        let writer = status.split('/').next();
        of_writer.entry(writer).or_default().push(status.clone());
    }
    let newest = of_writer.into_values();
    newest
        .flat_map(|statuses| statuses.into_iter().rev().take(many))
        .collect()
}
