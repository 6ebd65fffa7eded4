//! Settings that people edit.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

#[path = "../../../tests/common/mod.rs"]
mod common;
#[path = "../../../tests/common/place.rs"]
mod place;

use common::{generation, names, status_directory};
use serde::{Deserialize, Serialize};
use statusfile::{Error, Origin, PersistentStatus, StatusFile, StatusSection};
use std::fs;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(editable, default)]
struct Settings {
    /// Where to listen.
    ///
    /// 0 is any free port.
    port: u16,
    #[serde(rename = "log-level")]
    log_level: u8,
    /// How much is too much.
    limits: Limits,
    /// Only where there is one.
    proxy: Option<Proxy>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, StatusSection)]
#[serde(rename_all = "kebab-case")]
struct Limits {
    /// Open at once.
    open_files: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, StatusSection)]
struct Proxy {
    /// With its port.
    host: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 80,
            log_level: 3,
            limits: Limits { open_files: 100 },
            proxy: None,
        }
    }
}

type Place = place::Place<Settings>;

impl Place {
    /// The text at the path without its seal.
    fn text(&self) -> String {
        let text = fs::read_to_string(&self.path).unwrap();
        let (seal, text) = text.split_once('\n').unwrap();
        assert!(seal.starts_with("#:statusfile 2 "), "{seal}");
        text.to_owned()
    }
}

fn place() -> Place {
    Place::of(|path| Settings::at(path))
}

#[test]
fn what_people_wrote_stays_when_it_is_autosaved() {
    let place = place();
    fs::write(&place.path, "# mine\nport = 0x50 # web\nlog-level = 1\n").unwrap();
    let settings = place.file.autosave().unwrap();
    settings.update(|settings| settings.log_level = 2);
    settings.flush().unwrap();
    let text = place.text();
    assert!(
        text.starts_with("# mine\nport = 0x50 # web\nlog-level = 2\n"),
        "{text}"
    );

    // An edit in between keeps its comments, and its values give way.
    fs::write(&place.path, "# ours\nport = 81\nlog-level = 1\n").unwrap();
    settings.update(|settings| settings.log_level = 3);
    settings.close().unwrap();
    let text = place.text();
    assert!(
        text.starts_with("# ours\nport = 80\nlog-level = 3\n"),
        "{text}"
    );
}

#[test]
fn a_first_save_writes_a_file_that_explains_itself() {
    let place = place();
    place.file.save(&Settings::default()).unwrap();
    assert!(fs::symlink_metadata(&place.path).unwrap().is_file());
    assert_eq!(
        place.text(),
        "# Where to listen.\n#\n# 0 is any free port.\nport = 80\nlog-level = 3\n\n\
         # How much is too much.\n[limits]\n# Open at once.\nopen-files = 100\n"
    );
    let loaded = place.file.read().unwrap();
    assert_eq!(loaded.origin, Origin::Path);
    assert_eq!(loaded.value, Settings::default());
}

#[test]
fn what_people_wrote_stays_when_the_program_saves() {
    let place = place();
    fs::write(
        &place.path,
        "# mine\nlog-level = 0x05 # loud\n\n\n[limits]\n",
    )
    .unwrap();
    place
        .file
        .update(|settings| {
            settings.port = 8080;
            settings.proxy = Some(Proxy {
                host: "a:1".to_owned(),
            });
        })
        .unwrap();
    assert_eq!(
        place.text(),
        "# mine\nlog-level = 0x05 # loud\n\
         # Where to listen.\n#\n# 0 is any free port.\nport = 8080\n\n\n\
         [limits]\n# Open at once.\nopen-files = 100\n\n\
         # Only where there is one.\n[proxy]\n# With its port.\nhost = \"a:1\"\n"
    );
    let before = fs::read_to_string(generation(&place.path, 1)).unwrap();
    assert!(before.ends_with("\n# mine\nlog-level = 0x05 # loud\n\n\n[limits]\n"));
}

#[test]
fn an_edit_in_place_is_loaded_and_kept_by_the_next_save() {
    let place = place();
    place.file.save(&Settings::default()).unwrap();
    let edited = fs::read_to_string(&place.path).unwrap();
    let edited = edited.replace("port = 80", "port = 8080 # for now");
    fs::write(&place.path, &edited).unwrap();
    let loaded = place.file.read().unwrap();
    assert_eq!((loaded.value.port, loaded.origin), (8080, Origin::Edit));

    // The program still has what it loaded before.
    let stale = Settings {
        log_level: 9,
        ..Settings::default()
    };
    place.file.save(&stale).unwrap();
    assert_eq!(place.file.load().unwrap(), stale);
    assert!(
        place
            .text()
            .contains("port = 80 # for now\nlog-level = 9\n")
    );
    let kept = place.file.history().unwrap()[1].number;
    assert_eq!(place.file.load_generation(kept).unwrap().value.port, 8080);
}

#[test]
fn a_mistake_is_shown_and_the_last_good_settings_are_there() {
    let place = place();
    let good = Settings {
        port: 443,
        ..Settings::default()
    };
    place.file.save(&good).unwrap();
    let edited = fs::read_to_string(&place.path).unwrap();
    fs::write(&place.path, edited.replace("443", "\"https\"")).unwrap();
    let error = place.file.load().unwrap_err();
    let text = error.to_string();
    let expected = format!(
        "{}:5:8: invalid type: string \"https\", expected u16\n  |\n5 | port = \"https\"\n  |        ^^^^^^^",
        place.path.display()
    );
    assert!(text.starts_with(&expected), "{text}");
    assert_eq!(place.file.load_last_good().unwrap(), good);
    let error = place.file.save(&good).unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error}");
    assert!(fs::read_to_string(&place.path).unwrap().contains("https"));
}

/// An `editable` status blocks saves where others set the mistake aside.
#[test]
fn only_an_editable_status_stops_saves_at_a_mistake() {
    let place = place();
    let plain = StatusFile::<Settings>::undeclared(&place.path);
    plain.save(&Settings::default()).unwrap();
    let mistake = "port = \"https\"\n";
    fs::write(&place.path, mistake).unwrap();
    let refused = place.file.save(&Settings::default()).unwrap_err();
    assert!(matches!(refused, Error::Decode { .. }), "{refused}");
    assert_eq!(fs::read_to_string(&place.path).unwrap(), mistake);
    plain.save(&Settings::default()).unwrap();
    let aside = fs::read_to_string(common::aside(&place.path, 1)).unwrap();
    assert_eq!(aside, mistake);
    assert_eq!(place.file.load().unwrap(), Settings::default());
}

#[test]
fn an_empty_file_is_passed_over_and_written_again() {
    let place = place();
    place.file.save(&Settings::default()).unwrap();
    fs::write(&place.path, "").unwrap();
    assert_eq!(place.file.read().unwrap().skipped.len(), 1);
    place.file.save(&Settings::default()).unwrap();
    assert!(place.text().contains("# Where to listen."));
}

#[test]
fn a_file_of_zeros_is_passed_over_and_blocks_no_save() {
    let place = place();
    let good = |port| Settings {
        port,
        ..Settings::default()
    };
    place.file.save(&good(1)).unwrap();
    place.file.save(&good(2)).unwrap();
    fs::write(&place.path, [0; 74]).unwrap();
    let loaded = place.file.read().unwrap();
    assert_eq!((loaded.value.port, loaded.skipped.len()), (2, 1));
    place.file.save(&good(3)).unwrap();
    assert_eq!(place.file.load().unwrap(), good(3));
    let aside = common::aside(&place.path, 2);
    assert_eq!(fs::read(aside).unwrap(), [0; 74]);
}

#[test]
fn without_the_macro_it_works_too() {
    let place = place();
    let file = StatusFile::<toml::Table>::undeclared(&place.path).editable();
    fs::write(&place.path, "a = 1 # one\n").unwrap();
    file.update(|table| table.insert("b".into(), 2.into()))
        .unwrap();
    assert_eq!(place.text(), "a = 1 # one\nb = 2\n");
}

#[test]
fn removed_it_leaves_nothing() {
    let place = place();
    place.file.save(&Settings::default()).unwrap();
    place.file.remove().unwrap();
    assert_eq!(names(place.directory.path()), [""; 0]);
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_link_into_the_dotfiles_is_followed_and_stays() {
        let place = place();
        let dotfiles = place.directory.path().join("dotfiles");
        fs::create_dir(&dotfiles).unwrap();
        let target = dotfiles.join("app.toml");
        fs::write(&target, "port = 1 # mine\n").unwrap();
        symlink("dotfiles/app.toml", &place.path).unwrap();

        assert_eq!(place.file.load().unwrap().port, 1);
        place.file.update(|settings| settings.port = 2).unwrap();
        assert!(fs::symlink_metadata(&place.path).unwrap().is_symlink());
        assert!(
            fs::read_to_string(&target)
                .unwrap()
                .contains("port = 2 # mine\n")
        );
        // All that belongs to it lies beside the file itself.
        assert_eq!(names(&dotfiles), ["app.toml", "app.toml.status"]);
        let above = names(place.directory.path());
        assert_eq!(above, ["dotfiles", "worker.toml"]);
        assert_eq!(place.file.read().unwrap().origin, Origin::Path);
        place.file.remove().unwrap();
        assert_eq!(names(&dotfiles), [""; 0]);
        assert!(fs::symlink_metadata(&place.path).unwrap().is_symlink());
    }

    /// Tried where there is another one, as Linux has for shared memory.
    #[test]
    fn the_dotfiles_may_lie_on_another_file_system() {
        let place = place();
        let Ok(dotfiles) = tempfile::tempdir_in("/dev/shm") else {
            return;
        };
        let target = dotfiles.path().join("app.toml");
        fs::write(&target, "port = 1 # mine\n").unwrap();
        symlink(&target, &place.path).unwrap();
        place.file.update(|settings| settings.port = 2).unwrap();
        assert!(fs::symlink_metadata(&place.path).unwrap().is_symlink());
        let text = fs::read_to_string(&target).unwrap();
        assert!(text.contains("port = 2 # mine\n"), "{text}");
        let beside = ["app.toml", "app.toml.status"];
        assert_eq!(names(dotfiles.path()), beside);
        assert_eq!(place.file.read().unwrap().origin, Origin::Path);
    }

    #[test]
    fn where_a_link_leads_nowhere_the_status_is_made_there() {
        let place = place();
        symlink("nowhere.toml", &place.path).unwrap();
        let error = place.file.load().unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{error}");
        place.file.save(&Settings::default()).unwrap();
        assert!(fs::symlink_metadata(&place.path).unwrap().is_symlink());
        let real = place.directory.path().join("nowhere.toml");
        assert!(fs::symlink_metadata(real).unwrap().is_file());
        assert!(place.text().contains("port = 80\n"));
    }

    #[test]
    fn the_permissions_that_people_gave_it_stay() {
        let place = place();
        place.file.save(&Settings::default()).unwrap();
        let mode = || fs::metadata(&place.path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&place.path, fs::Permissions::from_mode(0o664)).unwrap();
        place.file.save(&Settings::default()).unwrap();
        assert_eq!(mode(), 0o664);
        let kept = names(&status_directory(&place.path));
        assert!(!kept.iter().any(|name| name.contains(".tmp")), "{kept:?}");
    }
}
