//! What holds for every verb.

use crate::place::{age, saved};
use crate::run::{Ran, closed, statusfile, without_times};

const VERBS: [&str; 12] = [
    "show",
    "get",
    "history",
    "diff",
    "verify",
    "restore",
    "edit",
    "set",
    "watch",
    "doctor",
    "completions",
    "man",
];

fn run(args: &[&str]) -> Ran {
    Ran::from(&statusfile().args(args).output().unwrap())
}

#[test]
fn every_verb_has_help_with_examples_and_all_lines_fit() {
    for verb in VERBS {
        let Ran {
            code,
            out: help,
            err,
        } = run(&[verb, "--help"]);
        assert_eq!((code, &*err), (Some(0), ""), "{verb}");
        assert!(
            help.contains(&format!("Examples:\n  statusfile {verb}")) || verb == "edit",
            "{help}"
        );
        assert!(
            help.lines().all(|line| line.chars().count() <= 100),
            "{help}"
        );
    }
    let help = run(&["--help"]).out;
    for verb in VERBS {
        assert!(help.contains(&format!("\n  {verb} ")), "{help}");
    }
    assert!(!help.contains("try-lock"), "{help}");
    assert!(help.contains("Exit codes:\n  0  success"), "{help}");
}

#[test]
fn wrong_use_is_2() {
    for args in [
        &[][..],
        &["show"],
        &["nonsense"],
        &["show", "a", "--previous", "-g", "1"],
        &["verify"],
    ] {
        let ran = run(args);
        assert_eq!((ran.code, &*ran.out), (Some(2), ""), "{args:?}");
        assert!(!ran.err.is_empty());
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let expected = format!("statusfile {}\n", env!("CARGO_PKG_VERSION"));
    run(&["--version"]).prints(0, &expected, "");
}

#[test]
fn completions_and_man_pages_come_with_the_binary() {
    for (shell, mark) in [
        ("bash", "complete -F _statusfile"),
        ("zsh", "#compdef statusfile"),
        ("fish", "complete -c statusfile"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let Ran {
            code, out: script, ..
        } = run(&["completions", shell]);
        assert_eq!(code, Some(0));
        assert!(
            script.contains(mark) && script.contains("verify"),
            "{shell}: {script}"
        );
    }
    let Ran {
        code, out: page, ..
    } = run(&["man"]);
    assert_eq!(code, Some(0));
    for part in [
        ".TH statusfile 1",
        ".SH NOTES\n.nf\nPATH ",
        "\nExit codes:\n  0  success",
        "\n.fi\n.SH VERSION",
        "statusfile\\-restore(1)",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for verb in VERBS {
        let Ran {
            code, out: page, ..
        } = run(&["man", verb]);
        assert_eq!(code, Some(0), "{verb}");
        assert!(page.contains(&format!("statusfile\\-{verb}")), "{page}");
    }
    run(&["man", "nonsense"]).prints(2, "", "statusfile: there is no verb nonsense\n");
}

#[test]
fn a_closed_pipe_is_no_error_and_no_panic() {
    let place = saved(2);
    for args in [
        &["show"][..],
        &["show", "--json"],
        &["get", "jobs"],
        &["history"],
        &["history", "--json"],
        &["diff"],
        &["restore", "--yes"],
        &["verify", "--json"],
    ] {
        let mut command = statusfile();
        command
            .arg(args[0])
            .arg(&place.path)
            .args(&args[1..])
            .stdout(closed());
        let ran = place.ran(&mut command);
        ran.ends(0);
        assert!(
            !ran.err.contains("panic") && !ran.err.contains("pipe"),
            "{ran}"
        );
    }
    for args in [&["man"][..], &["completions", "bash"], &["--help"]] {
        place
            .ran(statusfile().args(args).stdout(closed()))
            .prints(0, "", "");
    }
    place
        .ran(
            statusfile()
                .arg("doctor")
                .arg(place.directory.path())
                .stdout(closed()),
        )
        .prints(0, "", "");
    assert_eq!(place.jobs(), 1);
}

#[test]
fn exit_codes_stay_true_when_nobody_reads() {
    let place = saved(2);
    place.damage(2);
    let mut command = statusfile();
    command.arg("verify").arg(&place.path).stdout(closed());
    place.ran(&mut command).ends(1);
    command.stderr(closed());
    place.ran(&mut command).ends(1);
    let mut command = statusfile();
    command
        .args(["show", "/none/such.toml"])
        .stdout(closed())
        .stderr(closed());
    place.ran(&mut command).ends(3);
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let place = saved(2);
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = statusfile();
    command.arg("show").arg(&place.path).stdout(full);
    let ran = place.ran(&mut command);
    ran.ends(3);
    assert!(
        ran.err.starts_with("statusfile: cannot write the output: "),
        "{ran}"
    );
}

#[test]
fn where_nobody_sees_them_there_are_no_colours_unless_asked_for() {
    let place = saved(2);
    place.damage(2);
    place.put_edit("jobs = 7\n");
    age(&place.path);
    for verb in ["show", "history", "diff", "verify"] {
        let plain = place.run(verb, &[]);
        assert!(!plain.out.contains('\u{1b}'), "{plain}");
        let coloured = place.run(verb, &["--color", "always"]);
        assert!(coloured.out.contains("\u{1b}["), "{coloured}");
        let stripped = anstream::adapter::strip_str(&coloured.out).to_string();
        assert_eq!(without_times(&stripped), plain.out);
    }
}
