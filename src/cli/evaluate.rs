//! `tingsu eval`: how good is the model on appeals that it was not trained on, how good is the search?

use std::path::PathBuf;

use crate::{
    boot::{self, CitySource, ModelSource},
    eval::{
        command::{self, EvalArgs, What},
        search::{self, SearchEvalArgs},
    },
};

use super::exit::{self, Failure};

pub(super) fn run(args: &EvalArgs) -> Result<(), Failure> {
    if let Some(What::Search(args)) = &args.what {
        return search_quality(args);
    }
    let city = args.city.clone().map_or(CitySource::Embedded, CitySource::Folder);
    let triager = boot::load_triager(&city, &source(args.model.as_ref()))?;
    let report = command::run(args, &triager).map_err(|e| Failure::usage(e.to_string()))?;
    println!("{}", command::render(args, &report).map_err(|e| Failure::internal(e.to_string()))?);
    if args.check && !report.passes() {
        return Err(Failure::new(exit::PARTLY, "a figure is under the floor of its suite; see above"));
    }
    Ok(())
}

fn source(model: Option<&PathBuf>) -> ModelSource {
    match model {
        None => ModelSource::Embedded,
        Some(path) if path.as_os_str() == "none" => ModelSource::None,
        Some(path) => ModelSource::Folder(path.clone()),
    }
}

fn search_quality(args: &SearchEvalArgs) -> Result<(), Failure> {
    let triager = boot::load_triager(&CitySource::Embedded, &source(args.model.as_ref()))?;
    match search::run(args, triager.bundle.as_deref()).map_err(|e| Failure::usage(e.to_string()))? {
        None => {}
        Some(report) if args.json => {
            println!("{}", serde_json::to_string_pretty(&report).map_err(|e| Failure::internal(e.to_string()))?);
        }
        Some(report) => print!("{report}"),
    }
    Ok(())
}
