//! What is indexed: a ticket's texts and the values that can be filtered and counted.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::{Appeal, TicketId};

/// A ticket as the index sees it: present effective labels, original texts.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexDoc {
    /// 工单编号
    pub ticket: TicketId,
    /// 标题 and 诉求内容
    pub appeal: Appeal,
    /// 回复内容
    pub reply: String,
    /// 地址, 街镇, 区县 as given and as found
    pub place: String,
    /// Values by filter; a ticket without a value is in no bucket.
    pub facets: BTreeMap<Facet, String>,
    /// 协办单位
    pub assisting: Vec<String>,
    /// 来电时间
    pub received_at: Timestamp,
    /// The ticket's place in the change sequence.
    pub seq: i64,
}

/// The things that can be filtered and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// 诉求类型
    Type,
    /// 一级分类 (name)
    Level1,
    /// 二级分类 (code)
    Category,
    /// 主办单位
    Department,
    /// 区县
    District,
    /// 街镇
    Town,
    /// 紧急程度 (U1–U4)
    Urgency,
    /// 渠道
    Channel,
    /// 办理状态
    Status,
    /// 满意度
    Satisfaction,
    /// 来电人 (caller key); filtered, not counted
    Caller,
}

impl Facet {
    /// All of them.
    pub const ALL: [Facet; 11] = [
        Facet::Type,
        Facet::Level1,
        Facet::Category,
        Facet::Department,
        Facet::District,
        Facet::Town,
        Facet::Urgency,
        Facet::Channel,
        Facet::Status,
        Facet::Satisfaction,
        Facet::Caller,
    ];

    /// Name in the query language: 类型 大类 类别 部门 区县 街镇 急度 渠道 状态 满意度 来电人.
    pub fn query_name(self) -> &'static str {
        match self {
            Facet::Type => "类型",
            Facet::Level1 => "大类",
            Facet::Category => "类别",
            Facet::Department => "部门",
            Facet::District => "区县",
            Facet::Town => "街镇",
            Facet::Urgency => "急度",
            Facet::Channel => "渠道",
            Facet::Status => "状态",
            Facet::Satisfaction => "满意度",
            Facet::Caller => "来电人",
        }
    }

    /// Name on the wire: `type`, `level1`, `category`, …
    pub fn code(self) -> &'static str {
        match self {
            Facet::Type => "type",
            Facet::Level1 => "level1",
            Facet::Category => "category",
            Facet::Department => "department",
            Facet::District => "district",
            Facet::Town => "town",
            Facet::Urgency => "urgency",
            Facet::Channel => "channel",
            Facet::Status => "status",
            Facet::Satisfaction => "satisfaction",
            Facet::Caller => "caller",
        }
    }
}
