//! Linux and Apple: the extended attributes of a file, which on Linux hold its ACL and its label too.

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
use rustix::io::retry_on_intr;
use std::fs::File;

/// In bytes: Linux allows no longer list of names, and no larger value (xattr(7)).
const MOST: usize = 64 << 10;

/// What the kernel says of the bytes of a file, which are others in the next one.
const OF_ITS_BYTES: [&[u8]; 2] = [b"security.ima", b"security.evm"];

/// Gives `to` those of `from`, as far as this process may. Returns whether there were any that a new file has not
/// by itself.
pub(super) fn take_over(from: &File, to: &File) -> bool {
    let mut names = vec![0; MOST];
    let Ok(length) = retry_on_intr(|| flistxattr(from, &mut names[..])) else {
        return false;
    };
    names.truncate(length);
    let mut has_own = false;
    let names = names.split(|&byte| byte == 0);
    for name in names.filter(|name| !name.is_empty() && !OF_ITS_BYTES.contains(name)) {
        let value = value(from, name);
        if let Some(value) = value.filter(|wanted| self::value(to, name).as_ref() != Some(wanted)) {
            has_own = true;
            let _ = retry_on_intr(|| fsetxattr(to, name, &value, XattrFlags::empty()));
        }
    }
    has_own
}

fn value(file: &File, name: &[u8]) -> Option<Vec<u8>> {
    let mut value = vec![0; MOST];
    let length = retry_on_intr(|| fgetxattr(file, name, &mut value[..])).ok()?;
    value.truncate(length);
    Some(value)
}
