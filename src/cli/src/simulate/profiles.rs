//! `simulate --profiles`: each profile under what the others are named for, too.

use std::{fmt::Write, io, process::ExitCode};

use autoshard_tuning::{
    Policy, Profile,
    simulator::{Machine, Simulation, Workload},
};

use super::{
    evaluation::in_order,
    subject::{machine, stretch},
};
use crate::{args::SimulateArguments, failure::Failure, output, policy_file, report_file};

/// The machines, where the user names none.
const CORES: [u16; 2] = [8, 32];
/// Within this part, profiles come to the same: as much as the seed makes of it.
const ALIKE: f64 = 0.01;
/// What each profile is named for. `frozen` is named for a store whose shards nobody moves, and so for no load.
const NAMED_FOR: [(Profile, [&str; 2]); 3] = [
    (Profile::ReadHeavy, ["get-99", "get-99-zipf"]),
    (Profile::WriteHeavy, ["update", "update-zipf"]),
    (Profile::Skewed, ["get-95-zipf", "hot-key"]),
];
const PROFILES: [Profile; 5] =
    [Profile::Default, Profile::ReadHeavy, Profile::WriteHeavy, Profile::Skewed, Profile::Frozen];

/// A workload on a machine.
#[derive(Debug, serde::Serialize)]
struct Case {
    named_for: Profile,
    workload: &'static str,
    cores: u16,
    is_far: bool,
}

/// What the profiles come to in it: millions of operations a second, from the first window to the last.
#[derive(Debug, serde::Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    case: &'a Case,
    mops: Vec<(Profile, f64)>,
}

/// Carries it out. The exit code tells whether each profile is the best where it is named for, all machines together.
pub(super) fn compare_profiles(arguments: &SimulateArguments) -> Result<ExitCode, Failure> {
    let policies = PROFILES.map(|profile| {
        let policy = policy_file::effective(Some(profile.name()), arguments.policy.as_deref())?.policy;
        Ok::<_, Failure>((profile, policy))
    });
    let policies: Vec<(Profile, Policy)> = policies.into_iter().collect::<Result<_, _>>()?;
    let cores = arguments.cores.map_or_else(|| CORES.to_vec(), |cores| vec![cores]);
    let mut cases = Vec::new();
    for (named_for, workloads) in NAMED_FOR {
        for workload in workloads {
            for &cores in &cores {
                cases.extend([false, true].map(|is_far| Case { named_for, workload, cores, is_far }));
            }
        }
    }
    output::print(
        "Simulated. Millions of operations a second over the whole of each workload, with each profile.\n\n",
    )?;
    output::print(&line("workload", "cores", "lines", PROFILES.iter().map(|profile| profile.name().to_owned())))?;
    let mut all = Vec::new();
    let work =
        |case: &Case| policies.iter().map(|(profile, policy)| (*profile, case.mops(policy, arguments))).collect();
    in_order(&cases, work, |case, mops: Vec<(Profile, f64)>| {
        let lines = if case.is_far { "far" } else { "near" };
        let figures = mops.iter().map(|(_, mops)| format!("{mops:.1}"));
        output::print(&line(case.workload, &case.cores.to_string(), lines, figures))?;
        all.push(mops);
        Ok::<(), Failure>(())
    })?;
    let rows: Vec<Row<'_>> = cases.iter().zip(all).map(|(case, mops)| Row { case, mops }).collect();
    let mut is_good = true;
    for (profile, _) in NAMED_FOR {
        let means = means(&rows, profile);
        let best = means.iter().map(|(_, mean)| *mean).fold(0.0, f64::max);
        let own = means.iter().find(|(it, _)| *it == profile).map_or(0.0, |(_, mean)| *mean);
        is_good &= own >= best * (1.0 - ALIKE);
        output::print(&verdict(profile, &means))?;
    }
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&rows).map_err(io::Error::from)?;
        report_file::write(path, &(text + "\n"))?;
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Case {
    fn mops(&self, policy: &Policy, arguments: &SimulateArguments) -> f64 {
        let machine: Machine = machine(u32::from(self.cores), self.is_far);
        let Some(mut workload) = Workload::named(self.workload, u32::from(self.cores)) else { return 0.0 };
        stretch(&mut workload, arguments.phase_seconds);
        let windows = Simulation::new(&machine, policy).seed(arguments.seed).run(&workload).windows;
        windows.iter().map(|window| window.mops).sum::<f64>() / windows.len() as f64
    }
}

fn line(workload: &str, cores: &str, lines: &str, figures: impl Iterator<Item = String>) -> String {
    let figures: String = figures.map(|figure| format!(" {figure:>12}")).collect();
    format!("{workload:<14} {cores:>5}  {lines:<5}{figures}\n")
}

/// Geometric means of what the profiles come to where one of them is named for.
fn means(rows: &[Row<'_>], named_for: Profile) -> Vec<(Profile, f64)> {
    let rows: Vec<_> = rows.iter().filter(|row| row.case.named_for == named_for).collect();
    let mean = |index: usize| (rows.iter().map(|row| row.mops[index].1.ln()).sum::<f64>() / rows.len() as f64).exp();
    PROFILES.iter().enumerate().map(|(index, profile)| (*profile, mean(index))).collect()
}

fn verdict(profile: Profile, means: &[(Profile, f64)]) -> String {
    let mut text = format!("\nWhat {profile} is named for, in the geometric mean:");
    for (profile, mean) in means {
        let _ = write!(text, " {profile} {mean:.1}");
    }
    text + "\n"
}
