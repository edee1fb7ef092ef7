//! The program under test, away from the environment of whoever runs the tests.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use tempfile::TempDir;

/// A directory with files for the program, and the program itself.
pub(crate) struct Program {
    directory: TempDir,
}

impl Program {
    /// In a fresh directory.
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    /// Makes a file, and gives its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).expect("the temporary directory is writable");
        path.display().to_string()
    }

    /// The path of a file, made or not.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs the program with these arguments, separated by blanks, and without any policy of the environment.
    pub(crate) fn run(&self, arguments: &str) -> Output {
        self.run_with(arguments, &[])
    }

    /// As [`run`](Self::run), with these environment variables.
    pub(crate) fn run_with(&self, arguments: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_autoshard"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AUTOSHARD_") {
                command.env_remove(name);
            }
        }
        let arguments = arguments.split_whitespace();
        command.args(arguments).envs(variables.iter().copied()).current_dir(self.directory.path());
        command.output().expect("the program can be started")
    }

    /// Asserts that the program refuses these arguments with a sentence that contains all of `parts`, and starts nothing.
    pub(crate) fn assert_refused(&self, arguments: &str, parts: &[&str]) {
        let output = self.run(arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {message}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments}: nothing is started");
        for part in parts {
            assert!(message.contains(part), "{arguments}: {part:?} is not in {message:?}");
        }
    }
}
