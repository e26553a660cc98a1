//! 转接: what 110, 119 … have to know, in one note, while the caller is on the line.

use crate::{
    domain::{Deed, Element, Fault, Field, Right, Ticket, TicketId, city_time},
    text::mask,
};

use super::{Desk, documents::region};

/// Characters of the caller's words in a note.
const LONGEST: usize = 300;
/// Characters of the place at most: the note has to fit whatever a source calls one.
const LONGEST_PLACE: usize = 200;

/// A composed note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferNote {
    /// For whom.
    pub units: Vec<String>,
    /// What to say.
    pub text: String,
}

impl Desk {
    /// The note for a ticket; `units` are those of its suggestion if none are named. Personal data is in
    /// it only if the actor may see it, and that it was read is recorded.
    ///
    /// # Errors
    /// Not found, out of reach, no unit to transfer to, or the store is unavailable.
    pub async fn transfer_note(&self, id: &TicketId, units: Vec<String>) -> Result<TransferNote, Fault> {
        let ticket = self.get(id).await?;
        let of_cues = ticket.suggestion.iter().flat_map(|s| &s.urgency.linkage).map(|unit| unit.name().to_owned());
        let units: Vec<String> = if units.is_empty() { of_cues.collect() } else { units };
        if units.is_empty() {
            return Err(Fault::invalid("没有建议的联动单位,请选择转接到哪里").at("units"));
        }
        let open = self.opens(&[id]).await?;
        let text = self.composed(&ticket, &units, open);
        Ok(TransferNote { units, text })
    }

    /// 转接: the note, kept as an act with its time and person.
    ///
    /// # Errors
    /// As [`Desk::transfer_note`] and [`Desk::act`].
    pub async fn transfer(&self, id: &TicketId, units: Vec<String>) -> Result<TransferNote, Fault> {
        self.actor().needs(Right::Receive)?;
        let note = self.transfer_note(id, units).await?;
        self.act_on(id, Deed::Transfer { units: note.units.clone(), note: note.text.clone() }).await?;
        Ok(note)
    }

    fn composed(&self, ticket: &Ticket, units: &[String], open: bool) -> String {
        let pack = self.city();
        let own = |text: &str| if open { text.to_owned() } else { mask(text).text };
        let named = |unit: &String| {
            let number = pack.emergency.iter().find(|e| e.number == *unit);
            number.map_or_else(|| unit.clone(), |e| format!("{} {}", e.number, e.name))
        };
        let content = &ticket.content;
        let mut lines = vec![format!("转接 {}", units.iter().map(named).collect::<Vec<_>>().join("、"))];
        if let Some(level) = ticket.effective().urgency {
            let mut cues: Vec<&str> = Vec::new();
            for cue in ticket.suggestion.iter().flat_map(|s| &s.urgency.cues) {
                if !cue.text.is_empty() && !cues.contains(&cue.text.as_str()) && cues.len() < 4 {
                    cues.push(&cue.text);
                }
            }
            let why = if cues.is_empty() { String::new() } else { format!("({})", cues.join("、")) };
            lines.push(format!("急度:{} {}{why}", level.code(), level.label()));
        }
        let (district, town) = region(ticket, &pack);
        let mut places: Vec<String> = [district, town, content.place.clone()].into_iter().flatten().collect();
        places.extend(ticket.suggestion.iter().flat_map(|s| &s.places).map(|p| p.text.clone()));
        let mut shown: Vec<String> = Vec::new();
        for place in places {
            if !shown.iter().any(|other| other.contains(&place)) {
                shown.retain(|other| !place.contains(other.as_str()));
                shown.push(place);
            }
        }
        let place = if shown.is_empty() {
            "未说明,请向来电人核实".to_owned()
        } else {
            own(&shown.join(" ")).chars().take(LONGEST_PLACE).collect()
        };
        lines.push(format!("地点:{place}"));
        let said = match content.appeal.title.trim() {
            "" => content.appeal.text.trim().to_owned(),
            title => format!("{title}。{}", content.appeal.text.trim()),
        };
        let more = if said.chars().count() > LONGEST { "……" } else { "" };
        let said: String = own(&said).chars().take(LONGEST).collect();
        lines.push(format!("情况:{}{more}", said.split_whitespace().collect::<Vec<_>>().join(" ")));
        let mut times: Vec<&str> = Vec::new();
        for (element, at) in self.room.infer.current().elements.find(Field::Text, &content.appeal.text) {
            let word = at.span.slice(&content.appeal.text);
            if element == Element::Time && !times.contains(&word) && times.len() < 3 {
                times.push(word);
            }
        }
        let since = if times.is_empty() { String::new() } else { format!("{},", times.join("、")) };
        lines.push(format!("时间:{since}来电 {}", city_time(ticket.received_at).strftime("%m-%d %H:%M")));
        let caller = &content.caller;
        let covered = |value: &String| if open { value.clone() } else { cover(value) };
        let who: Vec<String> =
            [&caller.name, &caller.number, &caller.contact].into_iter().flatten().map(covered).collect();
        lines.push(format!("来电人:{}", if who.is_empty() { "号码未登记".to_owned() } else { who.join(" ") }));
        lines.push(format!("工单:{} 受理:{}", ticket.id, ticket.registered_by));
        lines.join("\n")
    }
}

/// A name or number of which only the ends are left.
fn cover(value: &str) -> String {
    let count = value.chars().count();
    let keep = if count > 7 { (3, 2) } else { (1, 0) };
    value.chars().enumerate().map(|(at, c)| if at >= keep.0 && at + keep.1 < count { '＊' } else { c }).collect()
}
