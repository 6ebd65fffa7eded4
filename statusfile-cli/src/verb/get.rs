use crate::cli::Get;
use crate::content;
use crate::key::Key;
use crate::out::Out;
use crate::outcome::{Failure, Outcome};
use crate::place::Place;
use statusfile_runtime::UntypedStatus;

pub(crate) fn run(args: &Get, out: &mut Out) -> Result<Outcome, Failure> {
    let key = Key::parse(&args.key)?;
    let status = Place::of(&args.path).read(None)?;
    super::show::warn_of(&status.skipped);
    print(out, &status, &key, args.json)?;
    Ok(Outcome::Well)
}

pub(crate) fn print(
    out: &mut Out,
    status: &UntypedStatus,
    key: &Key,
    as_json: bool,
) -> Result<(), Failure> {
    let table = content::table(status)?;
    let value = content::value(status, &table, key)?;
    if as_json {
        out.data(&format!("{:#}\n", content::json(value)))?;
    } else {
        out.data(&content::plain(value))?;
    }
    Ok(())
}
