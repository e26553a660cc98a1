//! `tingsu eval`: how good is the model on appeals that it was not trained on?

use crate::{
    boot::{self, CitySource, ModelSource},
    eval::{
        command::{self, EvalArgs, EvalCommand},
        topics::{self, TopicsEvalArgs},
    },
    triage::Triager,
};

use super::exit::{self, Failure};

pub(super) fn run(args: &EvalArgs) -> Result<(), Failure> {
    if let Some(EvalCommand::Topics(topics)) = &args.command {
        return run_topics(args, topics);
    }
    let triager = triager(args)?;
    let report = command::run(args, &triager).map_err(|e| Failure::usage(e.to_string()))?;
    println!("{}", command::render(args, &report).map_err(|e| Failure::internal(e.to_string()))?);
    if args.check && !report.passes() {
        return Err(Failure::new(exit::PARTLY, "a figure is under the floor of its suite; see above"));
    }
    Ok(())
}

fn triager(args: &EvalArgs) -> Result<Triager, Failure> {
    let city = args.city.clone().map_or(CitySource::Embedded, CitySource::Folder);
    let model = match &args.model {
        None => ModelSource::Embedded,
        Some(path) if path.as_os_str() == "none" => ModelSource::None,
        Some(path) => ModelSource::Folder(path.clone()),
    };
    Ok(boot::load_triager(&city, &model)?)
}

fn run_topics(args: &EvalArgs, topics: &TopicsEvalArgs) -> Result<(), Failure> {
    let triager = triager(args)?;
    let report = topics::run(topics, &triager).map_err(|e| Failure::usage(e.to_string()))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| Failure::internal(e.to_string()))?);
    } else {
        println!("{report}");
    }
    Ok(())
}
