//! What the contenders do.

use crate::report::table::Table;
use crate::saver::{PowerCut, Saver};

pub(crate) fn table() -> Table {
    let mut table = Table::new(["", "a save is", "flushes", "survives a power cut"]);
    for saver in Saver::ALL {
        let survives = match saver.after_a_power_cut() {
            PowerCut::Saved => "yes",
            PowerCut::SavedOrOlder => "it, or the one before",
            PowerCut::Anything => "no",
        };
        let row = [saver.name(), saver.recipe(), saver.flushes(), survives];
        table.push(row.map(str::to_owned));
    }
    table
}
