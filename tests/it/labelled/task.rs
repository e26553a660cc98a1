//! Tables of any form as rows of a task.

use std::fs;

use tingsu::{
    domain::{Field, FieldSpan, HeadKind, Span, is_for_tuning, is_held_back},
    labelled::{HeadGold, Part, Task, TaskRows, score::SpanScores},
};

/// Files in a folder of their own, and a task over them.
pub(crate) struct Files(pub(crate) tempfile::TempDir);

impl Files {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let own = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| own.put(name, text));
        own
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    pub(crate) fn task(&self, toml: &str) -> Result<Task, String> {
        self.put("task.toml", toml);
        Task::open(&self.0.path().join("task.toml"), None).map_err(|e| e.to_string())
    }

    fn read(&self, toml: &str) -> Result<TaskRows, String> {
        self.task(toml)?.read(&[]).map_err(|e| e.to_string())
    }

    fn fails(&self, toml: &str, said: &[&str]) {
        let error = match self.read(toml) {
            Ok(rows) => panic!("read {} rows of {toml}", rows.rows.len()),
            Err(e) => e,
        };
        said.iter().for_each(|word| assert!(error.contains(word), "wanted `{word}`, got `{error}`"));
    }
}

fn spans(list: &[(usize, usize, usize)]) -> HeadGold {
    let at = |(start, end, label): &(usize, usize, usize)| {
        (FieldSpan { field: Field::Text, span: Span::new(*start, *end) }, *label)
    };
    HeadGold::Spans(list.iter().map(at).collect())
}

#[test]
fn every_form_of_table_says_the_same() {
    let toml = |file: &str| {
        format!(
            r#"
            [[source]]
            file = "{file}"
            title = "head"
            text = "body"
            [[head]]
            name = "kind"
            kind = "single"
            [[head]]
            name = "marks"
            kind = "multi"
            separator = "+"
            [[head]]
            name = "place"
            kind = "span"
            "#
        )
    };
    let files = Files::new(&[
        ("t.csv", "head,body,kind,marks,place\n,\"人民路停水,三天了\",水,急+老,人民路\n路灯,不亮,路,-,\n"),
        (
            "t.tsv",
            "head\tbody\tkind\tmarks\tplace\r\n\t人民路停水,三天了\t水\t急+老\t人民路\r\n路灯\t不亮\t路\t\t-\r\n",
        ),
        (
            "t.jsonl",
            "\u{feff}{\"body\":\"人民路停水,三天了\",\"kind\":\"水\",\"marks\":[\"急\",\"老\"],\"place\":\"人民路\"}\n\n{\"head\":\"路灯\",\"body\":\"不亮\",\"kind\":\"路\",\"marks\":[],\"place\":\"\"}\n",
        ),
    ]);
    for file in ["t.csv", "t.tsv", "t.jsonl"] {
        let rows = files.read(&toml(file)).unwrap();
        let heads: Vec<_> = rows.heads.iter().map(|h| (h.name.as_str(), h.kind, h.labels.join(" "))).collect();
        let wanted = [
            ("kind", HeadKind::Single, "水 路".to_owned()),
            ("marks", HeadKind::Multi, "急 老".to_owned()),
            ("place", HeadKind::Span, "place".to_owned()),
        ];
        assert_eq!(heads, wanted, "{file}");
        let [first, second] = rows.rows.as_slice() else { panic!("{file}: {} rows", rows.rows.len()) };
        assert_eq!(first.appeal.text, "人民路停水,三天了", "{file}");
        let gold = [Some(HeadGold::One(0)), Some(HeadGold::Each(vec![true, true])), Some(spans(&[(0, 3, 0)]))];
        assert_eq!(first.gold, gold, "{file}");
        assert_eq!(second.appeal.title, "路灯", "{file}");
        let gold = [Some(HeadGold::One(1)), Some(HeadGold::Each(vec![false, false])), Some(spans(&[]))];
        assert_eq!(second.gold, gold, "{file}");
        assert!(first.id.ends_with(&format!("{file}:{}", if file == "t.jsonl" { 1 } else { 2 })), "{}", first.id);
    }
}

#[test]
fn stretches_come_as_triples_too() {
    let files = Files::new(&[
        ("a.jsonl", r#"{"text":"人民路三号院","e":[[3,5,"no"],[0,3,"road"],[5,6,"poi"]]}"#),
        ("b.csv", "text,e\n人民路三号院,\"[[0,3,\"\"road\"\"],[3,5,\"\"no\"\"],[5,6,\"\"poi\"\"]]\"\n"),
    ]);
    let toml = |file: &str, more: &str| {
        format!("[[source]]\nfile = \"{file}\"\n[[head]]\nname = \"e\"\nkind = \"span\"\n{more}")
    };
    for file in ["a.jsonl", "b.csv"] {
        let rows = files.read(&toml(file, "")).unwrap();
        assert_eq!(rows.heads[0].labels, ["no", "poi", "road"]);
        assert_eq!(rows.rows[0].gold, [Some(spans(&[(0, 3, 2), (3, 5, 0), (5, 6, 1)]))]);
        let one = r#"as = { road = "place", no = "place", poi = "" }
            join = true"#;
        let rows = files.read(&toml(file, one)).unwrap();
        assert_eq!(rows.heads[0].labels, ["place"]);
        assert_eq!(rows.rows[0].gold, [Some(spans(&[(0, 5, 0)]))]);
    }
    files.put("a.jsonl", r#"{"text":"人民路","e":[[0,4,"road"]]}"#);
    files.fails(&toml("a.jsonl", ""), &["a.jsonl:1", "head e", "text of 3 characters"]);
    files.put("a.jsonl", r#"{"text":"人民路","e":[[0,"road"]]}"#);
    files.fails(&toml("a.jsonl", ""), &["a.jsonl:1", "[start, end, label]"]);
    files.put("a.jsonl", r#"{"text":"人民路","e":{"a":1}}"#);
    files.fails(&toml("a.jsonl", ""), &["a.jsonl:1", "a phrase or a list"]);
}

#[test]
fn sources_meet_by_id_and_each_head_knows_its_own_rows() {
    let files = Files::new(&[
        (
            "texts.jsonl",
            "{\"n\":1,\"text\":\"停水\",\"g\":\"a\",\"kind\":\"水\"}\n{\"n\":2,\"text\":\"路灯\",\"g\":\"a\",\"kind\":null}\n{\"n\":3,\"text\":\"工资\",\"g\":\"b\"}",
        ),
        ("labels.tsv", "n\tmark\tset\n2\t急\tnew\n1\t老\tnew\n3\t急\told\n"),
    ]);
    let toml = r#"
        [[source]]
        file = "texts.jsonl"
        id = "n"
        group = "g"
        [[source]]
        file = "labels.tsv"
        texts = "texts.jsonl"
        id = "n"
        group = "g"
        except = { set = ["old"] }
        weight = 0.5
        [[head]]
        name = "kind"
        kind = "single"
        [[head]]
        name = "sign"
        kind = "single"
        column = "mark"
        labels = ["老", "急", "无"]
    "#;
    let rows = files.read(toml).unwrap();
    let [first, second] = rows.rows.as_slice() else { panic!("{:?}", rows.rows) };
    assert_eq!((first.id.as_str(), first.group.as_str(), first.weight), ("1", "a", 1.0));
    assert_eq!(first.gold, [Some(HeadGold::One(0)), Some(HeadGold::One(0))]);
    assert_eq!((second.id.as_str(), second.group.as_str(), second.weight), ("2", "a", 0.5));
    assert_eq!(second.gold, [None, Some(HeadGold::One(1))]);
    assert_eq!(second.appeal.text, "路灯");
    files.put("labels.tsv", "n\tmark\tset\n2\t急\tnew\n7\t老\tnew\n");
    files.fails(toml, &["labels.tsv:3", "no text with the n `7`", "texts.jsonl"]);
    files.put("labels.tsv", "n\tmark\tset\n2\t急\tnew\n2\t老\tnew\n");
    files.fails(toml, &["labels.tsv:3", "`2` has an answer for head sign already", "labels.tsv:2"]);
}

#[test]
fn labels_outside_a_given_list_and_other_mistakes_are_named() {
    let files = Files::new(&[
        ("t.csv", "text,kind\n停水,水\n路灯,灯\n"),
        ("empty.csv", "text,kind\n停水,水\n  ,路\n"),
        ("short.csv", "text,kind\n停水\n"),
        ("none.csv", "text,kind\n"),
        ("split.csv", "text,kind,set\n停水,水,later\n"),
        ("bad.jsonl", "{\"text\":\"停水\",\"kind\":\"水\"}\n{\"text\":[1],\"kind\":\"水\"}\n"),
        ("t.xlsx", ""),
    ]);
    let toml = |source: &str, head: &str| {
        format!("[[source]]\n{source}\n[[head]]\nname = \"kind\"\nkind = \"single\"\n{head}")
    };
    let file = |name: &str| toml(&format!("file = \"{name}\""), "");
    files.fails(&toml("file = \"t.csv\"", "labels = [\"水\", \"路\"]"), &["t.csv:3", "unknown label `灯`", "水 路"]);
    files.fails(&file("empty.csv"), &["empty.csv:3", "neither title nor text"]);
    files.fails(&file("short.csv"), &["short.csv:2", "1 fields, but the header has 2"]);
    files.fails(&file("none.csv"), &["none.csv", "no rows"]);
    files.fails(&file("gone.csv"), &["gone.csv", "--data"]);
    files.fails(&file("t.xlsx"), &["t.xlsx", ".jsonl, .csv or .tsv"]);
    files.fails(&file("bad.jsonl"), &["bad.jsonl:2", "`text` must be a text"]);
    files.fails(&toml("file = \"t.csv\"\ntext = \"body\"", ""), &["t.csv:1", "`body` (text) is missing", "kind text"]);
    files.fails(&toml("file = \"t.csv\"\ngroup = \"g\"", ""), &["t.csv:1", "`g` (group) is missing"]);
    files.fails(&toml("file = \"t.csv\"", "column = \"class\""), &["t.csv:1", "`class`", "correct the task's source"]);
    files.fails(&toml("file = \"split.csv\"\nsplit = \"set\"", ""), &["split.csv:2", "later", "train"]);
    files.fails(&toml("file = \"t.csv\"\ncolour = 1", ""), &["task.toml:3", "colour"]);
    files.fails(&toml("file = \"t.csv\"\nweight = 0.0", ""), &["task.toml:1", "weight"]);
    files.fails(&toml("file = \"t.csv\"", "separator = \"+\""), &["task.toml:3", "multi"]);
    files.fails(&toml("file = \"t.csv\"\ntexts = \"t.csv\"", ""), &["task.toml:1", "id"]);
    files.fails(&toml("file = \"t.csv\"\ncolumns = { other = \"x\" }", ""), &["task.toml:1", "`other`"]);
    files.fails("[[source]]\nfile = \"t.csv\"", &["at least one [[head]]"]);
    let twice = toml("file = \"t.csv\"", "[[head]]\nname = \"kind\"\nkind = \"multi\"");
    files.fails(&twice, &["task.toml:6", "second time"]);
    let other = toml("file = \"t.csv\"", "[[head]]\nname = \"place\"\nkind = \"span\"");
    files.fails(&other, &["head place", "no source has a column `place`", "kind text"]);
}

#[test]
fn a_group_lies_on_one_side() {
    let mut csv = String::from("text,kind\n");
    for n in 0..300 {
        let street = ["人民", "解放", "建设", "和平", "胜利"][n % 5];
        csv.push_str(&format!("{street}路{}号院第{}栋停水已经{}天了请尽快处理,水\n", n * 37, n, n % 9));
        csv.push_str(&format!(
            "小区{}广场舞噪音扰民情况编号甲{},声\n",
            ["东", "西", "南", "北"][n % 4].repeat(n / 4 + 1),
            n
        ));
    }
    let files = Files::new(&[("t.csv", &csv)]);
    let toml = "[[source]]\nfile = \"t.csv\"\n[[head]]\nname = \"kind\"\nkind = \"single\"";
    let rows = files.read(toml).unwrap().rows;
    for row in &rows {
        assert_eq!(row.part, Part::of(&row.group));
    }
    // the calls about water differ in numbers alone
    let water: Vec<_> = rows.iter().filter(|r| r.appeal.text.contains("人民")).collect();
    assert!(water.windows(2).all(|w| w[0].group == w[1].group) && water.len() == 60);
}

#[test]
fn a_source_can_be_held_back_whole() {
    let train: String = (0..200)
        .map(|n| {
            format!(
                "第{}件关于{}的事情,甲\n",
                "一二三四五六七八九"[..3 * (n % 9 + 1)].to_owned(),
                ["水", "电", "气", "路", "桥"][n % 5].repeat(n / 5 + 2)
            )
        })
        .collect();
    let files = Files::new(&[
        ("train.csv", &format!("text,kind\n{train}别处也有的一句完全相同的话,甲\n")),
        ("test.csv", "text,kind\n别处也有的一句完全相同的话,甲\n从来没有见过的另外一句,乙\n"),
    ]);
    let toml = "[[source]]\nfile = \"train.csv\"\npart = \"train\"\n[[source]]\nfile = \"test.csv\"\npart = \"held\"\n[[head]]\nname = \"kind\"\nkind = \"single\"";
    let rows = files.read(toml).unwrap();
    let of = |part: Part| rows.rows.iter().filter(|r| r.part == part).count();
    assert_eq!(of(Part::Held), 2);
    assert!(rows.notes.iter().any(|n| n.starts_with("1 rows left out")), "{:?}", rows.notes);
    for row in rows.rows.iter().filter(|r| r.part != Part::Held) {
        assert_eq!(row.part == Part::Tune, is_for_tuning(&row.group), "nobody says which rows tune: the groups do");
    }
    assert!(rows.rows.iter().any(|r| r.part == Part::Train && is_held_back(&r.group)), "the source decides");
    let beside = files.read(&toml.replace("part = \"held\"\n", "")).unwrap();
    let of = |start: char| beside.rows.iter().filter(move |r| r.appeal.text.starts_with(start));
    assert!(of('第').all(|r| r.part == Part::Train) && of('第').count() == 200, "where others tune it only trains");
    assert!(of('从').all(|r| r.part == Part::of(&r.group)) && of('从').count() == 1);
}

#[test]
fn stretches_are_counted_exactly_and_by_touch() {
    let mut scores = SpanScores::default();
    scores.add(&[("road", 0..3), ("no", 3..5)], &[("road", 0..3), ("no", 4..6), ("poi", 7..8)]);
    scores.add::<&str>(&[], &[]);
    assert_eq!((scores.exact.hit, scores.exact.false_alarm, scores.exact.missed), (1, 2, 1));
    assert_eq!((scores.touching.hits, scores.touching.of, scores.touched.hits, scores.touched.of), (2, 3, 2, 2));
    assert!((scores.overlap_f1() - 0.8).abs() < 1e-9);
}
