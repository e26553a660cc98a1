//! `tingsu train`: makes a bundle.

use std::{
    io::stderr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::{Args, Subcommand};

use crate::{
    http::stop_signal,
    train::{self, ContrastArgs, FitArgs, PretrainArgs, TrainError, VectorArgs},
};

use super::{exit::Failure, model::history};

#[derive(Args)]
pub(super) struct TrainArgs {
    #[command(subcommand)]
    command: TrainCommand,
}

#[derive(Subcommand)]
enum TrainCommand {
    /// 由标注诉求或任意任务文件微调,写出一个模型目录;中断后同一命令接着训练
    Fit(Box<FitArgs>),
    /// 在纯文本上预训练编码器;中断即存档,同一命令接着训练
    Pretrain(PretrainArgs),
    /// 让编码器学会分辨各段文本说的是不是同一件事(预训练之后、微调之前)
    Contrast(ContrastArgs),
    /// 由成对文本学出句向量(相似工单、话题用),写回模型目录
    Vectors(VectorArgs),
}

pub(super) fn run(args: TrainArgs) -> Result<(), Failure> {
    without_spinning();
    let flag = interrupted();
    let stopped = || flag.load(Ordering::Relaxed);
    match args.command {
        TrainCommand::Fit(args) if args.history.history.is_some() => history::fit(*args, &stopped),
        TrainCommand::Fit(args) => train::run(&args, Vec::new(), &mut stderr(), &stopped).map(|_| ()).map_err(failed),
        TrainCommand::Vectors(args) => train::vector_command(&args, &mut stderr()).map_err(failed),
        TrainCommand::Contrast(args) => train::contrast_command(&args, &mut stderr(), &stopped).map_err(failed),
        TrainCommand::Pretrain(args) => train::pretrain_command(&args, &mut stderr(), &stopped).map_err(failed),
    }
}

fn failed(error: TrainError) -> Failure {
    Failure::usage(error.to_string())
}

/// Starts this program once more in its place, in an environment that leaves candle's own thread pool
/// empty. candle splits large sums of gradients over a pool whose threads spin, against the two threads
/// that train (2,900 and 3,600 tokens a second on a busy machine); only the environment sets its size,
/// and to change one's own is `unsafe`. Serving does not go through candle.
#[cfg(unix)]
fn without_spinning() {
    use std::os::unix::process::CommandExt;
    const POOL: &str = "CANDLE_NUM_THREADS";
    let mut args = std::env::args_os();
    if std::env::var_os(POOL).is_none()
        && let (Ok(own), Some(name)) = (std::env::current_exe(), args.next())
    {
        // comes back only if it failed
        let why = std::process::Command::new(own).arg0(name).args(args).env(POOL, "1").exec();
        tracing::warn!(%why, "training starts with candle's own threads and will be slower");
    }
}

#[cfg(not(unix))]
fn without_spinning() {}

/// Becomes true at the first interrupt or end signal; a second one ends the process at once.
fn interrupted() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let own = flag.clone();
    // without a listener the default holds: the signal ends the run, and the last checkpoint stays
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() {
        std::thread::spawn(move || {
            runtime.block_on(async {
                stop_signal().await;
                own.store(true, Ordering::Relaxed);
                stop_signal().await;
                std::process::exit(130);
            });
        });
    }
    flag
}
