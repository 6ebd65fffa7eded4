//! What a status costs among many in one directory, beside what it costs alone.

use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::loader::Loader;
use crate::rounds::{Turn, race};
use crate::saver::Saver;
use crate::state::{Size, State};
use crate::unit::Unit;
use anyhow::Result;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

pub(super) const NAME: &str = "crowd";

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let room = bench.place.room()?;
    let state = State::new(Size::SMALL);
    let alone = room.corner("alone")?;
    Saver::Statusfile.save(&alone, &state)?;
    let crowd = crowd(&room.path().join("crowd"), bench.effort.crowd(), &state)?;
    room.settle();

    let names = ["alone", "one of the crowd", "each of the crowd in turn"];
    let compare = |case: &str, act: &dyn Fn(&Path) -> Result<()>| -> Result<Comparison> {
        let mut everyone = crowd.iter().cycle();
        let acts: Vec<Turn<'_, ()>> = vec![
            Box::new(|| act(&alone)),
            Box::new(|| act(&crowd[crowd.len() / 2])),
            Box::new(move || everyone.next().map_or(Ok(()), |path| act(path))),
        ];
        let seconds = race(acts, bench.effort.pace())?;
        let contenders = names.map(str::to_owned).into_iter().zip(seconds);
        Ok(bench.comparison((NAME, case, Unit::Seconds), contenders))
    };
    let load = |path: &Path| {
        black_box(Loader::Statusfile.load(path)?);
        Ok(())
    };
    let save = |path: &Path| Saver::Statusfile.save(path, &state);
    Ok(vec![compare("load", &load)?, compare("save", &save)?])
}

/// Saves `many` statuses side by side.
fn crowd(directory: &Path, many: usize, state: &State) -> Result<Vec<PathBuf>> {
    fs::create_dir(directory)?;
    let paths = (0..many).map(|number| directory.join(format!("job-{number}.toml")));
    paths
        .map(|path| {
            Saver::StatusfileProcess.save(&path, state)?;
            Ok(path)
        })
        .collect()
}
