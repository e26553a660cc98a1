//! Han characters: traditional to simplified, and variants (異體字) to the usual form.
//!
//! The character table is OpenCC's (`TSCharacters`, Apache-2.0, through `ferrous-opencc`), asked once.
//! It is wrong in a few places where the right answer depends on the neighbours (瞭解 → 了解 but
//! 瞭望 stays, 計畫 → 计划 but 漫畫 → 漫画); those characters are decided by [`in_context`], whose
//! rules name both forms of every neighbour, so that a second pass changes nothing.

use std::collections::HashMap;

use ferrous_opencc::{OpenCC, config::BuiltinConfig};

/// Variants that OpenCC leaves alone (it takes some of them for standard in Taiwan or Japan) and
/// radicals that copies from PDF files contain in place of characters.
const VARIANTS: &str = "\
    妳你 牠它 敍叙 讐仇 畧略 菓果 隣邻 徧遍 囬回 廻回 倂并 閙闹 舖铺 疎疏 汚污 岀出 亊事 衹只 俻备 刄刃 刧劫 喒咱 \
    垜垛 堦阶 嵗岁 囯国 囻国 圡土 寃冤 幇帮 彊强 恠怪 慙惭 拕拖 挿插 捄救 敎教 旾春 暎映 枱台 栢柏 槩概 樑梁 櫈凳 \
    欵款 氷冰 淸清 渉涉 湻淳 澁涩 濶阔 瀞净 焼烧 煑煮 犂犁 猨猿 珎珍 畱留 皁皂 盃杯 盌碗 眞真 砲炮 稅税 \
    窓窗 竝并 粧妆 絶绝 緜绵 繍绣 罸罚 羗羌 脗吻 葢盖 蔴麻 薫熏 蘂蕊 虵蛇 衞卫 袵衽 覩睹 詧察 譌讹 \
    谿溪 貍狸 賸剩 踈疏 踨踪 躭耽 躱躲 輭软 迯逃 逈迥 遊游 郞郎 鄕乡 醻酬 鉏锄 銕铁 鎻锁 鐡铁 閧哄 阯址 陗峭 隂阴 \
    隄堤 雝雍 靑青 顔颜 飜翻 餧喂 餽馈 駡骂 騐验 髩鬓 鬪斗 鬭斗 鷄鸡 麤粗 黒黑 亀龟 \
    ⺠民 ⻁虎 ⻄西 ⻅见 ⻆角 ⻉贝 ⻋车 ⻓长 ⻔门 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻝食 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄 ⻬齐 ⻮齿 ⻰龙 ⺝月 ⺁厂 ⺌小 ⺪疋 ⻎辶";

/// Characters of simplified text that OpenCC's table would damage (蒜薹, 哪吒).
const KEEP: &str = "薹吒";

/// One decision by neighbours: in which company a character becomes what.
struct InContext {
    /// The character.
    from: char,
    /// What it becomes after one of these …
    after: &'static str,
    /// … or before one of these …
    before: &'static str,
    /// … namely this; otherwise:
    then: char,
    /// What it becomes elsewhere.
    otherwise: char,
}

const fn rule(from: char, after: &'static str, before: &'static str, then: char, otherwise: char) -> InContext {
    InContext { from, after, before, then, otherwise }
}

/// The rules, drawn from OpenCC's phrase table (`TSPhrases`) and from usage on the mainland.
const RULES: &[InContext] = &[
    rule('乾', "康竺", "坤隆清元卦县縣陵道嘉断斷纲綱", '乾', '干'),
    rule('瞭', "", "望哨", '瞭', '了'),
    rule('藉', "狼慰枕蕴蘊", "", '藉', '借'),
    rule('徵', "角", "羽", '徵', '征'),
    rule('祇', "神地灵靈", "", '祇', '只'),
    rule('覆', "反回答函批重电電禀稟", "函信", '复', '覆'),
    rule('鍊', "项項拉手铁鐵金银銀锁鎖铰鉸颈頸", "条條子坠墜锁鎖", '链', '炼'),
    rule('沈', "下浮深", "没沒积積船默淪沦浸迷睡悶闷澱淀重", '沉', '沈'),
    rule('畫', "计計筹籌企规規策谋謀", "", '划', '画'),
    rule('俱', "家傢", "", '具', '俱'),
    rule('彷', "", "彿佛", '仿', '彷'),
    rule('噁', "二", "", '噁', '恶'),
    rule('著', "名显顯专專论論编編译譯原巨合土卓昭遗遺拙旧舊新所", "名作称稱述者书書录錄文译譯", '著', '着'),
];

/// The rule's answer for a character whose conversion depends on its neighbours (characters of the
/// original, either form).
pub(super) fn in_context(previous: Option<char>, c: char, next: Option<char>) -> char {
    let Some(rule) = RULES.iter().find(|rule| rule.from == c) else { return c };
    let among = |list: &str, c: Option<char>| c.is_some_and(|c| list.contains(c));
    if among(rule.after, previous) || among(rule.before, next) { rule.then } else { rule.otherwise }
}

/// The characters that [`in_context`] decides.
pub(super) fn contextual() -> impl Iterator<Item = char> {
    RULES.iter().map(|rule| rule.from)
}

/// Character to character, without the contextual ones; identities are left out.
pub(super) fn table() -> HashMap<char, char> {
    // Every ideograph on a line of its own: no phrase of OpenCC's reaches over a line end.
    let blocks = [0x3400..=0x9FFF_u32, 0x2_0000..=0x2_EE5D, 0x3_0000..=0x3_23AF];
    let mut input = String::with_capacity(1 << 20);
    for c in blocks.into_iter().flatten().filter_map(char::from_u32) {
        input.push(c);
        input.push('\n');
    }
    let mut table = HashMap::with_capacity(5000);
    match OpenCC::from_config(BuiltinConfig::T2s) {
        Ok(opencc) => {
            let output = opencc.convert(&input);
            for (from, to) in input.lines().zip(output.lines()) {
                if let (true, Some(from), Some(to)) = (from != to, from.chars().next(), single(to)) {
                    table.insert(from, to);
                }
            }
        }
        // The dictionary is embedded in the crate, so this cannot come from a user's machine.
        Err(error) => tracing::error!(%error, "traditional characters stay unconverted"),
    }
    for pair in VARIANTS.split_whitespace() {
        let mut pair = pair.chars();
        if let (Some(from), Some(to)) = (pair.next(), pair.next()) {
            table.insert(from, to);
        }
    }
    for c in KEEP.chars().chain(contextual()) {
        table.remove(&c);
    }
    // Chains (a variant of a traditional form) end here, so that one look-up is enough.
    let ends: Vec<(char, char)> = table
        .iter()
        .map(|(&from, &to)| {
            let mut end = to;
            for _ in 0..4 {
                end = table.get(&end).copied().unwrap_or(end);
            }
            (from, end)
        })
        .filter(|(from, to)| from != to)
        .collect();
    ends.into_iter().collect()
}

fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}
