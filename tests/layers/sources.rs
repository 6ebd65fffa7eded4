//! The files of a crate, and the arrows between them.

use crate::Rules;
use crate::reader::{Item, Named, Names, items};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

/// The non-test code of one crate.
#[derive(Default)]
pub(crate) struct Sources {
    texts: BTreeMap<String, String>,
    /// What each file names.
    files: BTreeMap<String, Vec<Named>>,
    /// The files of a module: two, where each platform has one.
    modules: HashMap<Names, Vec<String>>,
    /// What a name in a module stands for there, by `use`.
    aliases: HashMap<(Names, String), Names>,
    stand_ins: &'static [&'static str],
}

impl Sources {
    pub(crate) fn on_disk(rules: &Rules) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(rules.root);
        let directory = root.parent().unwrap();
        let mut texts = BTreeMap::new();
        let mut directories = vec![directory.to_owned()];
        while let Some(next) = directories.pop() {
            for entry in fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    let name = path.strip_prefix(directory).unwrap().to_str().unwrap();
                    texts.insert(name.replace('\\', "/"), fs::read_to_string(&path).unwrap());
                }
            }
        }
        let root = root.file_name().unwrap().to_str().unwrap();
        Self::new(texts, root, rules.stand_ins)
    }

    /// Follows the modules from the root, so that only what is compiled without `test` is read.
    pub(crate) fn new(
        texts: BTreeMap<String, String>,
        root: &str,
        stand_ins: &'static [&'static str],
    ) -> Self {
        let mut sources = Self {
            texts,
            stand_ins,
            ..Self::default()
        };
        sources.read(root, &[]);
        for stand_in in stand_ins {
            let module = stand_in.trim_end_matches(".rs").split('/');
            let module: Names = module.map(str::to_owned).collect();
            sources.read(stand_in, &module);
        }
        sources
    }

    fn read(&mut self, file: &str, module: &[String]) {
        let text = self.texts.get(file);
        let found = items(text.unwrap_or_else(|| panic!("{file} is missing")), module);
        self.files.insert(file.to_owned(), Vec::new());
        let files = self.modules.entry(module.to_vec()).or_default();
        files.push(file.to_owned());
        let is_root = module.is_empty() || file.ends_with("/mod.rs");
        let directory = match file.rsplit_once('/') {
            _ if !is_root => format!("{}/", file.trim_end_matches(".rs")),
            Some((directory, _)) => format!("{directory}/"),
            None => String::new(),
        };
        for found in found {
            self.take(file, &directory, found);
        }
    }

    fn take(&mut self, file: &str, directory: &str, found: Item) {
        match found {
            Item::Inline(module) => {
                let files = self.modules.entry(module).or_default();
                files.push(file.to_owned());
            }
            Item::Module { module, path } => {
                let name = module.last().unwrap();
                let beside = file.rsplit_once('/').map_or("", |(beside, _)| beside);
                let candidates = match path {
                    Some(path) if beside.is_empty() => vec![path],
                    Some(path) => vec![format!("{beside}/{path}")],
                    None => vec![
                        format!("{directory}{name}.rs"),
                        format!("{directory}{name}/mod.rs"),
                    ],
                };
                let mut candidates = candidates.into_iter();
                let child = candidates.find(|path| self.texts.contains_key(path));
                let child = child.unwrap_or_else(|| panic!("{file}: no file for {name}"));
                self.read(&child, &module);
            }
            Item::Alias { named, name, taken } => {
                let key = (named.at.clone(), name);
                self.aliases.insert(key, named.path.clone());
                if taken {
                    self.name(file, named);
                }
            }
            Item::Path(named) => self.name(file, named),
        }
    }

    fn name(&mut self, file: &str, named: Named) {
        self.files.get_mut(file).unwrap().push(named);
    }

    /// The files that `file` has something from.
    pub(crate) fn arrows(&self, file: &str) -> BTreeSet<&str> {
        let named = self.files[file].iter();
        let targets = named.flat_map(|named| self.targets(named));
        let targets = targets.map(String::as_str);
        targets.filter(|&target| target != file).collect()
    }

    fn targets(&self, named: &Named) -> &[String] {
        self.resolve(&named.at, &named.path, 0)
    }

    /// The files where what `path` means in the module `at` is defined, past all re-exports; none if
    /// that is another crate.
    fn resolve(&self, at: &[String], path: &[String], hops: usize) -> &[String] {
        let (mut module, mut rest) = (at.to_vec(), path);
        match path.first().map(String::as_str) {
            Some("crate") => {
                module.clear();
                rest = &path[1..];
            }
            Some("self") => rest = &path[1..],
            Some("super") => {}
            Some(first) if !self.has(at, first) => return &[],
            _ => {}
        }
        while let Some((name, further)) = rest.split_first() {
            let child = [&module[..], std::slice::from_ref(name)].concat();
            let alias = self.aliases.get(&(module.clone(), name.clone()));
            if name == "super" {
                module.pop();
            } else if self.modules.contains_key(&child) {
                module = child;
            } else if let Some(alias) = alias.filter(|_| hops < 8) {
                let path = [alias, further].concat();
                return self.resolve(&module, &path, hops + 1);
            } else {
                break;
            }
            rest = further;
        }
        self.modules.get(&module).map_or(&[], Vec::as_slice)
    }

    fn has(&self, module: &[String], name: &str) -> bool {
        let child = [module, &[name.to_owned()]].concat();
        let alias = (module.to_vec(), name.to_owned());
        self.modules.contains_key(&child) || self.aliases.contains_key(&alias)
    }

    /// The other crates that `file` names, among names that are no crate at all.
    fn outside(&self, file: &str) -> impl Iterator<Item = &str> {
        let named = self.files[file].iter();
        let outside = named.filter(|named| self.targets(named).is_empty());
        outside.filter_map(|named| named.path.first().map(String::as_str))
    }

    pub(crate) fn problems(&self, rules: &Rules) -> Vec<String> {
        let levels = rules.layers.iter();
        let level = |layer: &str| levels.clone().position(|level| level.contains(&layer));
        let mut problems = Vec::new();
        for file in self.files.keys() {
            let layer = layer(file);
            let Some(own) = level(layer) else {
                problems.push(format!("{file} is in no layer"));
                continue;
            };
            let without = rules.without.iter().filter(|(name, _)| *name == layer);
            let without: Vec<_> = without.flat_map(|(_, without)| *without).collect();
            for target in self.arrows(file) {
                let other = self::layer(target);
                let is_below = other == layer || level(other) > Some(own);
                if !is_below || without.contains(&&other) {
                    problems.push(format!("{file} names {target}"));
                }
            }
            for name in self.outside(file) {
                if without.contains(&&name) {
                    problems.push(format!("{file} names {name}"));
                }
            }
        }
        problems.extend(self.circle());
        problems
    }

    fn circle(&self) -> Option<String> {
        let mut done = BTreeSet::new();
        let files = self.files.keys().map(String::as_str);
        let mut files = files.filter(|file| !self.stand_ins.contains(file));
        let circle = files.find_map(|file| self.circle_from(&mut vec![file], &mut done))?;
        Some(format!("a circle: {}", circle.join(" → ")))
    }

    fn circle_from<'a>(
        &'a self,
        way: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<&'a str>> {
        let file = way.last().copied()?;
        if done.contains(file) {
            return None;
        }
        for target in self.arrows(file) {
            let start = way.iter().position(|&before| before == target);
            way.push(target);
            if let Some(start) = start {
                return Some(way[start..].to_vec());
            }
            if let Some(circle) = self.circle_from(way, done) {
                return Some(circle);
            }
            way.pop();
        }
        done.insert(file);
        None
    }
}

/// The folder or the file right below the root.
fn layer(file: &str) -> &str {
    let first = file.split('/').next().unwrap();
    first.trim_end_matches(".rs")
}
