//! The text of a trace: read whole, decompressed, and known to be complete, before anything looks at its lines.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use super::TraceError;

/// The first bytes of every Zstandard frame (RFC 8878, section 3.1.1).
const ZSTANDARD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// The text of a trace and the name it is spoken of by.
#[derive(Debug)]
pub(crate) struct Text {
    /// The file as the user named it.
    pub(crate) file: String,
    content: String,
}

impl Text {
    /// Reads `path` whole, through Zstandard where its first bytes say so.
    pub(crate) fn read(path: &Path) -> Result<Self, TraceError> {
        let file = path.display().to_string();
        if path.is_dir() {
            return Err(TraceError::Directory { file });
        }
        let mut bytes = Vec::new();
        if let Err(source) = File::open(path).and_then(|mut opened| opened.read_to_end(&mut bytes)) {
            return Err(TraceError::Unreadable { file, source });
        }
        Self::from_bytes(file, bytes)
    }

    /// The text in `bytes`, compressed or not.
    pub(crate) fn from_bytes(file: String, bytes: Vec<u8>) -> Result<Self, TraceError> {
        let bytes = if bytes.starts_with(&ZSTANDARD_MAGIC) { decompress(&file, &bytes)? } else { bytes };
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(TraceError::Empty { file });
        }
        let content = match String::from_utf8(bytes) {
            Ok(content) => content,
            Err(error) => {
                let line = line_of(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
                return Err(TraceError::UnknownFormat { file, line, found: "it is not text".to_owned() });
            }
        };
        if let Some(at) = content.find(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let line = line_of(&content.as_bytes()[..at]);
            let found = "it holds a control character, so it is not text".to_owned();
            return Err(TraceError::UnknownFormat { file, line, found });
        }
        // A cut inside the last field of a line leaves a shorter, valid number: only the missing line end tells.
        if !content.ends_with('\n') {
            return Err(TraceError::TruncatedLine { line: line_of(content.as_bytes()), file });
        }
        Ok(Self { file, content })
    }

    /// All of it.
    pub(crate) fn content(&self) -> &str {
        &self.content
    }

    /// The lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (u64, &str)> {
        (1..).zip(self.content.lines())
    }
}

fn decompress(file: &str, bytes: &[u8]) -> Result<Vec<u8>, TraceError> {
    let file = file.to_owned();
    let mut text = Vec::new();
    let mut decoder = match zstd::Decoder::with_buffer(bytes) {
        Ok(decoder) => decoder,
        Err(source) => return Err(TraceError::Unreadable { file, source }),
    };
    match decoder.read_to_end(&mut text) {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Err(TraceError::TruncatedStream { file, line: line_of(&text) })
        }
        Err(error) => Err(TraceError::DamagedStream { file, line: line_of(&text), reason: error.to_string() }),
    }
}

/// Number of the line in which `before` ends.
fn line_of(before: &[u8]) -> u64 {
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<Text, TraceError> {
        Text::from_bytes("made.lis".to_owned(), bytes.to_vec())
    }

    #[test]
    fn compressed_text_is_read_through_all_its_frames() {
        let mut bytes = zstd::encode_all(&b"1 2 0 0\n"[..], 1).unwrap();
        bytes.extend(zstd::encode_all(&b"7 1 0 0\n"[..], 1).unwrap());
        assert_eq!(text(&bytes).unwrap().content(), "1 2 0 0\n7 1 0 0\n");
    }

    #[test]
    fn a_cut_off_stream_is_truncated_wherever_it_is_cut() {
        let whole = zstd::encode_all(&b"1 2 0 0\n7 1 0 0\n".repeat(50)[..], 1).unwrap();
        for length in ZSTANDARD_MAGIC.len()..whole.len() {
            let error = text(&whole[..length]).unwrap_err();
            assert!(matches!(error, TraceError::TruncatedStream { .. }), "{length}: {error}");
        }
    }

    #[test]
    fn a_last_line_without_its_end_is_truncated() {
        let error = text(b"1 2 0 0\n7 1 0").unwrap_err();
        assert!(matches!(error, TraceError::TruncatedLine { line: 2, .. }), "{error}");
    }

    #[test]
    fn what_is_not_text_is_refused_with_its_line() {
        let error = text(b"1\n2\n\xFF\xFE\n").unwrap_err();
        assert!(matches!(error, TraceError::UnknownFormat { line: 3, .. }), "{error}");
        let error = text(b"1\n\x00\n").unwrap_err();
        assert!(matches!(error, TraceError::UnknownFormat { line: 2, .. }), "{error}");
    }

    #[test]
    fn nothing_but_blanks_is_empty() {
        assert!(matches!(text(b"").unwrap_err(), TraceError::Empty { .. }));
        assert!(matches!(text(b" \n\r\n").unwrap_err(), TraceError::Empty { .. }));
    }
}
