//! Policies from made files and made environments; the process's own environment is left alone.

use std::{env, ffi::OsString, fs, path::PathBuf, process};

use autoshard_tuning::{EffectivePolicy, Policy, PolicyLayers};

use super::{PolicyFile, PolicyLoadError, PolicySource, ambient::load_or_default, source::FILE_BYTES_MAX};

/// A file that is removed again.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = env::temp_dir().join(format!("autoshard-{}-{name}.toml", process::id()));
        fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn variables<const N: usize>(variables: [(&str, &str); N]) -> Vec<(OsString, OsString)> {
    variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn load(
    layers: PolicyLayers,
    file: &PolicyFile,
    environment: Vec<(OsString, OsString)>,
) -> Result<EffectivePolicy, PolicyLoadError> {
    PolicySource::open(layers, file.clone(), environment).1
}

fn message(file: &PolicyFile, environment: Vec<(OsString, OsString)>) -> String {
    load(PolicyLayers::new(), file, environment).unwrap_err().to_string()
}

#[test]
fn the_environment_overrides_code() {
    let mut layers = PolicyLayers::new();
    layers.set("shards.max", 512).set("hot_keys.top_k", 7);
    let environment = variables([("AUTOSHARD_SHARDS_MAX", "64"), ("PATH", "/bin"), ("AUTOSHARD_POLICY", "")]);
    let policy = load(layers, &PolicyFile::FromEnvironment, environment).unwrap().policy;
    assert_eq!((policy.shards.max, policy.hot_keys.top_k), (64, 7));
}

#[test]
fn a_missing_file_is_named_with_who_named_it() {
    let environment = variables([("AUTOSHARD_POLICY", "/nowhere/policy.toml")]);
    assert_eq!(
        message(&PolicyFile::FromEnvironment, environment),
        "/nowhere/policy.toml: there is no such policy file; correct the path in AUTOSHARD_POLICY"
    );
    assert_eq!(
        message(&PolicyFile::At("/nowhere/policy.toml".into()), Vec::new()),
        "/nowhere/policy.toml: there is no such policy file; correct the path in policy_file"
    );
}

#[test]
fn a_directory_is_no_policy_file() {
    let message = message(&PolicyFile::At(env::temp_dir()), Vec::new());
    assert!(message.ends_with("this is a directory, not a policy file; correct the path in policy_file"), "{message}");
}

#[test]
fn a_file_that_is_not_text_is_named_with_the_line() {
    let file = TemporaryFile::new("not-text", b"version = 1\n# \xff\n");
    let message = message(&PolicyFile::At(file.0.clone()), Vec::new());
    assert_eq!(message, format!("{}:2: this is not UTF-8 text; a policy is a TOML file", file.0.display()));
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    let file = TemporaryFile::new("too-long", &vec![b'\n'; FILE_BYTES_MAX as usize + 1]);
    let message = message(&PolicyFile::At(file.0.clone()), Vec::new());
    assert!(message.contains("cannot be read (it is longer than 1 MiB)"), "{message}");
}

#[cfg(unix)]
#[test]
fn an_environment_that_is_not_utf_8_is_refused_by_name() {
    use std::os::unix::ffi::OsStringExt;

    let garbage = OsString::from_vec(vec![b'6', 0xff]);
    for name in ["AUTOSHARD_SHARDS_MAX", "AUTOSHARD_PROFILE", "AUTOSHARD_TUNER_ENABLED", "AUTOSHARD_SHARDS_MIN"] {
        let message = message(&PolicyFile::FromEnvironment, vec![(name.into(), garbage.clone())]);
        assert!(message.contains(name), "{message}");
    }
    let others = vec![("LS_COLORS".into(), garbage.clone()), (garbage.clone(), garbage)];
    assert!(load(PolicyLayers::new(), &PolicyFile::FromEnvironment, others).is_ok());
}

#[test]
fn a_store_that_cannot_fail_gets_the_defaults_and_one_line() {
    let environment = [("AUTOSHARD_SHARDS_MAX", "many"), ("AUTOSHARD_SHARDS_MOX", "64"), ("AUTOSHARD_SHARDS_MIN", "2")];
    let ambient = load_or_default(variables(environment));
    assert_eq!(ambient.policy, Policy::default());
    let rejected = ambient.rejected.unwrap();
    assert!(!rejected.contains('\n'), "{rejected}");
    assert!(rejected.contains("AUTOSHARD_SHARDS_MAX") && rejected.contains("AUTOSHARD_SHARDS_MOX"), "{rejected}");
    assert!(rejected.ends_with("the default policy is in force"), "{rejected}");

    let ambient = load_or_default(variables([("AUTOSHARD_SHARDS_MAX", "64")]));
    assert_eq!((ambient.policy.shards.max, ambient.rejected), (64, None));
}

#[cfg(feature = "policy-file")]
mod with_files {
    use super::*;

    #[test]
    fn a_file_overrides_code_and_yields_to_the_environment() {
        let file = TemporaryFile::new("layers", b"[shards]\nmax = 256\nmin = 2\n");
        let mut layers = PolicyLayers::new();
        layers.set("shards.max", 512);
        let mut environment = variables([("AUTOSHARD_SHARDS_MIN", "4")]);
        environment.push(("AUTOSHARD_POLICY".into(), file.0.clone().into()));
        let policy = load(layers, &PolicyFile::FromEnvironment, environment).unwrap().policy;
        assert_eq!((policy.shards.max, policy.shards.min), (256, Some(4)));
    }

    #[test]
    fn what_the_builder_gives_replaces_the_file_of_the_environment() {
        let environment = || variables([("AUTOSHARD_POLICY", "/nowhere/policy.toml")]);
        let file = TemporaryFile::new("builder", b"shards.max = 256\n");
        let policy = load(PolicyLayers::new(), &PolicyFile::At(file.0.clone()), environment()).unwrap().policy;
        assert_eq!(policy.shards.max, 256);
        let text = PolicyFile::Text("shards.max = 128".to_owned());
        assert_eq!(load(PolicyLayers::new(), &text, environment()).unwrap().policy.shards.max, 128);
    }

    #[test]
    fn errors_in_a_file_are_named_with_path_and_line() {
        let file = TemporaryFile::new("wrong", b"[shards]\n\nmax = \"many\"\n");
        let message = message(&PolicyFile::At(file.0.clone()), Vec::new());
        assert!(message.starts_with(&format!("{}:3:", file.0.display())), "{message}");
        assert!(message.contains("shards.max"), "{message}");
    }
}

#[cfg(not(feature = "policy-file"))]
#[test]
fn without_the_feature_a_file_is_refused_and_the_environment_works() {
    let file = TemporaryFile::new("feature-off", b"shards.max = 256\n");
    let message = message(&PolicyFile::At(file.0.clone()), Vec::new());
    assert!(message.contains("feature `policy-file`"), "{message}");
    let environment = variables([("AUTOSHARD_SHARDS_MAX", "64")]);
    let policy = load(PolicyLayers::new(), &PolicyFile::FromEnvironment, environment).unwrap().policy;
    assert_eq!(policy.shards.max, 64);
}
