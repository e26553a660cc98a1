//! The report of `tingsu eval topics`, for people and programs.

use std::fmt;

use serde::Serialize;

use super::{hot::HotScore, injection::InjectionScore, online::OnlineScore, score::SystemScore, traffic::NullScore};

/// All figures.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TopicsReport {
    /// Whether each event is printed.
    #[serde(skip)]
    pub each: bool,
    /// One for each way to look.
    pub systems: Vec<SystemScore>,
    /// Joining at once against a pass.
    pub online: Option<OnlineScore>,
    /// Shuffled days without events.
    pub null: Option<NullScore>,
    /// Bursts in dense traffic.
    pub injection: Option<InjectionScore>,
    /// Known hot issues among real appeals.
    pub hot: Vec<HotScore>,
}

impl fmt::Display for TopicsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for s in &self.systems {
            writeln!(f, "{}", s.name)?;
            for (part, b) in [("调参用的一半事件", &s.tuning), ("报告用的一半事件", &s.reported)] {
                writeln!(f, "  {part} B³ 精确 {:.3} 召回 {:.3} F1 {:.3}", b.precision, b.recall, b.f1)?;
            }
            writeln!(
                f,
                "  主事件中确属事件的 {:.3};独自的 {:.3};事件 {} 个(三件以上 {} 个),话题 {} 个",
                s.against_background, s.alone, s.events.0, s.events.1, s.topics
            )?;
            writeln!(
                f,
                "  标题含事项 {:.2}、含地点 {:.2}、两者都有 {:.2};有预警 {:.2},第三件之后到预警的中位数 {} 件 {:.0} 分钟",
                s.titles.0, s.titles.1, s.titles.2, s.alarmed, s.delay.0, s.delay.1
            )?;
            writeln!(
                f,
                "  算上分类×地点和关键词的预警:有预警 {:.2},第三件之后到预警的中位数 {} 件 {:.0} 分钟",
                s.any_alarmed, s.any_delay.0, s.any_delay.1
            )?;
            writeln!(
                f,
                "  增加一天后归属不变 {:.4};换输入顺序结果{};用时 {:.2} 秒(不含模型)",
                s.stability,
                if s.order_free { "相同" } else { "不同" },
                s.seconds
            )?;
            if self.each {
                for e in &s.each {
                    writeln!(
                        f,
                        "    {} {} {} 件 精确 {:.2} 召回 {:.2} 标题{}{} {}",
                        e.event,
                        if e.tuning { "调" } else { "新" },
                        e.size,
                        e.score.precision,
                        e.score.recall,
                        if e.title_right.0 { "事" } else { "-" },
                        if e.title_right.1 { "地" } else { "-" },
                        e.title
                    )?;
                }
            }
        }
        if let Some(o) = &self.online {
            let ((p, r, f1), (median, most, longest)) = (o.b_cubed, o.millis);
            writeln!(
                f,
                "即时归并(末 7 天 {} 件,与当日全量归并相比):归属相同 {:.3},其中在事件内的 {:.3};B³ 精确 {p:.3} 召回 {r:.3} F1 {f1:.3};每件用时中位数 {median:.1} 毫秒,95% {most:.1},最长 {longest:.1}",
                o.appeals, o.same, o.same_in_events
            )?;
        }
        if let Some(n) = &self.null {
            writeln!(
                f,
                "打乱时间的无事件日:{:.0} 天,误报每天:事件 {:.2} 个,分类×地点 {:.2} 个,关键词 {:.2} 个",
                n.days, n.per_day, n.places_per_day, n.keywords_per_day
            )?;
        }
        for h in &self.hot {
            writeln!(
                f,
                "{}: 人工 {} 件,主事件中 {} 件、另有 {} 件不属;分在 {} 个事件,独自 {} 件;主话题中 {} 件、另有 {} 件{};标题 {}",
                h.name,
                h.members,
                h.in_event,
                h.foreign,
                h.pieces.0,
                h.pieces.1,
                h.in_topic.0,
                h.in_topic.1,
                if h.alarmed { ";有预警" } else { "" },
                h.title
            )?;
        }
        if let Some(i) = &self.injection {
            let half = if i.tuning { "调参用" } else { "报告用" };
            writeln!(f, "注入({half}的一半事件,种子 {}):{} 天 {} 件,突发 {} 起", i.seed, i.days, i.appeals, i.bursts)?;
            let [events, places, keywords] = i.recall_by;
            writeln!(
                f,
                "  发现 {:.3}(事件 {events:.3},分类×地点 {places:.3},关键词 {keywords:.3};不足十件的 {:.3})",
                i.recall, i.recall_small
            )?;
            writeln!(f, "  第三件之后到预警的中位数 {} 件 {:.0} 分钟", i.delay_appeals, i.delay_minutes)?;
            let [events, places, keywords] = i.false_per_day;
            writeln!(
                f,
                "  误报每天:事件 {events:.2} 个,分类×地点 {places:.2} 个,关键词 {keywords:.2} 个;用时 {:.1} 秒",
                i.seconds
            )?;
        }
        Ok(())
    }
}
