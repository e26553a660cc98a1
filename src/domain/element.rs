//! 五要素: when, where, who, what, and what is wanted.

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
}

/// By what a city recognises one element, and what its operators ask where it is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementCues {
    /// Which.
    pub element: Element,
    /// What to ask.
    pub question: String,
    /// Words as they stand in a text. None for 地点, which the place finder finds, and 事项, which is said by
    /// any text that is long enough.
    pub words: Vec<String>,
    /// Forms that no list of words can hold: regular expressions over the normalised text.
    pub patterns: Vec<String>,
}
