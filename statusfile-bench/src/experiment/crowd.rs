//! What a status costs among many in one directory, beside what it costs alone.

use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::loader;
use crate::saver::{STATUSFILE, STATUSFILE_PROCESS};
use crate::state::{Size, State};
use anyhow::Result;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

pub(super) const NAME: &str = "crowd";

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let room = bench.place.room()?;
    let state = State::new(Size::SMALL);
    let alone = room.corner("alone")?;
    STATUSFILE.save(&alone, &state)?;
    let crowd = crowd(&room.path().join("crowd"), bench.effort.crowd, &state)?;
    room.settle();

    let compare = |case: &str, act: &dyn Fn(&Path) -> Result<()>| -> Result<Comparison> {
        let one = || act(&crowd[crowd.len() / 2]);
        let mut all = crowd.iter().cycle();
        let each = move || all.next().map_or(Ok(()), |path| act(path));
        bench.race(
            (NAME, case),
            vec![
                ("alone", Box::new(|| act(&alone))),
                ("one of the crowd", Box::new(one)),
                ("each of the crowd in turn", Box::new(each)),
            ],
        )
    };
    let load = |path: &Path| {
        black_box(loader::STATUSFILE.load(path)?);
        Ok(())
    };
    let save = |path: &Path| STATUSFILE.save(path, &state);
    Ok(vec![compare("load", &load)?, compare("save", &save)?])
}

/// Saves `many` statuses side by side.
fn crowd(directory: &Path, many: usize, state: &State) -> Result<Vec<PathBuf>> {
    fs::create_dir(directory)?;
    let paths = (0..many).map(|number| directory.join(format!("job-{number}.toml")));
    paths
        .map(|path| {
            STATUSFILE_PROCESS.save(&path, state)?;
            Ok(path)
        })
        .collect()
}
