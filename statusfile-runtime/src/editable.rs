//! Settings that people edit: a regular file at the path, in the layout that people gave it.

use crate::commit::Kept;
use crate::error::{Error, Step};
use crate::fs::FileSystem;
use crate::recover::AtPath;
use crate::store::Store;
use std::io::ErrorKind;
use std::path::Path;

#[cfg(feature = "editable")]
mod save {
    use super::{Error, FileSystem, Store};
    use crate::codec;
    use crate::lock::Held;
    use crate::schema::Schema;
    use serde::de::DeserializeOwned;

    impl<F: FileSystem> Store<F> {
        /// Saves a value that is `text` in the layout of what is there. The lock comes first, as
        /// that must not change meanwhile.
        pub(crate) fn save_in_layout<T: DeserializeOwned>(
            &self,
            schema: &Schema<T>,
            text: &str,
            held: Option<&Held<F>>,
        ) -> Result<(), Error> {
            let own = self.lock_unless(held)?;
            let before = match self.recover() {
                Ok(found) => found.bytes,
                Err(Error::NotFound { .. } | Error::Damaged { .. }) => Vec::new(),
                Err(error) => return Err(error),
            };
            let path = self.layout.path();
            let text = codec::in_layout(schema, path, text, &before)?;
            let status = codec::verified(schema, path, &text)?;
            self.commit(schema, &status, held.or(own.as_ref()))
        }
    }
}

impl<F: FileSystem> Store<F> {
    /// Puts a flushed copy of the newest generation where people edit it. Until this is done, an old
    /// copy there wins.
    ///
    /// An edit made since `kept` was looked at stays: it came after this save, and wins over it.
    pub(crate) fn publish(&self, kept: &Kept<F::Directory>, status: &[u8]) -> Result<(), Error> {
        let old_copy_wins = matches!(kept.at_path, AtPath::Edit { .. });
        let file = match self.replace_edited(&kept.at_path, status) {
            Ok(file) => file,
            Err(error) if old_copy_wins => return Err(error),
            Err(error) => return Err(error.after_rename()),
        };
        let Some(parent) = file.and_then(Path::parent) else {
            return Ok(());
        };
        self.flush(parent)
            .map_err(|cause| Error::io(Step::Publish, parent, cause).after_rename())
    }

    /// Returns the file that was replaced, unless someone edited it since it was looked at `before`.
    /// Whoever may read and write it may go on to.
    fn replace_edited<'a>(
        &'a self,
        before: &'a AtPath,
        status: &[u8],
    ) -> Result<Option<&'a Path>, Error> {
        let file = match before {
            AtPath::Edit { file, .. } | AtPath::Empty { file } => file,
            AtPath::Nothing | AtPath::Link => self.layout.path(),
        };
        let replaced = match self.replace_from(self.layout.directory(), before, file, status) {
            // A person's link leads to another file system.
            Err(Error::Io { cause, .. }) if cause.kind() == ErrorKind::CrossesDevices => {
                let beside = file.parent().unwrap_or(file);
                self.replace_from(beside, before, file, status)
            }
            replaced => replaced,
        };
        Ok(replaced?.then_some(file))
    }

    /// Replaces `file` by a temp file made in `directory`, unless someone edited it meanwhile.
    fn replace_from(
        &self,
        directory: &Path,
        before: &AtPath,
        file: &Path,
        status: &[u8],
    ) -> Result<bool, Error> {
        let temp = self.write_temp_in(directory, status, self.options.mode)?;
        if matches!(before, AtPath::Edit { .. } | AtPath::Empty { .. }) {
            temp.take_after(file)?;
        }
        self.flush_temp(&temp)?;
        let is_same = self.at_path(Step::Publish)?.is_same(before);
        if is_same {
            temp.replace(file)?;
        }
        Ok(is_same)
    }
}
