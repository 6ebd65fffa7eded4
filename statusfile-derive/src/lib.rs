//! The derive macro of the [`statusfile`](https://docs.rs/statusfile) crate, which re-exports it.
//!
//! Depend on `statusfile`; its reference of the macro is [`PersistentStatus`].

mod ast;
mod attr;
mod check;
mod ctxt;
mod duration;
mod entry;
mod expand;
mod kebab;
mod key;
mod keyed;
mod literal;
mod nearest;
mod schema;
mod section;
mod serde_attr;
mod template;
mod value;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Says where and how a type is kept, so that it can be saved and loaded.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::PersistentStatus;
///
/// #[derive(Serialize, Deserialize, Default, PersistentStatus)]
/// #[status(path = "worker.toml", keep = 3)]
/// struct Worker {
///     jobs_done: u64,
///     last_job: Option<String>,
/// }
///
/// assert!(Worker::status_path()?.ends_with("worker.toml"));
/// # Ok::<(), statusfile::Error>(())
/// ```
///
/// The macro writes `PersistentStatus::status_file`; `save`, `load`, `load_or_default` and `update`
/// come with the trait. With a field in the path, it implements `KeyedStatus` instead: see [many
/// statuses of one type](#many-statuses-of-one-type). The type must implement `serde::Serialize` and
/// `serde::Deserialize`, by derive or by hand.
///
/// # Where the file goes
///
/// 1. To the path in the environment variable named by `env`, if that is set and not empty.
/// 2. Else to `path`, if there is one.
/// 3. Else to `file` in the service's own directory, where systemd names one: `$STATE_DIRECTORY`,
///    `$CONFIGURATION_DIRECTORY` or `$CACHE_DIRECTORY`, whichever goes with `dir`.
/// 4. Else to `app` and `file` in the user's directory for `dir`:
///
/// | `dir` | Linux and other Unix | macOS | Windows |
/// |---|---|---|---|
/// | `"state"` | `$XDG_STATE_HOME` or `~/.local/state` | `~/Library/Application Support` | `%LOCALAPPDATA%` |
/// | `"config"` | `$XDG_CONFIG_HOME` or `~/.config` | `~/Library/Application Support` | `%APPDATA%` |
/// | `"data"` | `$XDG_DATA_HOME` or `~/.local/share` | `~/Library/Application Support` | `%APPDATA%` |
/// | `"cache"` | `$XDG_CACHE_HOME` or `~/.cache` | `~/Library/Caches` | `%LOCALAPPDATA%` |
///
/// So with nothing set, `HTTPServer` in the package `monitor` is kept on Linux at
/// `~/.local/state/monitor/http-server.toml`.
///
/// A path is taken as it is written: `~` and `$HOME` in it are an error, in `env` too. So is a home directory, or a
/// directory of a service, that is no absolute path.
///
/// A relative path starts at the directory in which the program was when it first used one; changing
/// the working directory later does not move it.
///
/// # Keys
///
/// All go into `#[status(...)]` on the type. The attribute may stand several times.
///
/// | Key | Value | Default |
/// |---|---|---|
/// | `path` | the whole path of the file; may hold `{field}`; not beside `app`, `dir` or `file` | none |
/// | `env` | the name of an environment variable that overrides the path | none |
/// | `app` | a name, or several separated by `/` (`"org/app"`) | the name of your crate |
/// | `dir` | `"state"`, `"config"`, `"data"` or `"cache"` | `"state"` |
/// | `file` | one file name; may hold `{field}` | the type's name in kebab case, `.toml` |
/// | `keep` | how many statuses to keep, 2 to 1 000 000 | 2, the newest and the one before it |
/// | `mode` | the file's permissions in octal, `0o600` to `0o777` with `0o600` among them | `0o600` |
/// | `durability` | `"full"`: survives a power loss; `"process"`: survives the process | `"full"` |
/// | `version` | the [version](#versions) of the struct, 1 or more | 1 |
/// | `previous` | the type of the version before; needs `version`, and `From` or `TryFrom` of that type | none |
/// | `formerly` | [an old name of the type](#renaming-and-moving), or an old path; may stand several times | none |
/// | `default` | no value: [what a file lacks](#what-a-file-lacks) comes from `Default`, at any depth; not for enums | off |
/// | `editable` | no value: [people edit the file](#settings-that-people-edit), and their comments stay; needs the feature `editable` | off |
/// | `link` | no value: the file at the path [is the newest status itself](#the-file-at-the-path), for what only programs touch; not with `editable` | off |
/// | `copy` | `false`: nothing is put at the path | `true` |
/// | `max_bytes` | how large the status may be, 1 024 to 268 435 456 bytes: what is saved, and an [edit](#how-large) | 256 MiB, and 16 MiB for an edit |
/// | `prove` | `false`: a save does not [prove that its value can be loaded](#what-cannot-be-saved) | `true` |
/// | `lock_timeout` | how long a save waits for another: a whole number and `ms`, `s`, `m` (minutes) or `h` | `"10s"` |
/// | `crate` | the path to `statusfile`, as a string or as it is | `::statusfile` |
///
/// `lock_timeout = "0s"` does not wait at all.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::PersistentStatus;
///
/// #[derive(Serialize, Deserialize, PersistentStatus)]
/// #[status(app = "org/monitor", dir = "config", file = "settings.toml", env = "MONITOR_SETTINGS")]
/// #[status(keep = 10, mode = 0o640, durability = "process", lock_timeout = "500ms")]
/// struct Settings {
///     port: u16,
/// }
/// ```
///
/// `crate` is for a dependency under another name, and for a macro of yours that derives
/// `PersistentStatus` for a crate that does not depend on `statusfile`:
///
/// ```
/// mod reexports {
///     pub use statusfile;
/// }
///
/// #[derive(serde::Serialize, serde::Deserialize, statusfile::PersistentStatus)]
/// #[status(crate = "reexports::statusfile")]
/// struct Worker {
///     jobs_done: u64,
/// }
/// # fn main() {}
/// ```
///
/// # Versions
///
/// The first line of a file names the version of the struct that wrote it. With `version` and
/// `previous`, a file of an older version is read by the type that wrote it, and converted:
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::{Error, PersistentStatus};
///
/// #[derive(Serialize, Deserialize, PersistentStatus)]
/// struct WorkerV1 {
///     jobs: i64,
/// }
///
/// #[derive(Serialize, Deserialize, PersistentStatus)]
/// #[status(version = 2, previous = WorkerV1)]
/// struct Worker {
///     jobs_done: u64,
/// }
///
/// impl TryFrom<WorkerV1> for Worker {
///     type Error = String;
///
///     fn try_from(previous: WorkerV1) -> Result<Self, String> {
///         match previous.jobs.try_into() {
///             Ok(jobs_done) => Ok(Self { jobs_done }),
///             Err(_) => Err(format!("{} jobs are fewer than none", previous.jobs)),
///         }
///     }
/// }
///
/// # fn main() -> Result<(), Error> {
/// # let directory = std::env::temp_dir().join(format!("statusfile-derive-version-{}", std::process::id()));
/// # let path = directory.join("worker.toml");
/// WorkerV1 { jobs: 3 }.save_to(&path)?;
/// assert_eq!(Worker::load_from(&path)?.jobs_done, 3);
///
/// WorkerV1 { jobs: -3 }.save_to(&path)?;
/// let refused = Worker::load_from(&path);
/// assert!(matches!(refused, Err(Error::Convert { found: 1, known: 2, .. })));
/// # std::fs::remove_dir_all(directory).unwrap();
/// # Ok(())
/// # }
/// ```
///
/// - Where the conversion cannot fail, write `From` instead. The error of a `TryFrom` must implement
///   `Display`; what it says is in `Error::Convert`, and the file stays as it is.
/// - The type that `previous` names implements `PersistentStatus`, too, with a lower version. It may
///   have a `previous` of its own: a file is converted along this chain, from the type that wrote it on.
/// - A version that no type of the chain has is `Error::Convert`. A newer one than the type has is
///   `Error::Newer`, for a load and for a save.
/// - A file without such a line, written by hand or by another program, is read as the type itself.
/// - A load converts in memory. The next save writes the new version, and keeps the old file as the
///   older status.
///
/// The [guide on versions] says when a change needs a version, and how to go back.
///
/// # Renaming and moving
///
/// A status is somebody's: its first line names the package and the type that wrote it, as in
/// `type=monitor/Worker`. What another type wrote is `Error::Foreign`, for a load and for a save, and stays as
/// it is. A file without that word is nobody's: it is loaded, and the next save writes it. Two types of one
/// name, as in two modules, are told apart within one program alone: the second to come is `Error::TwoTypes`.
///
/// Both the place and that word follow from the names of the type and of the package, unless `path`, or `app` and
/// `file`, say where the status lies. So where one of them is renamed, say what it was:
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::PersistentStatus;
///
/// #[derive(Serialize, Deserialize, Default, PersistentStatus)]
/// #[status(formerly = "Worker")] // the struct was `Worker`
/// #[status(formerly = "old-monitor/Worker")] // and before that, the package `old-monitor`
/// struct Checkpoint {
///     jobs_done: u64,
/// }
/// ```
///
/// - What has one of these names in its first line is loaded and replaced as if the type had written it.
/// - Where nothing was ever saved at the place of today, the status is loaded from where it lay under one of these
///   names, the first that is there. The next save puts it at the new place and leaves the old one as it was, for
///   an older program that still runs and for a way back. From then on the two have nothing to do with each other.
/// - `remove` takes both away.
/// - A value that has a dot in it, begins with `/`, or has more than one of these is an old path:
///   `formerly = "state/worker.toml"`. For a status that has got a `path`, `formerly` with the type's own name means
///   the place that it had without one.
/// - Where `env` names the path, no other place is looked at.
/// - Many statuses of one type stay where they are: write `app` if the package was renamed.
///
/// # What a file lacks
///
/// With `default`, the fields that a file lacks come from the type's `Default`, at any depth:
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::PersistentStatus;
///
/// #[derive(Serialize, Deserialize, PersistentStatus)]
/// #[status(default)]
/// struct Settings {
///     port: u16,
///     limits: Limits,
///     hosts: Vec<String>,
///     proxy: Option<String>,
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct Limits {
///     memory: u64,
///     files: u64,
/// }
///
/// impl Default for Settings {
///     fn default() -> Self {
///         Self {
///             port: 80,
///             limits: Limits { memory: 1024, files: 100 },
///             hosts: vec!["localhost".into()],
///             proxy: Some("proxy".into()),
///         }
///     }
/// }
///
/// # fn main() -> Result<(), statusfile::Error> {
/// # let directory = std::env::temp_dir().join(format!("statusfile-derive-default-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory).unwrap();
/// # let path = directory.join("settings.toml");
/// std::fs::write(&path, "hosts = []\n[limits]\nfiles = 5\n").unwrap();
/// let settings = Settings::load_from(&path)?;
/// assert_eq!(settings.port, 80);
/// assert_eq!((settings.limits.memory, settings.limits.files), (1024, 5));
/// assert!(settings.hosts.is_empty()); // as the file says
/// assert_eq!(settings.proxy, None); // a missing `Option` is `None`
/// # std::fs::remove_dir_all(directory).unwrap();
/// # Ok(())
/// # }
/// ```
///
/// - What the file has stays, and what is missing is for serde to say. So aliases and
///   `#[serde(flatten)]` mean what they mean without `default`, and a field with a `#[serde(default)]`
///   of its own gets that one.
/// - An `Option` that is missing is `None`, whatever the default says, as `None` is written by leaving
///   it out.
/// - An array is taken whole: its elements are not filled in. So is a map: no entry is added to it. But
///   an entry that is a struct is filled in from the default's entry under the same key, if there is one.
/// - A variant of an enum is taken whole. Only an enum with `#[serde(tag = "...")]` is filled in like a
///   struct: what the file lacks comes from the field of that name in the default, whatever the
///   variant there. Structs inside such a variant are taken whole.
/// - What the default itself leaves out when it is written, as by `skip_serializing_if`, is not filled
///   in. If the default is nothing that TOML can hold, nothing is.
///
/// What is still missing then is `Error::Decode`. The type that `previous` names needs a `default` of
/// its own if files of its version may lack something.
///
/// # What cannot be saved
///
/// A save that returns `Ok` has shown that its value can be loaded: it decodes what it is about to write,
/// encodes what came out once more, and compares the two. What would be loaded as another value, or not at
/// all, is `Error::Encode`, with the name of the field and what to write instead, and nothing is written:
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::{Error, PersistentStatus};
///
/// #[derive(Serialize, Deserialize, PersistentStatus)]
/// #[status(default)]
/// struct Settings {
///     #[serde(skip_serializing_if = "Vec::is_empty")] // and no `default`
///     hosts: Vec<String>,
/// }
///
/// impl Default for Settings {
///     fn default() -> Self {
///         Self { hosts: vec!["localhost".into()] }
///     }
/// }
///
/// // Left out, it would come back as the default.
/// # let path = std::env::temp_dir().join("statusfile-derive-refused/settings.toml");
/// let refused = Settings { hosts: vec![] }.save_to(path);
/// assert!(matches!(refused, Err(Error::Encode { field, .. }) if field == "hosts"));
/// ```
///
/// This takes about eight times as long as the encoding: `docs/performance.md` has figures. `prove = false`
/// leaves it out, for those who have measured that, and whose tests save every kind of value.
///
/// # How large
///
/// A status of more than `max_bytes` is not saved: that is `Error::Encode`, and nothing was written. So a
/// list that grows without end is found before the disk is full. Where people or other programs can write to
/// the path, the limit also holds what they put there, as decoding takes many times its size in memory: a
/// larger edit is `Error::Unsafe`, and left alone. With the feature `tracing`, each save and each edit of
/// more than half of that is a warning.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::{Error, PersistentStatus};
///
/// #[derive(Serialize, Deserialize, PersistentStatus)]
/// #[status(max_bytes = 1_000_000)]
/// struct Journal {
///     lines: Vec<String>,
/// }
///
/// let lines = vec!["the same every day".into(); 100_000];
/// # let path = std::env::temp_dir().join("statusfile-derive-large/journal.toml");
/// let refused = Journal { lines }.save_to(path);
/// assert!(matches!(refused, Err(Error::Encode { message, .. }) if message.contains("max_bytes")));
/// ```
///
/// What was saved under another limit is loaded all the same, up to the 256 MiB that no status exceeds, so
/// that a lower one loses nothing.
///
/// # Settings that people edit
///
/// With `editable`, which takes the feature of that name, people edit the file at the path. A save keeps their
/// comments and their layout, and writes the doc comment of a field above it
/// where the field is new in the file:
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::PersistentStatus;
///
/// #[derive(Serialize, Deserialize, Default, PersistentStatus)]
/// #[status(dir = "config", editable)]
/// struct Settings {
///     /// Where to listen.
///     port: u16,
/// }
///
/// # fn main() -> Result<(), statusfile::Error> {
/// # let directory = std::env::temp_dir().join(format!("statusfile-derive-editable-{}", std::process::id()));
/// # let path = directory.join("settings.toml");
/// Settings { port: 80 }.save_to(&path)?;
/// let text = std::fs::read_to_string(&path).unwrap();
/// assert!(text.ends_with("\n# Where to listen.\nport = 80\n"));
///
/// std::fs::write(&path, text + "# mine\n").unwrap();
/// Settings { port: 8080 }.save_to(&path)?;
/// let text = std::fs::read_to_string(&path).unwrap();
/// assert!(text.ends_with("\n# Where to listen.\nport = 8080\n# mine\n"));
/// # std::fs::remove_dir_all(directory).unwrap();
/// # Ok(())
/// # }
/// ```
///
/// The fields of a struct inside are explained if it derives [`StatusSection`](macro@StatusSection). The
/// variants of an enum are not. The [guide on settings] has the rest: mistakes, links, watching, undo.
///
/// [guide on versions]: https://docs.rs/statusfile/latest/statusfile/guide/versions/index.html
/// [guide on settings]: https://docs.rs/statusfile/latest/statusfile/guide/settings/index.html
///
/// # The file at the path
///
/// An ordinary file lies at the path, a copy of the newest status: what is there is what loads, whoever put it there.
/// Who edits it writes into the copy, and what was saved is untouched behind it.
///
/// With `link` it is that newest status itself, under a second name, and a save is faster by the writing and the sync of
/// the copy. Who writes into it then writes into the newest status as well: so this is for what only programs of
/// its type touch. With `copy = false` nothing is put there, for those who want no file there; loads have to look for the
/// newest status then.
///
/// # Many statuses of one type
///
/// A field of the struct in braces, in `path` or in `file`, gives each of its values a status of its
/// own. Such a type implements `KeyedStatus`, whose methods take the field's value as a key:
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::{KeyedStatus, PersistentStatus};
///
/// #[derive(Serialize, Deserialize, PersistentStatus)]
/// #[status(app = "crawler", file = "job-{id}.toml")]
/// struct Job {
///     id: u64,
///     pages_done: u32,
/// }
///
/// #[derive(Serialize, Deserialize, PersistentStatus)]
/// #[status(path = "accounts/{tenant}/{user}.toml", keep = 5)]
/// struct Account {
///     tenant: String,
///     user: u64,
///     visits: u64,
/// }
///
/// fn work() -> Result<(), statusfile::Error> {
///     let mut job = Job::load_or(Job { id: 17, pages_done: 0 })?;
///     job.pages_done += 1;
///     job.save()?;
///     Job::update(17, |job| job.pages_done += 1)?;
///
///     Account::update(("acme", 7), |account| account.visits += 1)?;
///     for (path, account) in Account::load_all()? {
///         match account {
///             Ok(account) => println!("{}: {}", account.tenant, account.visits),
///             Err(error) => eprintln!("{} is left out: {error}", path.display()),
///         }
///     }
///     Ok(())
/// }
///
/// assert!(Job::status_path(17)?.ends_with("job-17.toml"));
/// assert!(Account::status_path(("acme", 7))?.ends_with("accounts/acme/7.toml"));
/// # Ok::<(), statusfile::Error>(())
/// ```
///
/// - A placeholder is the name of a field, which is saved with the others and implements `Display`
///   and `Serialize`, or has a `serialize_with` or `with` of its own.
///   Numbers, `bool` and `char` are passed as they are, a `String` as `&str`, anything else by
///   reference; several fields as a tuple, in the order of the path. In a type that is `pub`, so
///   must be the types of these fields.
/// - Any directory of `path` may have a placeholder, but each name no more than one, so that
///   `x-y` and `z` never meet `x` and `y-z`. `{{` and `}}` are braces.
/// - `Display` should tell keys apart. Where two have one text, the file belongs to the one that was saved
///   first, as the field in it says, and the other is an error.
/// - Values that cannot be part of a name on every platform, such as `a/b`, `..` and nothing at
///   all, are an error whenever the status is saved or loaded; `KeyedStatus` has the whole rule.
/// - `version`, `previous` and `default` hold for each of them. The type that `previous` names needs
///   no `path`, and no placeholders: it is never saved.
/// - `env` names the directory that the first name with a placeholder is in. `JOBS=/srv` puts both
///   `path = "var/jobs/{id}.toml"` and `file = "{id}.toml"` at `/srv/17.toml`.
///
/// # Shapes
///
/// A TOML file is a table, so serde must write the type as one.
///
/// - **Structs** with named fields, and newtypes around a table. A struct without any field has
///   nothing to keep and is an error; one with empty braces is an empty table. A tuple struct and a
///   newtype around anything else compile if serde writes them as a table, for example through
///   `#[serde(into = "...")]`; otherwise saving them is an error.
/// - **Enums**. A variant without fields (`Idle`) would be a bare string and is an error: tag the
///   enum with `#[serde(tag = "...")]`, or give the variant braces (`Idle {}`).
/// - **Unions** are an error.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::PersistentStatus;
///
/// #[derive(Serialize, Deserialize, PersistentStatus)]
/// #[serde(tag = "kind")]
/// enum Worker {
///     Idle,
///     Busy { job: String },
/// }
/// ```
///
/// # Generics
///
/// A generic type can be kept for those arguments for which it can be serialised and deserialised;
/// no bounds need to be written. All arguments have one place unless you say otherwise, since the
/// file's name does not tell them apart, and only one of them can be used in a process. A type that borrows
/// (`&'a str`) cannot be loaded; one that may own (`Cow<'a, str>`) can.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::PersistentStatus;
///
/// #[derive(Serialize, Deserialize, PersistentStatus)]
/// struct Queue<T> {
///     jobs: Vec<T>,
/// }
///
/// assert!(Queue::<String>::status_path()?.ends_with("queue.toml"));
/// # Ok::<(), statusfile::Error>(())
/// ```
#[proc_macro_derive(PersistentStatus, attributes(status))]
pub fn persistent_status(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::expand(&input).into()
}

/// Lets the fields of a struct inside a status explain themselves in its file.
///
/// In a status that is `editable`, the doc comments of its fields are written as comments of the file.
/// So are those of the structs inside it that derive this.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::{PersistentStatus, StatusSection};
///
/// #[derive(Serialize, Deserialize, Default, StatusSection)]
/// struct Limits {
///     /// In bytes.
///     memory: u64,
/// }
///
/// #[derive(Serialize, Deserialize, Default, PersistentStatus)]
/// #[status(dir = "config", editable)]
/// struct Settings {
///     /// How much is too much.
///     limits: Limits,
/// }
/// ```
///
/// `#[status(crate = "...")]` goes here as on the status itself.
#[proc_macro_derive(StatusSection, attributes(status))]
pub fn status_section(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    section::expand(&input).into()
}
