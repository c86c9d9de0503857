//! Why something was found: the rule and the evidence, in words that hold nothing of the value.

use super::detect::{Settings, detect_known, scene_parts};
use super::find::Scene;
use super::kind::Kind;
use super::known::Subjects;
use super::labels::Label;
use super::normal::Text;
use super::span::Span;

/// A found place and why it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The place.
    pub span: Span,
    /// What the rule looks for.
    pub rule: &'static str,
    /// The label that stands before the value, if one does.
    pub label: Option<String>,
    /// What the cell or key announces, if the value lies in one.
    pub cell: Option<&'static str>,
}

/// Everything found, with its reasons.
pub fn explain(original: &str, settings: &Settings, subjects: &Subjects) -> Vec<Explained> {
    let text = Text::new(original);
    let (hits, cells, chinese) = scene_parts(&text);
    let scene = Scene::new(&text, &hits, &cells, chinese);
    detect_known(original, settings, subjects)
        .into_iter()
        .map(|span| {
            let start = normal_position(&text, span.start);
            let label = scene.labels_before(start).next().map(|hit| text.string(hit.start, hit.end));
            let cell = scene.cell(start).map(|cell| announced(cell.label));
            Explained { span, rule: words(span.rule), label, cell }
        })
        .collect()
}

/// The normalised position of an original one.
fn normal_position(text: &Text, original: usize) -> usize {
    let (mut low, mut high) = (0, text.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if text.original(middle, middle + 1).0 < original { low = middle + 1 } else { high = middle }
    }
    low
}

const fn announced(label: Label) -> &'static str {
    match label {
        Label::Is(kind) => kind.as_str(),
        Label::Party => "PARTY",
        Label::Document => "DOCUMENT",
        Label::Nothing => "NOTHING",
        Label::Amount => Kind::Amount.as_str(),
        Label::Reference => Kind::Reference.as_str(),
        Label::Age => Kind::Age.as_str(),
        Label::NamePart => Kind::Person.as_str(),
        Label::AreaCode => Kind::Phone.as_str(),
    }
}

/// What a rule looks for.
pub fn words(rule: &str) -> &'static str {
    match rule {
        "id-card-18" => "18 places with a check character (ISO 7064 MOD 11-2) and a date of birth",
        "id-card-15" => "15 digits with province and date of birth, behind a label",
        "residence-card" | "residence-old" => "a residence card's form and check character",
        "payment-card" => "an issuer's range and Luhn's check digit",
        "imei" => "15 digits with Luhn's check digit",
        "mobile-cn" | "mobile-tw" => "a mobile number's prefix and length",
        "landline" => "an area code apart from the number",
        "phone-us" | "phone-national" | "phone-international" | "phone-hk" => {
            "a telephone number's groups or country code"
        }
        "phone-labelled" => "digits behind a telephone label",
        "us-ssn" => "three, two and four digits of a range in use",
        "uscc" => "18 places with a check place (GB 32100)",
        "organisation-code" => "8 places with a check place (GB 11714)",
        "company-labelled" => "a company's number behind its label",
        "vin" | "vin-labelled" => "17 places with a check digit (ISO 3779), or behind a label",
        "taiwan-id" | "hkid" | "macau-id" => "an identity number's letters and check digit",
        "iban" => "a country, and modulo 97 (ISO 13616)",
        "user-token" => "letters and digits behind a word for an account",
        "email" | "url" | "handle" => "the form of an address on the net",
        "ip4" | "ip6" | "mac" => "the form of a machine's address",
        "plate" | "plate-tw" => "a number plate's form",
        "case-cn" | "case-tw" | "docket" | "application-number" => "a court's case number",
        "military" => "a service's character, 字第 and digits",
        "date" | "weekday" => "a date that the calendar has",
        "date-of-birth" => "a date behind or before a word of birth",
        "ethnicity" => "the name of an ethnic group among particulars",
        "secret-prefix" | "private-key" => "a prefix that only keys have",
        "labelled" | "id-labelled" | "document" | "permit" | "postcode" => {
            "a value of the right form behind its label"
        }
        "prefixed-number" | "employer-number" | "id-grouped" | "passport-form" | "swift" => {
            "the form of a number that stands for somebody"
        }
        "cell-name" => "a cell whose header or key announces a name",
        "label-name" => "a name behind its label",
        "mention" => "a name that was found elsewhere in the text",
        "echo" => "a value that is hidden elsewhere, in another writing",
        "known-subject" => "a party of the case",
        "model-zh" => "the Chinese name model",
        "model-en" => "the English name model",
        "age" => "a number of years of life",
        "amount" => "a sum of money",
        "reference" => "the number of an order, a ticket or a contract",
        "encoded" => "a text in base64 that holds personal data, or a file that nobody can look into",
        "policy" => "a recogniser or word of the policy",
        _ => "a rule of another edition",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_and_the_rule_are_named_and_the_value_is_not() {
        let found = explain("\u{200B}联系电话：13800138000", &Settings::default(), &Subjects::default());
        assert_eq!(found[0].label.as_deref(), Some("联系电话"));
        assert_eq!(found[0].rule, "a mobile number's prefix and length");
        assert!(!format!("{found:?}").contains("13800138000"));
    }
}
