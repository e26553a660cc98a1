//! The running text: sections with their paragraphs, lists, tables and charts.

use std::fmt::Write;

use super::{
    Media, paper,
    words::{escape, halves, kept, paragraph, paragraph_with, run, run_with},
};
use crate::{
    domain::brief::{Align, Brief, Chart, Content, Part, Run, Table},
    report::{
        chart::{self, Lettering},
        plain::outline,
        render::{RenderError, picture::picture},
    },
};

/// 版心 156 mm in twentieths of a point.
const WIDTH: usize = 8844;
/// English metric units per unit of a drawing that is 720 wide and 150 mm on paper.
const UNIT: u32 = 5_400_000 / 720;

/// The text under way.
pub(super) struct Body<'b> {
    brief: &'b Brief,
    /// The document's paragraphs.
    pub xml: String,
    /// Pictures in the order of the text.
    pub media: Vec<Media>,
    /// What the reader should be told.
    pub notices: Vec<String>,
    tables: usize,
}

impl<'b> Body<'b> {
    pub(super) fn of(brief: &'b Brief) -> Self {
        Self { brief, xml: String::new(), media: Vec::new(), notices: Vec::new(), tables: 0 }
    }

    pub(super) fn write(&mut self) -> Result<(), RenderError> {
        let brief = self.brief;
        self.xml.push_str(&paper::head(brief));
        for (section, heading) in brief.sections.iter().zip(outline(&brief.sections)) {
            let annex = section.part == Part::Annex;
            if !heading.is_empty() {
                let style = if annex { 1 } else { section.level.clamp(1, 3) };
                // What says how things were counted is a note below the text, no 附件 on a page of its own.
                let apart =
                    if annex { "<w:spacing w:before=\"360\" w:line=\"579\" w:lineRule=\"exact\"/>" } else { "" };
                self.xml.push_str(&paragraph_with(&format!("Heading{style}"), apart, &run(&heading)));
            }
            let style = if annex { "Annex" } else { "Body" };
            for block in &section.blocks {
                match &block.content {
                    Content::Paragraph { runs } | Content::Proposal { runs, .. } => {
                        let text = self.runs(runs);
                        self.xml.push_str(&paragraph(style, &text));
                    }
                    Content::List { ordered, items } => {
                        for (at, item) in items.iter().enumerate() {
                            let mark = if *ordered { run(&format!("{}. ", at + 1)) } else { run("· ") };
                            let text = mark + &self.runs(item);
                            self.xml.push_str(&paragraph(style, &text));
                        }
                    }
                    Content::Table { table } => self.table(table),
                    Content::Chart { chart } => self.chart(chart)?,
                }
            }
        }
        self.keep_end();
        self.xml.push_str(&paper::foot(brief));
        Ok(())
    }

    /// Ties the end of the text to the 版记 behind it, which never has a page to itself: the last paragraph, and
    /// the last row of a table that ends the text.
    fn keep_end(&mut self) {
        let Some(last) = self.xml.rfind("<w:p>") else { return };
        let table = self.xml[..last].ends_with("</w:tbl>\n");
        let from = if table { self.xml[..last].rfind("<w:tr>").unwrap_or(last) } else { last };
        let end = self.xml.split_off(from);
        self.xml.push_str(&kept(&end));
    }

    /// Runs; a judgement's mark is set apart, a quote is set in 楷体.
    fn runs(&self, runs: &[Run]) -> String {
        const QUOTE: &str = "<w:rFonts w:eastAsia=\"楷体\"/>";
        const MARK: &str = "<w:rFonts w:eastAsia=\"黑体\"/><w:sz w:val=\"24\"/>";
        let one = |r: &Run| {
            let text = self.brief.print(r);
            match r {
                Run::Text(_) | Run::Figure { .. } => run(&text),
                Run::Quote { .. } => run_with(QUOTE, &text),
                Run::Judgement { .. } => run_with(MARK, &text),
            }
        };
        runs.iter().map(one).collect()
    }

    fn table(&mut self, table: &Table) {
        self.tables += 1;
        self.xml.push_str(&paragraph("Caption", &run(&format!("表{} {}", self.tables, table.title))));
        let widths = self.widths(table);
        let xml = &mut self.xml;
        xml.push_str(
            "<w:tbl><w:tblPr><w:tblW w:w=\"8844\" w:type=\"dxa\"/><w:jc w:val=\"center\"/><w:tblBorders>\
             <w:top w:val=\"single\" w:sz=\"12\" w:color=\"000000\"/><w:left w:val=\"single\" w:sz=\"4\" w:color=\"000000\"/>\
             <w:bottom w:val=\"single\" w:sz=\"12\" w:color=\"000000\"/><w:right w:val=\"single\" w:sz=\"4\" w:color=\"000000\"/>\
             <w:insideH w:val=\"single\" w:sz=\"4\" w:color=\"000000\"/><w:insideV w:val=\"single\" w:sz=\"4\" w:color=\"000000\"/>\
             </w:tblBorders><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>",
        );
        for width in &widths {
            let _ = write!(xml, "<w:gridCol w:w=\"{width}\"/>");
        }
        xml.push_str("</w:tblGrid>\n");
        let cell = |width: usize, style: &str, align: &str, text: &str| {
            format!(
                "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/><w:vAlign w:val=\"center\"/></w:tcPr>{}</w:tc>",
                paragraph_with(style, align, text)
            )
        };
        xml.push_str("<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
        for (column, width) in table.columns.iter().zip(&widths) {
            xml.push_str(&cell(*width, "CellHead", "", &run(&column.head)));
        }
        xml.push_str("</w:tr>\n");
        let mut rows = String::new();
        for row in &table.rows {
            rows.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
            for ((cells, column), width) in row.iter().zip(&table.columns).zip(&widths) {
                let align = match column.align {
                    Align::Left => "<w:jc w:val=\"left\"/>",
                    Align::Right => "<w:jc w:val=\"right\"/>",
                    Align::Centre => "<w:jc w:val=\"center\"/>",
                };
                let text = if cells.is_empty() { run("—") } else { self.runs(cells) };
                rows.push_str(&cell(*width, "Cell", align, &text));
            }
            rows.push_str("</w:tr>\n");
        }
        self.xml.push_str(&rows);
        self.xml.push_str("</w:tbl>\n");
        self.xml.push_str(&paragraph("Note", &run(table.note.as_deref().unwrap_or_default())));
    }

    /// Columns by the width of their widest words, none under a tenth of an even share.
    fn widths(&self, table: &Table) -> Vec<usize> {
        let longest = |at: usize| {
            let cells = table.rows.iter().filter_map(|r| r.get(at)).map(|c| halves(&self.brief.print_all(c)));
            cells.chain([halves(&table.columns[at].head)]).max().unwrap_or(2).clamp(4, 44) + 2
        };
        let wanted: Vec<usize> = (0..table.columns.len()).map(longest).collect();
        let sum: usize = wanted.iter().sum::<usize>().max(1);
        let mut widths: Vec<usize> = wanted.iter().map(|w| WIDTH * w / sum).collect();
        if let Some(last) = widths.last_mut() {
            *last += WIDTH - wanted.iter().map(|w| WIDTH * w / sum).sum::<usize>();
        }
        widths
    }

    fn chart(&mut self, chart: &Chart) -> Result<(), RenderError> {
        let picture = picture(self.brief, chart);
        let raster = chart::png(&picture)?;
        let number = self.media.len() + 1;
        let (wide, high) = (raster.size.0 * UNIT, raster.size.1 * UNIT);
        let (title, alt) = (escape(&chart.title), escape(&chart.alt));
        self.media.push(Media { id: format!("c{number}"), png: raster.png });
        let drawing = format!(
            "<w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\"><wp:extent cx=\"{wide}\" cy=\"{high}\"/>\
             <wp:docPr id=\"{number}\" name=\"图{number}\" title=\"{title}\" descr=\"{alt}\"/>\
             <a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic>\
             <pic:nvPicPr><pic:cNvPr id=\"{number}\" name=\"c{number}.png\" descr=\"{alt}\"/><pic:cNvPicPr/></pic:nvPicPr>\
             <pic:blipFill><a:blip r:embed=\"rPic{number}\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>\
             <pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"{wide}\" cy=\"{high}\"/></a:xfrm>\
             <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        );
        self.xml.push_str(&paragraph("Figure", &drawing));
        self.xml.push_str(&paragraph(
            "FigureName",
            &run(&format!("图{number} {}(单位:{})", chart.title, chart.unit)
                .replace("(单位:", "（单位：")
                .replace(')', "）")),
        ));
        if raster.lettering == Lettering::Numbers {
            let words: Vec<String> =
                chart::legend(&picture).iter().enumerate().map(|(at, w)| format!("[{}] {w}", at + 1)).collect();
            if !words.is_empty() {
                self.xml.push_str(&paragraph("Note", &run(&format!("图中:{}", words.join(" ")))));
            }
            let notice = "本机没有中文字体,图中文字以序号代替,对应名称见图下说明;安装中文字体后可重新输出".to_owned();
            if !self.notices.contains(&notice) {
                self.notices.push(notice);
            }
        }
        Ok(())
    }
}
