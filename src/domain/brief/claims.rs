//! What a brief says beyond its numbers: quotes, judgements, proposals, and the scope of its data.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::domain::{Role, Span, TicketId};

use super::evidence::{Base, FigureId};

/// Id of a quote: `Y1`, …
pub type QuoteId = String;
/// Id of a judgement: `P1`, …
pub type JudgementId = String;
/// Id of a proposal: `J1`, …
pub type ProposalId = String;

/// From which text a quote is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum QuoteSource {
    /// 标题
    #[serde(rename = "标题")]
    Title,
    /// 诉求内容
    #[serde(rename = "诉求内容")]
    Text,
    /// 回复内容: the only source of a unit's view.
    #[serde(rename = "回复内容")]
    Reply,
}

/// Words of a citizen or a unit, masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Its id.
    pub id: QuoteId,
    /// The appeal.
    pub ticket: TicketId,
    /// Which text.
    pub source: QuoteSource,
    /// The characters quoted, in the original text.
    pub span: Span,
    /// What is printed: the span with personal data masked, at most trimmed.
    pub masked: String,
    /// The unit that answered, for a reply.
    pub department: Option<String>,
    /// When the appeal came in.
    pub received_at: Timestamp,
}

/// Who judges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Judge {
    /// A rule of the pack or of the program.
    Rule {
        /// Its name.
        name: String,
    },
    /// A person.
    Analyst {
        /// Account name.
        name: String,
    },
}

/// A sentence that goes beyond counting, marked 判断 in every output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Its id.
    pub id: JudgementId,
    /// Whose.
    pub judge: Judge,
    /// On which figures it rests.
    pub rests_on: Vec<FigureId>,
    /// Under which assumption it holds, if any.
    pub assumes: Option<String>,
}

/// 工作建议: who does what by when, and how one sees that it worked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// What is to be done.
    pub action: String,
    /// 牵头单位
    pub lead: String,
    /// 配合单位
    pub assisting: Vec<String>,
    /// By when.
    pub due: Option<Date>,
    /// 衡量办法
    pub measure: String,
    /// The figures of the finding that it answers; never empty.
    pub answers: Vec<FigureId>,
    /// The finding in words, e.g. `社会保险诉求环比上升`.
    pub finding: String,
}

/// 数据口径与样本
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataScope {
    /// What was counted, in sentences.
    pub notes: Vec<String>,
    /// The denominators used: name, definition, the figure that holds its count.
    pub bases: Vec<(Base, String, Option<FigureId>)>,
    /// What was left out or merged because fewer than five callers stand behind it.
    pub suppressed: Vec<String>,
    /// Method and confidence, in sentences.
    pub methods: Vec<String>,
    /// Place in the change sequence up to which the store was read.
    pub up_to_seq: i64,
    /// Hash of the city pack.
    pub pack: String,
    /// Bundle that classified, if any.
    pub model: Option<String>,
    /// What else a machine may want: key to value.
    pub more: BTreeMap<String, String>,
}

/// Someone who put a hand to a brief.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// Account name.
    pub name: String,
    /// 姓名 of that account at the time; none where it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// In which role.
    pub role: Role,
    /// When.
    pub at: Timestamp,
}

impl Hand {
    /// As a paper names whoever it was.
    pub fn shown(&self) -> &str {
        match self.role {
            Role::System => "系统",
            _ => self.person.as_deref().unwrap_or(&self.name),
        }
    }
}
