//! Tables of the configuration: when briefs are made, which language model may be asked.

use std::{fs, path::PathBuf, time::Duration};

use serde::Deserialize;

use crate::{
    desk::Schedule,
    domain::brief::BriefKind,
    outbound::{Chat, ChatConfig},
};

use super::BootError;

/// `[[brief]]`: when a kind of brief is made.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawSchedule {
    /// `daily` or `weekly`.
    pub kind: String,
    /// First day of the week, 1 (Monday) to 7; weekly only.
    pub weekday: Option<i8>,
    /// Hour at which days are cut, 0 to 23; 12 for noon to noon.
    pub cut_hour: Option<u8>,
    /// Minutes after the end of the day or week.
    pub after_minutes: Option<u32>,
}

impl RawSchedule {
    pub(super) fn check(&self) -> Result<Schedule, BootError> {
        let wrong = |what: String| Err(BootError::Config(format!("[[brief]] {what}")));
        let kind = match self.kind.as_str() {
            "daily" => BriefKind::Daily,
            "weekly" => BriefKind::Weekly,
            other => return wrong(format!("kind = {other}: daily or weekly")),
        };
        let weekday = self.weekday.unwrap_or(1);
        let cut_hour = self.cut_hour.unwrap_or(0);
        let after_minutes = self.after_minutes.unwrap_or(30);
        if !(1..=7).contains(&weekday) {
            return wrong(format!("weekday = {weekday}: 1 (Monday) to 7"));
        }
        if cut_hour > 23 || after_minutes > 24 * 60 {
            return wrong(format!("cut_hour = {cut_hour}, after_minutes = {after_minutes}: 0 to 23, 0 to 1440"));
        }
        Ok(Schedule { kind, weekday: weekday - 1, cut_hour, after_minutes })
    }
}

/// `[rephrase]`: a language model behind an OpenAI-compatible interface on the local network. Without this
/// table nothing leaves the process.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawRephrase {
    /// Base address: `http://127.0.0.1:8000/v1`. Loopback, private or link-local.
    pub url: String,
    /// The model's name there.
    pub model: String,
    /// A file that holds the key, if the service wants one.
    pub key_file: Option<PathBuf>,
    /// Issuers of its certificate (PEM), for https.
    pub ca: Option<PathBuf>,
    /// Seconds that it may take to answer, 1 to 600.
    pub timeout_seconds: Option<u64>,
}

impl RawRephrase {
    pub(super) fn check(self) -> Result<Chat, BootError> {
        let seconds = self.timeout_seconds.unwrap_or(60);
        if !(1..=600).contains(&seconds) {
            return Err(BootError::Config(format!("rephrase.timeout_seconds = {seconds}: 1 to 600")));
        }
        if self.model.trim().is_empty() {
            return Err(BootError::Config("rephrase.model: 须写明模型名称".into()));
        }
        let key = match &self.key_file {
            None => None,
            Some(file) => {
                let text = fs::read_to_string(file)
                    .map_err(|e| BootError::Config(format!("rephrase.key_file = {}: {e}", file.display())))?;
                Some(text.trim().to_owned()).filter(|key| !key.is_empty())
            }
        };
        Ok(Chat::new(ChatConfig {
            url: self.url,
            model: self.model.trim().to_owned(),
            key,
            ca: self.ca,
            patience: Duration::from_secs(seconds),
        })?)
    }
}
