//! Where a policy comes from: what was set in code, a file, and the environment.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
    time::Instant,
};

use autoshard_tuning::{EffectivePolicy, Policy, PolicyErrors, PolicyLayers};

use super::{
    PolicyLoadError,
    watch::{Contents, Stamp, Watch},
};
use crate::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

/// The environment variable that names a policy file.
const POLICY_VARIABLE: &str = "AUTOSHARD_POLICY";

/// Longest policy file that is read, in bytes: a wrong path may name a device that has no end.
pub(super) const FILE_BYTES_MAX: u64 = 1 << 20;

/// Which policy file a store obeys.
#[derive(Clone, Debug, Default)]
pub(crate) enum PolicyFile {
    /// The one that `AUTOSHARD_POLICY` names, if it names one.
    #[default]
    FromEnvironment,
    /// The one at this path.
    At(PathBuf),
    /// None: this is its text.
    Text(String),
}

/// The layers of a policy, and the file that is one of them and may change.
pub(crate) struct PolicySource {
    /// All but the file's.
    layers: PolicyLayers,
    file: Option<NamedFile>,
    /// Counts what `state` has come to.
    generation: AtomicU32,
    state: Mutex<State>,
}

/// A file's path, and what named it.
#[derive(Clone)]
struct NamedFile {
    path: PathBuf,
    named_by: &'static str,
}

/// What the layers have come to.
#[derive(Clone, Default)]
struct State {
    /// `None` for a file that cannot be looked at twice, such as a pipe, or where there is none.
    watch: Option<Watch>,
    /// When the file was last looked at.
    looked: Option<Instant>,
    accepted: Option<Accepted>,
    /// What is wrong with what the file has held since.
    refusal: Option<String>,
}

/// The last policy that was in order.
#[derive(Clone)]
pub(super) struct Accepted {
    pub(super) policy: Arc<Policy>,
    /// What the source's generation became with it.
    pub(super) generation: u32,
    /// What the file held.
    text: Option<String>,
}

/// What a store is to know of its source.
pub(super) struct Standing {
    pub(super) generation: u32,
    pub(super) accepted: Option<Accepted>,
    pub(super) refusal: Option<String>,
}

impl PolicySource {
    /// A source of these layers, and what it comes to at present. The caller hands in the environment
    /// ([`vars_os`](std::env::vars_os)), in which an empty `AUTOSHARD_POLICY` names no file.
    pub(crate) fn open(
        mut layers: PolicyLayers,
        file: PolicyFile,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> (Self, Result<EffectivePolicy, PolicyLoadError>) {
        let environment: Vec<(OsString, OsString)> = environment.into_iter().collect();
        let file = match file {
            PolicyFile::FromEnvironment => {
                let named = environment.iter().find(|(name, path)| name == POLICY_VARIABLE && !path.is_empty());
                named.map(|(_, path)| NamedFile { path: path.into(), named_by: POLICY_VARIABLE })
            }
            PolicyFile::At(path) => Some(NamedFile { path, named_by: "policy_file" }),
            PolicyFile::Text(text) => {
                layers.file("policy_toml", text);
                None
            }
        };
        // What is not UTF-8 gets a replacement character, which no knob's name or value contains: it is refused by name.
        let lossy = |text: &OsString| text.to_string_lossy().into_owned();
        layers.environment(environment.iter().map(|(name, value)| (lossy(name), lossy(value))));
        let source = Self { layers, file, generation: AtomicU32::new(0), state: Mutex::default() };
        let effective = source.reload();
        (source, effective)
    }

    /// The same with knobs that are set in code besides, and the policy that they come to with the file as it was last in order.
    pub(super) fn with_settings(&self, settings: Vec<(String, String)>) -> Result<(Self, Policy), PolicyErrors> {
        let mut layers = self.layers.clone();
        for (key, value) in settings {
            layers.set(&key, value);
        }
        let (mut state, generation) = {
            let state = self.state.lock();
            (state.clone(), self.generation())
        };
        let text = state.accepted.as_ref().and_then(|accepted| accepted.text.clone());
        let mut source =
            Self { layers, file: self.file.clone(), generation: AtomicU32::new(generation), state: Mutex::default() };
        let policy = source.resolve(text.as_deref())?.policy;
        state.accepted = Some(Accepted { policy: Arc::new(policy.clone()), generation, text });
        source.state = Mutex::new(state);
        Ok((source, policy))
    }

    /// Changes whenever there is something new. Costs one load.
    pub(super) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Acquire)
    }

    /// What it came to so far.
    pub(super) fn standing(&self) -> Standing {
        let state = self.state.lock();
        Standing { generation: self.generation(), accepted: state.accepted.clone(), refusal: state.refusal.clone() }
    }

    /// Whether there is a file whose changes can be noticed.
    pub(super) fn is_watched(&self) -> bool {
        self.file.is_some() && self.state.lock().watch.is_some()
    }

    /// Reads the file, and takes what it holds at once.
    pub(super) fn reload(&self) -> Result<EffectivePolicy, PolicyLoadError> {
        let mut state = self.state.lock();
        let effective = self.text_to_reload(&mut state).and_then(|text| {
            let effective = self.resolve(text.as_deref())?;
            self.accept(&mut state, effective.policy.clone(), text);
            Ok(effective)
        });
        effective.inspect_err(|error| self.refuse(&mut state, error.to_string()))
    }

    /// What the file holds now; of a pipe, what it held when it was first read, for there is no more in it.
    fn text_to_reload(&self, state: &mut State) -> Result<Option<String>, PolicyLoadError> {
        let Some(file) = &self.file else { return Ok(None) };
        let (stamp, is_watchable) = file.stamp();
        if let Some(accepted) = state.accepted.as_ref().filter(|_| !is_watchable) {
            return Ok(accepted.text.clone());
        }
        let text = file.text();
        let contents = text.as_ref().map(String::clone).map_err(ToString::to_string);
        state.watch = is_watchable.then(|| Watch::new(stamp, contents));
        text.map(Some)
    }

    /// Looks whether the file has changed; once for all stores that ask at the same time.
    pub(super) fn look(&self, now: Instant) {
        let Some(file) = &self.file else { return };
        let mut state = self.state.lock();
        if state.looked.replace(now) == Some(now) {
            return;
        }
        let (stamp, is_watchable) = file.stamp();
        let Some(watch) = &mut state.watch else { return };
        let news = watch.look(stamp, || if is_watchable { file.contents() } else { Err(file.is_no_file()) });
        match news.cloned() {
            None => {}
            Some(Err(message)) => self.refuse(&mut state, message),
            Some(Ok(text)) => match self.resolve(Some(&text)) {
                Ok(effective) => self.accept(&mut state, effective.policy, Some(text)),
                Err(errors) => self.refuse(&mut state, errors.to_string()),
            },
        }
    }

    /// What all layers come to, with this text of the file.
    fn resolve(&self, text: Option<&str>) -> Result<EffectivePolicy, PolicyErrors> {
        match (&self.file, text) {
            (Some(file), Some(text)) => self.layers.clone().file(&file.path.display().to_string(), text).resolve(),
            _ => self.layers.resolve(),
        }
    }

    fn accept(&self, state: &mut State, policy: Policy, text: Option<String>) {
        let generation = self.generation.load(Ordering::Relaxed) + 1;
        state.accepted = Some(Accepted { policy: Arc::new(policy), generation, text });
        state.refusal = None;
        self.generation.store(generation, Ordering::Release);
    }

    fn refuse(&self, state: &mut State, message: String) {
        state.refusal = Some(message);
        self.generation.fetch_add(1, Ordering::Release);
    }
}

impl NamedFile {
    /// The file's stamp, if there is one; and whether it can be read again, or replaced by one that can.
    fn stamp(&self) -> (Option<Stamp>, bool) {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => (Some(Stamp::of(&metadata)), true),
            Ok(metadata) => (None, metadata.is_dir()),
            Err(_) => (None, true),
        }
    }

    fn text(&self) -> Result<String, PolicyLoadError> {
        let Self { path, named_by } = self;
        let bytes = read(path).map_err(|error| PolicyLoadError::Unreadable { path: path.clone(), named_by, error })?;
        String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
            PolicyLoadError::NotText { path: path.clone(), line }
        })
    }

    fn contents(&self) -> Contents {
        self.text().map_err(|error| error.to_string())
    }

    fn is_no_file(&self) -> String {
        format!("{}: this is no longer a file; the policy that it held stays in force", self.path.display())
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Asked beforehand, because not every system says so when it refuses.
    if path.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::new(ErrorKind::FileTooLarge, "it is longer than 1 MiB"));
    }
    Ok(bytes)
}
