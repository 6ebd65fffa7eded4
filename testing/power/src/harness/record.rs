//! The second instrument: a storm of saves is recorded below the file system, and the power is cut
//! at any point of the recording.

use crate::harness::case::Case;
use crate::harness::check::Findings;
use crate::harness::guest;
use crate::harness::images::images;
use crate::harness::ledger::Ledger;
use crate::harness::loop_device::LoopDevice;
use crate::harness::probe::Probe;
use crate::harness::recorder::{Recorder, Recording};
use crate::harness::report::{Instrument, Row};
use crate::harness::storm::{Forecast, Storm, prepare};
use anyhow::{Context as _, Result};
use fastrand::Rng;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The saves of one storm.
const SAVES: u64 = 300;
/// The images of one storm. More storms on fresh file systems teach more than more of these.
const IMAGES_OF_ONE: usize = 250;

/// Makes `wanted` images of power losses, and looks into each.
pub(crate) fn run(case: Case, wanted: usize, seed: u64, directory: &Path) -> Result<Row> {
    let start = Instant::now();
    let mut random = Rng::with_seed(seed);
    let size = case.file_system.size();
    let recorder = Recorder::serve(&directory.join("served"), size)?;
    let is_in_guest = case.file_system.is_in_guest();
    let device_below = Device::on(&recorder.file, is_in_guest)?;
    // The images need no recording, and a plain file is read ten times as fast.
    let image_path = directory.join("image");
    let image_file = File::create(&image_path)?;
    image_file.set_len(size)?;
    let device = Device::on(&image_path, is_in_guest)?;
    let root = if is_in_guest {
        PathBuf::from(guest::ROOT)
    } else {
        directory.join("mounted")
    };
    let mut probe = Probe::start(case, &root, device.disk())?;

    let (mut storms, mut done) = (0, 0);
    let mut findings = Findings::default();
    while done < wanted {
        let forecast = Forecast {
            case,
            root: &root,
            number: storms,
            seed: random.u64(..),
            statuses: Vec::new(),
        };
        let (recording, ledger) = record(&forecast, &recorder, &device_below, &mut probe)?;
        storms += 1;
        let of_this = IMAGES_OF_ONE.min(wanted - done);
        let sector = case.file_system.sector();
        for image in images(recording, sector, of_this, random.fork()) {
            image.contents.write_to(&image_file)?;
            let story = format!("storm {storms}, {}", image.story);
            done += 1;
            probe.mount(device.path()).with_context(|| story.clone())?;
            let promises: Vec<_> = ledger.promises_at(image.position).collect();
            let again = random.usize(..promises.len().max(1));
            for (index, promise) in promises.iter().enumerate() {
                let found = findings.check(&mut probe, promise, &story)?;
                if index == again {
                    findings.save_again(&mut probe, promise, &found, &story);
                }
            }
            probe.unmount()?;
        }
    }
    Ok(Row {
        instrument: Instrument::Record,
        case,
        cuts: storms,
        images: done,
        findings,
        time: start.elapsed(),
    })
}

/// Records a storm on a new file system.
fn record(
    forecast: &Forecast<'_>,
    recorder: &Recorder,
    device: &Device,
    probe: &mut Probe,
) -> Result<(Recording, Ledger)> {
    let case = forecast.case;
    recorder.disk.erase();
    case.file_system.format(device.to_format())?;
    let mut statuses = Vec::new();
    if device.disk().is_none() {
        probe.mount(device.path())?;
        statuses = prepare(case, probe, device.path())?;
    }
    let forecast = Forecast {
        statuses,
        ..*forecast
    };

    recorder.disk.start_recording();
    let disk = recorder.disk.clone();
    let storm = Storm::start(&forecast, device.disk(), move || disk.position())?;
    storm.rage_until(SAVES)?;
    storm.expect_no_failure()?;
    // In this order: what is heard last must find its place in the recording, too.
    let ledger = storm.kill();
    let recording = recorder.disk.stop_recording()?;
    if device.disk().is_none() {
        probe.unmount()?;
    }
    Ok((recording, ledger))
}

/// A file as a block device.
enum Device {
    Here(LoopDevice),
    /// The disk of a guest.
    InGuest(PathBuf),
}

impl Device {
    fn on(file: &Path, is_in_guest: bool) -> Result<Self> {
        if is_in_guest {
            return Ok(Self::InGuest(file.to_owned()));
        }
        LoopDevice::on(file).map(Self::Here)
    }

    /// What is to be mounted, where that is done.
    fn path(&self) -> &Path {
        match self {
            Self::Here(device) => &device.path,
            Self::InGuest(_) => Path::new(guest::DISK),
        }
    }

    fn to_format(&self) -> &Path {
        match self {
            Self::Here(device) => &device.path,
            Self::InGuest(file) => file,
        }
    }

    /// The file that a guest has for its disk.
    fn disk(&self) -> Option<&Path> {
        match self {
            Self::Here(_) => None,
            Self::InGuest(file) => Some(file),
        }
    }
}
