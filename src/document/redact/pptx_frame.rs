//! What stands around the words of a slide: shapes, a layout, a master and a theme of our own, the same for every copy.

use super::Withheld;
use super::pptx::words;
use super::write::{Listed, Packing, content_types, relations};

const NAMESPACES: &str = "xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
     xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
     xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"";
const TREE: &str =
    "<p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>";
const COLOURS: &str = "bg1=\"lt1\" tx1=\"dk1\" bg2=\"lt2\" tx2=\"dk2\" accent1=\"accent1\" accent2=\"accent2\" accent3=\"accent3\" \
     accent4=\"accent4\" accent5=\"accent5\" accent6=\"accent6\" hlink=\"hlink\" folHlink=\"folHlink\"";

pub(super) fn paragraph(runs: &[(String, &str)]) -> String {
    let mut out = String::from("<a:p>");
    for (looks, text) in runs {
        words(looks, text, &mut out);
    }
    out.push_str("</a:p>");
    out
}

pub(super) fn shape(id: usize, (x, y, cx, cy): (i64, i64, i64, i64), content: &str) -> String {
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"Shape {id}\"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>\
         <a:off x=\"{x}\" y=\"{y}\"/><a:ext cx=\"{cx}\" cy=\"{cy}\"/></a:xfrm><a:prstGeom prst=\"rect\"/></p:spPr>\
         <p:txBody><a:bodyPr wrap=\"square\"/>{content}</p:txBody></p:sp>"
    )
}

pub(super) fn table(id: usize, (x, y, cx, cy): (i64, i64, i64, i64), grid: &str, rows: &str) -> String {
    format!(
        "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id=\"{id}\" name=\"Table {id}\"/><p:cNvGraphicFramePr/><p:nvPr/>\
         </p:nvGraphicFramePr><p:xfrm><a:off x=\"{x}\" y=\"{y}\"/><a:ext cx=\"{cx}\" cy=\"{cy}\"/></p:xfrm><a:graphic>\
         <a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/table\"><a:tbl><a:tblPr/><a:tblGrid>{grid}</a:tblGrid>{rows}</a:tbl>\
         </a:graphicData></a:graphic></p:graphicFrame>"
    )
}

pub(super) fn slide(shapes: &str, hidden: bool) -> String {
    let show = if hidden { " show=\"0\"" } else { "" };
    format!(
        "<p:sld {NAMESPACES}{show}><p:cSld><p:spTree>{TREE}{shapes}</p:spTree></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sld>"
    )
}

pub(super) fn of_slide() -> String {
    relations(&[(String::from("rId1"), "slideLayout", String::from("../slideLayouts/slideLayout1.xml"))])
}

/// Writes everything but the slides.
pub(super) fn write_around(
    packing: &mut Packing,
    slides: usize,
    (cx, cy): (i64, i64),
) -> Result<(), Withheld> {
    let names: Vec<String> = (1..=slides).map(|number| format!("ppt/slides/slide{number}.xml")).collect();
    let mut listed = vec![
        Listed { name: "ppt/presentation.xml", content_type: "presentationml.presentation.main" },
        Listed { name: "ppt/slideMasters/slideMaster1.xml", content_type: "presentationml.slideMaster" },
        Listed { name: "ppt/slideLayouts/slideLayout1.xml", content_type: "presentationml.slideLayout" },
        Listed { name: "ppt/theme/theme1.xml", content_type: "theme" },
    ];
    listed.extend(names.iter().map(|name| Listed { name, content_type: "presentationml.slide" }));
    packing.part("[Content_Types].xml", &content_types(&listed))?;
    let related = |id: &str, kind: &'static str, target: &str| (id.to_owned(), kind, target.to_owned());
    packing.part("_rels/.rels", &relations(&[related("rId1", "officeDocument", "ppt/presentation.xml")]))?;
    let mut all = vec![related("rIdM", "slideMaster", "slideMasters/slideMaster1.xml")];
    let mut list = String::new();
    for number in 1..=slides {
        list.push_str(&format!("<p:sldId id=\"{}\" r:id=\"rId{number}\"/>", 255 + number));
        all.push(related(&format!("rId{number}"), "slide", &format!("slides/slide{number}.xml")));
    }
    let list = if list.is_empty() { list } else { format!("<p:sldIdLst>{list}</p:sldIdLst>") };
    packing.part(
        "ppt/presentation.xml",
        &format!(
            "<p:presentation {NAMESPACES}><p:sldMasterIdLst><p:sldMasterId id=\"2147483648\" r:id=\"rIdM\"/></p:sldMasterIdLst>{list}\
             <p:sldSz cx=\"{cx}\" cy=\"{cy}\"/><p:notesSz cx=\"6858000\" cy=\"9144000\"/></p:presentation>"
        ),
    )?;
    packing.part("ppt/_rels/presentation.xml.rels", &relations(&all))?;
    packing.part(
        "ppt/slideMasters/slideMaster1.xml",
        &format!(
            "<p:sldMaster {NAMESPACES}><p:cSld><p:spTree>{TREE}</p:spTree></p:cSld><p:clrMap {COLOURS}/><p:sldLayoutIdLst>\
             <p:sldLayoutId id=\"2147483649\" r:id=\"rId1\"/></p:sldLayoutIdLst></p:sldMaster>"
        ),
    )?;
    let layout = related("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml");
    let theme = related("rId2", "theme", "../theme/theme1.xml");
    packing.part("ppt/slideMasters/_rels/slideMaster1.xml.rels", &relations(&[layout, theme]))?;
    packing.part(
        "ppt/slideLayouts/slideLayout1.xml",
        &format!(
            "<p:sldLayout {NAMESPACES} type=\"blank\"><p:cSld><p:spTree>{TREE}</p:spTree></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>"
        ),
    )?;
    let master = related("rId1", "slideMaster", "../slideMasters/slideMaster1.xml");
    packing.part("ppt/slideLayouts/_rels/slideLayout1.xml.rels", &relations(&[master]))?;
    packing.part("ppt/theme/theme1.xml", &theme_part())
}

/// A theme that is black on white.
fn theme_part() -> String {
    let colours = [
        "dk1", "lt1", "dk2", "lt2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6",
        "hlink", "folHlink",
    ];
    let colours: String = colours
        .iter()
        .map(|name| {
            let value = if name.starts_with("lt") { "FFFFFF" } else { "000000" };
            format!("<a:{name}><a:srgbClr val=\"{value}\"/></a:{name}>")
        })
        .collect();
    let font = "<a:latin typeface=\"\"/><a:ea typeface=\"\"/><a:cs typeface=\"\"/>";
    let fill = "<a:solidFill><a:schemeClr val=\"phClr\"/></a:solidFill>";
    let line = format!("<a:ln w=\"9525\">{fill}</a:ln>");
    let effect = "<a:effectStyle><a:effectLst/></a:effectStyle>";
    format!(
        "<a:theme xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" name=\"Plain\"><a:themeElements><a:clrScheme name=\"Plain\">{colours}</a:clrScheme>\
         <a:fontScheme name=\"Plain\"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme><a:fmtScheme name=\"Plain\">\
         <a:fillStyleLst>{}</a:fillStyleLst><a:lnStyleLst>{}</a:lnStyleLst><a:effectStyleLst>{}</a:effectStyleLst><a:bgFillStyleLst>{}</a:bgFillStyleLst>\
         </a:fmtScheme></a:themeElements></a:theme>",
        fill.repeat(3),
        line.repeat(3),
        effect.repeat(3),
        fill.repeat(3)
    )
}
