//! The formats of traces, and how one is told from another.

use super::{Text, TraceError, csv};

/// How the lines of a trace are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// libCacheSim's CSV: a header names the columns; `lbn`, `obj_id` or `key` is the key, `op` the kind.
    Csv,
    /// The ARC paper's: `start count ignored ignored`, `count` consecutive blocks from `start`.
    Arc,
    /// One key a line.
    Plain,
}

impl Format {
    /// The format's name, as `--format` takes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Arc => "arc",
            Self::Plain => "plain",
        }
    }

    /// Tells the format from the first line.
    pub(crate) fn detect(text: &Text) -> Result<Self, TraceError> {
        let first = text.lines().next().map_or("", |(_, line)| line.trim_end());
        let words: Vec<&str> = first.split_whitespace().collect();
        let numbers = words.iter().filter(|word| word.parse::<u64>().is_ok()).count();
        if csv::is_header(first) {
            return Ok(Self::Csv);
        }
        match (words.len(), first.contains(',')) {
            (4, false) if numbers == 4 => Ok(Self::Arc),
            (1, false) => Ok(Self::Plain),
            (_, true) => Err(unknown(text, "its first line has commas but names no key column (lbn, obj_id or key)")),
            (0, _) => Err(unknown(text, "its first line is empty")),
            (count, _) => Err(unknown(text, &format!("its first line has {count} words, {numbers} of them numbers"))),
        }
    }
}

fn unknown(text: &Text, found: &str) -> TraceError {
    TraceError::UnknownFormat { file: text.file.clone(), line: 1, found: found.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(content: &str) -> Result<Format, TraceError> {
        Format::detect(&Text::from_bytes("made".to_owned(), content.into())?)
    }

    #[test]
    fn the_first_line_decides() {
        assert_eq!(detect("version,time,op,size,lbn\n").unwrap(), Format::Csv);
        assert_eq!(detect("1 64 0 0\n").unwrap(), Format::Arc);
        assert_eq!(detect("alice\n").unwrap(), Format::Plain);
        assert_eq!(detect("17\n").unwrap(), Format::Plain);
    }

    #[test]
    fn anything_else_is_unknown_and_says_what_was_found() {
        for (content, found) in [("1,2,3\n", "commas"), ("a b c\n", "3 words"), ("\n1\n", "empty")] {
            let message = detect(content).unwrap_err().to_string();
            assert!(message.contains("made:1") && message.contains(found), "{message}");
        }
    }
}
