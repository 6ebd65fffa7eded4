//! A status in a directory beside its path. `docs/protocol.md` has the whole protocol.

mod backend;
mod check;
pub(crate) mod choose;
pub(crate) mod commit;
pub(crate) mod front;
mod gone;
mod history;
pub(crate) mod layout;
pub(crate) mod lock;
mod open;
mod owner;
mod publish;
mod recover;
mod remove;
mod retire;
pub(crate) mod scene;
mod spelling;
mod strangers;
mod temp;
mod trust;

use super::options::Options;
use crate::error::{At, DamageKind, Error, FileKind, Step};
use crate::fs::FileSystem;
use front::BreaksOff;
use layout::{Layout, Links};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// So many links in a row are followed, as on Linux (`path_resolution(7)`).
const LINKS: usize = 40;

/// One status on one file system, and how it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Directory<F> {
    pub(crate) fs: F,
    pub(crate) layout: Layout,
    pub(crate) options: Options,
    pub(crate) breaks_off: BreaksOff,
    /// Whether it is known that no link lies at the path.
    pub(crate) is_followed: bool,
}

impl<F: FileSystem> Directory<F> {
    /// The status at `path`, for loads and for saves that take the lock themselves: they look for a link only once
    /// they find that no file lies there.
    pub(crate) fn at(
        fs: F,
        path: &Path,
        options: Options,
        breaks_off: BreaksOff,
    ) -> Result<Self, Error> {
        Ok(Self {
            fs,
            layout: Layout::new(path)?,
            options,
            breaks_off,
            is_followed: false,
        })
    }

    /// The status where the link leads that lies at the path, if one does: all that belongs to a status lies beside
    /// the real file, so that two links to one file are one status.
    pub(crate) fn followed(&self) -> Result<Self, Error> {
        let (path, links) = follow(&self.fs, &self.layout.path)?;
        let mut layout = Layout::new(&path)?;
        layout.link = links;
        Ok(Self {
            layout,
            is_followed: true,
            ..self.clone()
        })
    }

    /// Acts, and once more where a link leads that was found at the path.
    fn through_links<R>(&self, act: impl Fn(&Self) -> Result<R, Error>) -> Result<R, Error> {
        match act(self) {
            // Whatever lies beside the link need not be a status directory.
            Err(Error::Unsafe { .. } | Error::Io { .. }) if self.refuse_link().is_err() => {
                act(&self.followed()?)
            }
            done => done,
        }
    }

    /// Before anything is made beside it.
    fn refuse_link(&self) -> Result<(), Error> {
        let path = &self.layout.path;
        if self.is_followed || self.fs.target(path).at(Step::Place, path)?.is_none() {
            return Ok(());
        }
        Err(Error::refused(path, DamageKind::NotAFile(FileKind::Link)))
    }
}

/// Where the link at a path leads in the end, or the path itself if there is none; and by which links.
pub(crate) fn follow(fs: &impl FileSystem, path: &Path) -> Result<(PathBuf, Option<Links>), Error> {
    let mut end = path.to_owned();
    let mut made = Vec::new();
    for _ in 0..LINKS {
        let Some(link) = fs.target(&end).at(Step::Place, &end)? else {
            let path = path.to_owned();
            let links = (!made.is_empty()).then_some(Links { path, made });
            return Ok((end, links));
        };
        if !trust::is_followed(link.made, || fs.user()) {
            return Err(trust::refused(&end, link.made.own.owner));
        }
        made.push(link.made);
        end = end.parent().unwrap_or(&end).join(link.to);
    }
    let cause = io::Error::new(ErrorKind::InvalidInput, "its links lead in a circle");
    Err(Error::io(Step::Place, path, cause))
}
