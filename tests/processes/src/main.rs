//! One process of a test: `actor save PATH`, `actor increment PATH TIMES` or `actor read PATH`.

use actors::{Count, shared};
use statusfile::Error;
use std::error::Error as StdError;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, thread};

fn main() -> Result<(), Box<dyn StdError>> {
    let arguments: Vec<String> = env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[1..] {
        ["save", path] => save(path),
        ["increment", path, times] => increment(path, times.parse()?),
        ["read", path] => read(path),
        _ => Err(format!("what to do? {arguments:?}").into()),
    }
}

/// Counts on from the last status for ever, and says each number once it is saved.
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

fn increment(path: &str, times: u32) -> Result<(), Box<dyn StdError>> {
    let file = shared(path);
    for _ in 0..times {
        file.update(|count| *count = Count::new(count.number + 1))?;
    }
    Ok(())
}

/// Loads again and again until its input is closed, and says how often; fails if a status is torn or
/// older than one that it saw before.
fn read(path: &str) -> Result<(), Box<dyn StdError>> {
    static CLOSED: AtomicBool = AtomicBool::new(false);
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        CLOSED.store(true, Ordering::Relaxed);
    });
    let file = shared(path);
    let (mut loads, mut newest) = (0_u64, 0);
    while !CLOSED.load(Ordering::Relaxed) {
        let loaded = file.read()?;
        let count = loaded.value;
        if !count.is_whole() || count.number < newest || !loaded.skipped.is_empty() {
            return Err(format!("after {newest}: {count:?}, skipped {:?}", loaded.skipped).into());
        }
        newest = count.number;
        loads += 1;
    }
    writeln!(io::stdout(), "{loads}")?;
    Ok(())
}
