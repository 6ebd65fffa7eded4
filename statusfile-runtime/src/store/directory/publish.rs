//! The file at the path: a copy of the new status, in exchange for what is there.

use super::commit::{Commit, Named, Published, Put, Replaced, Staging};
use super::front::{Front, Seen};
use super::layout::{LAST_GENERATION, PUBLISHED, aside_name, generation_name, temp_name};
use super::scene::asked_again;
use crate::error::{At, Error, Step};
use crate::fs::{Contents, FileId, FileSystem, Stamp};
use crate::store::limits::MAX_BYTES;
use crate::store::options::{Durability, Publish};
use crate::store::sealed::Sealed;
use crate::trace;
use std::borrow::Cow;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How often what lies at the path may change while it is given back to whoever writes there.
const TRIES: usize = 16;

impl<F: FileSystem> Commit<'_, F> {
    /// Puts the new status at the path; `published` is what to take back if something fails later.
    ///
    /// What comes out has the name `published` until the next save, as who had it open may still write to it.
    /// The writer looks at it at once: what is not what was seen came after this save, and is given back.
    pub(super) fn publish(
        &mut self,
        named: &[Named<F>],
        replaced: &Replaced,
        published: &mut Published<F>,
    ) -> Result<(), Error> {
        let done = match self.stage(named, replaced, published) {
            Err(cause) if cause.kind() == ErrorKind::CrossesDevices => {
                self.staging = Staging::Beside;
                // What an earlier save has left there is in no listing.
                self.clear_published()
                    .and_then(|()| self.stage(named, replaced, published))
            }
            done => done,
        };
        match published {
            Published::Beaten => trace::beaten(&self.directory.layout.path),
            Published::Exchanged(_) | Published::Replaced(_) => self.report_other_names(),
            _ => {}
        }
        done.at(Step::Publish, &self.directory.layout.path)
    }

    fn stage(
        &self,
        named: &[Named<F>],
        replaced: &Replaced,
        published: &mut Published<F>,
    ) -> io::Result<()> {
        match self.scene.options.publish {
            Publish::Never => self.take_out(published),
            Publish::Copy | Publish::Link => named.last().map_or(Ok(()), |new| {
                let put = self.write_published(new)?;
                self.put(put, replaced, published)
            }),
        }
    }

    /// The directory of what is on its way to the path, or came out of it, and its name there.
    fn staged(&self) -> (&F::Dir, Cow<'static, Path>) {
        let open = &self.held.open;
        match self.staging {
            Staging::Within => (&open.own, Path::new(PUBLISHED).into()),
            Staging::Beside => (&open.above, self.directory.layout.beside(PUBLISHED).into()),
        }
    }

    pub(super) fn sync_published(&self, published: &Published<F>) -> Result<(), Error> {
        let unsynced = published.put().and_then(|put| put.unsynced.as_ref());
        let synced = unsynced.map_or(Ok(()), |copy| self.directory.fs.sync(copy, None));
        synced.at(Step::Sync, &self.directory.layout.path)
    }

    fn write_published(&self, new: &Named<F>) -> io::Result<Put<F>> {
        let put = if self.link_published(new)? {
            let write_out = || new.temp.write_out();
            let stamp = *new.temp.stamp();
            let written = self.directory.options.durability.sync(write_out);
            written.map(|()| Put {
                stamp,
                unsynced: None,
                is_plain: false,
            })
        } else {
            let like = self.alike()?;
            let (dir, name) = self.staged();
            let mode = self.scene.options.mode;
            let access = like.map(|seen| seen.stamp.access);
            let (copy, stamp) = self.directory.fs.create(dir, &name, mode, access)?;
            let is_plain = like.is_none_or(|seen| !self.take_attributes(seen, &copy));
            self.write_copy(dir, copy, stamp, is_plain)
        };
        put.inspect_err(|_| self.clean_up())
    }

    /// What a person has said of the file besides its permissions, such as an ACL, holds for the next one. Nobody
    /// asks for that where this process has put the file there itself.
    fn take_attributes(&self, seen: &Seen, copy: &F::File) -> bool {
        let fs = &self.directory.fs;
        if fs.is_plain(&seen.stamp) {
            return false;
        }
        let (above, name) = (&self.held.open.above, &self.directory.layout.name);
        fs.take_attributes((above, name, seen.stamp.id), copy)
    }

    /// Another name of the file that is replaced goes on to lead to that. Where the newest generation is the file at
    /// the path, that is one more.
    fn report_other_names(&self) {
        let seen = self.scene.front.seen();
        let expected = |seen: &Seen| if self.is_linked(seen) { 2 } else { 1 };
        if seen.is_some_and(|seen| seen.stamp.names > expected(seen)) {
            trace::other_names(&self.directory.layout.path);
        }
    }

    /// Who could read and write what a copy replaces can go on to; but not a stranger, who may have put it there for
    /// that.
    fn alike(&self) -> Result<Option<&Seen>, Error> {
        let seen = self.scene.front.seen().filter(|seen| !self.is_linked(seen));
        let Some(seen) = seen else {
            return Ok(None);
        };
        let (above, mode) = (&self.held.open.above, self.scene.options.mode);
        let is_strangers = (self.directory).is_strangers(above, seen.stamp.access, mode)?;
        Ok((!is_strangers).then_some(seen))
    }

    /// Whether it could be a second name of the new generation, if that is wanted. A first status is never published
    /// so: one damaged file must not be both.
    fn link_published(&self, new: &Named<F>) -> io::Result<bool> {
        let is_second = self.scene.choice.good.is_some();
        let can_link = is_second && self.staging == Staging::Within;
        if self.scene.options.publish != Publish::Link || !can_link {
            return Ok(false);
        }
        let own = &self.held.open.own;
        let name = generation_name(new.number);
        match self.directory.fs.link(own, &name, Path::new(PUBLISHED)) {
            Err(cause) if is_without_links(&cause) => Ok(false),
            linked => linked.map(|()| true),
        }
    }

    fn write_copy(
        &self,
        dir: &F::Dir,
        mut copy: F::File,
        stamp: Stamp,
        is_plain: bool,
    ) -> io::Result<Put<F>> {
        let fs = &self.directory.fs;
        let stamp = (self.directory).write_sealed(dir, &mut copy, stamp, &self.new)?;
        let takes_a_sync = match self.directory.options.durability {
            Durability::Process => false,
            Durability::Full if self.syncs_before_naming(dir, stamp.id) => {
                fs.sync(&copy, None)?;
                true
            }
            Durability::Full => !fs.write_out(dir, &copy, &stamp)?,
        };
        let unsynced = takes_a_sync.then_some(copy);
        Ok(Put {
            stamp,
            unsynced,
            is_plain,
        })
    }

    /// Whether what lies at the path is the newest generation itself.
    fn is_linked(&self, seen: &Seen) -> bool {
        let good = self.scene.choice.good.as_ref();
        good.is_some_and(|good| good.stamp.id == seen.stamp.id)
    }

    fn put(
        &self,
        put: Put<F>,
        replaced: &Replaced,
        published: &mut Published<F>,
    ) -> io::Result<()> {
        let (fs, above) = (&self.directory.fs, &self.held.open.above);
        let (name, (dir, from)) = (&*self.directory.layout.name, self.staged());
        let exchanged = match &self.scene.front {
            Front::Nothing => Err(ErrorKind::NotFound.into()),
            _ => fs.exchange(dir, &from, above, name),
        };
        match exchanged {
            Ok(true) => {
                let id = put.stamp.id;
                *published = Published::Exchanged(put);
                if !self.is_as_seen(dir, &from)? {
                    self.exchange_for(id)?;
                    *published = Published::Beaten;
                }
                Ok(())
            }
            // There was nothing, or there no longer is.
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                match fs.rename_new(dir, &from, above, name) {
                    Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
                        *published = Published::Beaten;
                    }
                    renamed => {
                        renamed.inspect_err(|_| self.clean_up())?;
                        *published = Published::Added(put);
                    }
                }
                Ok(())
            }
            Ok(false) if self.is_as_seen(above, name)? => {
                let kept = self
                    .keep_a_copy(replaced)
                    .inspect_err(|_| self.clean_up())?;
                let is_put = self.replace().inspect_err(|_| {
                    self.clean_up();
                    let is_unchanged = || matches!(self.is_as_seen(above, name), Ok(true));
                    let twice = kept.filter(|_| is_unchanged());
                    twice.inspect(|aside| drop(fs.remove(&self.held.open.own, aside)));
                })?;
                *published = if is_put {
                    Published::Replaced(put)
                } else {
                    Published::Beaten
                };
                Ok(())
            }
            Ok(false) => {
                *published = Published::Beaten;
                Ok(())
            }
            Err(cause) => {
                self.clean_up();
                Err(cause)
            }
        }
    }

    /// Puts the new status in the place of what lies at the path. `false` if something came there first.
    ///
    /// Some systems replace no file that someone has open, but rename it. So it makes way: for a moment nothing is at
    /// the path, and a load finds the new generation.
    fn replace(&self) -> io::Result<bool> {
        let (fs, open) = (&self.directory.fs, &self.held.open);
        let (name, (dir, from)) = (&*self.directory.layout.name, self.staged());
        let refused = match fs.replace(dir, &from, &open.above, name) {
            Err(cause) if cause.kind() == ErrorKind::PermissionDenied => cause,
            replaced => return replaced.map(|()| true),
        };
        let away = temp_name(fs.nonce());
        (fs.replace(&open.above, name, &open.own, &away)).map_err(|_| refused)?;
        match fs.rename_new(dir, &from, &open.above, name) {
            Err(cause) if cause.kind() != ErrorKind::AlreadyExists => {
                let _ = fs.rename_new(&open.own, &away, &open.above, name);
                Err(cause)
            }
            put => {
                let _ = fs.remove(&open.own, &away);
                Ok(put.is_ok())
            }
        }
    }

    /// Nothing is published, but what lies at the path must not win over the new status.
    fn take_out(&self, published: &mut Published<F>) -> io::Result<()> {
        let (fs, above) = (&self.directory.fs, &self.held.open.above);
        let (name, (dir, to)) = (&*self.directory.layout.name, self.staged());
        match &self.scene.front {
            Front::Nothing => return Ok(()),
            _ => match fs.rename_new(above, name, dir, &to) {
                Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
                renamed => renamed?,
            },
        }
        *published = Published::TakenOut;
        if !self.is_as_seen(dir, &to)? {
            self.put_back()?;
            *published = Published::Beaten;
        }
        Ok(())
    }

    fn put_back(&self) -> io::Result<()> {
        let (name, (dir, from)) = (&*self.directory.layout.name, self.staged());
        let renamed = (self.directory.fs).rename_new(dir, &from, &self.held.open.above, name);
        match renamed {
            // What came there since came later.
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Ok(()),
            renamed => renamed,
        }
    }

    /// Whether this is the file that was seen at the path, and nobody has written to it since.
    fn is_as_seen(&self, dir: &F::Dir, name: &Path) -> io::Result<bool> {
        let seen = self.scene.front.seen();
        let known = self.directory.known(dir, name);
        if known.is_some_and(|(stamp, _)| seen.is_some_and(|seen| seen.stamp == stamp)) {
            return Ok(true);
        }
        let contents = asked_again(|| self.directory.fs.read(dir, name, MAX_BYTES))?;
        match (contents, seen) {
            (Contents::Whole { bytes, stamp }, Some(seen)) => {
                let bytes = Arc::new(bytes);
                Ok(seen.is_still(&Seen { bytes, stamp }))
            }
            (Contents::Unreadable(_), None) => Ok(true),
            (Contents::Unreadable(cause), Some(_)) => Err(cause),
            _ => Ok(false),
        }
    }

    /// Puts what has the name `published` at the path, in exchange for the file `expected`. If another comes out,
    /// someone has just put it there, and it goes back in exchange for what was put there last.
    fn exchange_for(&self, mut expected: FileId) -> io::Result<()> {
        let (fs, above) = (&self.directory.fs, &self.held.open.above);
        let (dir, from) = self.staged();
        for _ in 0..TRIES {
            let putting = match fs.read(dir, &from, MAX_BYTES)? {
                Contents::Whole { stamp, .. } => Some(stamp.id),
                // Nothing is given back, so nobody may be told that it was.
                Contents::Unreadable(cause) => return Err(cause),
                _ => None,
            };
            match fs.exchange(dir, &from, above, &self.directory.layout.name) {
                // Someone has removed it, who had seen it: what was to go there is set aside by the next save.
                Err(cause) if cause.kind() == ErrorKind::NotFound => break,
                exchanged => exchanged?,
            };
            match putting {
                Some(put) if !fs.leads_to(dir, &from, expected)? => expected = put,
                // Of what is no file it is not known whether it comes out again.
                _ => break,
            }
        }
        Ok(())
    }

    /// Leaves at the path what was there, for good.
    pub(super) fn unpublish(&self, published: &Published<F>) -> Result<(), Error> {
        let taken_back = match published {
            Published::Nothing | Published::Beaten => return Ok(()),
            Published::Replaced(_) => Err(ErrorKind::Unsupported.into()),
            Published::Exchanged(put) => self.exchange_back(put.stamp.id),
            Published::Added(put) => self.take_away(put.stamp.id),
            Published::TakenOut => self.put_back(),
        };
        taken_back.at(Step::Publish, &self.directory.layout.path)?;
        self.directory.sync_above(&self.held.open)
    }

    fn exchange_back(&self, put: FileId) -> io::Result<()> {
        let (fs, (dir, to)) = (&self.directory.fs, self.staged());
        self.exchange_for(put)?;
        if fs.leads_to(dir, &to, put)? {
            fs.remove(dir, &to)?;
        }
        Ok(())
    }

    fn take_away(&self, put: FileId) -> io::Result<()> {
        let (fs, (dir, to)) = (&self.directory.fs, self.staged());
        let name = &self.directory.layout.name;
        fs.rename_new(&self.held.open.above, name, dir, &to)?;
        if fs.leads_to(dir, &to, put)? {
            return fs.remove(dir, &to);
        }
        self.put_back()
    }

    /// Removes a copy that nobody has seen.
    fn clean_up(&self) {
        let (dir, name) = self.staged();
        let _ = self.directory.fs.remove(dir, &name);
    }

    /// What the save before has replaced, or was to put there: removed if it is kept as a generation, and set
    /// aside if not, as nobody knows what was put at the path since.
    pub(super) fn clear_published(&self) -> io::Result<()> {
        let (directory, (dir, name)) = (self.directory, self.staged());
        // What this process knows is what a save wrote, older than the newest, and nobody has written to it since.
        if self.scene.choice.good.is_some() && directory.known(dir, &name).is_some() {
            return directory.fs.remove(dir, &name);
        }
        match directory.fs.read(dir, &name, MAX_BYTES) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
            read => match read? {
                Contents::Whole { bytes, .. } if self.is_kept(&bytes)? => {
                    directory.fs.remove(dir, &name)
                }
                _ => self.set_published_aside(),
            },
        }
    }

    /// Whether a generation holds this, or began so when it was cut short.
    fn is_kept(&self, bytes: &[u8]) -> Result<bool, Error> {
        let sealed = Sealed::open(bytes.to_vec()).ok();
        let is_of = |text: &Sealed| {
            sealed.as_ref() == Some(text) || text.bytes().starts_with(bytes) || text.says(bytes)
        };
        let (own, good) = (&self.held.open.own, self.scene.choice.good.as_ref());
        if bytes.is_empty() || good.is_some_and(|good| is_of(&good.sealed)) {
            return Ok(true);
        }
        let looked_at = self.scene.choice.damaged.len() + 1;
        for &number in self.scene.listing.generations.iter().skip(looked_at) {
            let older = self.directory.intact(own, number, Step::Look)?;
            if older.is_ok_and(|older| is_of(&older.sealed)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives what has the name `published` a lasting one, for a person to look at.
    pub(super) fn set_published_aside(&self) -> io::Result<()> {
        let own = &self.held.open.own;
        self.set_aside_as(|aside| match self.staging {
            Staging::Within => {
                (self.directory.fs).rename_new(own, Path::new(PUBLISHED), own, aside)
            }
            Staging::Beside => self.move_inside(aside),
        })?;
        Ok(())
    }

    /// Sets aside, before it is replaced for good, what would come out in an exchange. Returns its name.
    fn keep_a_copy(&self, replaced: &Replaced) -> io::Result<Option<PathBuf>> {
        match self.scene.front.seen() {
            Some(seen) if replaced.is_for_a_person(&self.scene.front) => {
                self.set_aside_as(|aside| self.copy_inside(aside, &seen.bytes))
            }
            _ => Ok(None),
        }
    }

    /// Finds a name for what is set aside, and has it given.
    fn set_aside_as(&self, give: impl Fn(&Path) -> io::Result<()>) -> io::Result<Option<PathBuf>> {
        let newest = self.scene.listing.newest().max(1);
        let mut names = (newest..=LAST_GENERATION).chain(1..newest).map(aside_name);
        let given = names.find_map(|aside| match give(&aside) {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => None,
            given => Some(given.map(|()| aside)),
        });
        let report = |aside: &PathBuf| trace::set_aside(&self.directory.layout.within(aside));
        Ok(given.transpose()?.inspect(report))
    }

    /// Where no rename leads into the status directory.
    fn move_inside(&self, name: &Path) -> io::Result<()> {
        let (fs, (dir, from)) = (&self.directory.fs, self.staged());
        let bytes = match fs.read(dir, &from, MAX_BYTES)? {
            Contents::Whole { bytes, .. } => bytes,
            Contents::Unreadable(cause) => return Err(cause),
            _ => {
                let cause = "it is no file that could be set aside; move it away";
                return Err(io::Error::new(ErrorKind::InvalidData, cause));
            }
        };
        self.copy_inside(name, &bytes)?;
        fs.remove(dir, &from)
    }

    fn copy_inside(&self, name: &Path, bytes: &[u8]) -> io::Result<()> {
        let (fs, own) = (&self.directory.fs, &self.held.open.own);
        let (mut copy, _) = fs.create(own, name, self.scene.options.mode, None)?;
        let written = (fs.write(&mut copy, bytes))
            .and_then(|()| fs.sync(&copy, None))
            .and_then(|()| fs.sync_directory(own));
        written.inspect_err(|_| drop(fs.remove(own, name)))
    }
}

/// Whether a file system has no second names, or none for this file.
fn is_without_links(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        ErrorKind::PermissionDenied
            | ErrorKind::CrossesDevices
            | ErrorKind::TooManyLinks
            | ErrorKind::Unsupported
    )
}
