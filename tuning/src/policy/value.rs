//! A knob's value: as written, and as the type of its field.

use super::{BiasChoice, FullRule, MigrationMode, Profile, Sharding, Strategy, Verification, knob::Allowed};

/// What a knob may leave to the store.
pub(super) const AUTO: &str = "auto";

/// A value as it was written, before anything is known of the knob.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Written {
    /// A whole number.
    Integer(i128),
    /// A number with a fraction.
    Real(f64),
    /// `true` or `false`.
    Flag(bool),
    /// A string.
    Text(String),
    /// Something that no knob takes, by the name of its type.
    #[cfg(feature = "policy-file")]
    Other(&'static str),
}

impl Written {
    /// Reads a value from outside of TOML, where nothing tells a number from a string but its looks.
    pub(super) fn from_text(text: &str) -> Self {
        let text = text.trim();
        let digits = text.replace('_', "");
        if let Ok(integer) = digits.parse() {
            Self::Integer(integer)
        } else if let Ok(flag) = text.parse() {
            Self::Flag(flag)
        } else if let Some(real) = digits.parse().ok().filter(|_| text.contains(|c: char| c.is_ascii_digit())) {
            Self::Real(real)
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// The value with its type, for error messages.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Integer(integer) => format!("the number {integer}"),
            Self::Real(real) => format!("the number {real}"),
            Self::Flag(flag) => format!("{flag}"),
            Self::Text(text) => format!("the text \"{}\"", text.escape_debug()),
            #[cfg(feature = "policy-file")]
            Self::Other(name) => format!("of type {name}"),
        }
    }
}

/// Why a written value is not one of the knob's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mismatch {
    /// It is of another type.
    Type,
    /// It is of the right type, but not allowed.
    Range,
}

/// The type of a knob's field.
pub(super) trait KnobType: Sized {
    /// Takes a written value over, if the knob allows it.
    fn read(written: &Written, allowed: &Allowed) -> Result<Self, Mismatch>;

    /// The value, as TOML writes it.
    fn text(&self) -> String;
}

fn read_integer(written: &Written, allowed: &Allowed) -> Result<i128, Mismatch> {
    let Written::Integer(integer) = *written else {
        return Err(Mismatch::Type);
    };
    let (min, max) = match *allowed {
        Allowed::Integer { min, max } | Allowed::IntegerOrAuto { min, max } => (min, max),
        Allowed::PowerOfTwo { min, max } if integer.count_ones() == 1 => (min, max),
        _ => return Err(Mismatch::Range),
    };
    if (i128::from(min)..=i128::from(max)).contains(&integer) { Ok(integer) } else { Err(Mismatch::Range) }
}

macro_rules! integer_knob_types {
    ($($integer:ty),+) => {$(
        impl KnobType for $integer {
            fn read(written: &Written, allowed: &Allowed) -> Result<Self, Mismatch> {
                read_integer(written, allowed)?.try_into().map_err(|_| Mismatch::Range)
            }

            fn text(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

integer_knob_types!(u32, u64, i64);

impl KnobType for Option<u32> {
    fn read(written: &Written, allowed: &Allowed) -> Result<Self, Mismatch> {
        match written {
            Written::Text(text) if text == AUTO => Ok(None),
            _ => u32::read(written, allowed).map(Some),
        }
    }

    fn text(&self) -> String {
        self.map_or_else(|| format!("\"{AUTO}\""), |count| count.to_string())
    }
}

impl KnobType for f64 {
    fn read(written: &Written, allowed: &Allowed) -> Result<Self, Mismatch> {
        let real = match *written {
            Written::Real(real) => real,
            // No knob's range reaches to where a whole number loses digits.
            Written::Integer(integer) => integer as f64,
            _ => return Err(Mismatch::Type),
        };
        match *allowed {
            Allowed::Real { min, max } if (min..=max).contains(&real) => Ok(real),
            _ => Err(Mismatch::Range),
        }
    }

    fn text(&self) -> String {
        // `{:?}` keeps the point of a whole number, which TOML wants in a float.
        format!("{self:?}")
    }
}

impl KnobType for bool {
    fn read(written: &Written, _: &Allowed) -> Result<Self, Mismatch> {
        if let Written::Flag(flag) = *written { Ok(flag) } else { Err(Mismatch::Type) }
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

macro_rules! choice_knob_types {
    ($($choice:ty),+) => {$(
        impl KnobType for $choice {
            fn read(written: &Written, _: &Allowed) -> Result<Self, Mismatch> {
                let Written::Text(text) = written else {
                    return Err(Mismatch::Type);
                };
                Self::from_name(text).ok_or(Mismatch::Range)
            }

            fn text(&self) -> String {
                format!("\"{self}\"")
            }
        }
    )+};
}

choice_knob_types!(Sharding, Strategy, BiasChoice, MigrationMode, Verification, FullRule, Profile);
