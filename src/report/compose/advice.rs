//! 工作建议: from the pack's playbook, each bound to the finding that it answers.

use jiff::ToSpan;

use crate::domain::brief::{Content, FigureId, Proposal};

use super::{
    Composer,
    voice::{joined, words},
};

/// Enters the advice on a category; returns how many there were. The same advice is given once.
pub(super) fn on(c: &mut Composer<'_>, code: &str, finding: &str, answers: Vec<FigureId>, most: usize) -> usize {
    let Some(play) = c.play(code) else { return 0 };
    let mut given = 0;
    for action in play.actions.iter().take(most) {
        if c.proposals.iter().any(|p| p.action == action.action) {
            continue;
        }
        let due = c.today().checked_add(i64::from(action.days).days()).ok();
        let said = c.say(
            "advice",
            &[
                ("action", words(&action.action)),
                ("lead", words(&action.lead)),
                ("assisting", words(action.assisting.join("、"))),
                ("due", due.and_then(|d| words(format!("{}月{}日", d.month(), d.day())))),
                ("measure", words(&action.measure)),
            ],
        );
        let Some(runs) = said else { continue };
        let id = format!("J{}", c.proposals.len() + 1);
        c.proposals.push(Proposal {
            id: id.clone(),
            action: action.action.clone(),
            lead: action.lead.clone(),
            assisting: action.assisting.clone(),
            due,
            measure: action.measure.clone(),
            answers: answers.clone(),
            finding: finding.to_owned(),
        });
        let lead = if given == 0 { format!("针对{finding},") } else { "同时,".to_owned() };
        let mut full = vec![crate::domain::brief::Run::text(lead)];
        full.extend(runs);
        c.block(Content::Proposal { id, runs: joined(full) });
        given += 1;
    }
    given
}
