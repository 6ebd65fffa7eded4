//! Whatever the bytes of the newest generation became, they are loaded only under a seal that holds; and so are
//! those of the file at the path, unless a person has changed them.

use crate::cases::in_cases;
use crate::common::{damage, replace, sealed};
use crate::{saved_twice, worker};
use proptest::collection::vec;
use proptest::prelude::*;
use statusfile::error::DamageKind;
use statusfile::{Error, Location, Origin};
use std::fs;

/// From one damaged bit to the next that is tried: on Windows, which stands for Wine, a file takes its time.
const STEP: usize = if cfg!(windows) { 37 } else { 1 };

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

#[test]
fn no_truncation_of_the_newest_is_loaded() {
    let whole = fs::read(saved_twice().newest()).unwrap();
    let seal = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for length in 0..whole.len() {
        let kind = saved_twice().falls_back_from(&whole[..length]);
        let named = match kind {
            DamageKind::Empty => length == 0,
            DamageKind::Unsealed => (1..seal).contains(&length),
            DamageKind::Length { sealed, found, .. } => {
                sealed == (whole.len() - seal) as u64
                    && Some(found) == length.checked_sub(seal).map(|left| left as u64)
            }
            _ => false,
        };
        assert!(named, "{length} bytes: {kind}");

        let place = saved_twice();
        let published = fs::read(&place.path).unwrap();
        let at_the_path = place.falls_back_from_the_path(&published[..length]);
        assert_eq!(at_the_path.to_string(), kind.to_string(), "{length} bytes");
        // A copy over it that did not come to its end has a time of its own.
        let place = saved_twice();
        let published = fs::read(&place.path).unwrap();
        place.edit(&published[..length]);
        if published[..length].ends_with(b"\n") {
            // So far the lines are whole, and a person may have taken away the others.
            let error = place.file.load().unwrap_err();
            assert!(matches!(error, Error::Decode { .. }), "{error}");
            place.file.save(&worker(3)).unwrap();
            assert_eq!(place.file.load().unwrap(), worker(3));
            continue;
        }
        let at_the_path = place.falls_back_behind_the_path();
        assert_eq!(at_the_path.to_string(), kind.to_string(), "{length} bytes");
    }
}

#[test]
fn no_flipped_bit_of_the_newest_is_loaded() {
    let whole = fs::read(saved_twice().newest()).unwrap();
    let seal = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for bit in (0..whole.len() * 8).step_by(STEP) {
        let kind = saved_twice().falls_back_from(&flipped(&whole, bit));
        let named = match kind {
            DamageKind::Checksum => true,
            DamageKind::Unsealed | DamageKind::Length { .. } => bit / 8 < seal,
            _ => false,
        };
        assert!(named, "bit {bit}: {kind}");
        is_passed_over_or_an_edit(bit, bit / 8 < seal);
    }
}

/// Expects of a file at the path, whose time is still that of the save, that it is passed over; if
/// `may_be_unknown`, as nothing may be left of the seal, it may be taken for a person's edit, which says the same
/// or shows its mistake.
fn is_passed_over_or_an_edit(bit: usize, may_be_unknown: bool) {
    let place = saved_twice();
    let bytes = flipped(&fs::read(&place.path).unwrap(), bit);
    damage(&place.path, &bytes);
    match place.file.read() {
        Ok(loaded) if loaded.origin == Origin::Edit => {
            assert!(may_be_unknown);
            assert_eq!(loaded.value, worker(2));
        }
        Err(Error::Decode { location, line, .. }) => {
            assert!(may_be_unknown);
            assert_eq!(location.path(), Some(&*place.path));
            assert!(line <= 2, "{line}");
        }
        _ => drop(place.falls_back_from_the_path(&bytes)),
    }
}

#[test]
fn where_both_are_cut_at_the_same_length_there_is_no_default() {
    let place = saved_twice();
    let older = fs::read(place.generation(1)).unwrap();
    let newest = fs::read(place.newest()).unwrap();
    for length in 0..newest.len() {
        replace(&place.generation(1), &older[..length]);
        replace(&place.newest(), &newest[..length]);
        damage(&place.path, &newest[..length]);
        place.is_lost();
    }
}

#[test]
fn where_the_same_bit_of_both_is_flipped_there_is_no_default() {
    let place = saved_twice();
    let older = fs::read(place.generation(1)).unwrap();
    let newest = fs::read(place.newest()).unwrap();
    fs::remove_file(&place.path).unwrap();
    for bit in (0..newest.len() * 8).step_by(STEP) {
        replace(&place.generation(1), &flipped(&older, bit));
        replace(&place.newest(), &flipped(&newest, bit));
        place.is_lost();
    }
}

#[test]
fn appended_bytes_are_found() {
    for more in ["\n", " ", "\0", "jobs = 9\n", "# a comment\n"] {
        let place = saved_twice();
        let mut bytes = fs::read(place.newest()).unwrap();
        bytes.extend_from_slice(more.as_bytes());
        damage(&place.path, &bytes);
        let kinds = [
            place.falls_back_behind_the_path(),
            saved_twice().falls_back_from(&bytes),
        ];
        for kind in kinds {
            let DamageKind::Length { sealed, found, .. } = kind else {
                panic!("{kind}");
            };
            assert_eq!(found, sealed + more.len() as u64);
        }
    }
}

#[test]
fn an_empty_file_is_found() {
    for kind in [
        saved_twice().falls_back_from(b""),
        saved_twice().falls_back_from_the_path(b""),
    ] {
        assert!(matches!(kind, DamageKind::Empty), "{kind}");
    }
}

#[test]
fn a_file_of_nul_bytes_is_found() {
    let place = saved_twice();
    let length = fs::read(place.newest()).unwrap().len();
    let kind = place.falls_back_from(&vec![0; length]);
    assert!(matches!(kind, DamageKind::Unsealed), "{kind}");
    let kind = saved_twice().falls_back_from_the_path(&vec![0; length]);
    assert!(matches!(kind, DamageKind::Zeros), "{kind}");
}

#[test]
fn a_good_text_without_its_seal_is_found() {
    let place = saved_twice();
    let bytes = fs::read(place.newest()).unwrap();
    let seal = bytes.iter().position(|&byte| byte == b'\n').unwrap();
    let kind = place.falls_back_from(&bytes[seal + 1..]);
    assert!(matches!(kind, DamageKind::Unsealed), "{kind}");
}

#[test]
fn the_seal_of_another_status_is_found() {
    let place = saved_twice();
    let older = fs::read_to_string(place.generation(1)).unwrap();
    let newest = fs::read_to_string(place.newest()).unwrap();
    let mixed = newest.replace(
        newest.lines().next().unwrap(),
        older.lines().next().unwrap(),
    );
    let kind = place.falls_back_from(mixed.as_bytes());
    assert!(matches!(kind, DamageKind::Checksum), "{kind}");
}

pub(crate) fn like_a_seal() -> impl Strategy<Value = Vec<u8>> {
    let text = "[ -~\n]{0,40}";
    let number = || prop_oneof![0..3_u64, any::<u64>()];
    let fields = (
        number(),
        number(),
        prop::option::of(number()),
        any::<u32>(),
        text,
    );
    fields.prop_map(|(format, version, bytes, crc32, text)| {
        let bytes = bytes.unwrap_or(text.len() as u64);
        let seal = format!("#:statusfile {format} version={version} saved=2026-11-25T20:11:14.482913Z bytes={bytes}");
        format!("{seal} crc32={crc32:08x}\n{text}").into_bytes()
    })
}

proptest! {
    #![proptest_config(in_cases(300))]

    #[test]
    fn bytes_without_a_seal_that_holds_are_never_loaded(
        bytes in prop_oneof![vec(any::<u8>(), 0..200), like_a_seal()],
    ) {
        saved_twice().falls_back_from(&bytes);
    }

    #[test]
    fn a_text_whose_seal_holds_is_loaded_or_an_error_and_never_passed_over(
        text in prop_oneof![".{0,60}", "jobs = [0-9]{1,20}\nlast = [\"'][a-z]{0,3}[\"']\n?"],
    ) {
        let place = saved_twice();
        replace(&place.newest(), &sealed(2, 1, &text));
        fs::remove_file(&place.path).unwrap();
        for origin in [Origin::Generation(2), Origin::Path] {
            let location = match origin {
                Origin::Path => place.path.clone(),
                _ => place.newest(),
            };
            if origin == Origin::Path {
                fs::copy(place.newest(), &place.path).unwrap();
            }
            match place.file.read() {
                Ok(loaded) => {
                    prop_assert_eq!(loaded.origin, origin);
                    prop_assert_eq!(loaded.value, toml::from_str(&text).unwrap());
                }
                Err(Error::Decode { location: named, line, column, .. }) => {
                    prop_assert_eq!(named, Location::from(location));
                    prop_assert!(line >= 1 && column >= 1);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}
