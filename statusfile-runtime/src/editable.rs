//! Settings that people edit: a regular file at the path, in the layout that people gave it.

use crate::commit::Kept;
use crate::error::{Error, Step};
use crate::fs::FileSystem;
use crate::recover::AtPath;
use crate::store::Store;
use std::path::Path;

#[cfg(feature = "editable")]
mod save {
    use super::{Error, FileSystem, Store};
    use crate::codec;
    use crate::lock::Held;
    use crate::schema::Schema;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    impl<F: FileSystem> Store<F> {
        /// Saves `value` in the layout of what is there. The lock comes first, as that must not
        /// change meanwhile.
        pub(crate) fn save_in_layout<T>(
            &self,
            schema: &Schema<T>,
            value: &T,
            held: Option<&Held<F>>,
        ) -> Result<(), Error>
        where
            T: Serialize + DeserializeOwned,
        {
            let own = self.lock_unless(held)?;
            let before = match self.recover() {
                Ok(found) => found.bytes,
                Err(Error::NotFound { .. } | Error::Damaged { .. }) => Vec::new(),
                Err(error) => return Err(error),
            };
            let status = codec::encode_in_layout(schema, self.layout.path(), value, &before)?;
            self.commit(schema, &status, held.or(own.as_ref()))
        }
    }
}

impl<F: FileSystem> Store<F> {
    /// Puts a flushed copy of the newest generation where people edit it. Until this is done, an old
    /// copy there wins.
    ///
    /// An edit made since `kept` was looked at stays: it came after this save, and wins over it.
    pub(crate) fn publish(&self, kept: &Kept, status: &[u8]) -> Result<(), Error> {
        let now = self.at_path(Step::Publish)?;
        let file = match (&kept.at_path, &now) {
            (
                AtPath::Edit { bytes, .. },
                AtPath::Edit {
                    file, bytes: now, ..
                },
            ) if bytes == now => file,
            (AtPath::Empty { .. }, AtPath::Empty { file }) => file,
            (AtPath::Nothing, AtPath::Nothing) | (AtPath::Link, AtPath::Link) => self.layout.path(),
            _ => return Ok(()),
        };
        let is_visible = !matches!(now, AtPath::Edit { .. });
        self.replace_edited(&now, file, status)
            .map_err(|error| match is_visible {
                true => error.after_rename(),
                false => error,
            })?;
        let parent = file.parent().unwrap_or(file);
        self.flush(parent)
            .map_err(|cause| Error::io(Step::Publish, parent, cause).after_rename())
    }

    /// Whoever may read and write the file may go on to.
    fn replace_edited(&self, now: &AtPath, file: &Path, status: &[u8]) -> Result<(), Error> {
        let temp = self.write_temp(status, self.options.mode)?;
        if matches!(now, AtPath::Edit { .. } | AtPath::Empty { .. }) {
            temp.take_after(file)?;
        }
        self.flush_temp(&temp)?;
        temp.replace(file)
    }
}
