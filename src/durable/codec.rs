//! Keys and values as bytes: postcard's, whose format is settled.
#![forbid(unsafe_code)]

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

/// A key, and its value unless it was removed.
pub(super) type Encoded = (Vec<u8>, Option<Vec<u8>>);

/// Encodes an entry. What could not be decoded later is an error now, not after the restart that needs it: the format does not say what it has, so types
/// that leave fields out, or look at what comes before they choose, can be written by it and never read.
pub(super) fn encode_entry<K, V>((key, value): &(K, Option<V>)) -> Result<Encoded, CodecError>
where
    K: Serialize + DeserializeOwned,
    V: Serialize + DeserializeOwned,
{
    Ok((encode(key, "key")?, value.as_ref().map(|value| encode(value, "value")).transpose()?))
}

fn encode<T: Serialize + DeserializeOwned>(part: &T, what: &'static str) -> Result<Vec<u8>, CodecError> {
    let bytes = postcard::to_allocvec(part).map_err(|error| CodecError::new(what, "written", error))?;
    decode::<T>(&bytes, what)?;
    Ok(bytes)
}

/// The opposite, for a key or a value, which all of the bytes must be.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T, CodecError> {
    match postcard::take_from_bytes(bytes) {
        Ok((part, [])) => Ok(part),
        Ok((_, rest)) => Err(CodecError::new(what, "read", format_args!("{} bytes are left over", rest.len()))),
        Err(error) => Err(CodecError::new(what, "read", error)),
    }
}

/// A key or a value has no encoding, or bytes are none of its type.
#[derive(Debug)]
pub(super) struct CodecError {
    message: String,
}

impl CodecError {
    fn new(what: &str, done: &str, cause: impl fmt::Display) -> Self {
        Self { message: format!("a {what} cannot be {done} in postcard's format ({cause})") }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CodecError {}
