//! A disk that records what it is sent, in order: every write, and every flush.
//!
//! It is one file in a file system of its own, served by this process, with a loop device on top.
//! The kernel turns a flush of the device into an `fsync` of that file, and so it does with a write
//! that is to be on the disk at once, for which it writes first and flushes then.

use crate::harness::contents::Contents;
use anyhow::{Context as _, Result};
use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags,
    Generation, INodeNo, LockOwner, MountOption, OpenFlags, ReplyAttr, ReplyData, ReplyEmpty,
    ReplyEntry, ReplyOpen, ReplyWrite, Request, WriteFlags,
};
use rustix::fs::OFlags;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

const DISK: &str = "disk";
const DISK_INODE: INodeNo = INodeNo(2);
const FOR_EVER: Duration = Duration::from_secs(1 << 30);

/// Something that was sent to a disk.
#[derive(Debug)]
pub(crate) enum Event {
    Write { offset: u64, bytes: Vec<u8> },
    Flush,
}

/// All that was sent to a disk in a while.
#[derive(Debug)]
pub(crate) struct Recording {
    /// The disk before the first event.
    pub(crate) before: Contents,
    pub(crate) events: Vec<Event>,
}

/// The disk's state, which the harness and the kernel's requests share.
#[derive(Debug, Clone)]
pub(crate) struct Disk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    size: u64,
    contents: Contents,
    recording: Option<Recording>,
}

impl Disk {
    fn new(size: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            size,
            contents: Contents::new(size),
            recording: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes it as new.
    pub(crate) fn erase(&self) {
        let mut state = self.state();
        state.contents = Contents::new(state.size);
    }

    pub(crate) fn start_recording(&self) {
        let mut state = self.state();
        state.recording = Some(Recording {
            before: state.contents.clone(),
            events: Vec::new(),
        });
    }

    /// How much was recorded so far. What was acknowledged by now rests on these events alone.
    pub(crate) fn position(&self) -> usize {
        let state = self.state();
        state.recording.as_ref().map_or(0, |r| r.events.len())
    }

    pub(crate) fn stop_recording(&self) -> Result<Recording> {
        self.state()
            .recording
            .take()
            .context("nothing was recorded")
    }
}

/// A disk that is being served as a file.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) disk: Disk,
    /// The file to put a loop device on.
    pub(crate) file: PathBuf,
    _session: BackgroundSession,
}

impl Recorder {
    /// Serves a new disk in `directory`, until this is dropped.
    pub(crate) fn serve(directory: &Path, size: u64) -> Result<Self> {
        fs::create_dir_all(directory)?;
        let disk = Disk::new(size);
        let mut options = Config::default();
        options.mount_options = vec![MountOption::FSName("statusfile-power".to_owned())];
        let session = fuser::spawn_mount(disk.clone(), directory, &options)
            .with_context(|| format!("cannot serve a disk at {}", directory.display()))?;
        Ok(Self {
            disk,
            file: directory.join(DISK),
            _session: session,
        })
    }
}

impl Filesystem for Disk {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        if parent == INodeNo::ROOT && name == DISK {
            reply.entry(&FOR_EVER, &self.attributes(DISK_INODE), Generation(0));
        } else {
            reply.error(Errno::ENOENT);
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        reply.attr(&FOR_EVER, &self.attributes(inode));
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        // No cache in between: what the device writes is here before the device hears that it is.
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let state = self.state();
        let length = u64::from(size).min(state.size.saturating_sub(offset));
        let length = usize::try_from(length).unwrap_or_default();
        reply.data(&state.contents.read(offset, length));
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        bytes: &[u8],
        _: WriteFlags,
        opened: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let mut state = self.state();
        let length = u32::try_from(bytes.len()).unwrap_or_default();
        if offset + u64::from(length) > state.size {
            return reply.error(Errno::ENOSPC);
        }
        state.contents.write(offset, bytes);
        if let Some(recording) = &mut state.recording {
            let bytes = bytes.to_vec();
            recording.events.push(Event::Write { offset, bytes });
            // Whoever opens it so waits for the disk with each write.
            if OFlags::from_bits_retain(opened.0.cast_unsigned()).contains(OFlags::SYNC) {
                recording.events.push(Event::Flush);
            }
        }
        reply.written(length);
    }

    fn fsync(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        if let Some(recording) = &mut self.state().recording {
            recording.events.push(Event::Flush);
        }
        reply.ok();
    }
}

impl Disk {
    fn attributes(&self, inode: INodeNo) -> FileAttr {
        let (kind, size) = match inode {
            DISK_INODE => (FileType::RegularFile, self.state().size),
            _ => (FileType::Directory, 0),
        };
        FileAttr {
            ino: inode,
            size,
            blocks: size / 512,
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind,
            perm: 0o700,
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        }
    }
}
