//! What a file lacks comes from the default of its type.

use super::mistake::Mistake;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Error, Path, Segment};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

/// The value in `text`, with every field that serde finds missing taken from `default`, the text of
/// the type's default, if that fills in.
///
/// Asking serde what is missing, one field at a time, leaves to it all that only it knows: other names
/// and aliases of a field, fields that are optional or have a default of their own, flattened ones.
/// What stands in the file stays, and no entry is added to a map, as serde misses none. What an element
/// of an array lacks, or a variant of an enum that is named by a key, has no counterpart; what an entry
/// of a map lacks has one if the default has an entry under that key. An enum that is tagged inside
/// looks like any table here, so its counterpart may be another variant.
pub(super) fn parse<T: DeserializeOwned>(
    text: &str,
    default: impl FnOnce() -> Option<String>,
) -> Result<T, Mistake> {
    // Most files lack nothing, and to keep account of the path takes time.
    if let Ok(value) = toml::from_str(text) {
        return Ok(value);
    }
    let mut table = DeTable::parse(text)?;
    let default = default().unwrap_or_default();
    let mut default = DeTable::parse(&default)?;
    loop {
        let error = match serde_path_to_error::deserialize(Deserializer::from(table.clone())) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if add_missing(&error, table.get_mut(), default.get_mut()).is_none() {
            let (table, field) = (name_table(&error), name_field(&error));
            let mut mistake = Mistake::from(error.into_inner());
            mistake.message.push_str(&table);
            return Err(Mistake { field, ..mistake });
        }
    }
}

/// Where a missing field belongs.
fn name_table(error: &Error<toml::de::Error>) -> String {
    match missing_field(error.inner()) {
        None => String::new(),
        Some(_) if error.path().iter().len() == 0 => " at the top of the file".to_owned(),
        Some(_) => format!(" in `{}`", error.path()),
    }
}

/// The path of what does not fit.
fn name_field(error: &Error<toml::de::Error>) -> String {
    let table = error.path();
    match missing_field(error.inner()) {
        None if table.iter().len() == 0 => String::new(),
        None => table.to_string(),
        Some(field) if table.iter().len() == 0 => field.to_owned(),
        Some(field) => format!("{table}.{field}"),
    }
}

/// Moves the field that is missing from the default to the file's table; `None` if there is none.
fn add_missing<'a>(
    error: &Error<toml::de::Error>,
    table: &mut DeTable<'a>,
    default: &mut DeTable<'a>,
) -> Option<()> {
    let field = missing_field(error.inner())?;
    let table = table_at(table, error.path())?;
    let (name, value) = table_at(default, error.path())?.remove_entry(field)?;
    table.insert(name, value);
    Some(())
}

/// The field that serde names in this error, if one is missing.
///
/// [`serde::de::Error::missing_field`] is all there is to tell, and its text has been the same since
/// serde 1.0.
fn missing_field(error: &toml::de::Error) -> Option<&str> {
    let field = error.message().strip_prefix("missing field `")?;
    field.strip_suffix('`')
}

fn table_at<'t, 'a>(table: &'t mut DeTable<'a>, path: &Path) -> Option<&'t mut DeTable<'a>> {
    path.iter().try_fold(table, |table, segment| match segment {
        Segment::Map { key } => match table.get_mut(key.as_str()).map(Spanned::get_mut) {
            Some(DeValue::Table(inner)) => Some(inner),
            _ => None,
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::Error as _;
    use serde::{Deserialize, Serialize};
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Server {
        host: String,
        port: u16,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Settings {
        name: String,
        log_level: u8,
        note: Option<String>,
        server: Server,
        mirrors: Vec<Server>,
        limits: BTreeMap<String, u32>,
        mode: Mode,
        #[serde(alias = "colour")]
        color: bool,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Mode {
        Quiet,
        Loud { volume: u8, bass: u8 },
    }

    impl Default for Server {
        fn default() -> Self {
            Self {
                host: "localhost".into(),
                port: 80,
            }
        }
    }

    impl Default for Settings {
        fn default() -> Self {
            Self {
                name: "app".into(),
                log_level: 3,
                note: Some("by default".into()),
                server: Server::default(),
                mirrors: vec![Server::default()],
                limits: [("a".into(), 1), ("b".into(), 2)].into(),
                mode: Mode::Loud { volume: 7, bass: 2 },
                color: true,
            }
        }
    }

    fn filled(text: &str) -> Result<Settings, Mistake> {
        parse(text, || toml::to_string(&Settings::default()).ok())
    }

    #[test]
    fn nothing_at_all_is_the_default_but_for_what_is_optional() {
        let expected = Settings {
            note: None,
            ..Settings::default()
        };
        assert_eq!(filled("").unwrap(), expected);
    }

    #[test]
    fn what_is_there_stays_at_any_depth() {
        let settings = filled("log-level = 5\n[server]\nport = 8080\n").unwrap();
        assert_eq!(settings.log_level, 5);
        let server = Server {
            host: "localhost".into(),
            port: 8080,
        };
        assert_eq!(settings.server, server);
        assert_eq!(settings.name, "app");
    }

    #[test]
    fn a_field_under_an_alias_is_not_missing() {
        assert!(!filled("colour = false").unwrap().color);
    }

    #[test]
    fn arrays_and_maps_are_taken_whole() {
        let settings = filled("mirrors = []\n[limits]\nc = 3\n").unwrap();
        assert_eq!(settings.mirrors, []);
        assert_eq!(settings.limits, [("c".into(), 3)].into());
        assert!(filled("mirrors = [{ port = 1 }]").is_err());
    }

    #[test]
    fn a_variant_is_not_filled_in_from_another() {
        assert_eq!(filled("mode = \"Quiet\"").unwrap().mode, Mode::Quiet);
        assert!(filled("[mode.Loud]\nvolume = 1\n").is_err());
    }

    #[test]
    fn a_mistake_is_shown_where_it_stands() {
        let text = "name = \"x\"\n[server]\nport = \"high\"\n";
        let mistake = filled(text).unwrap_err();
        assert_eq!(&text[mistake.span], "\"high\"");
    }

    #[test]
    fn a_missing_field_is_named_with_the_table_that_lacks_it() {
        let lacking = |text| filled(text).unwrap_err().message;
        let in_array = "missing field `host` in `mirrors[0]`";
        assert_eq!(lacking("mirrors = [{ port = 1 }]"), in_array);
        let at_the_top = "missing field `host` at the top of the file";
        let mistake = parse::<Server>("port = 1", || None).unwrap_err();
        assert_eq!(mistake.message, at_the_top);
    }

    #[test]
    fn without_a_counterpart_a_missing_field_is_an_error() {
        assert!(parse::<Server>("port = 1", || None).is_err());
        let default = || Some("port = 2".to_owned());
        assert!(parse::<Server>("port = 1", default).is_err());
    }

    #[test]
    fn serde_names_the_missing_field_as_expected() {
        let error = toml::de::Error::missing_field("port");
        assert_eq!(missing_field(&error), Some("port"));
    }
}
