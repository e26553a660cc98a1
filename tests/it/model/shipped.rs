//! The bundle in `models/default` opens and answers sensibly on sentences of our own.

use std::{path::Path, sync::LazyLock};

use tingsu::model::{Bundle, ModelInput, Prediction};

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
