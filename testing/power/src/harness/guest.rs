//! A virtual machine for file systems that the kernel here does not know: User-mode Linux, which is a process, on
//! the files that are here.

use crate::harness::case::Case;
use crate::harness::file_system::FileSystem;
use crate::harness::probe;
use crate::harness::scratch::Scratch;
use crate::harness::storm::{self, Forecast};
use anyhow::{Context as _, Result, bail, ensure};
use rustix::mount::{MountFlags, mount};
use rustix::process::{Pid, Signal, kill_process_group};
use rustix::system::{RebootCommand, reboot, uname};
use std::env;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The one disk of a guest, as it is called there.
pub(crate) const DISK: &str = "/dev/ubda";

/// What a guest says when it is up. Before that its kernel may have said something, too.
pub(crate) const READY: &str = "the guest is up";

/// Longer than one takes to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends the job: the kernel adds arguments of its own.
const END: &str = "end";

/// Where the guest mounts the disk.
pub(crate) const ROOT: &str = "/mnt/mounted";

/// What the drivers take, in this order, below the modules of the kernel.
const MODULES: [&str; 4] = [
    "fs/nls/nls_cp437.ko",
    "fs/nls/nls_ascii.ko",
    "fs/fat/fat.ko",
    "fs/fat/vfat.ko",
];

/// A guest that does a job, with the file `disk` for its disk.
pub(crate) fn command(disk: &Path, job: &[String]) -> Result<Command> {
    let mut command = Command::new("linux.uml");
    command
        .args([
            "mem=192M",
            "quiet",
            "loglevel=0",
            "con=null",
            "con0=fd:0,fd:1",
        ])
        .args(["root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro"])
        .arg(format!("ubd0s={}", disk.display()))
        .arg(format!("init={}", env::current_exe()?.display()))
        .args(["--", "guest"])
        .args(job)
        .arg(END)
        .process_group(0)
        .stderr(Stdio::null());
    Ok(command)
}

/// Whether a guest comes up here. It traces its processes, and takes memory that may be executed.
pub(crate) fn comes_up() -> Result<bool> {
    let scratch = Scratch::new()?;
    let disk = scratch.path().join("disk");
    File::create(&disk)?.set_len(1 << 20)?;
    let mut guest = command(&disk, &[])?
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let start = Instant::now();
    while guest.try_wait()?.is_none() && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(50));
    }
    cut(&guest);
    let said = guest.wait_with_output()?.stdout;
    Ok(String::from_utf8_lossy(&said)
        .lines()
        .any(|line| line.trim_end() == READY))
}

/// Cuts the power of a guest: a process, and one for each of those in it.
pub(crate) fn cut(guest: &Child) {
    let _ = kill_process_group(Pid::from_child(guest), Signal::KILL);
}

/// The job of a storm.
pub(crate) fn storm(forecast: &Forecast<'_>) -> Vec<String> {
    let Case {
        file_system,
        subject,
        ..
    } = forecast.case;
    vec![
        "storm".to_owned(),
        file_system.name().to_owned(),
        subject.name().to_owned(),
        forecast.number.to_string(),
        forecast.seed.to_string(),
    ]
}

/// What the first process of a guest does.
pub(crate) fn run(job: &[String]) -> Result<()> {
    let mut job = job.split(|argument| argument == END);
    let done = start().and_then(|()| carry_out(job.next().unwrap_or_default()));
    if let Err(error) = &done {
        println!("failed {error:#}");
    }
    reboot(RebootCommand::PowerOff)?;
    done
}

fn start() -> Result<()> {
    for (kind, at) in [("proc", "/proc"), ("tmpfs", "/mnt")] {
        mount(kind, at, kind, MountFlags::empty(), None).with_context(|| format!("mount {at}"))?;
    }
    fs::create_dir(ROOT)?;
    let release = uname().release().to_string_lossy().into_owned();
    let modules = Path::new("/usr/lib/uml/modules")
        .join(release)
        .join("kernel");
    for module in MODULES {
        let status = Command::new("/sbin/insmod")
            .arg(modules.join(module))
            .status()
            .context("insmod")?;
        ensure!(status.success(), "insmod {module}: {status}");
    }
    // Else the console says once more what it is told.
    let status = Command::new("/bin/stty")
        .args(["raw", "-echo"])
        .status()
        .context("stty")?;
    ensure!(status.success(), "stty: {status}");
    let mut output = io::stdout().lock();
    writeln!(output, "{READY}")?;
    Ok(output.flush()?)
}

fn carry_out(job: &[String]) -> Result<()> {
    match job {
        [probe, rest @ ..] if probe == "probe" => probe::run(rest),
        [storm, file_system, subject, number, seed] if storm == "storm" => {
            let file_system: FileSystem = file_system.parse()?;
            file_system.mount(Path::new(DISK), Path::new(ROOT))?;
            let case = Case::all(file_system, subject.parse()?);
            storm::rage(&Forecast {
                case: *case.first().context("there is no such case")?,
                root: Path::new(ROOT),
                number: number.parse()?,
                seed: seed.parse()?,
                statuses: Vec::new(),
            })
        }
        [] => Ok(()),
        _ => bail!("what is {job:?}?"),
    }
}
