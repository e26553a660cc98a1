//! 五要素: found by the words of the pack, asked for in its words.

use tingsu::{
    boot,
    city::{CityPack, PackFiles},
    domain::{Element, Field},
    text::ElementFinder,
};

fn files(own: &str) -> PackFiles {
    let mut files = boot::embedded_pack();
    files.insert("elements.toml".into(), own.as_bytes().to_vec().into());
    files
}

/// What is said of one element, in the words of the text.
fn said(pack: &CityPack, text: &str, element: Element) -> Vec<String> {
    let found = ElementFinder::build(&pack.elements).find(Field::Text, text);
    found.into_iter().filter(|(own, _)| *own == element).map(|(_, at)| at.span.slice(text).to_owned()).collect()
}

#[test]
fn the_shipped_words_find_what_callers_say() {
    let mut without = boot::embedded_pack();
    without.remove("elements.toml");
    for files in [without, files(""), boot::embedded_pack()] {
        let pack = CityPack::parse(&files).unwrap();
        let check = |text: &str, element, wanted: &[&str]| assert_eq!(said(&pack, text, element), wanted, "{text}");
        check("昨晚十点半路口有人打架", Element::Time, &["昨晚", "十点"]);
        check("停水3天了,每天都要去挑水", Element::Time, &["3天", "每天"]);
        check("楼下超市半夜卸货", Element::Who, &["超市"]);
        check("请问何时通车?请尽快答复", Element::Want, &["请问", "请尽"]);
        check("停车", Element::What, &[]);
        check("停停停停停停停停停停停停", Element::What, &["停停停停停停停停停停停停"]);
        assert!(pack.elements.iter().map(|cues| cues.element).eq(Element::ALL));
        assert!(pack.elements.iter().all(|cues| cues.question.ends_with('?')), "{:?}", pack.elements);
    }
}

#[test]
fn a_city_has_its_own_words() {
    let own = "[[element]]\ncode = \"who\"\nquestion = \"哪家单位?\"\nmore = [\"网格长\"]\n\
               [[element]]\ncode = \"want\"\nwords = [\"麻烦\"]\npatterns = []\n";
    let pack = CityPack::parse(&files(own)).unwrap();
    let text = "网格长和物业都不管,麻烦处理一下";
    assert_eq!(said(&pack, text, Element::Who), ["网格长", "物业"], "added to the shipped ones");
    assert_eq!(said(&pack, text, Element::Want), ["麻烦"], "in place of the shipped ones");
    assert_eq!(pack.elements[2].question, "哪家单位?");
    assert_eq!(pack.elements[0].question, CityPack::parse(&files("")).unwrap().elements[0].question);
    // Full width and traditional characters are normalised on both sides.
    let pack = CityPack::parse(&files("[[element]]\ncode = \"who\"\nwords = [\"物業A\"]\n")).unwrap();
    assert_eq!(said(&pack, "物业A不管", Element::Who), ["物业A"]);
}

#[test]
fn a_slip_is_named_with_its_line() {
    for (own, line, says) in [
        ("[[element]]\ncode = \"when\"\n", 2, "没有要素 `when`"),
        ("[[element]]\ncode = \"time\"\npatterns = [\"(\"]\n", 3, "不是有效的正则表达式"),
        ("[[element]]\ncode = \"place\"\nwords = [\"路\"]\n", 2, "只能设置它的 `question`"),
        ("[[element]]\ncode = \"time\"\n[[element]]\ncode = \"time\"\n", 4, "要素 `time` 重复"),
        ("[[element]]\ncode = \"time\"\nword = [\"x\"]\n", 3, "没有 `word` 这个键"),
        ("[[element]]\nquestion = \"?\"\n", 1, "缺少键 `code`"),
    ] {
        let faults = CityPack::parse(&files(own)).expect_err(own);
        let told = faults.0.iter().any(|f| f.file == "elements.toml" && f.line == line && f.message.contains(says));
        assert!(told, "wanted line {line} with `{says}`, found\n{faults}");
    }
}
