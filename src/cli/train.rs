//! `tingsu train`: makes a bundle.

use std::io::stderr;

use clap::{Args, Subcommand};

use crate::train::{self, FitArgs};

use super::exit::Failure;

#[derive(Args)]
pub(super) struct TrainArgs {
    #[command(subcommand)]
    command: TrainCommand,
}

#[derive(Subcommand)]
enum TrainCommand {
    /// 由标注诉求微调,写出一个模型目录
    Fit(FitArgs),
}

pub(super) fn run(args: TrainArgs) -> Result<(), Failure> {
    let TrainCommand::Fit(args) = args.command;
    train::run(&args, &mut stderr()).map_err(|e| Failure::usage(e.to_string()))
}
