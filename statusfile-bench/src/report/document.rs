//! A Markdown file with blocks that are filled in.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};

const END: &str = "<!-- /figures -->";

/// A file, and its text with the blocks that have been filled.
#[derive(Debug)]
pub(crate) struct Document {
    path: PathBuf,
    text: String,
}

impl Document {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    /// Puts `contents` between `<!-- figures: name -->` and the end of that block.
    pub(crate) fn fill(&mut self, name: &str, contents: &str) -> Result<()> {
        self.text = filled(&self.text, name, contents)
            .with_context(|| format!("{} has no block {name:?}", self.path.display()))?;
        Ok(())
    }

    pub(crate) fn write(&self) -> Result<()> {
        Ok(fs::write(&self.path, &self.text)?)
    }
}

fn filled(text: &str, name: &str, contents: &str) -> Option<String> {
    let begin = format!("<!-- figures: {name} -->");
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(END)?;
    let contents = contents.trim_end();
    Some(format!("{before}{begin}\n\n{contents}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_filled_again_and_again_and_the_prose_stays() {
        let empty = "A\n<!-- figures: load -->\n<!-- /figures -->\nB <!-- figures: save -->\n\
                     <!-- /figures -->\n";
        let once = filled(empty, "load", "1.25\n").unwrap();
        assert!(once.starts_with("A\n<!-- figures: load -->\n\n1.25\n\n<!-- /figures -->\nB"));
        assert_eq!(filled(&once, "load", "1.25").unwrap(), once);
        assert!(filled(empty, "updates", "").is_none());
    }
}
