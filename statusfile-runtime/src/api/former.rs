//! What a type was saved as before it was renamed or moved. It is read where it lies, and left there.

use super::{OnDisk, Seen};
use crate::codec::source::breaks_off;
use crate::error::Error;
use crate::fs::Disk;
use crate::place::declaration::Declaration;
use crate::store::backend::Backend;
use crate::store::directory::Directory;
use crate::store::options::Options;
use crate::store::reader::Reader;
use crate::store::sealed::Head;
use crate::store::snapshot::Origin;
use crate::trace;
use std::path::Path;

/// What says where that is, if it is known where the status itself is by what is declared.
pub(super) type Declared = Option<fn() -> Declaration>;

/// The status that lies at the first of the former places where there is one.
pub(super) fn find(declared: Declared) -> Result<Option<Seen>, Error> {
    for place in places(declared) {
        let place = place?;
        match place.latest(None) {
            Err(Error::NotFound { .. }) => {}
            seen => {
                let origin = Origin::FormerPlace;
                trace::found_formerly(place.location());
                return Ok(Some(Seen { origin, ..seen? }));
            }
        }
    }
    Ok(None)
}

/// Takes away what [`find`] would find, but for what another type has put there since.
pub(super) fn remove(declared: Declared, reader: Reader) -> Result<(), Error> {
    for place in places(declared) {
        let place = place?;
        match place.latest(None) {
            Ok(seen) if is_foreign(&seen, reader) => {}
            _ => place.remove()?,
        }
    }
    Ok(())
}

fn is_foreign(seen: &Seen, reader: Reader) -> bool {
    let head = Head::parse(seen.document.bytes());
    let admitted = head.map_or(Ok(()), |head| head.admit(&seen.location, &reader));
    matches!(admitted, Err(Error::Foreign { .. }))
}

fn places(declared: Declared) -> impl Iterator<Item = Result<OnDisk, Error>> {
    let places = declared.map_or_else(Vec::new, |declaration| declaration().former_places());
    let options = Options::default();
    let at = move |place: &Path| Directory::at(Disk, place, options, breaks_off)?.followed();
    places.into_iter().map(move |place| at(&place))
}
