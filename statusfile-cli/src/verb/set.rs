use crate::cli::{Set, Type};
use crate::key::Key;
use crate::out::{say, warn_of_skipped};
use crate::outcome::{Failure, Outcome};
use crate::place::Place;
use crate::stand_ins::StandIns;
use statusfile_runtime::__command::decimal;
use statusfile_runtime::Error;
use statusfile_runtime::untyped::UntypedStatus;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_edit::{DocumentMut, Formatted, Item, Table, TableLike, Value};

/// How often the change is made again when others save between reading and writing.
const TRIES: usize = 8;

pub(crate) fn run(args: &Set) -> Result<Outcome, Failure> {
    let place = Place::to_change(&args.path)?;
    let key = Key::parse(&args.key)?;
    for _ in 0..TRIES {
        let seen = place.file.read()?;
        warn_of_skipped(&seen.skipped);
        let changed = changed(args, &key, &seen)?;
        if changed.text == seen.text {
            say(format_args!(
                "{}: {key} is {} already",
                place.location(),
                changed.new
            ));
            return Ok(Outcome::Success);
        }
        match place.file.replace(&seen, &changed.text) {
            Ok(saved) => {
                let (location, name) = (place.location(), place.name(&saved));
                let old = changed.old.as_deref().unwrap_or("nothing");
                say(format_args!(
                    "{location}: {name}: {key}: {old} -> {}",
                    changed.new
                ));
                return Ok(Outcome::Success);
            }
            Err(Error::Changed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::finding(format!(
        "{}: others keep saving; nothing was written",
        place.location()
    )))
}

struct Changed {
    text: String,
    old: Option<String>,
    new: String,
}

fn changed(args: &Set, key: &Key, seen: &UntypedStatus) -> Result<Changed, Failure> {
    seen.check()?;
    let mut texts = vec![seen.text.as_str(), &args.value];
    texts.extend(key.segments().iter().map(String::as_str));
    let mut stand_ins = StandIns::unlike(&texts);
    let mut document = document(seen, &mut stand_ins)?;
    let (last, above) = key
        .segments()
        .split_last()
        .ok_or_else(|| missing(seen, key))?;
    let mut node = Node::Item(document.as_item_mut());
    for segment in above {
        node = node.enter(segment).ok_or_else(|| missing(seen, key))?;
    }
    if let Some(there) = node.value(last) {
        let there = there.map_err(|()| {
            Failure::finding(format!(
                "{key} is a table: set one of its keys, or use `statusfile edit`"
            ))
        })?;
        let kind = args.kind.unwrap_or_else(|| kind_of(there));
        let mut new = parse(&args.value, kind, &mut stand_ins)?;
        let shown = stand_ins.put_back(&new.to_string());
        let old = stand_ins.put_back(&bare(there));
        if old != shown {
            *new.decor_mut() = there.decor().clone();
            *there = new;
        }
        return Ok(Changed {
            text: stand_ins.put_back(&document.to_string()),
            old: Some(old),
            new: shown,
        });
    }
    let kind = args.kind.ok_or_else(|| missing(seen, key))?;
    let new = parse(&args.value, kind, &mut stand_ins)?;
    let shown = stand_ins.put_back(&new.to_string());
    node.add(last, new).ok_or_else(|| missing(seen, key))?;
    Ok(Changed {
        text: stand_ins.put_back(&document.to_string()),
        old: None,
        new: shown,
    })
}

/// The text, to be changed.
fn document(seen: &UntypedStatus, stand_ins: &mut StandIns) -> Result<DocumentMut, Failure> {
    let values = DeTable::parse(&seen.text);
    let values = values.map_err(Failure::at(&seen.location, "read the text"))?;
    let values = Spanned::new(values.span(), DeValue::Table(values.into_inner()));
    let text = stand_ins.take_from(&seen.text, &values);
    let document = text.parse();
    document.map_err(Failure::at(&seen.location, "read the text"))
}

fn missing(seen: &UntypedStatus, key: &Key) -> Failure {
    Failure::finding(format!(
        "{}: there is no key {key}; to add one to a table, give its --type",
        seen.location
    ))
}

/// A place in a document.
enum Node<'a> {
    Item(&'a mut Item),
    Table(&'a mut Table),
    Value(&'a mut Value),
}

impl<'a> Node<'a> {
    /// What is there under a key or a number. A missing table is created.
    fn enter(self, segment: &str) -> Option<Self> {
        match self {
            Self::Item(Item::ArrayOfTables(tables)) => {
                tables.get_mut(segment.parse().ok()?).map(Self::Table)
            }
            Self::Item(Item::Value(value)) => Self::Value(value).enter(segment),
            Self::Item(item) => Self::enter_table(item.as_table_like_mut()?, segment),
            Self::Table(table) => Self::enter_table(table, segment),
            Self::Value(Value::Array(array)) => {
                array.get_mut(segment.parse().ok()?).map(Self::Value)
            }
            Self::Value(Value::InlineTable(table)) => Self::enter_table(table, segment),
            Self::Value(_) => None,
        }
    }

    fn enter_table(table: &'a mut dyn TableLike, segment: &str) -> Option<Self> {
        if !table.contains_key(segment) {
            let mut new = Table::new();
            new.set_implicit(true);
            table.insert(segment, Item::Table(new));
        }
        table.get_mut(segment).map(Self::Item)
    }

    /// The value under a key or a number; `Err` if that is a table.
    fn value(&mut self, segment: &str) -> Option<Result<&mut Value, ()>> {
        if let Self::Value(Value::Array(array)) | Self::Item(Item::Value(Value::Array(array))) =
            self
        {
            return array.get_mut(segment.parse().ok()?).map(Ok);
        }
        let item = self.table()?.get_mut(segment)?;
        Some(item.as_value_mut().ok_or(()))
    }

    fn add(&mut self, key: &str, value: Value) -> Option<()> {
        self.table()?.insert(key, Item::Value(value));
        Some(())
    }

    fn table(&mut self) -> Option<&mut dyn TableLike> {
        match self {
            Self::Item(item) => item.as_table_like_mut(),
            Self::Table(table) => Some(*table),
            Self::Value(value) => value.as_inline_table_mut().map(|table| table as _),
        }
    }
}

fn kind_of(value: &Value) -> Type {
    match value {
        Value::String(_) => Type::String,
        Value::Integer(_) => Type::Integer,
        Value::Float(_) => Type::Float,
        Value::Boolean(_) => Type::Boolean,
        Value::Datetime(_) => Type::Datetime,
        Value::Array(_) | Value::InlineTable(_) => Type::Toml,
    }
}

/// A value of this type, without space around it.
fn parse(text: &str, kind: Type, stand_ins: &mut StandIns) -> Result<Value, Failure> {
    if kind == Type::String {
        return Ok(Value::from(text));
    }
    let text = text.trim();
    let spelled = DeValue::parse(text).ok();
    let parsed = spelled
        .as_ref()
        .and_then(|spelled| stand_ins.take_from(text, spelled).parse::<Value>().ok());
    let mut value = match (kind, spelled.map(Spanned::into_inner)) {
        (Type::Float, Some(DeValue::Integer(integer))) => {
            let float = decimal(&integer).parse::<f64>();
            float.ok().map(|float| Value::Float(Formatted::new(float)))
        }
        (Type::Toml, _) => parsed,
        (kind, _) => parsed.filter(|value| kind_of(value) == kind),
    }
    .ok_or_else(|| {
        Failure::wrong_use(format!(
            "{text:?} is not {}; --type gives another type",
            name(kind)
        ))
    })?;
    value.decor_mut().clear();
    Ok(value)
}

fn name(kind: Type) -> &'static str {
    match kind {
        Type::String => "a string",
        Type::Integer => "an integer",
        Type::Float => "a float",
        Type::Boolean => "a boolean",
        Type::Datetime => "a date or time",
        Type::Toml => "a TOML value",
    }
}

fn bare(value: &Value) -> String {
    let mut value = value.clone();
    value.decor_mut().clear();
    value.to_string()
}
