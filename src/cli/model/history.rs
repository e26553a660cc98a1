//! `tingsu train fit --history`: the history is read, a bundle trained and put on the shelf.

use std::{fs, io::stderr};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    boot::{self, CitySource},
    desk::learn::{HistoryOptions, HistoryReport, Trust, read_history, training_rows},
    domain::Fault,
    labelled::Row,
    shelf::{About, Chosen, Shelf},
    train::{self, FitArgs, FitReport, HistoryArgs},
};

use super::super::{asynchronously, exit::Failure, terminal};
use super::{opened, rows::days, who};

/// Trains on a city's own history, beside the other sources.
pub(in super::super) fn fit(mut args: FitArgs, stopped: &dyn Fn() -> bool) -> Result<(), Failure> {
    let Some(data) = args.history.history.clone() else {
        return Err(Failure::internal("no history was asked for"));
    };
    let shelf = Shelf::of(&data);
    let (rows, report) = read(&args.history, &data)?;
    eprint!("{report}");
    // what is trained belongs to the data folder, unless it is wanted elsewhere
    let aside = shelf.root().join(format!(".training-{}", std::process::id()));
    let keep = args.out.is_none();
    if keep {
        args.out = Some(aside.join("bundle"));
    }
    if args.encoder.is_none() {
        args.encoder = Some(start_from(&shelf, &args.history)?);
    }
    let done = train::run(&args, rows, &mut stderr(), stopped).map_err(|e| Failure::usage(e.to_string()));
    let kept = done.and_then(|trained| {
        if !keep {
            return Ok(());
        }
        let about = About {
            at: Some(Timestamp::now()),
            who: who(args.history.by.as_ref()),
            from: "tingsu train fit --history".to_owned(),
            data: told(&args, &report),
            scores: scores(&trained),
        };
        let kept = shelf.add(&aside.join("bundle"), about)?;
        println!("已放入模型库:{}", kept.id);
        println!("与当前模型比较:tingsu model compare active {} --data {}", kept.id, data.display());
        println!("启用:tingsu model activate {} --data {}", kept.id, data.display());
        Ok(())
    });
    let _ = fs::remove_dir_all(&aside);
    kept
}

fn read(args: &HistoryArgs, data: &std::path::Path) -> Result<(Vec<Row>, HistoryReport), Failure> {
    let city = args.city.clone().map_or(CitySource::Embedded, CitySource::Folder);
    let pack = boot::load_pack(&city)?;
    let trust: Trust = args.trust.parse().map_err(|e: Fault| Failure::from(e))?;
    let most_per_category = (args.per_category > 0).then_some(args.per_category);
    let options = HistoryOptions { trust, received: days(args.since, args.until), most_per_category };
    let history = asynchronously(async {
        let store = boot::open_store(data).await?;
        let bar = terminal::bar("读取历史", None);
        let read = read_history(store.as_ref(), &pack, &options, |n| bar.set_position(n)).await;
        bar.finish_and_clear();
        Ok(read.map_err(Fault::from)?)
    })?;
    Ok(training_rows(history))
}

/// The folder of the bundle that answers at present; the embedded one is put on the shelf for it.
fn start_from(shelf: &Shelf, args: &HistoryArgs) -> Result<std::path::PathBuf, Failure> {
    let (chosen, _) = opened(shelf, "active")?;
    let id = match chosen {
        Chosen::Kept(id) => id,
        Chosen::Embedded => {
            let from = "随程序附带".to_owned();
            let about = About { at: Some(Timestamp::now()), who: who(args.by.as_ref()), from, ..About::default() };
            shelf.keep(&boot::embedded_bundle(), about)?.id
        }
    };
    Ok(shelf.find(&id)?.dir)
}

/// What a bundle was trained on: counts, names of files, dates.
fn told(args: &FitArgs, report: &HistoryReport) -> Value {
    let names = |paths: &[std::path::PathBuf]| paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>();
    json!({
        "history": report,
        "trust": args.history.trust,
        "since": args.history.since,
        "until": args.history.until,
        "per_category": args.history.per_category,
        "annotations": names(&args.annotations),
        "corpus": names(&args.corpus),
        "encoder": args.encoder,
        "epochs": args.epochs,
        "seed": args.seed,
    })
}

fn scores(trained: &FitReport) -> Value {
    trained.scores.iter().map(|(name, scores)| (name.clone(), json!(scores))).collect::<serde_json::Map<_, _>>().into()
}
