//! Numbers of a brief: exact ratios, their units, and how they are printed. Rounding happens here and
//! nowhere else, on integers, so that paper, screen and auditor agree to the last digit.

use serde::{Deserialize, Serialize};

/// An exact number: `top / bottom`. A ratio without a denominator cannot be made, so a figure whose
/// denominator is empty does not exist and its sentence is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// Numerator; negative for a fall.
    pub top: i64,
    /// Denominator, at least 1.
    pub bottom: i64,
}

impl Ratio {
    /// `top / bottom`; none if `bottom` is not positive.
    pub fn new(top: i64, bottom: i64) -> Option<Self> {
        (bottom > 0).then_some(Self { top, bottom })
    }

    /// A whole number.
    pub fn whole(n: usize) -> Self {
        Self { top: i64::try_from(n).unwrap_or(i64::MAX), bottom: 1 }
    }

    /// As a floating number, for drawing only.
    pub fn approx(self) -> f64 {
        self.top as f64 / self.bottom.max(1) as f64
    }

    /// Whether it is exactly zero.
    pub fn is_zero(self) -> bool {
        self.top == 0
    }

    /// `self × scale` rounded half away from zero (四舍五入) to `decimals` places, counted in units of
    /// the last place: 0.2240 with scale 100 and one decimal is 224.
    pub fn rounded(self, scale: i64, decimals: u8) -> i64 {
        let units = 10_i128.pow(u32::from(decimals.min(9)));
        let top = i128::from(self.top) * i128::from(scale) * units;
        let bottom = i128::from(self.bottom.max(1));
        let half_up = (top.abs() * 2 + bottom) / (2 * bottom);
        i64::try_from(if top < 0 { -half_up } else { half_up }).unwrap_or(i64::MAX)
    }
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Appeals.
    #[serde(rename = "件")]
    Cases,
    /// Distinct callers.
    #[serde(rename = "人")]
    Callers,
    /// Topics, units, districts and the like.
    #[serde(rename = "个")]
    Items,
    /// A share or rate; the ratio is stored as a fraction of one.
    #[serde(rename = "%")]
    Percent,
    /// Difference of two shares; the ratio is stored as a fraction of one.
    #[serde(rename = "个百分点")]
    Points,
    /// A pure number, e.g. heat.
    #[serde(rename = "")]
    Plain,
}

impl Unit {
    /// The words after the number.
    pub fn label(self) -> &'static str {
        match self {
            Unit::Cases => "件",
            Unit::Callers => "人",
            Unit::Items => "个",
            Unit::Percent => "%",
            Unit::Points => "个百分点",
            Unit::Plain => "",
        }
    }

    /// By what a stored ratio is multiplied when it is printed.
    pub fn scale(self) -> i64 {
        match self {
            Unit::Percent | Unit::Points => 100,
            _ => 1,
        }
    }
}

/// How a figure stands in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// With unit, and direction if it is a change: `6024件`, `22.4%`, `上升12.3%`, `持平`.
    #[default]
    Whole,
    /// Digits only, with a sign if it is a change: `6024`, `22.4`, `+12.3`. For table cells under a
    /// head that names the unit.
    Bare,
    /// With unit and sign instead of words: `+12.3%`, `-5件`. For table cells and charts.
    Signed,
}

/// Prints a number.
///
/// `change` says that it is a change between two figures: then the direction is part of what is
/// printed, so that nobody can turn 上升 into 下降 beside a locked number.
pub fn print(value: Ratio, unit: Unit, decimals: u8, change: bool, form: Form) -> String {
    let scaled = value.rounded(unit.scale(), decimals);
    let digits = digits(scaled.unsigned_abs(), decimals);
    if !change {
        let minus = if scaled < 0 { "-" } else { "" };
        return match form {
            Form::Bare => format!("{minus}{digits}"),
            Form::Whole | Form::Signed => format!("{minus}{digits}{}", unit.label()),
        };
    }
    match form {
        Form::Whole if value.is_zero() => "持平".to_owned(),
        Form::Whole if scaled == 0 => "基本持平".to_owned(),
        Form::Whole => {
            let word = match (unit, value.top > 0) {
                (Unit::Percent | Unit::Points, true) => "上升",
                (Unit::Percent | Unit::Points, false) => "下降",
                (_, true) => "增加",
                (_, false) => "减少",
            };
            format!("{word}{digits}{}", unit.label())
        }
        Form::Bare | Form::Signed => {
            let sign = match scaled {
                1.. => "+",
                0 => "",
                _ => "-",
            };
            let unit = if form == Form::Signed { unit.label() } else { "" };
            format!("{sign}{digits}{unit}")
        }
    }
}

fn digits(scaled: u64, decimals: u8) -> String {
    if decimals == 0 {
        return scaled.to_string();
    }
    let units = 10_u64.pow(u32::from(decimals.min(9)));
    format!("{}.{:0width$}", scaled / units, scaled % units, width = usize::from(decimals.min(9)))
}
