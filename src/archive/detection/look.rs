//! Runs the engine over the texts of a version, with the names that the record and its case know, and
//! says which tokens the places make. The one is done once; the other again whenever the tokens are
//! wanted, from the places that are kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::parties::{KnownSubjects, known_subjects, subject};
use crate::base::secret::SecretKey;
use crate::record::feed::LogEntry;
use crate::record::names::Title;
use crate::redaction::known::Subjects;
use crate::redaction::normal;
use crate::redaction::{Kind, Settings, Span, SubjectClass, detect_known};
use crate::search::{SubjectToken, subject_token};

use super::spans::{Spans, Spot, TextSpans};
use super::texts::Text;

/// The rule by which the engine finds mentions of a known name.
const KNOWN_RULE: &str = "known-subject";
/// The rule by which the fields of a log entry that name somebody are found.
const FIELD_RULE: &str = "log-field";
/// How sure that is: the field says that it is somebody, not what kind of name.
const FIELD_CONFIDENCE: u8 = 60;

/// The names that a record and its case know.
pub(super) struct Known {
    names: Vec<String>,
    are_all: bool,
    all: Subjects,
    /// Each by itself, made when first needed: most texts mention nobody by another name.
    each: Vec<std::sync::OnceLock<Subjects>>,
}

impl Known {
    /// From the names of parties, each once.
    pub(super) fn new<'n>(parties: impl Iterator<Item = &'n Title>) -> Self {
        // Those of the record come first.
        let KnownSubjects { subjects, are_all } = known_subjects(parties.map(Title::as_str));
        let each = subjects.iter().map(|_| std::sync::OnceLock::new()).collect();
        let all = Subjects::new(&subjects);
        Self { all, are_all, names: subjects.into_iter().map(|subject| subject.name).collect(), each }
    }

    /// False if there were more names than are looked for.
    pub(super) fn are_all(&self) -> bool {
        self.are_all
    }

    /// The known names of which each place is a mention under another form.
    fn mentioned(&self, text: &str, spans: &[Span]) -> BTreeMap<(usize, usize), Vec<usize>> {
        let mut mentioned: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        if !spans.iter().any(|span| span.rule == KNOWN_RULE) {
            return mentioned;
        }
        let text = normal::Text::new(text);
        for (place, name) in self.names.iter().enumerate() {
            let Some(alone) = self.each.get(place) else { continue };
            let alone = alone.get_or_init(|| Subjects::new(&[subject(name)]));
            for span in alone.find(&text) {
                mentioned.entry(text.original(span.start, span.end)).or_default().push(place);
            }
        }
        mentioned
    }
}

/// What was found so far in the texts of a version.
#[derive(Default)]
pub(super) struct Looking {
    found: Spans,
    /// Where a known name stands in [`Spans::names`].
    kept_names: BTreeMap<usize, usize>,
    spots: usize,
}

impl Looking {
    /// Looks at one text; of a log entry, at the fields that name somebody too.
    pub(super) fn at(&mut self, text: &Text, entry: Option<&LogEntry>, known: &Known) {
        let mut spans = detect_known(&text.text, &Settings::default(), &known.all);
        // What begins beside its own characters is its neighbour's.
        spans.retain(|span| text.own.contains(&span.start));
        let mentioned = known.mentioned(&text.text, &spans);
        let mut spots: Vec<Spot> = spans.iter().map(|span| self.spot(span, &mentioned, known)).collect();
        entry.into_iter().for_each(|entry| fields(&text.text, entry, &mut spots));
        self.spots += spots.len();
        if !spots.is_empty() {
            self.found.texts.push(TextSpans { number: text.number, from: text.from, spots });
        }
    }

    fn spot(&mut self, span: &Span, mentioned: &BTreeMap<(usize, usize), Vec<usize>>, known: &Known) -> Spot {
        let names = mentioned.get(&(span.start, span.end)).filter(|_| span.rule == KNOWN_RULE);
        let names =
            names.map_or(&[][..], Vec::as_slice).iter().map(|name| self.keep_name(*name, known)).collect();
        Spot {
            start: span.start,
            end: span.end,
            kind: span.kind,
            confidence: span.confidence,
            rule: span.rule.to_owned(),
            names,
        }
    }

    fn keep_name(&mut self, name: usize, known: &Known) -> usize {
        let next = self.found.names.len();
        let place = *self.kept_names.entry(name).or_insert(next);
        if place == next {
            self.found.names.push(known.names.get(name).cloned().unwrap_or_default());
        }
        place
    }

    /// How many places were found.
    pub(super) fn spots(&self) -> usize {
        self.spots
    }

    /// Everything that was found.
    pub(super) fn found(self) -> Spans {
        self.found
    }
}

/// The fields of a log entry that name whose data it was and who worked on it, where nothing else was
/// found in them.
fn fields(text: &str, entry: &LogEntry, spots: &mut Vec<Spot>) {
    let named = [("subject", entry.subject.as_deref()), ("actor", Some(entry.actor.as_str()))];
    for (field, value) in named {
        let Some(value) = value else { continue };
        let Ok(written) = serde_json::to_string(value) else { continue };
        let Some(at) = text.find(&format!("\"{field}\":{written}")) else { continue };
        let begin = at + field.len() + 4;
        let start = text.get(..begin).map_or(0, |before| before.chars().count());
        let end = start + written.chars().count().saturating_sub(2);
        if start >= end || spots.iter().any(|spot| spot.start < end && start < spot.end) {
            continue;
        }
        spots.push(Spot {
            start,
            end,
            kind: Kind::Username,
            confidence: FIELD_CONFIDENCE,
            rule: FIELD_RULE.to_owned(),
            names: Vec::new(),
        });
    }
    spots.sort_by_key(|spot| spot.start);
}

/// What a place says of whom the text is about: the class and form of its value, and those of the names
/// that it is a mention of.
pub(in crate::archive) fn forms(spot: &Spot, value: &str, names: &[String]) -> Vec<(SubjectClass, String)> {
    let own = SubjectClass::of(spot.kind).and_then(|class| Some((class, class.form(value)?)));
    let meant = spot.names.iter().filter_map(|name| names.get(*name));
    let meant = meant.filter_map(|name| Some((SubjectClass::Name, SubjectClass::Name.form(name)?)));
    own.into_iter().chain(meant).collect()
}

/// The values of places of one text, in their order. Places count characters and are in order.
pub(in crate::archive) fn values<'t>(text: &'t str, spots: &[Spot]) -> Vec<&'t str> {
    let mut rest = text.char_indices();
    let mut at = 0;
    let mut byte_of = |position: usize| {
        while at < position {
            at += 1;
            if rest.next().is_none() {
                return text.len();
            }
        }
        rest.offset()
    };
    spots
        .iter()
        .map(|spot| {
            let (start, end) = (byte_of(spot.start), byte_of(spot.end));
            text.get(start..end).unwrap_or("")
        })
        .collect()
}

/// The tokens of one text's places.
pub(super) fn tokens(key: &SecretKey<32>, text: &Text, found: &Spans, into: &mut BTreeSet<SubjectToken>) {
    let spots = found.of(text.number, text.from);
    for (spot, value) in spots.iter().zip(values(&text.text, spots)) {
        let forms = forms(spot, value, &found.names);
        into.extend(forms.iter().map(|(class, form)| subject_token(key, class.as_str(), form)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::civil::Zone;
    use zeroize::Zeroizing;

    fn text(text: &str) -> Text {
        Text::whole(1, Zeroizing::new(text.to_owned()))
    }

    fn look(at: &str, names: &[&str]) -> Vec<(SubjectClass, String)> {
        let names: Vec<Title> = names.iter().map(|name| Title::parse(name).unwrap()).collect();
        let at = text(at);
        let mut looking = Looking::default();
        looking.at(&at, None, &Known::new(names.iter()));
        let found = looking.found();
        let spots = found.of(1, 0);
        let mut forms: Vec<_> = spots
            .iter()
            .zip(values(&at.text, spots))
            .flat_map(|(spot, value)| forms(spot, value, &found.names))
            .collect();
        forms.sort();
        forms.dedup();
        forms
    }

    #[test]
    fn a_number_is_one_value_however_it_is_written() {
        for writing in ["电话：138 0013 8000。😀", "手机+86 138-0013-8000", "手機１３８００１３８０００"]
        {
            let expected = (SubjectClass::Phone, "13800138000".to_owned());
            assert!(look(writing, &[]).contains(&expected), "{writing}: {:?}", look(writing, &[]));
        }
    }

    #[test]
    fn a_party_is_meant_where_only_its_surname_and_title_stand() {
        let meant = (SubjectClass::Name, "张伟国".to_owned());
        assert!(look("今天张先生来电，询问进度。", &["张伟国"]).contains(&meant));
        assert!(look("今天张先生来电，询问进度。", &["青禾科技有限公司"]).iter().all(|form| *form != meant));
    }

    #[test]
    fn whose_data_a_log_entry_names_is_found_whatever_it_looks_like() {
        let line = "{\"at\":\"2026-03-01T09:00:00+08:00\",\"operation\":\"导出\",\"purpose\":\"服务\",\
                    \"data_category\":\"联系\",\"system\":\"crm\",\"actor\":\"ops\\\"7\",\"subject\":\"K-甲9\"}";
        let entry = LogEntry::parse(line, 1, Zone::SHANGHAI).unwrap();
        let text = text(std::str::from_utf8(entry.canonical()).unwrap());
        let mut looking = Looking::default();
        looking.at(&text, Some(&entry), &Known::new(std::iter::empty()));
        let found = looking.found();
        let spots = found.of(1, 0);
        let values = values(&text.text, spots);
        assert!(values.contains(&"K-甲9"), "{values:?}");
        assert!(values.contains(&"ops\\\"7"), "{values:?}");
    }
}
