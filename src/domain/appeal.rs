//! The appeal itself: what a citizen said.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Fault, Field};

/// A citizen's words, never changed (invariant 6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Appeal {
    /// 标题; empty when the source has none.
    pub title: String,
    /// 诉求内容
    pub text: String,
}

impl Appeal {
    /// An appeal of title and text.
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { title: title.into(), text: text.into() }
    }

    /// The named one of the two texts.
    pub fn field(&self, field: Field) -> &str {
        match field {
            Field::Title => &self.title,
            Field::Text => &self.text,
        }
    }

    /// Whether nothing but white space was said.
    pub fn is_blank(&self) -> bool {
        self.title.trim().is_empty() && self.text.trim().is_empty()
    }
}

/// 诉求类型: the seven kinds of the annotation guide (国办发〔2020〕53号 names the first five).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AppealType {
    /// Asks for a rule, procedure or status; nobody has to act.
    #[serde(rename = "咨询")]
    Enquiry,
    /// Asks for help with the caller's own difficulty, nobody blamed.
    #[serde(rename = "求助")]
    Help,
    /// Blames a body or firm for harming the caller's own interest.
    #[serde(rename = "投诉")]
    Complaint,
    /// Reports another's violation and wants enforcement.
    #[serde(rename = "举报")]
    Report,
    /// Proposes a change for the public.
    #[serde(rename = "建议")]
    Proposal,
    /// Thanks.
    #[serde(rename = "表扬")]
    Praise,
    /// Anything else.
    #[serde(rename = "其他")]
    Other,
}

impl AppealType {
    /// All kinds, in the order of the guide.
    pub const ALL: [AppealType; 7] = [
        AppealType::Enquiry,
        AppealType::Help,
        AppealType::Complaint,
        AppealType::Report,
        AppealType::Proposal,
        AppealType::Praise,
        AppealType::Other,
    ];

    /// The field's word for it.
    pub fn label(self) -> &'static str {
        match self {
            AppealType::Enquiry => "咨询",
            AppealType::Help => "求助",
            AppealType::Complaint => "投诉",
            AppealType::Report => "举报",
            AppealType::Proposal => "建议",
            AppealType::Praise => "表扬",
            AppealType::Other => "其他",
        }
    }
}

impl fmt::Display for AppealType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl FromStr for AppealType {
    type Err = Fault;

    fn from_str(s: &str) -> Result<Self, Fault> {
        match s.trim() {
            "咨询" => Ok(AppealType::Enquiry),
            "求助" => Ok(AppealType::Help),
            "投诉" => Ok(AppealType::Complaint),
            "举报" => Ok(AppealType::Report),
            "建议" => Ok(AppealType::Proposal),
            "表扬" | "感谢" | "表扬/感谢" => Ok(AppealType::Praise),
            "其他" | "其它" => Ok(AppealType::Other),
            other => Err(Fault::invalid(format!("没有诉求类型 `{other}`:可用 咨询 求助 投诉 举报 建议 表扬 其他"))),
        }
    }
}
