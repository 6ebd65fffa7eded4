//! What a person makes of the file in an editor is loaded by the next load and kept by the next save.

use crate::common::status_directory;
use crate::place::{Place, status, worker};
use crate::{has, shell, shell_with};
use statusfile::Origin;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Turns `jobs = 2` into this.
const EDITED: &str = "jobs = 50 # mine";

/// Expects that what `edit` makes of `jobs = 2` is adopted, at the path itself and through a link to it.
fn is_adopted(edit: impl Fn(&Path)) {
    for is_linked in [false, true] {
        let mut place = Place::saved(2);
        let link = place.directory.path().join("elsewhere/link.toml");
        if is_linked {
            fs::create_dir(link.parent().unwrap()).unwrap();
            symlink("../worker.toml", &link).unwrap();
            place.file = status(&link);
        }
        edit(if is_linked { &link } else { &place.path });
        if is_linked && fs::symlink_metadata(&link).unwrap().is_file() {
            is_torn_off(&place, &link);
            continue;
        }
        let edited = fs::read_to_string(&place.path).unwrap();
        assert!(edited.ends_with(&format!("{EDITED}\n")), "{edited}");
        assert!(!edited.contains("jobs = 2"), "{edited}");
        let loaded = place.file.read().unwrap();
        assert_eq!((loaded.value, loaded.origin), (worker(50), Origin::Edit));
        assert_eq!(loaded.skipped.len(), 0);

        place.file.update(|worker| worker.jobs += 1).unwrap();
        assert_eq!(place.file.load().unwrap(), worker(51));
        let kept = ["jobs = 2", EDITED, "jobs = 51"];
        assert_eq!(place.texts(), kept.map(|text| format!("{text}\n")));
        place.is_published();
        // Nothing that was set aside, and no second status beside the link.
        assert_eq!(place.kept(), ["2.toml", "3.toml", "4.toml"]);
        assert!(!status_directory(&link).exists());

        // It does not come back.
        place.file.save(&worker(52)).unwrap();
        assert_eq!(place.file.load().unwrap(), worker(52));
        assert_eq!(place.texts(), ["jobs = 51\n", "jobs = 52\n"]);
    }
}

/// A program that puts a file in the place of a link has made a status of its own there, and left the one that the
/// link led to as it was.
fn is_torn_off(place: &Place, link: &Path) {
    assert_eq!(place.file.load().unwrap(), worker(50));
    place.file.save(&worker(51)).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(51));
    assert_eq!(
        place.texts(),
        [format!("{EDITED}\n"), "jobs = 51\n".to_owned()]
    );
    assert!(status_directory(link).is_dir());
    assert_eq!(
        status::<crate::place::Worker>(&place.path).load().unwrap(),
        worker(2)
    );
}

#[test]
fn vim_by_rename_and_in_place() {
    if !has("vim") {
        return;
    }
    for way in ["no", "yes", "auto"] {
        is_adopted(|path| {
            let vim = "vim -es -N -u NONE -i NONE -c \"set nomodeline backupcopy=$WAY\" \
                -c '%s/^jobs = .*/jobs = 50 # mine/' -c wq \"$1\"";
            shell(path, &vim.replace("$WAY", way));
        });
    }
}

/// An editor that needs a terminal, which `script` makes.
#[test]
fn nano() {
    if !has("nano") || !has("script") {
        return;
    }
    // The line is cut and written again; ^O and Enter save, ^X ends it. It reads what is typed once it is there.
    is_adopted(|path| {
        let nano = "{ sleep 1; printf '\\013'; printf 'jobs = 50 # mine'; sleep 0.3; printf '\\017'; sleep 0.3; \
            printf '\\r'; sleep 0.3; printf '\\030'; sleep 0.5; } \
            | script -qfec \"nano --ignorercfiles +2,1 '$1'\" /dev/null";
        shell(path, nano);
    });
}

#[test]
fn ed() {
    if has("ed") {
        let commands = "2s/.*/jobs = 50 # mine/\nw\nq\n";
        is_adopted(|path| shell_with(path, "ed -s \"$1\"", commands));
    }
}

#[test]
fn sed_in_place() {
    if has("sed") {
        let sed = "sed -i.bak -e 's/^jobs = .*/jobs = 50 # mine/' \"$1\"";
        is_adopted(|path| shell(path, sed));
    }
}

/// As root's editors do, for whom nothing is read-only.
#[test]
fn sed_through_links() {
    let knows = "sed --follow-symlinks --version | head -n 1";
    if has("sed")
        && std::process::Command::new("sh")
            .args(["-c", knows])
            .output()
            .unwrap()
            .stdout
            .starts_with(b"sed (GNU")
    {
        let sed = "sed -i --follow-symlinks -e 's/^jobs = .*/jobs = 50 # mine/' \"$1\"";
        is_adopted(|path| shell(path, sed));
    }
}

#[test]
fn perl() {
    if has("perl") {
        let perl = "perl -pi -e 's/^jobs = .*/jobs = 50 # mine/' \"$1\"";
        is_adopted(|path| shell(path, perl));
    }
}

#[test]
fn a_shell_that_writes_over_it() {
    is_adopted(|path| shell(path, "printf 'jobs = 50 # mine\\n' > \"$1\""));
}

/// An editor that keeps the time of a file, or a person who sets it, leaves an edit all the same where the seal
/// is gone or names another time.
#[test]
fn an_edit_whose_time_was_set_back() {
    if has("touch") {
        let edit = "printf 'jobs = 50 # mine\\n' > new; touch -d '2001-02-03 04:05:06' new; cat new > \"$1\"; \
            touch -r new \"$1\"; rm new";
        is_adopted(|path| shell(path, edit));
    }
}
