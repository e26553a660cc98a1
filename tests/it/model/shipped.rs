//! The bundle in `models/default` opens and answers sensibly on sentences of our own.

use std::{path::Path, sync::LazyLock};

use tingsu::{
    domain::Field,
    labelled::{self, Known},
    model::{BUNDLE_FILES, Bundle, BundleFiles, ModelInput, Precision, Prediction},
    text::Normalized,
};

static SHIPPED: LazyLock<Bundle> =
    LazyLock::new(|| Bundle::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default")).unwrap());

fn ask(title: &str, text: &str) -> (ModelInput, Prediction) {
    let input = ModelInput { title: title.into(), text: text.into() };
    let p = SHIPPED.predict(std::slice::from_ref(&input), true).unwrap().remove(0);
    (input, p)
}

#[test]
fn labels_are_those_of_the_taxonomy() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai");
    let known = |file: &str| {
        let text = std::fs::read_to_string(dir.join(file)).unwrap();
        text.lines().skip(1).map(|l| l.split(',').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (categories, departments) = (known("taxonomy.csv"), known("departments.csv"));
    let unknown: Vec<_> = SHIPPED.category_labels().iter().filter(|c| !categories.contains(c)).collect();
    assert!(unknown.is_empty(), "unknown categories {unknown:?}");
    let unknown: Vec<_> = SHIPPED.department_labels().iter().filter(|d| !departments.contains(d)).collect();
    assert!(unknown.is_empty(), "unknown departments {unknown:?}");
    assert!(SHIPPED.category_labels().len() >= 110);
}

#[test]
fn plain_cases_are_recognised() {
    let within = |title: &str, text: &str, appeal_type: &str, department: &str| {
        let (_, p) = ask(title, text);
        let types: Vec<_> = p.appeal_type.iter().take(2).map(|c| c.label.as_str()).collect();
        assert!(types.contains(&appeal_type), "{title}: {types:?}");
        let departments: Vec<_> = p.department.iter().take(3).map(|c| c.label.as_str()).collect();
        assert!(departments.contains(&department), "{title}: {departments:?}");
    };
    within("拖欠农民工工资", "我们在工地干了半年,老板拖欠我们二十多个人的工资不给,请帮忙讨回。", "投诉", "人社局");
    within("咨询医保异地报销", "请问退休后在外省住院,职工医保怎么办理异地就医备案和报销?", "咨询", "医保局");
    within("工厂半夜排放刺鼻废气", "附近化工厂每天半夜偷排废气,气味刺鼻,请环保部门查处。", "举报", "生态环境局");
}

#[test]
fn reasons_name_the_matter() {
    let (input, p) = ask("", "您好,我想反映一下,我们公司已经拖欠工资三个月了,一直说没有钱,希望帮助。");
    let shown: String = p.evidence.iter().filter_map(|e| input.text.get(e.bytes.clone())).collect();
    assert!(shown.contains("工资"), "{shown}");
}

#[test]
fn nonsense_is_uncertain() {
    for text in ["", "嗯嗯", "abc xyz"] {
        assert!(ask("", text).1.uncertain, "{text:?} is answered with confidence");
    }
}

/// Simulated appeals of the demo city, every `step`-th.
fn simulated(step: usize) -> Vec<ModelInput> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    let lines =
        files.iter().flat_map(|f| std::fs::read_to_string(f).unwrap().lines().map(str::to_owned).collect::<Vec<_>>());
    lines
        .step_by(step)
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(&line).unwrap();
            let text = |key: &str| Normalized::of(row[key].as_str().unwrap()).text().to_owned();
            ModelInput { title: text("title"), text: text("text") }
        })
        .collect()
}

/// The input without some of its characters.
fn without(input: &ModelInput, gone: impl Fn(Field, usize) -> bool) -> ModelInput {
    let keep = |field: Field, text: &str| {
        text.char_indices().filter(|(at, _)| !gone(field, *at)).map(|(_, c)| c).collect::<String>()
    };
    ModelInput { title: keep(Field::Title, &input.title), text: keep(Field::Text, &input.text) }
}

/// Deleting the shown stretches lowers the first category's probability more than deleting stretches
/// of the same lengths elsewhere.
#[test]
fn reasons_are_faithful() {
    let all = simulated(17);
    let p_of = |p: &Prediction, label: &str| p.category.iter().find(|c| c.label == label).unwrap().p;
    let explained = SHIPPED.predict(&all, true).unwrap();
    let (mut cut, mut moved, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    for (n, (input, p)) in all.iter().zip(&explained).enumerate() {
        if p.evidence.is_empty() {
            continue;
        }
        let spans: Vec<_> = p.evidence.iter().map(|e| (e.field, e.bytes.clone())).collect();
        cut.push(without(input, |f, at| spans.iter().any(|(field, b)| *field == f && b.contains(&at))));
        // as many characters, somewhere else in the text
        let chars: Vec<usize> = input.text.char_indices().map(|(at, _)| at).collect();
        let shift = chars.len() / 3 + n % 7;
        let number = |at: usize| chars.partition_point(|c| *c < at);
        let others: Vec<_> = spans
            .iter()
            .map(|(field, b)| {
                let length = match field {
                    Field::Text => number(b.end) - number(b.start),
                    Field::Title => input.title[b.clone()].chars().count(),
                };
                let from = (number(b.start) + shift) % chars.len().max(1);
                from..from + length
            })
            .collect();
        moved.push(without(input, |f, at| f == Field::Text && others.iter().any(|o| o.contains(&number(at)))));
        firsts.push((p.category[0].label.clone(), p.category[0].p));
    }
    assert!(firsts.len() > 80, "only {} appeals have reasons", firsts.len());
    let (cut, moved) = (SHIPPED.predict(&cut, false).unwrap(), SHIPPED.predict(&moved, false).unwrap());
    let faithful = firsts.iter().zip(cut.iter().zip(&moved)).filter(|((l, _), (c, m))| p_of(c, l) < p_of(m, l)).count();
    let share = faithful as f32 / firsts.len() as f32;
    assert!(share >= 0.8, "reasons are faithful in {share:.2} of {} cases", firsts.len());
    println!("faithful in {share:.3} of {} cases", firsts.len());
}

#[test]
fn reasons_cost_less_than_three_times_the_answer() {
    let all = simulated(23);
    let time = |explain: bool| {
        let run = || {
            let start = std::time::Instant::now();
            SHIPPED.predict(&all, explain).unwrap();
            start.elapsed().as_secs_f32()
        };
        (0..3).map(|_| run()).fold(f32::MAX, f32::min)
    };
    let (plain, explained) = (time(false), time(true));
    println!("{} appeals: {plain:.3} s, with reasons {explained:.3} s", all.len());
    // generous: other tests run beside this one
    assert!(explained < 6.0 * plain, "{plain} s, with reasons {explained} s");
}

#[test]
fn integers_answer_as_floating_point_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BundleFiles::new();
    for name in BUNDLE_FILES {
        files.insert(name.into(), std::fs::read(folder.join("models/default").join(name)).unwrap().into());
    }
    let float = Bundle::from_files_in(&files, Precision::Float).unwrap();
    let any = |_: &str| true;
    let known = Known { category: &any, department: &any };
    let rows = labelled::simulated(&[folder.join("corpora/jianghai/appeals")], &known, "").unwrap();
    let inputs: Vec<ModelInput> = rows
        .iter()
        .step_by(4)
        .map(|r| {
            let text = |t: &str| Normalized::of(t).text().to_owned();
            ModelInput { title: text(&r.appeal.title), text: text(&r.appeal.text) }
        })
        .collect();
    let (a, b) = (SHIPPED.predict(&inputs, false).unwrap(), float.predict(&inputs, false).unwrap());
    let same = a
        .iter()
        .zip(&b)
        .filter(|(a, b)| a.category[0].label == b.category[0].label && a.department[0].label == b.department[0].label);
    assert!(same.count() as f64 >= 0.985 * inputs.len() as f64);
    let far = a.iter().zip(&b).map(|(a, b)| (a.category[0].p - b.category[0].p).abs()).fold(0.0, f32::max);
    assert!(far < 0.1, "a probability differs by {far}");
}
