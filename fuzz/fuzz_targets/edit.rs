//! Any bytes in the place of the link: they are the status, or an error says where they are not, and
//! no save loses them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use oracle::{Job, Verdict, file, good, text_of};
use std::fs;

fuzz_target!(|input: (bool, &[u8])| {
    let (saved_before, edit) = input;
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("s.toml");
    let file = file(&path);
    if saved_before {
        file.save(&Job::new(1)).unwrap();
        fs::remove_file(&path).unwrap();
    }
    fs::write(&path, edit).unwrap();

    let verdict = Verdict::of(&path);
    verdict.check(&file.read());
    let value = verdict.value();
    let saved = file.save(&Job::new(2));
    if value.is_none() && !edit.is_empty() {
        saved.unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), edit);
        return;
    }
    saved.unwrap();
    assert_eq!(file.load().unwrap(), Job::new(2));
    if let (Verdict::Edit(..), Some(value)) = (verdict, value) {
        let kept = good(&path);
        assert_eq!(oracle::open(&kept[1].1).unwrap().text, text_of(edit));
        fs::remove_file(oracle::directory(&path).join(format!("{}.toml", kept[0].0))).unwrap();
        assert_eq!(file.load().unwrap(), value);
    }
});
