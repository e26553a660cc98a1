//! 紧急程度 and the four marks (突发 敏感 集中 重要), after `annotation.md` (急慢分治).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Fault;

/// 紧急程度. The order is by severity: `U4 < U3 < U2 < U1`, so that `max` raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Urgency {
    /// 一般
    U4,
    /// 加急
    U3,
    /// 紧急
    U2,
    /// 特急
    U1,
}

impl Urgency {
    /// Most severe first: the order of the model's urgency head.
    pub const ALL: [Urgency; 4] = [Urgency::U1, Urgency::U2, Urgency::U3, Urgency::U4];

    /// `U1` to `U4`.
    pub fn code(self) -> &'static str {
        match self {
            Urgency::U1 => "U1",
            Urgency::U2 => "U2",
            Urgency::U3 => "U3",
            Urgency::U4 => "U4",
        }
    }

    /// 特急 紧急 加急 一般
    pub fn label(self) -> &'static str {
        match self {
            Urgency::U1 => "特急",
            Urgency::U2 => "紧急",
            Urgency::U3 => "加急",
            Urgency::U4 => "一般",
        }
    }
}

impl fmt::Display for Urgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Urgency {
    type Err = Fault;

    fn from_str(s: &str) -> Result<Self, Fault> {
        match s.trim() {
            "U1" | "u1" | "特急" | "特级" => Ok(Urgency::U1),
            "U2" | "u2" | "紧急" => Ok(Urgency::U2),
            "U3" | "u3" | "加急" => Ok(Urgency::U3),
            "U4" | "u4" | "一般" => Ok(Urgency::U4),
            other => Err(Fault::invalid(format!("没有急度 `{other}`:可用 U1 U2 U3 U4,或 特急 紧急 加急 一般"))),
        }
    }
}

/// One of the four marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Flag {
    /// Began within 24 h and grows within two.
    #[serde(rename = "突发")]
    Sudden,
    /// Threat, gathering, minors, mass illness, exposure.
    #[serde(rename = "敏感")]
    Sensitive,
    /// Many people, one matter.
    #[serde(rename = "集中")]
    Concentrated,
    /// Assigned from above, or harms a whole town.
    #[serde(rename = "重要")]
    Important,
}

/// The marks of one appeal, sorted, without repeats.
pub type Flags = std::collections::BTreeSet<Flag>;

impl Flag {
    /// All marks.
    pub const ALL: [Flag; 4] = [Flag::Sudden, Flag::Sensitive, Flag::Concentrated, Flag::Important];
    /// The three that can be read from one text (集中 mostly needs the other tickets, but a text
    /// may state it; 重要 depends on who assigned it): the heads of the model.
    pub const FROM_TEXT: [Flag; 3] = [Flag::Sudden, Flag::Sensitive, Flag::Concentrated];

    /// The field's word for it.
    pub fn label(self) -> &'static str {
        match self {
            Flag::Sudden => "突发",
            Flag::Sensitive => "敏感",
            Flag::Concentrated => "集中",
            Flag::Important => "重要",
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl FromStr for Flag {
    type Err = Fault;

    fn from_str(s: &str) -> Result<Self, Fault> {
        Flag::ALL
            .into_iter()
            .find(|flag| flag.label() == s.trim())
            .ok_or_else(|| Fault::invalid(format!("unknown mark `{}`: one of 突发 敏感 集中 重要", s.trim())))
    }
}
