//! The cockpit on the wire. Each number has the address that lists its appeals.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    city::CityPack,
    desk::{self, Board, Count, Figure, HotLine, Ranked, Rate, UnitRates},
    domain::format_city,
    http::{cases::address, views::seen},
};

/// A number and the address of the appeals behind it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NumberView {
    /// How many.
    pub n: u64,
    /// Lists exactly these.
    #[schema(example = "/api/v1/cockpit/cases?open=yes&urgency=U1&urgency=U2")]
    pub cases: String,
}

impl NumberView {
    fn of(count: &Count) -> Self {
        Self { n: count.n, cases: address("/api/v1/cockpit/cases", &count.of) }
    }
}

/// What is usual at the same hours of the same weekday.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UsualView {
    /// Mean of a week.
    pub mean: f64,
    /// Least of a week.
    pub least: u64,
    /// Most of a week.
    pub most: u64,
    /// How many weeks.
    pub weeks: u8,
    /// All of them together.
    pub all: NumberView,
}

/// A figure of today.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FigureView {
    /// `received` `urgent` `repeat` `closed` `due` `due_open`.
    pub key: String,
    /// In Chinese.
    pub name: String,
    /// Today so far.
    pub now: NumberView,
    /// Null while the history is shorter than two weeks.
    pub usual: Option<UsualView>,
}

/// An open U1 or U2.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UrgentView {
    /// 工单编号
    pub ticket: String,
    /// `U1` or `U2`.
    pub urgency: Option<String>,
    /// 来电时间
    pub received_at: String,
    /// 主办单位
    pub department: Option<String>,
    /// 区县
    pub district: Option<String>,
    /// Seconds to the deadline, negative when it is over.
    pub left_seconds: Option<i64>,
    /// Whether a clock ran out.
    pub missed: bool,
}

/// An event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HotLineView {
    /// Its id.
    pub id: String,
    /// Its title, masked.
    pub title: String,
    /// 新出现, 上升, 复发, …
    pub state: String,
    /// Kind of its open alarm.
    pub alarm: Option<String>,
    /// Its appeals.
    pub tickets: NumberView,
}

/// A category or district over seven days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RankedView {
    /// Code of the category, or name of the district; empty for all.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The last seven days.
    pub now: NumberView,
    /// The seven days before.
    pub before: NumberView,
    /// Change as a fraction; null where there was nothing before.
    pub change: Option<f64>,
}

/// A rate: `(whole + 0.9 × mostly) / of`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RateView {
    /// 0 to 100.
    pub percent: f64,
    /// Numerator.
    pub whole: NumberView,
    /// 基本满意, for 满意率.
    pub mostly: Option<NumberView>,
    /// Denominator: 有效回访.
    pub of: NumberView,
}

/// A unit over its appeals of the last 28 days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitView {
    /// 主办单位; empty for all together.
    pub department: String,
    /// Its appeals.
    pub all: NumberView,
    /// 0.1 响应率 + 0.5 解决率 + 0.4 满意率; null where one is not recorded.
    pub score: Option<f64>,
    /// 响应率
    pub contacted: Option<RateView>,
    /// 解决率
    pub solved: Option<RateView>,
    /// 满意率
    pub satisfied: Option<RateView>,
    /// 红
    pub red: NumberView,
    /// 橙
    pub orange: NumberView,
    /// 黄
    pub yellow: NumberView,
}

/// A hot word.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WordView {
    /// The word.
    pub word: String,
    /// Appeals of the last seven days that hold it.
    pub tickets: NumberView,
    /// How many a week usually hold it.
    pub usual: f64,
}

/// Next week's range.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ForecastView {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// What is expected.
    pub expected: f64,
    /// Lower end of the range that holds 80 %.
    pub low: u32,
    /// Upper end.
    pub high: u32,
    /// Weeks of the back-test.
    pub tested: usize,
    /// Those of them inside their range.
    pub inside: usize,
}

/// 驾驶舱.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CockpitView {
    /// The moment.
    pub at: String,
    /// Place in the change sequence.
    pub seq: i64,
    /// Six figures.
    pub today: Vec<FigureView>,
    /// All open U1 and U2.
    pub urgent_open: NumberView,
    /// The worst of them.
    pub urgent: Vec<UrgentView>,
    /// 未办结
    pub open: NumberView,
    /// 红
    pub red: NumberView,
    /// 橙
    pub orange: NumberView,
    /// 黄
    pub yellow: NumberView,
    /// Events with an open alarm, the latest first.
    pub alarms: Vec<HotLineView>,
    /// New, rising and returning events.
    pub topics: Vec<HotLineView>,
    /// All of the last seven days.
    pub week: RankedView,
    /// Categories.
    pub categories: Vec<RankedView>,
    /// Districts.
    pub districts: Vec<RankedView>,
    /// Seven rows (Monday first) of 24 hours, over 28 days.
    pub heat: Vec<Vec<NumberView>>,
    /// All units together.
    pub city: UnitView,
    /// Units, the best first.
    pub units: Vec<UnitView>,
    /// Hot words.
    pub words: Vec<WordView>,
    /// Null where the history is too short.
    pub forecast: Option<ForecastView>,
}

fn figure(f: &Figure) -> FigureView {
    FigureView {
        key: f.key.into(),
        name: f.name.into(),
        now: NumberView::of(&f.now),
        usual: f.usual.as_ref().map(|u| UsualView {
            mean: u.mean(),
            least: u.span.0,
            most: u.span.1,
            weeks: u.weeks,
            all: NumberView::of(&u.all),
        }),
    }
}

fn urgent(u: &desk::UrgentCase) -> UrgentView {
    UrgentView {
        ticket: u.case.id.to_string(),
        urgency: u.case.urgency.map(|level| level.code().to_owned()),
        received_at: format_city(u.case.received_at),
        department: u.case.department.clone(),
        district: u.case.district.clone(),
        left_seconds: u.left.map(|left| left.seconds),
        missed: u.missed,
    }
}

fn hot(line: &HotLine) -> HotLineView {
    HotLineView {
        id: line.id.clone(),
        title: seen(&line.title, false),
        state: line.state.label().to_owned(),
        alarm: line.alarm.map(str::to_owned),
        tickets: NumberView::of(&line.tickets),
    }
}

fn ranked(line: &Ranked, name: String) -> RankedView {
    RankedView {
        key: line.name.clone(),
        name,
        now: NumberView::of(&line.now),
        before: NumberView::of(&line.before),
        change: line.change(),
    }
}

fn rate(rate: &Rate) -> RateView {
    RateView {
        percent: rate.percent(),
        whole: NumberView::of(&rate.whole),
        mostly: rate.mostly.as_ref().map(NumberView::of),
        of: NumberView::of(&rate.of),
    }
}

fn unit(unit: &UnitRates) -> UnitView {
    let [red, orange, yellow] = [0, 1, 2].map(|n| NumberView::of(&unit.lights[n]));
    UnitView {
        department: unit.department.clone(),
        all: NumberView::of(&unit.all),
        score: unit.score(),
        contacted: unit.contacted.as_ref().map(rate),
        solved: unit.solved.as_ref().map(rate),
        satisfied: unit.satisfied.as_ref().map(rate),
        red,
        orange,
        yellow,
    }
}

impl CockpitView {
    /// Of a board.
    pub fn of(board: &Board, pack: &CityPack) -> Self {
        let category = |code: &str| pack.taxonomy.get(code).map_or_else(|| code.to_owned(), |c| c.level2.clone());
        let [red, orange, yellow] = [0, 1, 2].map(|n| NumberView::of(&board.lights[n]));
        Self {
            at: format_city(board.at),
            seq: board.seq,
            today: board.today.iter().map(figure).collect(),
            urgent_open: NumberView::of(&board.urgent_all),
            urgent: board.urgent.iter().map(urgent).collect(),
            open: NumberView::of(&board.open),
            red,
            orange,
            yellow,
            alarms: board.alarms.iter().map(hot).collect(),
            topics: board.topics.iter().map(hot).collect(),
            week: ranked(&board.week, String::new()),
            categories: board.categories.iter().map(|l| ranked(l, category(&l.name))).collect(),
            districts: board.districts.iter().map(|l| ranked(l, l.name.clone())).collect(),
            heat: board.heat.iter().map(|row| row.iter().map(NumberView::of).collect()).collect(),
            city: unit(&board.city),
            units: board.units.iter().map(unit).collect(),
            words: board
                .words
                .iter()
                .map(|(word, n)| WordView { word: word.word.clone(), tickets: NumberView::of(n), usual: word.usual })
                .collect(),
            forecast: board.forecast.as_ref().ok().map(|trend| ForecastView {
                from: trend.from.to_string(),
                to: trend.to.to_string(),
                expected: trend.expected,
                low: trend.range.0,
                high: trend.range.1,
                tested: trend.back_test.weeks,
                inside: trend.back_test.inside,
            }),
        }
    }
}
