//! Versions of a brief, each with a hash that holds the one before: nobody changes an old one unseen.

use jiff::Timestamp;

use crate::domain::{
    Actor,
    brief::{Brief, BriefState, Hand, Revision},
};

/// The hash of a brief's content on top of a parent: blake3 over the parent's hash and the document as
/// JSON without history and hash, 64 hex digits.
///
/// # Errors
/// The document cannot be written as JSON (a number that is not finite).
pub fn content_hash(brief: &Brief, parent: &str) -> Result<String, serde_json::Error> {
    let bare = Brief { history: Vec::new(), hash: String::new(), ..brief.clone() };
    let json = serde_json::to_vec(&bare)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(parent.len() as u64).to_le_bytes());
    hasher.update(parent.as_bytes());
    hasher.update(&json);
    Ok(hasher.finalize().to_hex().to_string())
}

/// Adds a version: state, hands, history line, hash. `person` is the actor's name where papers may give it.
///
/// # Errors
/// As [`content_hash`].
pub fn seal(
    mut brief: Brief,
    state: BriefState,
    actor: &Actor,
    person: Option<&str>,
    at: Timestamp,
    note: &str,
) -> Result<Brief, serde_json::Error> {
    let hand = Hand { name: actor.name.clone(), person: person.map(str::to_owned), role: actor.role, at };
    brief.state = state;
    match state {
        BriefState::Draft | BriefState::Edited => {
            brief.drafted_by.get_or_insert(hand);
            brief.checked_by = None;
            brief.issued_by = None;
        }
        BriefState::Checked => brief.checked_by = Some(hand),
        BriefState::Issued => brief.issued_by = Some(hand),
    }
    let parent = brief.history.last().map(|r| r.hash.clone()).unwrap_or_default();
    let hash = content_hash(&brief, &parent)?;
    brief.history.push(Revision {
        version: u32::try_from(brief.history.len() + 1).unwrap_or(u32::MAX),
        state,
        author: actor.name.clone(),
        role: actor.role,
        at,
        note: note.to_owned(),
        parent,
        hash: hash.clone(),
    });
    brief.hash = hash;
    Ok(brief)
}

/// What is wrong with the versions of a brief, oldest first; empty if the chain holds.
pub fn chain_faults(versions: &[Brief]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut parent = String::new();
    for (n, brief) in versions.iter().enumerate() {
        let number = n + 1;
        let Some(line) = brief.history.last() else {
            faults.push(format!("第{number}版没有版本记录"));
            continue;
        };
        if line.version as usize != number || brief.history.len() != number {
            faults.push(format!("第{number}版的版本号为{}", line.version));
        }
        if line.parent != parent {
            faults.push(format!("第{number}版没有接在上一版之后"));
        }
        if content_hash(brief, &line.parent).ok().as_deref() != Some(&line.hash) || brief.hash != line.hash {
            faults.push(format!("第{number}版的内容与其校验值不符"));
        }
        if n > 0 && brief.history[..n] != versions[n - 1].history[..] {
            faults.push(format!("第{number}版的版本记录与前一版不一致"));
        }
        parent.clone_from(&line.hash);
    }
    faults
}
