//! What people say of the file at the path besides its permissions stays with the path.

use crate::common::{NOBODY, mode};
use crate::place::{Place, worker};
use rustix::fs::{XattrFlags, getxattr, setxattr};
use rustix::io::Errno;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Gives a file an attribute; says if there are none here.
fn has_attribute(path: &Path, name: &str, value: &[u8]) -> bool {
    match setxattr(path, name, value, XattrFlags::empty()) {
        Err(Errno::NOTSUP | Errno::PERM) => {
            let _ = writeln!(io::stderr(), "skipped: no attribute {name} can be set here");
            false
        }
        set => {
            set.unwrap();
            true
        }
    }
}

fn attribute(path: &Path, name: &str) -> Vec<u8> {
    let mut value = vec![0; 1000];
    let length = getxattr(path, name, &mut value[..]).unwrap();
    value.truncate(length);
    value
}

/// Expects it after every save of this process, whatever that knows of the file, and over an edit.
fn stays(name: &str, value: &[u8]) {
    let place = Place::saved(2);
    // Times of changes come from a clock that ticks in milliseconds.
    thread::sleep(Duration::from_millis(50));
    if !has_attribute(&place.path, name, value) {
        return;
    }
    for jobs in 3..=5 {
        place.file.save(&worker(jobs)).unwrap();
        assert_eq!(attribute(&place.path, name), value, "{jobs}");
    }
    fs::write(&place.path, "jobs = 6\n").unwrap();
    place.file.update(|worker| worker.jobs += 1).unwrap();
    assert_eq!(attribute(&place.path, name), value);
    assert_eq!(place.file.load().unwrap(), worker(7));
}

#[test]
fn an_attribute_stays() {
    stays("user.tag", b"mine");
}

#[test]
fn an_acl_stays() {
    let entries = [
        (1_u16, 6_u16, u32::MAX), // the owner, who may read and write
        (2, 4, NOBODY),           // a user, who may read
        (4, 0, u32::MAX),         // the group
        (16, 4, u32::MAX),        // the most that all but the owner may
        (32, 0, u32::MAX),        // others
    ];
    let mut acl = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        acl.extend(tag.to_le_bytes());
        acl.extend(permissions.to_le_bytes());
        acl.extend(id.to_le_bytes());
    }
    stays("system.posix_acl_access", &acl);
    let place = Place::saved(1);
    if has_attribute(&place.path, "system.posix_acl_access", &acl) {
        place.file.save(&worker(2)).unwrap();
        assert_eq!(mode(&place.path), 0o640);
    }
}
