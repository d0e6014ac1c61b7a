//! Whole processes: what they take from start to end. The programs take turns, so that background load affects all of them, and
//! each is compared with the first of its own round. Each runs twice when its turn comes, and the second run counts: the first finds
//! the processor's caches as another program has left them.

use std::path::Path;
use std::process::Command;

use super::support::installed::run;
use super::table::median;

/// How often each program is measured.
pub const ROUNDS: usize = 41;

/// How often it runs for that. The first round warms what is read from disk.
pub const RUNS: usize = 2 * (ROUNDS + 1);

/// A program to measure.
pub struct Program {
    pub name: &'static str,
    pub command: Command,
}

/// What a whole process cost: medians, and medians of the ratios to the first program's in the same round.
#[derive(Clone, Copy)]
pub struct Cost {
    pub wall: Figure,
    pub cpu: Figure,
    pub memory: Figure,
}

/// One thing measured: microseconds or KiB, and the ratio.
#[derive(Clone, Copy)]
pub struct Figure {
    pub value: f64,
    pub ratio: f64,
}

/// Runs the programs in turns, under `runner`, which measures them.
pub fn take_turns(runner: &Path, programs: &[Program]) -> Vec<Cost> {
    let mut rounds: Vec<Vec<[f64; 3]>> = vec![Vec::new(); programs.len()];
    for round in 0..=ROUNDS {
        for (program, costs) in programs.iter().zip(&mut rounds) {
            measured(runner, &program.command);
            let cost = measured(runner, &program.command);
            if round > 0 {
                costs.push(cost);
            }
        }
    }
    let figure = |costs: &[[f64; 3]], what: usize| Figure {
        value: median(costs.iter().map(|cost| cost[what]).collect()),
        ratio: median(
            costs
                .iter()
                .zip(&rounds[0])
                .map(|(cost, first)| cost[what] / first[what])
                .collect(),
        ),
    };
    let cost = |costs: &Vec<[f64; 3]>| Cost {
        wall: figure(costs, 0),
        cpu: figure(costs, 1),
        memory: figure(costs, 2),
    };
    rounds.iter().map(cost).collect()
}

fn measured(runner: &Path, command: &Command) -> [f64; 3] {
    let output = run(&mut under(Command::new(runner), command)).stdout;
    let text = String::from_utf8(output).unwrap();
    let mut values = text.trim().split('\t').map(|value| value.parse().unwrap());
    [(); 3].map(|()| values.next().unwrap())
}

/// The command, started by another program, with nothing in its environment but what it was given.
pub fn under(mut outer: Command, command: &Command) -> Command {
    outer.env_clear().arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        outer.env(name, value.unwrap_or_default());
    }
    outer
}
