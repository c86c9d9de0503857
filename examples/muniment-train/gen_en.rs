//! Synthetic English records.

use std::collections::HashMap;

use crate::draw::Draw;
use crate::sources::Marked;
use crate::template::{Page, expand, sections};
use crate::values_en::ValuesEn;

pub struct GenEn<'a> {
    values: &'a ValuesEn,
    parts: HashMap<&'static str, Vec<String>>,
}

#[derive(Default)]
struct Cast {
    people: HashMap<String, (String, String, String)>,
    organisations: HashMap<String, String>,
    lower: bool,
}

impl<'a> GenEn<'a> {
    pub fn new(values: &'a ValuesEn) -> Self {
        Self { values, parts: sections(include_str!("templates-en.txt")).into_iter().collect() }
    }

    fn pick(&self, part: &str, draw: &mut Draw) -> String {
        draw.pick(&self.parts[part]).clone()
    }

    pub fn document(&self, draw: &mut Draw) -> Marked {
        let mut page = Page::default();
        let mut cast = Cast::default();
        let source = match draw.below(20) {
            0..7 => {
                let pattern = self.pick("doc", draw);
                self.write(&pattern, &mut page, draw, &mut cast);
                "doc"
            }
            7..10 => {
                for i in 0..draw.range(2, 6) {
                    if i > 0 {
                        let separator = *draw.pick(&["\n", "\n", " | ", "; ", "\t"]);
                        page.plain(separator);
                    }
                    self.form_line(&mut page, draw, &mut cast);
                }
                "form"
            }
            10 => {
                cast.lower = true;
                let pattern = self.pick("lower", draw);
                self.write(&pattern, &mut page, draw, &mut cast);
                "lower"
            }
            _ => {
                cast.lower = draw.chance(4);
                for i in 0..draw.range(1, 5) {
                    if i > 0 {
                        let separator = *draw.pick(&[" ", " ", "\n", "\n\n"]);
                        page.plain(separator);
                    }
                    let part = if draw.chance(20) { "negative" } else { "sentence" };
                    let pattern = self.pick(part, draw);
                    self.write(&pattern, &mut page, draw, &mut cast);
                }
                "prose"
            }
        };
        let mut marked = page.finish(source);
        if cast.lower {
            marked.text = marked.text.chars().map(|c| c.to_ascii_lowercase()).collect();
        }
        marked
    }

    fn form_line(&self, page: &mut Page, draw: &mut Draw, cast: &mut Cast) {
        let (part, slot) = match draw.below(10) {
            0..5 => ("form", "P9"),
            5 | 6 => ("formaddr", "A"),
            7 => ("formorg", "O"),
            8 => ("formplace", "L"),
            _ => {
                let pattern = draw
                    .pick(&[
                        "Phone: {tel}",
                        "Date: {date}",
                        "Email: {email}",
                        "Amount: {amt}",
                        "Order: {no}",
                        "Title: {title}",
                        "Product: {prod}",
                        "DOB: {date}",
                        "Status: Active",
                    ])
                    .to_string();
                self.write(&pattern, page, draw, cast);
                return;
            }
        };
        let line = draw.pick(&self.parts[part]).clone();
        let labels: Vec<&str> = line.split(' ').collect();
        let mut label = labels[draw.below(labels.len())].to_owned();
        if draw.chance(15) {
            label = label.to_uppercase();
        }
        page.plain(&label);
        let separator = *draw.pick(&[": ", ": ", ": ", ":", " - ", "= ", ":\n", ":  "]);
        page.plain(separator);
        self.slot(slot, page, draw, cast);
    }

    fn write(&self, pattern: &str, page: &mut Page, draw: &mut Draw, cast: &mut Cast) {
        expand(pattern, page, draw, &mut |name, page, draw| self.slot(name, page, draw, cast));
    }

    fn slot(&self, name: &str, page: &mut Page, draw: &mut Draw, cast: &mut Cast) {
        let (head, rest) = name.split_at(1);
        let numbered = !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit());
        match head {
            "P" | "F" | "S" | "I" if numbered => {
                if rest == "9" || !cast.people.contains_key(rest) {
                    cast.people.insert(rest.to_owned(), self.values.person(draw));
                }
                let (given, last, whole) = cast.people.get(rest).cloned().unwrap_or_default();
                let initial: String = given.chars().take(1).collect();
                let shown = match head {
                    "P" => whole,
                    "F" => given,
                    "S" => last,
                    _ => format!("{initial}. {last}"),
                };
                page.mark(&shown, "PERSON");
            }
            "A" if rest.is_empty() => {
                let value = self.values.address(draw);
                page.mark(&value, "ADDRESS");
            }
            "L" if rest.is_empty() => {
                let value = self.values.place(draw);
                page.mark(&value, "LOCATION");
            }
            "N" if rest.is_empty() => page.plain(&self.values.nation(draw)),
            "O" if rest.is_empty() => {
                let value = self.values.organisation(draw);
                page.mark(&value, "ORGANIZATION");
            }
            "O" if numbered => {
                let value = cast
                    .organisations
                    .entry(rest.to_owned())
                    .or_insert_with(|| self.values.organisation(draw))
                    .clone();
                page.mark(&value, "ORGANIZATION");
            }
            _ if name == "street" => {
                let value = self.values.street(draw);
                page.mark(&value, "ADDRESS");
            }
            _ => {
                let value = self.values.plain(name, draw);
                page.plain(&value);
            }
        }
    }
}
