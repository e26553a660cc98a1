//! What a model is asked, and how its answer is read.

use serde_json::{Map, Value};

/// What the model is told to be.
const SYSTEM: &str = "你是政府公文的文字编辑。用户给出一份 JSON,键是段落编号,值是该段文字。请改写每一段的措辞,\
使其通顺、庄重、简练,不改变意思。规则:一、形如 {Q12}、{Y3}、{P1} 的标记代表数据、引文和判断,必须原样保留,\
每个标记出现的次数和先后次序不变;二、不得增加或删除任何数字、地名、单位、部门、时间、引文和结论;\
三、单位、地区、类别的名称和时间按原文照写,先后次序不变;四、只输出同样键的 JSON,不要解释,不要代码框。";

/// The question for some places: the words of the system and of the user.
pub fn question(places: &[(String, String)]) -> (&'static str, String) {
    let all: Map<String, Value> = places.iter().map(|(p, text)| (p.clone(), Value::String(text.clone()))).collect();
    (SYSTEM, Value::Object(all).to_string())
}

/// The model's words for the places that were asked about, where they differ. None if no JSON object of
/// places can be found in what was said. What a model thinks aloud before it answers is left out.
pub fn answer(said: &str, places: &[(String, String)]) -> Option<Vec<(String, String)>> {
    let said = said.rsplit("</think>").next().unwrap_or(said);
    let object = said.get(said.find('{')?..=said.rfind('}')?)?;
    let all: Map<String, Value> = serde_json::from_str(object).ok()?;
    let known = |key: &String| places.iter().any(|(place, _)| place == key);
    if all.is_empty() || !all.keys().all(known) || !all.values().all(Value::is_string) {
        return None;
    }
    let mut out = Vec::new();
    for (place, own) in places {
        let Some(theirs) = all.get(place).and_then(Value::as_str) else { continue };
        let theirs = theirs.replace(['\r', '\n'], "").trim().to_owned();
        if theirs != *own {
            out.push((place.clone(), theirs));
        }
    }
    Some(out)
}
