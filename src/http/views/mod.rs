//! What goes over the wire. No domain type is serialised directly: the wire stays when the domain
//! moves, and personal data is masked here for every role that does not need it (invariant 10).

mod acts;
mod alarms;
mod appeal;
mod brief;
mod bulletin;
mod causes;
mod city;
mod cockpit;
mod correction;
mod find;
mod health;
mod history;
mod rephrase;
mod suggestion;
mod supervise;
mod ticket;
mod topics;
mod trends;
mod watch;

pub use acts::{
    ActedView, ActsInput, DeedInput, KeptListInput, KeptListView, KeptLists, MomentView, ProgressView, TransferInput,
    TransferView, WatchView,
};
pub use alarms::{AlarmBookView, AlarmLineView};
pub use appeal::{AppealInput, CallInput, CallerInput, DecisionInput, LabelsInput, SimilarInput, TriageInput};
pub use brief::{
    BriefDocument, BriefInput, BriefLineView, BriefList, CheckView, EditInput, InstructionInput, InstructionView,
    IssueInput, PlaceInput, RevisionView, StaleView, StepInput, StepView, VersionInput,
};
pub use bulletin::{BulletinCheckView, BulletinInput, BulletinView};
pub use causes::{CauseView, CausesView, EffectView};
pub use city::{CategoryView, CityView, DepartmentView, Level1View, RegionView};
pub use cockpit::{
    CockpitView, FigureView, ForecastView, HotLineView, NumberView, RankedView, RateView, UnitView, UrgentView,
    UsualView, WordView,
};
pub use correction::{
    CorrectedView, CorrectionList, CorrectionView, EventHintView, ExcludeInput, MergeInput, MoveInput,
    ParentReplyInput, ParentView, PinInput, RenameInput, SplitInput, UndoInput, UndoneView,
};
pub use find::{
    ColumnView, FacetCount, FragmentView, HistogramView, HitView, NoteView, PlaceView, SearchView, SimilarList,
    SimilarView, SpanView, WhyView,
};
pub use health::{HealthView, PartView, ReadyView};
pub use history::{AuditView, DecisionView, HistoryView};
pub use rephrase::{DiffView, RephraseInput, RephrasedPlaceView, RephrasingView};
pub use suggestion::{CategoryName, ElementView, MatterView, SplitView, TriageView};
pub use supervise::{CaseList, LateList, LateView, OrderCloseInput, OrderInput, OrderList, OrderView};
pub use ticket::{CallReceipt, CallerView, HandlingView, LabelsView, ReceiptView, TicketList, TicketView};
pub(crate) use topics::LISTED;
pub use topics::{
    AboutView, AlarmView, AloneView, CountView, EventList, EventView, HeatView, QuoteView, TopicList, TopicView,
    TurnView,
};
pub(crate) use trends::trend_words;
pub use trends::{BackTestView, TrendLineView, TrendView, TrendsView};
pub use watch::{
    AlertList, AlertView, CompletionView, CompletionsView, FilterView, KeptSearchInput, KeptSearchList, KeptSearchView,
    ReadInput, ReadView,
};

pub(crate) use history::{kind_words, labels_line};
pub(crate) use watch::told_title;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Appeal;

/// Every error, whatever failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorEnvelope {
    /// What went wrong.
    pub error: ErrorBody,
}

/// What went wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// One of a closed list: invalid not_found conflict forbidden too_large unsupported overloaded
    /// unavailable damaged internal method_not_allowed.
    #[schema(example = "invalid")]
    pub code: String,
    /// For people; names the thing that failed and what to do.
    pub message: String,
    /// The offending field, header or parameter, where one is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Finds the log line of this request.
    pub request_id: String,
}

/// Text as a role may see it: character for character, personal data covered unless `open`.
pub(crate) fn seen(text: &str, open: bool) -> String {
    if open { text.to_owned() } else { crate::text::mask(text).text }
}

/// An appeal in one line: its title, or the first `most` characters of its text without one. Masked whole, then cut:
/// half a number would not be known as one.
pub(crate) fn opening(appeal: &Appeal, most: usize) -> String {
    match appeal.title.trim() {
        "" => seen(&appeal.text, false).chars().take(most).collect(),
        title => seen(title, false),
    }
}

/// A name or number of a person: covered but for its first and last signs.
pub(crate) fn covered(value: &str) -> String {
    let chars: Vec<char> = value.chars().collect();
    let keep = match chars.len() {
        0 => return String::new(),
        1..=4 => (1, 0),
        5..=7 => (1, 1),
        _ => (3, 2),
    };
    let hidden = |at: usize| at >= keep.0 && at < chars.len() - keep.1;
    chars.iter().enumerate().map(|(at, c)| if hidden(at) { '＊' } else { *c }).collect()
}
