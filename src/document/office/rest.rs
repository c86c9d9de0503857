//! What is in a package besides its stories: properties, links, drawings, pictures, embedded files.
//! Nothing is passed over but parts that are known to hold looks only.

use crate::document::extract::{Refused, Source};
use crate::document::markup::{Token, Xml};
use crate::document::part::{Role, Spot};

use super::Reading;
use super::relations::Relations;

/// Parts, by how their names end, that hold looks and no words of the document.
const LOOKS: [&str; 19] = [
    "[content_types].xml",
    "/styles.xml",
    "/styleswitheffects.xml",
    "/fonttable.xml",
    "/websettings.xml",
    "/calcchain.xml",
    "/tablestyles.xml",
    "/presprops.xml",
    "/viewprops.xml",
    "/commentsids.xml",
    "/commentsextended.xml",
    "/commentsextensible.xml",
    "/metadata.xml",
    "/vmldrawing1.vml",
    "/rdrichvaluetypes.xml",
    "/colors1.xml",
    "/style1.xml",
    "/volatiledependencies.xml",
    "/attachedtoolbars.bin",
];

impl Reading<'_, '_> {
    /// Reads every part that was not read yet.
    pub(super) fn rest(&mut self) -> Result<(), Refused> {
        for name in self.waiting("", "") {
            let small = name.to_ascii_lowercase();
            let looks = LOOKS.iter().any(|ending| small.ends_with(ending))
                || small.contains("/theme/")
                || small.contains("/fonts/")
                || small.contains("printersettings")
                || small.ends_with('/');
            if looks {
                continue;
            }
            if small.ends_with(".rels") {
                self.links(&name)?;
            } else if ["/drawings/", "/charts/", "/diagrams/"].iter().any(|folder| small.contains(folder))
                && small.ends_with(".xml")
            {
                self.drawing(&name)?;
            } else if small.starts_with("docprops/") && small.ends_with(".xml") {
                self.properties(&name)?;
            } else if small.ends_with(".xml") || small.ends_with(".vml") {
                let role = if small.contains("comment") { Role::Comment } else { Role::Metadata };
                self.everything(&name, role)?;
            } else if let Some(content) = self.bytes(&name)? {
                let file = name.rsplit('/').next();
                let source = Source { bytes: &content, name: file, media_type: None };
                self.out.child(source, &name, self.allowance)?;
            }
        }
        Ok(())
    }

    /// Where the links of a part lead.
    fn links(&mut self, name: &str) -> Result<(), Refused> {
        let Some(text) = self.xml(name)? else { return Ok(()) };
        let relations = Relations::read(&text, &Relations::base_of(name), self.format)?;
        for target in relations.outside() {
            self.out.property(name, target, Role::Link)?;
        }
        Ok(())
    }

    /// Each property of `docProps`, under its own name.
    fn properties(&mut self, name: &str) -> Result<(), Refused> {
        let Some(text) = self.xml(name)? else { return Ok(()) };
        let mut xml = Xml::of(&text, self.format);
        let mut own = String::new();
        loop {
            match xml.next()? {
                // A property of one's own has its name in an attribute, its value further inside.
                Token::Open(tag) if tag.local == "property" => {
                    own = tag.attribute("name").map(std::borrow::Cow::into_owned).unwrap_or_default();
                    self.out.property(name, &own, Role::Metadata)?;
                }
                Token::Text(value) => {
                    let label = if own.is_empty() { xml.above(0) } else { own.as_str() };
                    // Counts and switches say nothing.
                    let switch = matches!(value.trim(), "true" | "false");
                    if !switch
                        && !matches!(label, "Template" | "Application" | "AppVersion")
                        && says_something(&value)
                    {
                        self.out.property(&format!("{name} {label}"), &value, Role::Metadata)?;
                    }
                }
                Token::Close("property") => own.clear(),
                Token::End => return Ok(()),
                _ => {}
            }
        }
    }

    /// The paragraphs of a drawing, a chart or a diagram, the values of a chart and what describes them.
    pub(super) fn drawing(&mut self, name: &str) -> Result<(), Refused> {
        let Some(text) = self.xml(name)? else { return Ok(()) };
        let story = self.out.body.story(name);
        let mut xml = Xml::of(&text, self.format);
        let (mut number, mut line) = (0, zeroize::Zeroizing::new(String::new()));
        loop {
            match xml.next()? {
                Token::Open(tag) if matches!(tag.local, "cNvPr" | "docPr") => {
                    for (_, _, value) in
                        tag.attributes().filter(|(_, key, _)| matches!(*key, "descr" | "title"))
                    {
                        self.out.aside(&value, Role::Alternative, Spot::Story { story, number })?;
                    }
                }
                Token::Text(text) if matches!(xml.above(0), "t" | "v" | "f") => line.push_str(&text),
                Token::Close("p" | "v" | "f") => {
                    number += 1;
                    self.out.line(&line, Role::Text, Spot::Story { story, number })?;
                    line.clear();
                }
                Token::End => return Ok(()),
                _ => {}
            }
        }
    }

    /// All texts and attributes of a part of which little is known; `role` is that of the texts.
    fn everything(&mut self, name: &str, role: Role) -> Result<(), Refused> {
        let Some(text) = self.xml(name)? else { return Ok(()) };
        let story = self.out.body.story(name);
        let mut xml = Xml::of(&text, self.format);
        let mut number = 0;
        loop {
            let token = xml.next()?;
            number += 1;
            let spot = Spot::Story { story, number };
            match token {
                Token::Open(tag) => {
                    for (_, _, value) in tag.attributes().filter(|(.., value)| says_something(value)) {
                        self.out.aside(&value, Role::Metadata, spot)?;
                    }
                }
                Token::Text(value) => self.out.aside(&value, role, spot)?,
                Token::Close(_) => {}
                Token::End => return Ok(()),
            }
        }
    }
}

/// True unless a value is a switch, an id or an address of a schema: words, names and longer numbers stay.
fn says_something(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let id = value.starts_with('{') && value.ends_with('}') && value.len() == 38;
    !id && !value.starts_with("http://schemas.")
        && (digits >= 7 || value.chars().filter(|c| c.is_alphabetic()).count() >= 2)
}
