//! Where a file system ignores case, the path of a status must be spelled as its file is: two paths that differ in
//! case alone would share it in silence.

use super::Directory;
use super::layout::{DIRECTORY_ENDING, directory_of};
use crate::error::{Error, Step};
use crate::fs::FileSystem;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

impl<F: FileSystem> Directory<F> {
    /// Refuses a path whose status is spelled in another way: as it lies there, or as `twin`, which this process has
    /// used and which differs in case alone. In what way others spell the directories above is theirs: it leads them
    /// to the same file in every program.
    pub(crate) fn refuse_other_spelling(&self, twin: Option<&Path>) -> Result<(), Error> {
        let spelled = self.name_there();
        let twin = twin.filter(|twin| self.is_beside(twin));
        let spelled = match (spelled, twin) {
            (Some(name), _) => format!("the name of the status here is `{name}`"),
            (None, Some(twin)) => format!("this process uses the status as {}", twin.display()),
            (None, None) => return Ok(()),
        };
        let text = format!(
            "this file system ignores case, and {spelled}: spell the path like that, or give the two names that \
             differ in more than case"
        );
        let cause = io::Error::new(ErrorKind::InvalidInput, text);
        Err(Error::io(Step::Place, &self.layout.path, cause))
    }

    /// The name of the status that lies here, where it is another than that of the path.
    fn name_there(&self) -> Option<String> {
        let (path, name) = (&self.layout.path, &*self.layout.name);
        let other = respelled(path)?;
        // Where nothing is put at the path, the directory alone is there.
        let is_one = self.fs.are_one(path, &other)
            || (self.fs).are_one(&directory_of(path), &directory_of(&other));
        let names = is_one.then(|| self.names_above()).flatten()?;
        spelled(&names, name.to_str()?)
    }

    fn is_beside(&self, twin: &Path) -> bool {
        let (above, other) = (self.layout.parent(), twin.parent());
        other.is_some_and(|other| above != other && self.fs.are_one(above, other))
    }

    /// Who may not list it cannot tell, and may use what is there all the same.
    fn names_above(&self) -> Option<Vec<OsString>> {
        let above = self.fs.open_directory(self.layout.parent()).ok()?;
        self.fs.list(&above).ok()
    }
}

/// The path with the first letter of its name in the other case, if it has a letter that has one.
fn respelled(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let at = name.find(|c: char| c.is_ascii_alphabetic())?;
    let mut respelled = name.to_owned();
    let letter = respelled.get_mut(at..=at)?;
    if letter.chars().all(|letter| letter.is_ascii_lowercase()) {
        letter.make_ascii_uppercase();
    } else {
        letter.make_ascii_lowercase();
    }
    Some(path.with_file_name(respelled))
}

/// How the status is spelled that a file system without case takes this name for: `None` if it is so.
fn spelled(names: &[OsString], name: &str) -> Option<String> {
    let of_a_status = |listed: &OsString| {
        let listed = listed.to_str()?;
        Some(
            listed
                .strip_suffix(DIRECTORY_ENDING)
                .unwrap_or(listed)
                .to_owned(),
        )
    };
    let spellings = names.iter().filter_map(of_a_status);
    let alike = spellings.filter(|listed| listed.to_lowercase() == name.to_lowercase());
    let mut alike: Vec<_> = alike.collect();
    if alike.iter().any(|listed| listed == name) {
        return None;
    }
    alike.pop()
}
