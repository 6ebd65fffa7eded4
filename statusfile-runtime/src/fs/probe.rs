use super::platform;
use std::io;
use std::path::Path;

/// Whether the system renames without replacing in one step here, as a save asks it to. Both paths
/// must name files that are there; nothing happens to them if it does.
///
/// Where it does not, a save looks whether the name is free before it renames, which is enough while
/// the lock works.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = std::env::temp_dir().join(format!("statusfile-doc-probe-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory)?;
/// let (from, to) = (directory.join("from"), directory.join("to"));
/// std::fs::write(&from, "new")?;
/// std::fs::write(&to, "old")?;
/// if statusfile::refuses_to_replace(&from, &to)? {
///     assert_eq!(std::fs::read(&to)?, b"old");
/// }
/// # std::fs::remove_dir_all(directory)
/// # }
/// ```
///
/// # Errors
///
/// What the system says if it cannot rename here at all.
pub fn refuses_to_replace(from: &Path, to: &Path) -> io::Result<bool> {
    platform::refuses_to_replace(from, to)
}
