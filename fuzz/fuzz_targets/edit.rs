//! Any bytes at the path: they are the status, or an error says where they are not, or they are damage; and no
//! save loses them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use oracle::{Job, Verdict, damage_at, file, good, set_aside, text_of};
use std::fs;

fuzz_target!(|input: (bool, &[u8])| {
    let (saved_before, edit) = input;
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("s.toml");
    let file = file(&path);
    if saved_before {
        file.save(&Job::new(1)).unwrap();
    }
    fs::write(&path, edit).unwrap();

    let verdict = Verdict::of(&path);
    verdict.check(&file.read());
    let (value, damage) = (verdict.value(), damage_at(&path));
    let possible = verdict.allows_save(&path);
    let saved = file.save(&Job::new(2));
    assert_eq!(saved.is_ok(), possible, "{verdict:?}: {saved:?}");
    if !possible {
        assert_eq!(fs::read(&path).unwrap(), edit);
        return;
    }
    assert_eq!(file.load().unwrap(), Job::new(2));
    let is_mistake = matches!(verdict, Verdict::Edit(..)) && value.is_none();
    if is_mistake || damage.is_some() {
        assert!(set_aside(&path).iter().any(|aside| aside == edit));
    }
    let kept = good(&path);
    match (&verdict, value) {
        (Verdict::Edit(..), Some(value)) => {
            assert_eq!(oracle::open(&kept[1].1).unwrap().text, text_of(edit));
            fs::remove_file(&path).unwrap();
            fs::remove_file(oracle::directory(&path).join(format!("{}.toml", kept[0].0))).unwrap();
            assert_eq!(file.load().unwrap(), value);
        }
        (Verdict::Path(bytes), _) => assert_eq!(kept[1].1, *bytes),
        _ => {}
    }
});
