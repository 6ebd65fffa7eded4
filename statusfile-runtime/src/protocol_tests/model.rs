//! Walks through every state that rows of events lead to.
//!
//! An event is a save, an update, a restoration of the older status or a removal, complete or ended by a
//! crash of its process at any of its calls; a power loss, at any of those calls or between them; one
//! damaged file; a person's edit, in place or by a rename; an older status that a tool puts back at the path; a
//! temp file that a dead writer left.
//! States that differ only in what no step looks at (how high the numbers of the generations are,
//! which values were saved) count as one.

use super::{DIRECTORY, PATH, Worker, listing, status_on, unsealed};
use crate::api::typed::Typed;
use crate::error::Error;
use crate::fs::FileSystem;
use crate::fs::simulated::{Crash, Medium, Node, Simulated};
use crate::store::backend::Backend;
use crate::store::directory::Directory;
use crate::store::directory::layout::{Name, lock_text, says_saved, temp_name};
use crate::store::options::Publish;
use crate::store::sealed::{Head, Sealed};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// A machine at rest, and what a load there may return.
#[derive(Clone)]
pub(super) struct State {
    medium: Medium,
    expected: Expected,
    /// The events that led here.
    row: String,
}

#[derive(Clone, Debug, Default)]
struct Expected {
    /// The last acknowledged value, and those of attempts since then that were not acknowledged.
    allowed: BTreeSet<u64>,
    /// What is allowed once a file is damaged: what was before the last acknowledged save.
    fallback: BTreeSet<u64>,
    /// Whether there is something that must not be lost: it was saved, and nobody began to remove it.
    ever: bool,
    /// Whether a file was damaged since the last acknowledged save.
    damaged: bool,
    /// The highest value used so far.
    last: u64,
}

/// How far a walk came.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) states: usize,
    pub(super) images: usize,
}

/// Explores with one model of power loss, and with processes that see the machine through `see`.
pub(super) struct Explorer<F> {
    crash: Crash,
    see: Box<dyn Fn(Simulated) -> F>,
    publish: Publish,
    /// What the file system cannot do.
    limit: fn(Medium) -> Medium,
    /// How many saves there were before the walk.
    saves: u64,
    seen: HashSet<String>,
    next: Vec<State>,
    figures: Figures,
}

/// What was lost, and after which events.
pub(super) type Loss = String;

impl State {
    /// A machine on which nothing was ever saved.
    pub(super) fn new(crash: Crash) -> Self {
        Self {
            medium: Simulated::new().medium().made_for(crash),
            expected: Expected::default(),
            row: String::new(),
        }
    }

    fn then(&self, event: &str, medium: Medium, expected: Expected) -> Self {
        Self {
            medium,
            expected,
            row: format!("{}\n  {event}", self.row),
        }
    }

    fn machine(&self) -> Simulated {
        Simulated::with(self.medium.clone())
    }
}

impl<F: FileSystem> Explorer<F> {
    pub(super) fn new(crash: Crash, see: impl Fn(Simulated) -> F + 'static) -> Self {
        Self {
            crash,
            see: Box::new(see),
            publish: Publish::Copy,
            limit: |medium| medium,
            saves: 0,
            seen: HashSet::new(),
            next: Vec::new(),
            figures: Figures::default(),
        }
    }

    /// Saves put something else at the path than a copy.
    pub(super) fn publishing(mut self, publish: Publish) -> Self {
        self.publish = publish;
        self
    }

    /// The file system is one that cannot do everything.
    pub(super) fn on(mut self, limit: fn(Medium) -> Medium) -> Self {
        self.limit = limit;
        self
    }

    /// Begins where so many saves were made.
    pub(super) fn after_saves(mut self, saves: u64) -> Self {
        self.saves = saves;
        self
    }

    fn status(&self, fs: &Simulated) -> Typed<Directory<F>, Worker> {
        let mut status = status_on((self.see)(fs.clone()));
        status.backend.options.publish = self.publish;
        status
    }

    /// Visits all states that rows of up to `length` events lead to from a machine on which nothing
    /// was saved yet, or as often as was said.
    pub(super) fn explore(mut self, length: usize) -> Result<Figures, Loss> {
        let mut start = State::new(self.crash);
        start.medium = (self.limit)(start.medium);
        for jobs in 1..=self.saves {
            let fs = start.machine();
            let saved = self.status(&fs).save(&Worker { jobs }, None);
            saved.map_err(|error| error.to_string())?;
            let mut expected = start.expected.clone();
            expected.last = jobs;
            expected.acknowledge(jobs);
            start = start.then("save, complete", fs.medium(), expected);
        }
        self.visit(start)?;
        for _ in 0..length {
            for state in std::mem::take(&mut self.next) {
                self.after_each_event(&state)?;
            }
        }
        Ok(self.figures)
    }

    /// Checks a state, and keeps it to go on from unless one like it was seen.
    fn visit(&mut self, state: State) -> Result<(), Loss> {
        if !self.seen.insert(canonical(&state)) {
            return Ok(());
        }
        self.figures.states += 1;
        self.check(&state)?;
        self.next.push(state);
        Ok(())
    }

    /// What must be true in every state.
    fn check(&self, state: &State) -> Result<(), Loss> {
        let fs = state.machine();
        match self.status(&fs).load() {
            Ok(worker) if state.allows(worker.jobs) => {}
            Err(Error::NotFound { .. }) if !state.expected.ever => {}
            other => {
                let expected = &state.expected;
                return Err(format!("{other:?} where {expected:?}{}", state.row));
            }
        }
        if fs.medium() != state.medium {
            return Err(format!("a load changed something{}", state.row));
        }
        Ok(())
    }

    fn after_each_event(&mut self, state: &State) -> Result<(), Loss> {
        let value = state.expected.last + 1;
        self.after_commit(state, "save", value, 10 * value, |status| {
            status.save(&Worker { jobs: value }, None).map(|()| None)
        })?;
        // Its clock has gone back.
        self.after_commit(state, "update", value, 0, |status| {
            status.update(|worker| Some(std::mem::replace(&mut worker.jobs, value)))
        })?;
        self.after_restoration(state)?;
        self.after_removal(state)?;
        self.after_power_cut(state)?;
        self.after_damage(state)?;
        self.after_edit(state, "edit", Medium::put)?;
        self.after_edit(state, "edit in place", Medium::write_in_place)?;
        self.after_copy(state)?;
        self.after_dead_writer(state)
    }

    /// The older status becomes the newest again, if there is one.
    fn after_restoration(&mut self, state: &State) -> Result<(), Loss> {
        let fs = state.machine();
        let Some(&older) = listing(&fs).generations.get(1) else {
            return Ok(());
        };
        match self.status(&fs).read_generation(older) {
            Ok(loaded) => self.after_commit(state, "restore", loaded.value.jobs, 0, |status| {
                status.restore(older).map(|_| None)
            }),
            Err(_) => Ok(()),
        }
    }

    fn after_removal(&mut self, state: &State) -> Result<(), Loss> {
        for calls in 0.. {
            let fs = state.machine();
            fs.kill_after(calls);
            let result = self.status(&fs).backend.remove();
            let complete = fs.forget_fault();
            let mut expected = state.expected.clone();
            expected.ever = false;
            if complete {
                expected = Expected {
                    last: expected.last,
                    ..Expected::default()
                };
            }
            let event = format!("remove, killed after {calls} calls or complete");
            let after = state.then(&event, fs.medium(), expected);
            if complete {
                result.map_err(|error| format!("{error}{}", after.row))?;
                let left = fs.names("/app");
                if !left.is_empty() {
                    return Err(format!("{left:?} left{}", after.row));
                }
            }
            self.after_power_cut(&after)?;
            self.visit(after)?;
            if complete {
                break;
            }
        }
        Ok(())
    }

    /// A save of `value`, ended by a crash at each of its calls in turn, and complete. It reports which
    /// value it loaded, if it did.
    fn after_commit(
        &mut self,
        state: &State,
        name: &str,
        value: u64,
        clock: u64,
        commit: impl Fn(&Typed<Directory<F>, Worker>) -> Result<Option<u64>, Error>,
    ) -> Result<(), Loss> {
        for calls in 0.. {
            let fs = state.machine();
            fs.set_clock(clock);
            fs.kill_after(calls);
            let result = commit(&self.status(&fs));
            let complete = fs.forget_fault();
            let mut expected = state.expected.clone();
            expected.last = expected.last.max(value);
            if !complete {
                expected.allowed.insert(value);
                let event = format!("{name}, killed after {calls} calls");
                let after = state.then(&event, fs.medium(), expected);
                self.after_power_cut(&after)?;
                self.visit(after)?;
                continue;
            }
            expected.acknowledge(value);
            let after = state.then(&format!("{name}, complete"), fs.medium(), expected);
            match result {
                Ok(Some(loaded)) if !state.allows(loaded) => {
                    return Err(format!("an update of {loaded}{}", after.row));
                }
                result => result.map_err(|error| format!("{error}{}", after.row))?,
            };
            self.check_complete(state, &after)?;
            self.check_path_after_power_cut(&after)?;
            self.after_power_cut(&after)?;
            return self.visit(after);
        }
        Ok(())
    }

    /// What must be true besides when a save has come to its end.
    fn check_complete(&self, before: &State, state: &State) -> Result<(), Loss> {
        let fs = state.machine();
        let listing = listing(&fs);
        let (path, own) = (Path::new(PATH), Path::new(DIRECTORY));
        let generation = |number: u64| own.join(format!("{number}.toml"));
        let is_published = match self.publish {
            Publish::Copy | Publish::Link => {
                state.medium.find(path).is_ok()
                    && fs.bytes(path) == fs.bytes(generation(listing.generations[0]))
            }
            Publish::Never => state.medium.find(path).is_err(),
        };
        let edit = before.edit();
        let is_kept = edit.is_none_or(|edit| {
            let mut texts = listing
                .generations
                .iter()
                .map(|&it| fs.bytes(generation(it)));
            texts.any(|text| unsealed(&text) == edit)
        });
        if (1..=3).contains(&listing.generations.len())
            && listing.damaged.len() <= 1
            && listing.temps.is_empty()
            && is_published
            && is_kept
            && self.is_inscribed(&fs)
        {
            return Ok(());
        }
        Err(format!(
            "{listing:?}, published: {is_published}, edit kept: {is_kept}{}",
            state.row
        ))
    }

    /// Other programs find the newest status at the path, too.
    fn check_path_after_power_cut(&self, state: &State) -> Result<(), Loss> {
        if self.publish == Publish::Never {
            return Ok(());
        }
        let path = Path::new(PATH);
        let published = state.machine().bytes(path);
        for image in state.medium.after_power_cut(self.crash) {
            let node = image.find(path).map(|node| image.node(node));
            if !matches!(node, Ok(Node::File { bytes, .. }) if *bytes == published) {
                return Err(format!(
                    "{node:?} at the path after a power cut{}",
                    state.row
                ));
            }
        }
        Ok(())
    }

    /// Whether the lock says that a save has returned. Where a name may come before its file, an unsynced line
    /// may be what another file held, which is as long.
    fn is_inscribed(&self, fs: &Simulated) -> bool {
        let line = fs.bytes(Path::new(DIRECTORY).join("lock"));
        let bytes = line.len() as u64;
        let is_ours = lock_text(bytes, true).is_some_and(|text| text == line);
        says_saved(bytes) && (is_ours || self.crash == Crash::Revival)
    }

    fn after_power_cut(&mut self, state: &State) -> Result<(), Loss> {
        for image in state.medium.after_power_cut(self.crash) {
            self.figures.images += 1;
            self.visit(state.then("power cut", image, state.expected.clone()))?;
        }
        Ok(())
    }

    /// Damages each file that was sealed in turn, unless one was damaged since the last save.
    fn after_damage(&mut self, state: &State) -> Result<(), Loss> {
        if state.expected.damaged || !state.expected.ever {
            return Ok(());
        }
        let own = Path::new(DIRECTORY);
        let generations = listing(&state.machine()).generations.into_iter();
        let generations = generations.map(|number| own.join(format!("{number}.toml")));
        for path in generations.chain([PATH.into()]) {
            let mut medium = state.medium.clone();
            if medium.damage(&path) {
                let mut expected = state.expected.clone();
                expected.damaged = true;
                expected.allowed.extend(&state.expected.fallback);
                let event = format!("{} damaged", path.display());
                self.visit(state.then(&event, medium, expected))?;
            }
        }
        Ok(())
    }

    fn after_edit(
        &mut self,
        state: &State,
        event: &str,
        write: impl Fn(&mut Medium, &Path, Node),
    ) -> Result<(), Loss> {
        let value = state.expected.last + 1;
        let edit = format!("jobs = {value}\n# edit\n");
        self.after_change_at_path(state, event, value, None, |medium| {
            write(medium, Path::new(PATH), Node::file(edit.as_bytes()));
        })
    }

    /// A tool puts the older status back, with the time that it has. Until a save has made that the newest, the one
    /// that it replaced is what there is if the file at the path is damaged.
    fn after_copy(&mut self, state: &State) -> Result<(), Loss> {
        let fs = state.machine();
        let Some(&older) = listing(&fs).generations.get(1) else {
            return Ok(());
        };
        let Ok(loaded) = self.status(&fs).read_generation(older) else {
            return Ok(());
        };
        let newest = self.status(&fs).backend.latest_generation();
        let newest = newest.and_then(|seen| self.status(&fs).decode(&seen));
        let newest = newest.ok().map(|loaded| loaded.value.jobs);
        let from = Path::new(DIRECTORY).join(format!("{older}.toml"));
        self.after_change_at_path(state, "copy back", loaded.value.jobs, newest, |medium| {
            if let Ok(node) = medium.find(&from) {
                let copy = medium.node(node).clone();
                medium.put(Path::new(PATH), copy);
            }
        })
    }

    fn after_change_at_path(
        &mut self,
        state: &State,
        event: &str,
        value: u64,
        behind: Option<u64>,
        change: impl FnOnce(&mut Medium),
    ) -> Result<(), Loss> {
        let mut medium = state.medium.clone();
        let mut expected = state.expected.clone();
        expected.last = expected.last.max(value);
        expected.allowed = [value].into();
        expected.fallback = behind.into_iter().chain([value]).collect();
        expected.ever = true;
        change(&mut medium);
        self.visit(state.then(event, medium, expected))
    }

    fn after_dead_writer(&mut self, state: &State) -> Result<(), Loss> {
        let mut medium = state.medium.clone();
        let own = Path::new(DIRECTORY);
        if medium.find(own).is_ok() {
            let temp = own.join(temp_name(u64::MAX));
            medium.put(&temp, Node::file(b"half a sta"));
        }
        self.visit(state.then("temp file", medium, state.expected.clone()))
    }
}

impl Expected {
    fn acknowledge(&mut self, value: u64) {
        self.fallback = std::mem::take(&mut self.allowed);
        self.allowed.insert(value);
        self.fallback.insert(value);
        self.ever = true;
        self.damaged = false;
    }
}

impl State {
    fn allows(&self, value: u64) -> bool {
        self.expected.allowed.contains(&value) || (!self.expected.ever && value == 0)
    }

    /// The text of a person's edit that lies at the path.
    fn edit(&self) -> Option<&[u8]> {
        let node = self.medium.find(Path::new(PATH)).ok()?;
        match self.medium.node(node) {
            Node::File { bytes, .. } if bytes.ends_with(b"# edit\n") => {
                Sealed::open(bytes.clone()).is_err().then_some(&bytes[..])
            }
            _ => None,
        }
    }
}

/// A text that is the same for states that behave the same.
fn canonical(state: &State) -> String {
    let (mut highest, mut temps) = (0, BTreeSet::new());
    for name in state.medium.paths().filter_map(Path::file_name) {
        match Name::of(name) {
            Some(Name::Generation(number)) => highest = highest.max(number),
            Some(Name::Temp) => drop(temps.insert(name)),
            _ => {}
        }
    }
    let last = state.expected.last;

    let name = |path: &Path| match path.file_name().map(|name| (name, Name::of(name))) {
        Some((_, Some(Name::Generation(number)))) => format!("g{}", highest.wrapping_sub(number)),
        Some((_, Some(Name::Damaged(number)))) => format!("d{}", highest.wrapping_sub(number)),
        Some((_, Some(Name::Aside(_)))) => "aside".to_owned(),
        Some((name, Some(Name::Temp))) => {
            format!("t{:?}", temps.iter().position(|temp| *temp == name))
        }
        _ => path.display().to_string(),
    };
    let text = |bytes: &[u8]| {
        let whole = Head::parse(bytes).filter(|head| head.verify().is_ok());
        let text = whole.map_or(bytes, |head| head.text);
        let value = std::str::from_utf8(text).ok();
        let value =
            value.and_then(|text| text.strip_prefix("jobs = ")?.lines().next()?.parse().ok());
        let seal = if text.len() == bytes.len() { "e" } else { "v" };
        value.map_or("bad".to_owned(), |value: u64| {
            format!("{seal}{}", last.wrapping_sub(value))
        })
    };
    let medium = state.medium.describe(|path, node| {
        let content = match node {
            Some(file @ Node::File { bytes, synced, .. }) => {
                let claim = Head::parse(bytes).and_then(|head| head.claim);
                let is_dated = claim.is_some_and(|claim| claim.saved.is_still(file.modified()));
                let dated = if is_dated { "d" } else { "" };
                format!("{}~{}{dated}", text(bytes), text(synced))
            }
            Some(Node::Link(target)) => name(target),
            Some(other) => format!("{other:?}"),
            None => String::new(),
        };
        format!("{}={content}", name(path))
    });
    let relative =
        |values: &BTreeSet<u64>| -> Vec<u64> { values.iter().map(|value| last - value).collect() };
    let expected = &state.expected;
    format!(
        "{medium} / {:?} {:?} {} {}",
        relative(&expected.allowed),
        relative(&expected.fallback),
        expected.ever,
        expected.damaged
    )
}
