//! `autoshard run`: builds the store, drives it, and reports.

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use autoshard::Store;

use crate::{
    config::RunConfig,
    drive::{Conductor, Run, Settings},
    failure::Failure,
    html,
    interrupt::Interrupt,
    json::Document,
    key::Key,
    output,
    panel::Panel,
    progress::Progress,
    report_file,
    summary::summary,
    view::View,
};

/// Carries out a run; the exit code tells whether anything was lost.
pub(crate) fn run(arguments: crate::args::RunArguments) -> Result<ExitCode, Failure> {
    let config = RunConfig::resolve(arguments)?;
    let store = build(&config)?;
    let interrupt = Interrupt::install()?;
    output::print(&heading(&config))?;
    let run = drive(&store, &config, interrupt)?;
    output::print(&summary(&run, config.is_trace))?;
    if let Some(path) = &config.json {
        let document = serde_json::to_string_pretty(&Document::of(&run, config.is_trace)).map_err(io::Error::from)?;
        report_file::write(path, &(document + "\n"))?;
    }
    if let Some(path) = &config.html {
        report_file::write(path, &html::page(&run, &config)?)?;
    }
    Ok(if run.proof.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn build(config: &RunConfig) -> Result<Store<Key, u64>, Failure> {
    let mut builder = Store::builder();
    if let Some(profile) = &config.profile {
        builder = builder.profile(profile);
    }
    for (key, value) in config.time_scale.overrides() {
        builder = builder.set(key, value);
    }
    if let Some(file) = &config.policy {
        builder = builder.policy_file(file);
    }
    Ok(builder.build()?)
}

fn heading(config: &RunConfig) -> String {
    let seconds = config.plan.duration().as_secs_f64();
    let mut text = format!("{}, {} threads, {seconds:.1} s\n", config.title, config.threads);
    if let Some(sentence) = config.time_scale.sentence() {
        text.push_str(&sentence);
        text.push('\n');
    }
    text
}

fn drive(store: &Store<Key, u64>, config: &RunConfig, interrupt: Interrupt) -> Result<Run, Failure> {
    let settings = Settings { title: &config.title, threads: config.threads, work: config.work };
    let mut view: Box<dyn View> = if io::stdout().is_terminal() && !config.plain {
        Box::new(Panel::open(interrupt)?)
    } else {
        Box::new(Progress::new(io::stdout(), interrupt))
    };
    Conductor::run(store, &config.plan, settings, view.as_mut())
}
