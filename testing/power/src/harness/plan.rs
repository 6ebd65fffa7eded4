//! What is to be done, and what of it can be done here.

use crate::harness::case::{Case, Expectation};
use crate::harness::file_system::FileSystem;
use crate::harness::guest;
use crate::harness::report::Instrument;
use crate::harness::subject::Subject;
use anyhow::{Context as _, Result, bail};
use std::env;
use std::path::Path;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) struct Plan {
    full: bool,
    file_systems: Vec<FileSystem>,
    subjects: Vec<Subject>,
    pub(crate) seed: u64,
    pub(crate) require: bool,
}

impl Plan {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let mut plan = Self {
            full: false,
            file_systems: FileSystem::ALL.to_vec(),
            subjects: Subject::ALL.to_vec(),
            seed: fastrand::u64(..),
            require: false,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .with_context(|| format!("{argument} what?"))
            };
            match argument.as_str() {
                "--quick" => plan.full = false,
                "--full" => plan.full = true,
                "--require" => plan.require = true,
                "--seed" => plan.seed = value()?.parse()?,
                "--fs" => plan.file_systems = vec![value()?.parse()?],
                "--subject" => plan.subjects = vec![value()?.parse()?],
                _ => bail!(
                    "{argument}? There are --quick, --full, --fs NAME, --subject NAME, --seed NUMBER \
                     and --require"
                ),
            }
        }
        Ok(plan)
    }

    /// Every run on what is not skipped, with the number of its cuts or images.
    pub(crate) fn runs(&self, skipped: &[(FileSystem, String)]) -> Vec<(Instrument, Case, usize)> {
        let is_here = |of: &&FileSystem| skipped.iter().all(|(skipped, _)| skipped != *of);
        let here: Vec<_> = self.file_systems.iter().filter(is_here).collect();
        let mut runs = Vec::new();
        for &subject in &self.subjects {
            for &&file_system in &here {
                for case in Case::all(file_system, subject) {
                    let ours = case.expectation() == Expectation::Holds;
                    let (cuts, images) = match (self.full, ours) {
                        (true, true) => (300, 1_000),
                        (true, false) => (100, 250),
                        (false, true) => (30, 100),
                        (false, false) => (20, 50),
                    };
                    if file_system.can_shut_down() {
                        runs.push((Instrument::Shutdown, case, cuts));
                    }
                    // Without flushes next to nothing reaches the disk while it is recorded.
                    if subject != Subject::StatusfileProcess {
                        runs.push((Instrument::Record, case, images));
                    }
                }
            }
        }
        runs
    }

    /// The file systems that are left out, and why.
    pub(crate) fn skipped(&self) -> Vec<(FileSystem, String)> {
        let file_systems = self.file_systems.iter();
        file_systems
            .filter_map(|&file_system| Some((file_system, obstacle(file_system)?)))
            .collect()
    }
}

/// What keeps a file system from being tested here.
fn obstacle(file_system: FileSystem) -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("only root may mount it".to_owned());
    }
    let devices = ["/dev/fuse", "/dev/loop-control"];
    if let Some(missing) = devices
        .into_iter()
        .find(|device| !Path::new(device).exists())
    {
        return Some(format!("there is no {missing}"));
    }
    let mut programs = file_system.programs().iter();
    if let Some(missing) = programs.find(|program| !is_installed(program)) {
        return Some(format!("the program {missing} is not installed"));
    }
    if file_system.is_in_guest() && !guest::comes_up().unwrap_or(false) {
        return Some("User-mode Linux does not come up".to_owned());
    }
    None
}

fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join(program).is_file())
}
