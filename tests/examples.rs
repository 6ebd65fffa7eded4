//! The examples do what they say, as the programs that they are.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Plain `cargo test` builds the examples before it runs this. With `--test examples` it does not, and
/// these are the ones of the last build.
fn example(name: &str) -> Command {
    let test = env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let program = profile
        .join("examples")
        .join(name)
        .with_extension(env::consts::EXE_EXTENSION);
    assert!(
        program.is_file(),
        "{} is missing: `cargo test` without `--test` builds it",
        program.display()
    );
    Command::new(program)
}

fn stdout(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

fn complaint(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    stderr(output)
}

/// A tree to count and a place for the status, apart from each other.
struct Scene {
    directory: TempDir,
}

impl Scene {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("tree")).unwrap();
        Self { directory }
    }

    fn tree(&self) -> PathBuf {
        self.directory.path().join("tree")
    }

    fn status(&self) -> PathBuf {
        self.directory.path().join("status").join("resume.toml")
    }

    fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.tree().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn resume(&self) -> Command {
        let mut command = example("resume");
        command.arg(self.tree()).env("RESUME_STATUS", self.status());
        command
    }

    fn table(&self) -> String {
        stdout(&self.resume().output().unwrap()).to_owned()
    }

    /// Makes the status of a run that is over that of one that was killed after the file `name`,
    /// having counted a `txt` of 1,000 bytes.
    fn wind_back_to(&self, name: &str) {
        let saved = fs::read_to_string(self.status()).unwrap();
        let roots = saved
            .lines()
            .find(|line| line.starts_with("roots"))
            .unwrap();
        let position = self.tree().canonicalize().unwrap().join(name);
        let edit = format!(
            "{roots}\nposition = '{}'\nfinished = false\nunreadable = 0\n\
             counts.txt = {{ files = 1, lines = 0, words = 1, bytes = 1000 }}\n",
            position.display()
        );
        fs::remove_file(self.status()).unwrap();
        fs::write(self.status(), edit).unwrap();
    }
}

/// Starts until one ends by itself, and kills those before: each after it has saved a checkpoint,
/// some at once and some after more of them. Returns the table, and after how many files each start
/// resumed.
fn killed_until_done(scene: &Scene) -> (String, Vec<u64>) {
    let mut resumed = Vec::new();
    let mut must_resume = false;
    for kill in 0.. {
        let mut run = scene
            .resume()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if kill < 12 && saves(&mut run, &scene.status()) {
            thread::sleep(Duration::from_millis([0, 150, 20, 250][kill % 4]));
            run.kill().unwrap();
        }
        let output = run.wait_with_output().unwrap();
        match resumed_after(&output) {
            Some(files) => resumed.push(files),
            None => assert!(!must_resume, "the checkpoint was not found: {output:?}"),
        }
        if output.status.success() {
            return (stdout(&output).to_owned(), resumed);
        }
        // A run that has printed may have come to its end before it was killed.
        must_resume = output.stdout.is_empty();
    }
    unreachable!("the last run is not killed");
}

/// Waits until a run has saved, or is over.
fn saves(run: &mut Child, status: &Path) -> bool {
    let before = fs::read(status).ok();
    while fs::read(status).ok() == before {
        if run.try_wait().unwrap().is_some() {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}

fn resumed_after(output: &Output) -> Option<u64> {
    let line = stderr(output)
        .lines()
        .find_map(|line| line.strip_prefix("resuming after "))?;
    Some(line.split(' ').next()?.parse().unwrap())
}

/// Files, lines, words and bytes.
type Counts = [u64; 4];

/// Words of some lengths with spaces of some kinds between them, the same ones every time, and what
/// was written.
fn text(seed: u64, words: u64) -> (Vec<u8>, Counts) {
    const SPACES: [&[u8]; 7] = [b" ", b" ", b"\n", b"\t  ", b"\r\n", b"\n\n", b"\x0b\x0c"];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |limit: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % limit
    };
    let mut text = Vec::new();
    let mut lines = 0;
    for _ in 0..words {
        for _ in 0..=below(11) {
            text.push(u8::try_from(0x21 + below(0xdf)).unwrap());
        }
        let space = SPACES[usize::try_from(below(7)).unwrap()];
        lines += space.split(|&byte| byte == b'\n').skip(1).count() as u64;
        text.extend_from_slice(space);
    }
    let bytes = text.len() as u64;
    (text, [1, lines, words, bytes])
}

/// Fills the tree with 400 files, and returns what is in them by extension.
fn fill(scene: &Scene) -> BTreeMap<&'static str, Counts> {
    const EXTENSIONS: [&str; 5] = ["rs", "RS", "toml", "-", "md"];
    let mut expected: BTreeMap<&str, Counts> = BTreeMap::new();
    for file in 0..400 {
        let extension = EXTENSIONS[file % 5];
        let name = match extension {
            "-" => file.to_string(),
            _ => format!("{file}.{extension}"),
        };
        let name = directory(file).join(name);
        let repeat = 1 + file * 37 % 101;
        let (piece, [files, lines, words, bytes]) = text(file as u64, 700);
        scene.write(name, piece.repeat(repeat));

        let extension = if extension == "RS" { "rs" } else { extension };
        let repeat = repeat as u64;
        for key in [extension, "total"] {
            let sum = expected.entry(key).or_default();
            for (sum, count) in
                sum.iter_mut()
                    .zip([files, lines * repeat, words * repeat, bytes * repeat])
            {
                *sum += count;
            }
        }
    }
    expected
}

/// Where to put a file. Not every name has to be UTF-8.
fn directory(file: usize) -> PathBuf {
    let directory = PathBuf::from(format!("{}/{}", file % 7, file % 11));
    #[cfg(target_os = "linux")]
    if file.is_multiple_of(3) {
        return directory.join(not_utf8(b"caf\xe9"));
    }
    directory
}

#[cfg(target_os = "linux")]
fn not_utf8(name: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    assert!(str::from_utf8(name).is_err());
    Path::new(std::ffi::OsStr::from_bytes(name))
}

fn parsed(table: &str) -> BTreeMap<&str, Counts> {
    table
        .lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.split_whitespace();
            let extension = cells.next().unwrap();
            let numbers: Vec<u64> = cells
                .map(|cell| cell.replace(',', "").parse().unwrap())
                .collect();
            (extension, numbers.try_into().unwrap())
        })
        .collect()
}

#[test]
fn resume_prints_the_same_table_however_often_it_is_killed() {
    let scene = Scene::new();
    let expected = fill(&scene);
    let uninterrupted = scene.table();
    assert_eq!(parsed(&uninterrupted), expected);

    // On a machine so busy that a run is over before it is killed, another one is not.
    let some_resumed = (0..5).any(|_| {
        fs::remove_dir_all(scene.status().parent().unwrap()).unwrap();
        let (table, resumed) = killed_until_done(&scene);
        assert_eq!(table, uninterrupted);
        assert!(resumed.is_sorted_by(|a, b| a < b), "{resumed:?}");
        resumed.iter().any(|&files| 0 < files && files < 400)
    });
    assert!(some_resumed);
}

#[test]
fn resume_counts_files_lines_words_and_bytes() {
    let scene = Scene::new();
    scene.write("a/one.txt", "two words\nand three more\n");
    scene.write("a/two.TXT", "no newline at\x0bthe\x0cend");
    scene.write("a/none.txt", "");
    scene.write("README", "  \n\t\n");
    scene.write(".hidden", "x");
    scene.write("b/c/raw.bin", b"\xff\xfe \x00 \xc2\xa0");
    scene.write("b/c/thousands.log", "line\n".repeat(1234));
    let expected = "\
extension  files  lines  words  bytes
log            1  1,234  1,234  6,170
txt            3      2     10     46
bin            1      0      3      7
-              2      2      1      6
total          7  1,238  1,248  6,229
";
    assert_eq!(scene.table(), expected);
}

#[test]
fn resume_starts_again_after_a_run_that_was_finished() {
    let scene = Scene::new();
    scene.write("b", "1\n");
    assert_eq!(parsed(&scene.table())["total"], [1, 1, 1, 2]);
    scene.write("a", "2\n");
    let output = scene.resume().output().unwrap();
    assert_eq!(resumed_after(&output), None);
    assert_eq!(parsed(stdout(&output))["total"], [2, 2, 2, 4]);
}

#[test]
fn resume_starts_again_for_another_tree() {
    let scene = Scene::new();
    scene.write("a/1.txt", "1\n");
    scene.write("b/2.txt", "2\n");
    scene.table();
    scene.wind_back_to("a/1.txt");
    let mut other = example("resume");
    other
        .arg(scene.tree().join("b"))
        .env("RESUME_STATUS", scene.status());
    let output = other.output().unwrap();
    assert_eq!(resumed_after(&output), None);
    assert_eq!(parsed(stdout(&output))["total"], [1, 1, 1, 2]);
}

#[test]
fn resume_goes_on_where_it_was_in_a_tree_that_has_changed() {
    let scene = Scene::new();
    for name in ["a.txt", "c.txt", "d.txt"] {
        scene.write(name, "1\n");
    }
    scene.table();
    scene.wind_back_to("b.txt");
    let output = scene.resume().output().unwrap();
    assert_eq!(resumed_after(&output), Some(1));
    assert_eq!(parsed(stdout(&output))["total"], [3, 2, 3, 1004]);
}

#[test]
fn resume_counts_a_file_that_is_named_twice_once() {
    let scene = Scene::new();
    scene.write("a/1.txt", "1\n");
    let output = scene
        .resume()
        .arg(scene.tree())
        .arg(scene.tree().join("a/1.txt"))
        .output()
        .unwrap();
    assert_eq!(parsed(stdout(&output))["total"], [1, 1, 1, 2]);
}

#[cfg(target_os = "linux")]
#[test]
fn resume_counts_names_that_are_not_utf8() {
    let scene = Scene::new();
    scene.write(not_utf8(b"1.T\xffXT"), "1\n");
    scene.write(not_utf8(b"\xff.txt"), "2\n");
    let expected = [("t\\xffxt", [1, 1, 1, 2]), ("txt", [1, 1, 1, 2])];
    let mut expected = BTreeMap::from(expected);
    expected.insert("total", [2, 2, 2, 4]);
    assert_eq!(parsed(&scene.table()), expected);

    scene.write(not_utf8(b"root-\xff/3.txt"), "3\n");
    let root = scene.tree().join(not_utf8(b"root-\xff"));
    let output = scene.resume().arg(root).output().unwrap();
    assert_eq!(parsed(stdout(&output))["total"], [3, 3, 3, 6]);
}

#[cfg(unix)]
#[test]
fn resume_follows_no_link() {
    use std::os::unix::fs::symlink;
    let scene = Scene::new();
    scene.write("a/1.txt", "1\n");
    symlink("..", scene.tree().join("a/loop")).unwrap();
    symlink("1.txt", scene.tree().join("a/2.txt")).unwrap();
    symlink("nowhere", scene.tree().join("a/3.txt")).unwrap();
    assert_eq!(parsed(&scene.table())["total"], [1, 1, 1, 2]);
}

#[cfg(unix)]
#[test]
fn resume_reports_what_it_cannot_read() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    scene.write("1.txt", "1\n");
    scene.write("2.txt", "2\n");
    let locked = scene.tree().join("2.txt");
    fs::set_permissions(&locked, PermissionsExt::from_mode(0o000)).unwrap();
    let output = bound_by_permissions(&scene).output().unwrap();
    assert_eq!(parsed(stdout(&output))["total"], [1, 1, 1, 2]);
    assert!(stderr(&output).contains("skipped 1 "), "{output:?}");
}

/// `resume` as a user who may not read everything, as root may: as nobody, if this user is root.
#[cfg(unix)]
fn bound_by_permissions(scene: &Scene) -> Command {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;
    let directory = scene.directory.path();
    let resume = scene.resume();
    if fs::metadata(directory).unwrap().uid() != 0 {
        return resume;
    }
    fs::set_permissions(directory, PermissionsExt::from_mode(0o777)).unwrap();
    let program = directory.join("resume");
    // Not by `fs::copy`: a fork elsewhere in this process would hold the copy open for writing, and
    // then it cannot be run.
    let mut copy = Command::new("cp");
    copy.arg(resume.get_program()).arg(&program);
    assert!(copy.status().unwrap().success());
    let mut command = Command::new(program);
    command
        .arg(scene.tree())
        .env("RESUME_STATUS", scene.status());
    command.uid(NOBODY).gid(NOBODY).current_dir("/");
    command
}

#[test]
fn resume_says_what_it_cannot_find() {
    let scene = Scene::new();
    let output = scene.resume().arg("no-such-tree").output().unwrap();
    let complaint = complaint(&output);
    assert!(
        complaint.starts_with("error: no-such-tree: "),
        "{complaint}"
    );
    assert!(!scene.status().exists());
}

#[test]
fn resume_ends_quietly_when_nobody_reads_the_table() {
    let scene = Scene::new();
    scene.write("1.txt", "1\n");
    let mut run = scene
        .resume()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(run.stdout.take());
    let output = run.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(stderr(&output).lines().count(), 1, "{output:?}");
}

fn settings(directory: &TempDir, arguments: &[&str]) -> Output {
    example("settings")
        .args(arguments)
        .env("SETTINGS_FILE", directory.path().join("settings.toml"))
        .output()
        .unwrap()
}

#[test]
fn settings_are_shown_and_changed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("settings.toml");
    let shown = settings(&directory, &[]);
    assert!(stdout(&shown).contains("never saved"), "{shown:?}");
    assert!(!path.exists());

    stdout(&settings(&directory, &["theme", "dark"]));
    stdout(&settings(&directory, &["font-size", "14"]));
    let shown = settings(&directory, &[]);
    let shown = stdout(&shown);
    assert!(
        shown.starts_with("theme      dark\nfont-size  14\n"),
        "{shown}"
    );
    assert!(shown.contains(path.to_str().unwrap()), "{shown}");
    assert!(shown.contains("\nsaved\n"), "{shown}");

    fs::remove_file(&path).unwrap();
    let shown = settings(&directory, &[]);
    let shown = stdout(&shown);
    assert!(shown.contains("recovered, generation 2\n"), "{shown}");
}

#[test]
fn settings_say_what_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 5] = [
        (&["colour", "red"], "there are `theme` and `font-size`"),
        (
            &["theme", "drak"],
            "expected one of `system`, `light`, `dark`",
        ),
        (&["font-size", "large"], "`large` is no whole number"),
        (&["font-size", "900"], "from 6 to 72"),
        (&["theme"], "give a setting and its value"),
    ];
    for (arguments, expected) in cases {
        let output = settings(&directory, arguments);
        let complaint = complaint(&output);
        assert!(complaint.starts_with("error: "), "{complaint}");
        assert!(complaint.contains(expected), "{complaint}");
    }
    assert!(!directory.path().join("settings.toml").exists());
}

#[test]
fn settings_take_a_hand_edit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("settings.toml");
    stdout(&settings(&directory, &["theme", "dark"]));

    fs::remove_file(&path).unwrap();
    fs::write(&path, "font-size = 20\n").unwrap();
    let shown = settings(&directory, &[]);
    let shown = stdout(&shown);
    assert!(
        shown.starts_with("theme      system\nfont-size  20\n"),
        "{shown}"
    );
    assert!(shown.contains("edited by hand"), "{shown}");

    let changed = settings(&directory, &["theme", "light"]);
    assert_eq!(stdout(&changed), "theme      light\nfont-size  20\n");

    fs::remove_file(&path).unwrap();
    fs::write(&path, "theme = \"dark\"\nfont-size = 900\n").unwrap();
    for arguments in [&[][..], &["theme", "light"]] {
        let output = settings(&directory, arguments);
        let complaint = complaint(&output);
        assert!(complaint.contains("settings.toml:2:"), "{complaint}");
        assert!(complaint.contains("from 6 to 72"), "{complaint}");
    }
}

fn shared_counter(arguments: &[&str]) -> Output {
    example("shared_counter").args(arguments).output().unwrap()
}

#[test]
fn shared_counter_loses_no_increment() {
    assert_eq!(stdout(&shared_counter(&[])), "800\n");
    assert_eq!(stdout(&shared_counter(&["7", "11"])), "77\n");
    assert_eq!(stdout(&shared_counter(&["0", "11"])), "0\n");
}

#[test]
fn shared_counter_says_what_is_wrong() {
    for arguments in [&["4"][..], &["4", "many"], &["-1", "200"]] {
        let output = shared_counter(arguments);
        let complaint = complaint(&output);
        assert!(complaint.contains("as in `4 200`"), "{complaint}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn calls_explain_each_system_call() {
    use std::io::{self, Write};
    /// Where the words on a call begin.
    const WHY: usize = 47;
    if let Err(cause) = Command::new("strace").arg("--version").output() {
        let is_required = env::var_os("STATUSFILE_REQUIRE_STRACE").is_some();
        assert!(!is_required, "strace cannot be run: {cause}");
        let _ = writeln!(io::stderr(), "skipped: strace cannot be run: {cause}");
        return;
    }
    let output = example("calls").output().unwrap();
    let text = stdout(&output);
    let (_, calls) = text.split_once("\n\n").unwrap();
    let operations: Vec<&str> = calls.split("\n\n").collect();
    let [first, steady, update, load, removal] = operations[..] else {
        panic!("{text}");
    };
    for line in operations
        .iter()
        .flat_map(|operation| operation.lines().skip(1))
    {
        let why = line.char_indices().nth(WHY).map(|(at, _)| &line[at..]);
        assert!(why.is_some_and(|why| !why.trim().is_empty()), "{line}");
    }
    let syncs = |operation: &str| operation.matches("\n  fsync ").count();
    assert!(syncs(first) > 3, "{text}");
    // The file, its copy, and the directory of each; two more where names may come before what they name.
    assert!([4, 6].contains(&syncs(steady)), "{text}");
    assert_eq!(load.lines().count(), 5, "{text}");
    assert_eq!((syncs(update), syncs(load)), (syncs(steady), 0), "{text}");
    assert!(removal.contains("  unlinkat    lock "), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn calls_say_what_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let output = example("calls")
        .env("PATH", directory.path())
        .output()
        .unwrap();
    let complaint = complaint(&output);
    assert!(
        complaint.contains("install the package `strace`"),
        "{complaint}"
    );
}
