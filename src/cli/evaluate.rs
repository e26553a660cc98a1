//! `tingsu eval`: how good is the model on appeals that it was not trained on?

use crate::{
    boot::{self, CitySource, ModelSource},
    eval::command::{self, EvalArgs},
};

use super::exit::{self, Failure};

pub(super) fn run(args: &EvalArgs) -> Result<(), Failure> {
    let city = args.city.clone().map_or(CitySource::Embedded, CitySource::Folder);
    let model = match &args.model {
        None => ModelSource::Embedded,
        Some(path) if path.as_os_str() == "none" => ModelSource::None,
        Some(path) => ModelSource::Folder(path.clone()),
    };
    let triager = boot::load_triager(&city, &model)?;
    let report = command::run(args, &triager).map_err(|e| Failure::usage(e.to_string()))?;
    println!("{}", command::render(args, &report).map_err(|e| Failure::internal(e.to_string()))?);
    if args.check && !report.passes() {
        return Err(Failure::new(exit::PARTLY, "a figure is under the floor of its suite; see above"));
    }
    Ok(())
}
