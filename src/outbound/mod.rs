//! Whom may this program ask? The only calls that leave the process: a language model on the local
//! network, off unless the configuration names one. Loopback, private and link-local addresses only,
//! looked at when the connection is made; never a redirect, never a public address.
//!
//! Absent here: what is asked and whether the answer may be believed. That is the caller's.

mod address;
mod chat;
mod client;
mod trust;

pub use address::is_local;
pub use chat::{Chat, ChatConfig};

/// Why a question got no answer, in words for whoever asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The configuration cannot be used.
    #[error("{0}")]
    Config(String),
    /// The address is not on the local network.
    #[error("语言模型的地址 {0} 不在本机或内网,已拒绝连接")]
    Public(String),
    /// Nobody answers there.
    #[error("连接不到语言模型服务:{0}")]
    Unreachable(String),
    /// Its certificate is not what `rephrase.ca` vouches for, or of another name.
    #[error("语言模型服务 {0} 的证书不可信:须由 rephrase.ca 所列的颁发者签发且写有这个地址({1})")]
    Untrusted(String, String),
    /// It took too long.
    #[error("语言模型在 {0} 秒内没有答复,已放弃")]
    Slow(u64),
    /// It answers with a status that is no success.
    #[error("语言模型服务返回 {0}")]
    Status(u16),
    /// The answer is too long.
    #[error("语言模型的答复超过 {0} 字节,已放弃")]
    TooLong(usize),
    /// The answer is no answer of such a service.
    #[error("语言模型的答复无法读取:{0}")]
    Garbled(&'static str),
    /// Others are asking already.
    #[error("语言模型正忙,请稍候再试")]
    Busy,
}
