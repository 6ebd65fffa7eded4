//! Which faults each system call can meet.

use crate::strace::Call;

/// One thing that goes wrong.
#[derive(Debug)]
pub(crate) struct Fault {
    call: Call,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Once(&'static str),
    FromThenOn(&'static str),
    Kill,
}

impl Fault {
    pub(crate) fn kills(&self) -> bool {
        matches!(self.kind, Kind::Kill)
    }

    /// What tells `strace` to do it.
    pub(crate) fn options(&self) -> Vec<String> {
        let Call { name, nth, .. } = &self.call;
        let fault = match self.kind {
            Kind::Once(error) => format!("error={error}:when={nth}"),
            // No system call is interrupted forever.
            Kind::FromThenOn("EINTR") => format!("error=EINTR:when={nth}..{}", nth + 3),
            Kind::FromThenOn(error) => format!("error={error}:when={nth}+"),
            Kind::Kill => format!("signal=SIGKILL:when={nth}"),
        };
        let calls = ["-e".into(), "trace=%file,%desc".into()];
        let fault = ["-e".into(), format!("inject={name}:{fault}")];
        [calls, fault].concat()
    }
}

/// Every fault of every call, or of each call one of a kind.
pub(crate) fn faults(calls: &[Call], full: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (place, call) in calls.iter().enumerate() {
        let errors = errors(call);
        let (mut once, mut on) = (errors.to_vec(), errors.to_vec());
        if !full && !errors.is_empty() {
            once = vec![errors[place % errors.len()]];
            on = vec![errors[(place + 1) % errors.len()]];
        }
        let once = once.into_iter().map(Kind::Once);
        let on = on.into_iter().filter(|error| goes_on(call, error));
        let kinds = once.chain(on.map(Kind::FromThenOn));
        let kinds = kinds.chain((call.name != "fcntl").then_some(Kind::Kill));
        faults.extend(kinds.map(|kind| Fault {
            call: call.clone(),
            kind,
        }));
    }
    faults
}

/// A failing `close` closes nothing here, though it would in earnest, so one that goes on is tried
/// with the error that the standard library does not panic at when a listing ends.
fn goes_on(call: &Call, error: &str) -> bool {
    call.name != "close" || error == "EINTR"
}

fn errors(call: &Call) -> &'static [&'static str] {
    let adds = call.line.contains("O_CREAT");
    match call.name.trim_end_matches("at") {
        "open" if adds => &[
            "EIO", "ENOSPC", "EDQUOT", "EACCES", "EROFS", "EMFILE", "EINTR",
        ],
        "open" => &["EIO", "EACCES", "EMFILE", "EINTR"],
        "write" | "fsync" => &["EIO", "ENOSPC", "EDQUOT", "EINTR"],
        "flock" => &["EAGAIN", "EACCES", "EINTR", "ENOLCK", "EIO"],
        "renameat2" => &[
            "EIO", "ENOSPC", "EDQUOT", "EACCES", "EROFS", "EINTR", "EINVAL",
        ],
        "rename" | "symlink" | "mkdir" => &["EIO", "ENOSPC", "EDQUOT", "EACCES", "EROFS", "EINTR"],
        "unlink" => &["EIO", "EACCES", "EROFS", "EINTR"],
        "close" if call.ends_listing => &["EINTR"],
        "close" => &["EIO", "EINTR", "ENOSPC", "EDQUOT"],
        // It is the standard library's own check, in debug builds, of what it is about to close.
        "fcntl" => &[],
        "statx" | "newfst" | "fst" | "readlink" => &["EIO", "EACCES", "EINTR"],
        _ => &["EIO", "EINTR"],
    }
}
