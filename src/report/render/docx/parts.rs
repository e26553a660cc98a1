//! The parts of the package beside the text: styles, fonts, settings, footers, properties.

use std::fmt::Write;

use super::{Media, words::escape};
use crate::domain::brief::Brief;

const NS: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
    xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";

pub(super) const DOCUMENT_OPEN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><w:body>\n";

/// A4; 天头 37 mm, 订口 28 mm, 版心 156 × 225 mm; 22 lines to a page.
pub(super) fn document_close() -> String {
    "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rId4\"/><w:footerReference w:type=\"even\" r:id=\"rId5\"/>\
     <w:pgSz w:w=\"11906\" w:h=\"16838\"/>\
     <w:pgMar w:top=\"2098\" w:right=\"1474\" w:bottom=\"1984\" w:left=\"1588\" w:header=\"851\" w:footer=\"1400\" w:gutter=\"0\"/>\
     <w:docGrid w:type=\"lines\" w:linePitch=\"579\"/></w:sectPr></w:body></w:document>"
        .to_owned()
}

pub(super) const CONTENT_TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
<Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"png\" ContentType=\"image/png\"/>\
<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>\
<Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>\
<Override PartName=\"/word/settings.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml\"/>\
<Override PartName=\"/word/fontTable.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml\"/>\
<Override PartName=\"/word/footer1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/>\
<Override PartName=\"/word/footer2.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/>\
<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>\
<Override PartName=\"/docProps/app.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.extended-properties+xml\"/></Types>";

pub(super) const RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>\
<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>\
<Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/extended-properties\" Target=\"docProps/app.xml\"/></Relationships>";

pub(super) const APP: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\"><Application>tingsu</Application></Properties>";

pub(super) const SETTINGS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<w:settings xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:zoom w:percent=\"100\"/>\
<w:evenAndOddHeaders/><w:characterSpacingControl w:val=\"compressPunctuation\"/>\
<w:compat><w:compatSetting w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat>\
<w:themeFontLang w:val=\"en-US\" w:eastAsia=\"zh-CN\"/></w:settings>";

pub(super) fn document_relations(media: &[Media]) -> String {
    let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
    );
    let fixed = [
        ("rId1", "styles", "styles.xml"),
        ("rId2", "settings", "settings.xml"),
        ("rId3", "fontTable", "fontTable.xml"),
        ("rId4", "footer", "footer1.xml"),
        ("rId5", "footer", "footer2.xml"),
    ];
    for (id, what, target) in fixed {
        let _ = write!(xml, "<Relationship Id=\"{id}\" Type=\"{kind}/{what}\" Target=\"{target}\"/>");
    }
    for (at, picture) in media.iter().enumerate() {
        let _ = write!(
            xml,
            "<Relationship Id=\"rPic{}\" Type=\"{kind}/image\" Target=\"media/{}.png\"/>",
            at + 1,
            picture.id
        );
    }
    xml + "</Relationships>"
}

pub(super) fn core(brief: &Brief) -> String {
    let at = brief.made_at.strftime("%Y-%m-%dT%H:%M:%SZ");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title><dc:creator>{}</dc:creator>\
         <dc:identifier>{}</dc:identifier><dc:language>zh-CN</dc:language>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{at}</dcterms:created>\
         <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{at}</dcterms:modified></cp:coreProperties>",
        escape(&brief.title),
        escape(&brief.masthead.office),
        escape(&brief.id)
    )
}

/// Fonts by the names of the standard, each with a name under which another system knows it.
pub(super) fn fonts() -> String {
    let known = [
        ("方正小标宋简体", "方正小标宋_GBK", "roman"),
        ("黑体", "SimHei", "modern"),
        ("楷体", "KaiTi", "script"),
        ("仿宋", "FangSong", "roman"),
        ("宋体", "SimSun", "roman"),
        ("Times New Roman", "Liberation Serif", "roman"),
    ];
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:fonts {NS}>");
    for (name, other, family) in known {
        let charset = if name.is_ascii() { "00" } else { "86" };
        let _ = write!(
            xml,
            "<w:font w:name=\"{name}\"><w:altName w:val=\"{other}\"/><w:charset w:val=\"{charset}\"/>\
             <w:family w:val=\"{family}\"/><w:pitch w:val=\"variable\"/></w:font>"
        );
    }
    xml + "</w:fonts>"
}

/// Page numbers: 四号宋体 between dashes, outside.
pub(super) fn footer(side: &str) -> String {
    let indent =
        if side == "right" { "w:rightChars=\"100\" w:right=\"280\"" } else { "w:leftChars=\"100\" w:left=\"280\"" };
    let look = "<w:rPr><w:rFonts w:ascii=\"宋体\" w:hAnsi=\"宋体\" w:eastAsia=\"宋体\"/><w:sz w:val=\"28\"/></w:rPr>";
    let field = |kind: &str| format!("<w:r>{look}<w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let text = |t: &str| format!("<w:r>{look}<w:t xml:space=\"preserve\">{t}</w:t></w:r>");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:ftr {NS}><w:p><w:pPr><w:pStyle w:val=\"Footer\"/>\
         <w:ind {indent}/><w:jc w:val=\"{side}\"/></w:pPr>{}{}<w:r>{look}<w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r>\
         {}{}{}{}</w:p></w:ftr>",
        text("— "),
        field("begin"),
        field("separate"),
        text("1"),
        field("end"),
        text(" —")
    )
}

/// A style's look: font, size in half points, and more.
fn style(id: &str, name: &str, font: &str, half_points: u32, paragraph: &str, more: &str) -> String {
    format!(
        "<w:style w:type=\"paragraph\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/>\
         <w:basedOn w:val=\"Normal\"/><w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>\
         <w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"{font}\" w:cs=\"Times New Roman\"/>\
         {more}<w:sz w:val=\"{half_points}\"/><w:szCs w:val=\"{half_points}\"/></w:rPr></w:style>"
    )
}

/// 三号 is 16 points, 二号 22, 四号 14; lines of 28.95 points make 22 lines of a page.
pub(super) fn styles() -> String {
    const LINE: &str = "<w:spacing w:line=\"579\" w:lineRule=\"exact\"/>";
    // 28 characters of 16 points are 448 points, a line has 442: each gives up a quarter of a point. A grid of
    // characters would say the same, but LibreOffice sets every text on one, tables too, far apart.
    const NARROW: &str = "<w:spacing w:val=\"-5\"/>";
    const FIRST: &str = "<w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/><w:jc w:val=\"both\"/>";
    let heading = |level: u8| {
        format!(
            "<w:keepNext/>{LINE}<w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/><w:outlineLvl w:val=\"{}\"/>",
            level - 1
        )
    };
    let centre = "<w:jc w:val=\"center\"/>";
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:styles {NS}><w:docDefaults><w:rPrDefault><w:rPr>\
         <w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"仿宋\" w:cs=\"Times New Roman\"/>\
         <w:sz w:val=\"32\"/><w:szCs w:val=\"32\"/><w:lang w:val=\"en-US\" w:eastAsia=\"zh-CN\"/></w:rPr></w:rPrDefault>\
         <w:pPrDefault><w:pPr><w:spacing w:before=\"0\" w:after=\"0\"/></w:pPr></w:pPrDefault></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/></w:style>\
         <w:style w:type=\"table\" w:default=\"1\" w:styleId=\"TableNormal\"><w:name w:val=\"Normal Table\"/>\
         <w:tblPr><w:tblInd w:w=\"0\" w:type=\"dxa\"/><w:tblCellMar><w:left w:w=\"80\" w:type=\"dxa\"/>\
         <w:right w:w=\"80\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr></w:style>"
    );
    let all = [
        style("Body", "Body Text", "仿宋", 32, &format!("{LINE}{FIRST}"), NARROW),
        style("Heading1", "heading 1", "黑体", 32, &heading(1), NARROW),
        style("Heading2", "heading 2", "楷体", 32, &heading(2), NARROW),
        style("Heading3", "heading 3", "仿宋", 32, &heading(3), &format!("<w:b/>{NARROW}")),
        style(
            "Title",
            "Title",
            "方正小标宋简体",
            44,
            &format!("<w:spacing w:before=\"1158\" w:line=\"700\" w:lineRule=\"exact\"/>{centre}"),
            "",
        ),
        style(
            "Subtitle",
            "Subtitle",
            "楷体",
            32,
            &format!("<w:spacing w:after=\"300\" w:line=\"579\" w:lineRule=\"exact\"/>{centre}"),
            "",
        ),
        style("Mark", "发文机关标志", "方正小标宋简体", 72, centre, "<w:color w:val=\"FF0000\"/>"),
        style("Grade", "密级和紧急程度", "黑体", 32, LINE, ""),
        style(
            "Issue",
            "期号",
            "仿宋",
            32,
            &format!("<w:spacing w:after=\"120\" w:line=\"579\" w:lineRule=\"exact\"/>{centre}"),
            "",
        ),
        style(
            "Under",
            "编发单位和日期",
            "仿宋",
            32,
            "<w:pBdr><w:bottom w:val=\"single\" w:sz=\"18\" w:space=\"6\" w:color=\"FF0000\"/></w:pBdr>\
            <w:tabs><w:tab w:val=\"right\" w:pos=\"8844\"/></w:tabs><w:spacing w:line=\"579\" w:lineRule=\"exact\"/>",
            "",
        ),
        style(
            "Caption",
            "caption",
            "黑体",
            28,
            &format!("<w:keepNext/><w:spacing w:before=\"200\" w:after=\"80\"/>{centre}"),
            "",
        ),
        style(
            "Figure",
            "图",
            "仿宋",
            28,
            &format!("<w:keepNext/><w:spacing w:before=\"160\" w:after=\"40\"/>{centre}"),
            "",
        ),
        style("FigureName", "图题", "黑体", 28, &format!("<w:spacing w:after=\"160\"/>{centre}"), ""),
        style("Cell", "表格文字", "仿宋", 24, "<w:spacing w:line=\"340\" w:lineRule=\"exact\"/>", ""),
        style(
            "CellHead",
            "表头",
            "黑体",
            24,
            "<w:keepNext/><w:spacing w:line=\"340\" w:lineRule=\"exact\"/><w:jc w:val=\"center\"/>",
            "",
        ),
        style(
            "Note",
            "表注",
            "仿宋",
            24,
            "<w:spacing w:before=\"60\" w:after=\"160\" w:line=\"360\" w:lineRule=\"exact\"/>",
            "",
        ),
        style(
            "Annex",
            "附注正文",
            "仿宋",
            28,
            "<w:spacing w:line=\"500\" w:lineRule=\"exact\"/><w:ind w:firstLineChars=\"200\" w:firstLine=\"560\"/><w:jc w:val=\"both\"/>",
            "",
        ),
        style(
            "Colophon",
            "版记",
            "仿宋",
            28,
            "<w:keepLines/><w:tabs><w:tab w:val=\"right\" w:pos=\"8200\"/></w:tabs><w:spacing w:line=\"480\" w:lineRule=\"exact\"/><w:ind w:left=\"200\" w:right=\"200\"/>",
            "",
        ),
        style("Footer", "footer", "宋体", 28, "", ""),
    ];
    for one in all {
        xml.push_str(&one);
    }
    xml + "</w:styles>"
}
