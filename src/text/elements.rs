//! 五要素: has the caller said when, where, who, what, and what is wanted? Found by the forms of the
//! language, not by any city's names; where is what the place finder finds.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Field, FieldSpan};

use super::Normalized;

/// One of the five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Element {
    /// 时间
    Time,
    /// 地点
    Place,
    /// 对象
    Who,
    /// 事项
    What,
    /// 诉求
    Want,
}

/// Fewer characters than this say no matter.
const WHAT: usize = 12;

const TIME: &str = r"今[天日早晚]|昨[天日晚]|前[天晚]|明[天早晚]|凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|深夜|半夜|夜[里间]|刚[才刚]|目前|现在|最近|近[日期来]|上个?[周月]|这[周几]|本[周月]|去年|今年|每[天日晚周月年]|长期|一直|连续|多[天日年月次]|[0-9一二三四五六七八九十两半]+\s*(?:年|个?月|周|天|日|号|点|时|小时|分钟|:[0-9]{2})";
const WHO: &str = r"公司|单位|物业|业委会|开发商|商家|商户|店|超市|学校|幼儿园|医院|工地|施工|厂|平台|机构|银行|小区|村委|居委|社区|街道|邻居|老人|孩子|居民|业主|租户|司机|车主|员工|工人|本人|我家|我们|房东|中介|家长|学生|老板|摊贩|师傅";
const WANT: &str = r"诉求|要求|希望|请求|恳请|请[^问假]|建议|咨询|想问|请问|如何|怎么|怎样|能不能|能否|可否|是否|尽快|帮忙|帮助|处理|解决|核[实查]|查处|退[还款钱费]|赔|投诉|举报|反映|求|救";

fn finder(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static FOUND_BY: LazyLock<[(Element, Option<Regex>); 3]> =
    LazyLock::new(|| [(Element::Time, finder(TIME)), (Element::Who, finder(WHO)), (Element::Want, finder(WANT))]);

impl Element {
    /// All five, in the order of the form.
    pub const ALL: [Element; 5] = [Element::Time, Element::Place, Element::Who, Element::What, Element::Want];

    /// Stable word.
    pub fn code(self) -> &'static str {
        match self {
            Element::Time => "time",
            Element::Place => "place",
            Element::Who => "who",
            Element::What => "what",
            Element::Want => "want",
        }
    }

    /// The field's word.
    pub fn label(self) -> &'static str {
        match self {
            Element::Time => "时间",
            Element::Place => "地点",
            Element::Who => "对象",
            Element::What => "事项",
            Element::Want => "诉求",
        }
    }

    /// What to ask the caller where it is missing.
    pub fn question(self) -> &'static str {
        match self {
            Element::Time => "什么时候发生的,现在是否还在继续?",
            Element::Place => "具体在哪里(路名、小区、楼栋)?",
            Element::Who => "涉及哪个单位或哪个人?",
            Element::What => "发生了什么事?",
            Element::Want => "希望怎样处理?",
        }
    }
}

/// Where the elements stand in one of an appeal's two texts, in order. Place is left to the place finder.
pub fn elements(field: Field, original: &str) -> Vec<(Element, FieldSpan)> {
    let normalized = Normalized::of(original);
    let mut found = Vec::new();
    for (element, finder) in FOUND_BY.iter() {
        let all = finder.iter().flat_map(|finder| finder.find_iter(normalized.text()));
        found.extend(all.map(|m| (*element, FieldSpan { field, span: normalized.original_span(m.range()) })));
    }
    if normalized.text().chars().filter(|c| c.is_alphanumeric()).count() >= WHAT {
        let span = normalized.original_span(0..normalized.text().len());
        found.push((Element::What, FieldSpan { field, span }));
    }
    found.sort_by_key(|(element, at)| (at.span.start, *element));
    found
}
