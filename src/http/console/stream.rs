//! The cockpit's stream: what changed on the page, as server-sent events. It ends with the session that it
//! was opened in, with the right to it, and with the service.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use futures_util::stream;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::{
    desk::{Board, Desk},
    domain::{Fault, FaultKind, Right},
    http::{Door, Lobby, error::ApiResult, session},
};

use super::cockpit;

/// The board is looked at this often, so a page changes at most this often.
const LOOK: Duration = Duration::from_secs(2);
/// Something is sent at least this often, so that proxies keep the connection and both ends notice its loss.
const BEAT: Duration = Duration::from_secs(15);
/// A browser that lost the stream comes back after this.
const RETRY: Duration = Duration::from_secs(5);

struct Following {
    lobby: Lobby,
    desk: Desk,
    pass: session::Pass,
    everything: bool,
    sent: BTreeMap<&'static str, blake3::Hash>,
    seen: Option<Arc<Board>>,
    first: bool,
    last: Instant,
    closing: watch::Receiver<bool>,
    over: bool,
    _place: OwnedSemaphorePermit,
}

/// The stream. The first event holds every part, so that a page that was open for a while catches up.
pub(crate) async fn cockpit_stream(State(lobby): State<Lobby>, door: Door, request: Request) -> ApiResult<Response> {
    let pass = session::pass(request.headers()).ok_or_else(session::unknown)?;
    let full = || {
        let message = "同时打开的驾驶舱过多,数字不会自动更新;请一分钟后刷新";
        Fault::new(FaultKind::Overloaded, message).after(Duration::from_secs(60))
    };
    let place = lobby.streams.clone().try_acquire_owned().map_err(|_| full())?;
    let everything = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair == "all=1"));
    let following = Following {
        closing: lobby.closing.subscribe(),
        lobby,
        desk: door.desk,
        pass,
        everything,
        sent: BTreeMap::new(),
        seen: None,
        first: true,
        last: Instant::now(),
        over: false,
        _place: place,
    };
    let events = stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((Ok::<Event, Infallible>(event), following))
    });
    // A proxy that holds answers back would hold these back for ever.
    Ok(([("x-accel-buffering", "no")], Sse::new(events)).into_response())
}

impl Following {
    async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        loop {
            // The first look is at once; after it also a store that does not answer is asked no more often.
            if !std::mem::take(&mut self.first) {
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => {}
                    _ = self.closing.wait_for(|closing| *closing) => return None,
                }
            }
            match session::still(&self.lobby, &self.pass).await {
                Ok(Some(actor)) if actor.may(Right::Cockpit) => self.desk = self.desk.acting(&actor),
                Ok(_) => {
                    self.over = true;
                    return Some(Event::default().event("end").data("over"));
                }
                // The store does not answer: the page keeps its numbers and says nothing new.
                Err(_) => {}
            }
            if let Some(event) = self.changed().await {
                self.last = Instant::now();
                return Some(event);
            }
            if self.last.elapsed() >= BEAT {
                self.last = Instant::now();
                return Some(Event::default().comment("beat"));
            }
        }
    }

    /// Parts that differ from what was sent before.
    async fn changed(&mut self) -> Option<Event> {
        let board = self.desk.cockpit().await.ok()?;
        if self.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &board)) {
            return None;
        }
        let first = self.seen.is_none();
        let (board, parts) = cockpit::now(&self.desk, self.everything).await.ok()?;
        self.seen = Some(board.clone());
        let mut changed = serde_json::Map::new();
        for (id, _, html) in parts {
            let hash = blake3::hash(html.as_bytes());
            if self.sent.insert(id, hash) != Some(hash) {
                changed.insert(format!("p-{id}"), html.into());
            }
        }
        if changed.is_empty() {
            return None;
        }
        let clock = crate::domain::city_time(board.at).strftime("%m-%d %H:%M:%S").to_string();
        let data = json!({ "at": clock, "seq": board.seq, "parts": changed }).to_string();
        let event = Event::default().event("parts").id(board.seq.to_string()).data(data);
        Some(if first { event.retry(RETRY) } else { event })
    }
}
