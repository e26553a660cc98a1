//! What people do with a ticket after it came in: 转接, 派单, 签收, 联系, 答复, 回访 … Each act is kept for
//! ever with its time and person; the state machine of [`Status`] says which step may follow which.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{
    Actor, Outcome, Round, Satisfaction, Status, Ticket, TicketId, city_date, repeat, running, second, whistle,
};

/// Characters of a note, a reason or a reply at most.
pub const LONGEST_NOTE: usize = 2_000;
/// Marks of one ticket at most.
const MOST_MARKS: usize = 12;
/// Characters of a person's name at most.
const LONGEST_PERSON: usize = 40;
/// Units that help with one ticket, or that are told at once, at most.
const MOST_UNITS: usize = 10;
/// Characters of a mark at most.
const LONGEST_MARK: usize = 12;

/// One thing that is done with a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Deed {
    /// 转接: told to 110, 119 … or a first-response unit while the caller is on the line.
    Transfer {
        /// Numbers and units.
        units: Vec<String>,
        /// The note as it was given on.
        note: String,
    },
    /// 派单
    Dispatch {
        /// 主办单位
        department: String,
        /// 协办单位
        assisting: Vec<String>,
        /// For whoever handles it.
        note: String,
    },
    /// 签收
    Sign,
    /// 退单
    Return {
        /// Why.
        reason: String,
    },
    /// 联系诉求人
    Contact {
        /// What was said.
        note: String,
    },
    /// 答复办结
    Reply {
        /// 回复内容
        text: String,
    },
    /// 回访
    Revisit {
        /// Whether the caller was reached: 有效回访.
        reached: bool,
        /// 是否解决
        outcome: Option<Outcome>,
        /// 满意度
        satisfaction: Option<Satisfaction>,
        /// What was said.
        note: String,
    },
    /// 二次办理; once more while it runs, to move the promised day.
    Reopen {
        /// Why.
        reason: String,
        /// 承诺办结日; without it an earlier promise stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promised: Option<Date>,
    },
    /// 归档
    Archive {
        /// Why.
        note: String,
    },
    /// 指定经办人
    Assign {
        /// Who.
        person: String,
        /// For that person.
        note: String,
    },
    /// 标注: a word by which people find tickets of theirs again.
    Mark {
        /// The word.
        mark: String,
        /// Whether it is taken away.
        off: bool,
    },
    /// 备注
    Note {
        /// The text.
        text: String,
    },
    /// 吹哨: units are called to help, and have to report in.
    Whistle {
        /// Who is called.
        units: Vec<String>,
        /// Why.
        reason: String,
        /// Hours to report in.
        within: u32,
    },
    /// 报到
    Report {
        /// Who reports in.
        unit: String,
        /// What was said.
        note: String,
    },
    /// 重复: what intake said of it is set right.
    Repeat {
        /// The earlier ticket that it repeats; none takes the mark away.
        of: Option<TicketId>,
        /// Why.
        note: String,
    },
}

/// A deed on a ticket, by somebody, at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Which ticket.
    pub ticket: TicketId,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub deed: Deed,
}

impl Deed {
    /// What was written with it, if anything.
    pub fn words(&self) -> &str {
        match self {
            Deed::Transfer { note, .. }
            | Deed::Dispatch { note, .. }
            | Deed::Contact { note }
            | Deed::Revisit { note, .. }
            | Deed::Archive { note }
            | Deed::Assign { note, .. }
            | Deed::Report { note, .. }
            | Deed::Repeat { note, .. } => note,
            Deed::Return { reason } | Deed::Reopen { reason, .. } | Deed::Whistle { reason, .. } => reason,
            Deed::Reply { text } | Deed::Note { text } => text,
            Deed::Mark { mark, .. } => mark,
            Deed::Sign => "",
        }
    }

    /// What has to be written and is not, or is too long.
    ///
    /// # Errors
    /// In the words of the house.
    pub fn check(&self) -> Result<(), String> {
        let needed = matches!(
            self,
            Deed::Return { .. } | Deed::Reply { .. } | Deed::Reopen { .. } | Deed::Note { .. } | Deed::Mark { .. }
        ) || matches!(self, Deed::Whistle { .. });
        let words = self.words().trim();
        if needed && words.is_empty() {
            return Err(format!("{}需要填写内容", self.label()));
        }
        if words.chars().count() > LONGEST_NOTE {
            return Err(format!("{}的内容最多 {LONGEST_NOTE} 字", self.label()));
        }
        match self {
            Deed::Mark { mark, .. } if mark.trim().chars().count() > LONGEST_MARK => {
                Err(format!("标注最多 {LONGEST_MARK} 字"))
            }
            Deed::Transfer { units, .. } | Deed::Dispatch { assisting: units, .. } | Deed::Whistle { units, .. }
                if units.len() > MOST_UNITS =>
            {
                Err(format!("单位最多 {MOST_UNITS} 个"))
            }
            Deed::Assign { person, .. } if person.trim().chars().count() > LONGEST_PERSON => {
                Err(format!("经办人最多 {LONGEST_PERSON} 字"))
            }
            Deed::Transfer { units, .. } | Deed::Whistle { units, .. } if units.is_empty() => {
                Err(format!("{}需要写明单位", self.label()))
            }
            Deed::Whistle { within, .. } if !(1..=whistle::LONGEST_WITHIN).contains(within) => {
                Err(format!("报到时限应为 1 至 {} 小时", whistle::LONGEST_WITHIN))
            }
            Deed::Assign { person, .. } if person.trim().is_empty() => Err("请写明经办人".into()),
            _ => Ok(()),
        }
    }

    /// Whether what it promises can be promised today.
    ///
    /// # Errors
    /// In the words of the house.
    pub fn check_day(&self, today: Date) -> Result<(), String> {
        match self {
            Deed::Reopen { promised: Some(day), .. } => second::promisable(*day, today),
            _ => Ok(()),
        }
    }

    /// The steps through the states, in order; empty if the state stays.
    fn steps(&self, from: Status) -> &'static [Status] {
        use Status::*;
        match self {
            Deed::Dispatch { .. } if from == ToDispatch => &[ToSign],
            Deed::Dispatch { .. } => &[ToDispatch, ToSign],
            Deed::Sign => &[Handling],
            Deed::Return { .. } => &[ToDispatch],
            Deed::Reply { .. } => &[Replied],
            Deed::Revisit { .. } => &[Revisited],
            Deed::Reopen { .. } if from == SecondRound => &[],
            Deed::Reopen { .. } => &[SecondRound],
            Deed::Archive { .. } => &[Archived],
            _ => &[],
        }
    }

    /// Whether the workflow has room for it in this state.
    pub fn fits(&self, status: Status) -> bool {
        use Status::*;
        let mut at = status;
        let walks = self.steps(status).iter().all(|next| std::mem::replace(&mut at, *next).may_become(*next));
        walks
            && match self {
                Deed::Contact { .. } => matches!(status, ToSign | Handling | SecondRound),
                Deed::Assign { .. } | Deed::Report { .. } => !matches!(status, Archived),
                // A unit that never signed has nothing to give back but the ticket itself.
                Deed::Return { .. } => matches!(status, ToSign | Handling),
                Deed::Reply { .. } => matches!(status, Pending | Handling | SecondRound),
                Deed::Dispatch { .. } => matches!(status, Pending | ToDispatch | SecondRound),
                Deed::Reopen { promised: None, .. } => status != SecondRound,
                Deed::Whistle { .. } => !matches!(status, Replied | Revisited | Archived),
                _ => true,
            }
    }
}

impl Act {
    /// Does it: the state and the handling fields that follow from it; what the audit says.
    ///
    /// # Errors
    /// The workflow does not allow it now, in the words of the house.
    pub fn apply(&self, ticket: &mut Ticket) -> Result<String, String> {
        self.deed.check()?;
        self.deed.check_day(city_date(self.at))?;
        let before = ticket.status;
        if !self.deed.fits(before) {
            if matches!(self.deed, Deed::Reopen { .. }) && before == Status::SecondRound {
                return Err("工单已在二次办理,再次转办须写明承诺办结日".into());
            }
            return Err(format!("工单现为“{before}”,不能{}", self.deed.label()));
        }
        if let Some(last) = self.deed.steps(before).last() {
            ticket.status = *last;
        }
        let round = running(before, ticket.registered_at, &ticket.content.handling);
        let repeated = ticket.content.repeats().cloned();
        let handling = &mut ticket.content.handling;
        // One that came in as 二次办理 is taken down with the first act on it.
        handling.rounds.extend(round.filter(|_| handling.rounds.is_empty()));
        let mut about = String::new();
        match &self.deed {
            Deed::Transfer { units, .. } => about = units.join("、"),
            Deed::Dispatch { department, assisting, .. } => {
                handling.dispatched_at = Some(self.at);
                handling.signed_at = None;
                handling.assisting = Vec::new();
                add_units(&mut handling.assisting, assisting);
                handling.assisting.retain(|unit| unit != department);
                about = department.clone();
            }
            Deed::Sign => handling.signed_at = Some(self.at),
            Deed::Return { .. } => handling.returned += 1,
            Deed::Contact { .. } => {
                handling.contacted = Some(true);
                handling.contacted_at = handling.contacted_at.or(Some(self.at));
                second::contact(&mut handling.rounds, self.at);
            }
            Deed::Reply { text } => {
                handling.reply = Some(text.trim().to_owned());
                handling.closed_at = Some(self.at);
            }
            Deed::Revisit { reached, outcome, satisfaction, .. } => {
                handling.revisited = Some(*reached);
                handling.revisited_at = Some(self.at);
                handling.outcome = outcome.or(handling.outcome);
                handling.satisfaction = satisfaction.or(handling.satisfaction);
                if let Some(round) = handling.rounds.last_mut() {
                    round.outcome = outcome.or(round.outcome);
                }
            }
            Deed::Reopen { promised, .. } => {
                handling.closed_at = None;
                handling.promised = promised.or(handling.promised);
                if before != Status::SecondRound {
                    handling.rounds.push(Round::since(self.at));
                }
                about = promised.map(|day| day.to_string()).unwrap_or_default();
            }
            Deed::Assign { person, .. } => {
                handling.handler = Some(person.trim().to_owned());
                about = person.trim().to_owned();
            }
            Deed::Mark { mark, off } => {
                let mark = mark.trim().to_owned();
                handling.marks.retain(|own| *own != mark);
                if !off {
                    if handling.marks.len() >= MOST_MARKS {
                        return Err(format!("一件工单最多 {MOST_MARKS} 个标注"));
                    }
                    handling.marks.push(mark.clone());
                }
                about = mark;
            }
            Deed::Whistle { units, within, .. } => {
                whistle::blow(&mut handling.whistles, self.at, units, *within)?;
                add_units(&mut handling.assisting, units);
                about = units.join("、");
            }
            Deed::Report { unit, .. } => {
                whistle::report(&mut handling.whistles, unit, self.at)?;
                about = unit.clone();
            }
            Deed::Repeat { of, .. } => {
                handling.repeat = Some(repeat::mark(&ticket.id, repeated.as_ref(), of.as_ref())?);
                about = of.as_ref().map(ToString::to_string).unwrap_or_default();
            }
            Deed::Archive { .. } | Deed::Note { .. } => {}
        }
        if matches!(ticket.status, Status::Replied | Status::Archived) {
            second::end(&mut handling.rounds, self.at);
        }
        let moved = if before == ticket.status { String::new() } else { format!("{before} -> {}", ticket.status) };
        Ok([about, moved].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
    }
}

/// Adds units, each once.
fn add_units(all: &mut Vec<String>, units: &[String]) {
    for unit in units {
        if !all.contains(unit) {
            all.push(unit.clone());
        }
    }
}
