//! `tingsu eval`: how good is the model on appeals that it was not trained on, how good is the search?

use std::path::PathBuf;

use crate::{
    boot::{self, CitySource, ModelSource},
    eval::{
        audit::{self, AuditEvalArgs, Said},
        command::{self, EvalArgs, What},
        duplicates::{self, DuplicatesEvalArgs},
        search::{self, SearchEvalArgs},
        split::{self, SplitEvalArgs},
        topics::{self, TopicsEvalArgs},
    },
    report::{self, audit::Check},
    triage::Triager,
};

use super::exit::{self, Failure};

pub(super) fn run(args: &EvalArgs) -> Result<(), Failure> {
    match &args.what {
        Some(What::Search(args)) => return search_quality(args),
        Some(What::Topics(args)) => return topics_found(args),
        Some(What::Duplicates(args)) => return kept_apart(args),
        Some(What::Audit(args)) => return errors_found(args),
        Some(What::Split(args)) => return matters_apart(args),
        None => {}
    }
    let triager = triager(args.city.as_ref(), args.model.as_ref())?;
    let report = command::run(args, &triager).map_err(|e| Failure::usage(e.to_string()))?;
    println!("{}", command::render(args, &report).map_err(|e| Failure::internal(e.to_string()))?);
    if args.check && !report.passes() {
        return Err(Failure::new(exit::PARTLY, "a figure is under the floor of its suite; see above"));
    }
    Ok(())
}

fn triager(city: Option<&PathBuf>, model: Option<&PathBuf>) -> Result<Triager, Failure> {
    let city = city.map_or(CitySource::Embedded, |path| CitySource::Folder(path.clone()));
    let model = match model {
        None => ModelSource::Embedded,
        Some(path) if path.as_os_str() == "none" => ModelSource::None,
        Some(path) => ModelSource::Folder(path.clone()),
    };
    Ok(boot::load_triager(&city, &model)?)
}

fn topics_found(args: &TopicsEvalArgs) -> Result<(), Failure> {
    let triager = triager(args.city.as_ref(), args.model.as_ref())?;
    let report = topics::run(args, &triager).map_err(|e| Failure::usage(e.to_string()))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| Failure::internal(e.to_string()))?);
    } else {
        println!("{report}");
    }
    Ok(())
}

fn kept_apart(args: &DuplicatesEvalArgs) -> Result<(), Failure> {
    let triager = triager(args.city.as_ref(), args.model.as_ref())?;
    let report = duplicates::run(args, &triager).map_err(|e| Failure::usage(e.to_string()))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| Failure::internal(e.to_string()))?);
    } else {
        print!("{report}");
    }
    Ok(())
}

fn errors_found(args: &AuditEvalArgs) -> Result<(), Failure> {
    let said = |text: &str| {
        let said = |c: Check| Said {
            verdict: c.verdict.name(),
            kind: c.kind.name(),
            claim: c.claim,
            start: c.start,
            end: c.end,
            reason: c.reason,
        };
        report::audit::audit(text).into_iter().map(said).collect()
    };
    let report = audit::run(args, said).map_err(|e| Failure::usage(e.to_string()))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| Failure::internal(e.to_string()))?);
    } else {
        print!("{report}");
    }
    Ok(())
}

fn search_quality(args: &SearchEvalArgs) -> Result<(), Failure> {
    let triager = triager(None, args.model.as_ref())?;
    match search::run(args, triager.bundle.as_deref()).map_err(|e| Failure::usage(e.to_string()))? {
        None => {}
        Some(report) if args.json => {
            println!("{}", serde_json::to_string_pretty(&report).map_err(|e| Failure::internal(e.to_string()))?);
        }
        Some(report) => print!("{report}"),
    }
    Ok(())
}

fn matters_apart(args: &SplitEvalArgs) -> Result<(), Failure> {
    let triager = triager(args.city.as_ref(), args.model.as_ref())?;
    let report = split::run(args, &triager).map_err(|e| Failure::usage(e.to_string()))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| Failure::internal(e.to_string()))?);
        return Ok(());
    }
    print!("{report}");
    for (id, text) in report.wrong.iter().filter(|_| args.wrong) {
        println!("{id}  {text}");
    }
    Ok(())
}
