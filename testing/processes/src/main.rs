//! One process of a test; `main` lists what it can be asked for.

#[cfg(unix)]
mod once;

use actors::{ANNOUNCEMENT, Count, shared};
use statusfile::{Error, Loaded};
use std::error::Error as StdError;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use std::{env, thread};

fn main() -> Result<(), Box<dyn StdError>> {
    let arguments: Vec<String> = env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[1..] {
        ["save", path] => save(path),
        ["increment", path, times] => increment(path, times.parse()?),
        ["count", path] => count(path),
        ["read", path] => read(path, |loaded| loaded.value.number),
        ["watch", path] => read(path, saved_at),
        ["announce", path] => announce(path),
        ["race", path, mark, times] => race(path, mark, times),
        ["enter", path, mark] => enter(path, mark),
        ["remove", path, times] => remove(path, times.parse()?),
        #[cfg(unix)]
        ["once", operation, path, number] => once::once(operation, path, number.parse()?),
        _ => Err(format!("what to do? {arguments:?}").into()),
    }
}

/// Counts on from the last status forever, and says each number once it is saved.
fn save(path: &str) -> Result<(), Box<dyn StdError>> {
    let file = shared(path);
    let mut number = match file.load() {
        Err(Error::NotFound { .. }) => 0,
        last => last?.number,
    };
    let mut acknowledge = io::stdout().lock();
    loop {
        number += 1;
        file.save(&Count::new(number))?;
        writeln!(acknowledge, "{number}")?;
        acknowledge.flush()?;
    }
}

/// Like `save`, with an update for every number, so that several can count together.
fn count(path: &str) -> Result<(), Box<dyn StdError>> {
    let file = shared(path);
    let mut acknowledge = io::stdout().lock();
    loop {
        let number = file.update(|count| {
            *count = Count::new(count.number + 1);
            count.number
        })?;
        writeln!(acknowledge, "{number}")?;
        acknowledge.flush()?;
    }
}

fn increment(path: &str, times: u32) -> Result<(), Box<dyn StdError>> {
    let file = shared(path);
    for _ in 0..times {
        file.update(|count| *count = Count::new(count.number + 1))?;
    }
    Ok(())
}

/// Loads again and again until its input is closed, and says how often; fails if a status is torn,
/// if what `order` gives is less than for one seen before, or if two were saved at one time.
fn read(path: &str, order: fn(&Loaded<Count>) -> u64) -> Result<(), Box<dyn StdError>> {
    let is_over = until_the_input_is_closed();
    let file = shared(path);
    let (mut loads, mut newest) = (0_u64, 0);
    let (mut last, mut its_number) = (None, 0);
    while !is_over.load(Ordering::Relaxed) {
        let loaded = file.read()?;
        let (count, place) = (&loaded.value, order(&loaded));
        let other = last == loaded.saved_at && count.number != its_number;
        if !count.is_whole() || place < newest || other || !loaded.skipped.is_empty() {
            return Err(format!("{loaded:?} after {newest} with {its_number}").into());
        }
        newest = place;
        (last, its_number) = (loaded.saved_at, count.number);
        loads += 1;
    }
    writeln!(io::stdout(), "{loads}")?;
    Ok(())
}

fn until_the_input_is_closed() -> &'static AtomicBool {
    static CLOSED: AtomicBool = AtomicBool::new(false);
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        CLOSED.store(true, Ordering::Relaxed);
    });
    &CLOSED
}

/// A later save has a later time, whatever the clock says.
fn saved_at(loaded: &Loaded<Count>) -> u64 {
    let since = loaded
        .saved_at
        .map(|at| at.duration_since(SystemTime::UNIX_EPOCH));
    let micros = since.map(|since| since.unwrap_or_default().as_micros());
    micros.map_or(0, |micros| u64::try_from(micros).unwrap_or(u64::MAX))
}

/// Saves, and prints right before and right after, while it has the lock.
fn announce(path: &str) -> Result<(), Box<dyn StdError>> {
    let file = shared(path);
    let lock = file.lock()?;
    writeln!(io::stdout(), "{ANNOUNCEMENT}")?;
    lock.save(&Count::new(1))?;
    writeln!(io::stdout(), "{ANNOUNCEMENT}")?;
    Ok(())
}

/// Has some processes lock and save a status, one at a time, while another removes it again and again. Fails if one
/// of them does.
fn race(path: &str, mark: &str, times: &str) -> Result<(), Box<dyn StdError>> {
    const SAVERS: usize = 3;
    let start = |job: &[&str]| {
        let mut actor = Command::new(env::current_exe()?);
        actor.args(job).stdin(Stdio::piped()).spawn()
    };
    let savers: Result<Vec<_>, _> = (0..SAVERS).map(|_| start(&["enter", path, mark])).collect();
    let removed = start(&["remove", path, times])?.wait()?;
    let mut results = vec![removed];
    for mut saver in savers? {
        drop(saver.stdin.take());
        results.push(saver.wait()?);
    }
    let failed = results.iter().any(|result| !result.success());
    if failed {
        return Err(format!("the remover and the savers: {results:?}").into());
    }
    Ok(())
}

/// Takes the lock and saves, again and again until its input is closed, and says how often; fails if another is
/// inside at the same time.
fn enter(path: &str, mark: &str) -> Result<(), Box<dyn StdError>> {
    let is_over = until_the_input_is_closed();
    let file = shared(path);
    let mut turns = 0;
    while !is_over.load(Ordering::Relaxed) {
        let lock = file.lock()?;
        File::create_new(mark).map_err(|cause| format!("another is inside: {cause}"))?;
        thread::sleep(Duration::from_micros(500));
        fs::remove_file(mark)?;
        turns += 1;
        lock.save(&Count::new(turns))?;
    }
    writeln!(io::stdout(), "{turns} turns")?;
    Ok(())
}

fn remove(path: &str, times: u32) -> Result<(), Box<dyn StdError>> {
    let file = shared(path);
    for _ in 0..times {
        file.remove()?;
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
