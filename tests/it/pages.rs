//! Pictures of pages over HTTP, by a process that can do nothing else: what the reader may not see is filled in,
//! what cannot be painted is refused, and the service stays.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::machine::{Machine, Serving};

/// A server that reads documents, and whom to ask.
struct Served {
    machine: Machine,
    _serving: Serving,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn code(&self) -> String {
        let told: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        told["code"].as_str().unwrap_or_default().to_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

fn served() -> Served {
    let machine = Machine::new();
    // A machine without the whole sandbox runs these tests too; what it lacks, `tests/sandbox` tells.
    let serving = machine.serve_under(&[], &[("MUNIMENT__DOCUMENTS__SANDBOX", "weaker")]);
    Served { machine, _serving: serving }
}

impl Served {
    /// As the local operator.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = UnixStream::connect(self.machine.data().join("run/sock")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: bytes[end + 4..].to_vec() }
    }

    fn capture(&self, name: &str, content: &[u8]) -> String {
        use base64::Engine as _;
        let content = base64::engine::general_purpose::STANDARD.encode(content);
        let body = json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01",
            "components": [{"name": name, "base64": content}]});
        let made = self.ask("POST", "/api/v1/records", &body);
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
        made.json()["id"].as_str().unwrap().to_owned()
    }

    fn page(&self, record: &str, body: &Value) -> Answer {
        self.ask("POST", &format!("/api/v1/records/{record}/rendition/page"), body)
    }

    /// Kinds of the entries about a record.
    fn entered(&self, record: &str) -> Vec<String> {
        let custody = self.ask("GET", &format!("/api/v1/records/{record}/custody"), &json!({})).json();
        let entries = custody["entries"].as_array().unwrap().iter();
        entries.map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
    }
}

/// A PDF of pages with one line each in Helvetica, 400 by 300 points.
fn letter(lines: &[&str]) -> Vec<u8> {
    use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};

    let [catalog, tree, font] = [1, 2, 3].map(Ref::new);
    let count = i32::try_from(lines.len()).unwrap();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids((0..count).map(|number| Ref::new(10 + number))).count(count);
    pdf.type1_font(font).base_font(Name(b"Helvetica")).encoding_predefined(Name(b"WinAnsiEncoding"));
    for (number, line) in (0..).zip(lines) {
        let (page, content) = (Ref::new(10 + number), Ref::new(5000 + number));
        let mut written = pdf.page(page);
        written.media_box(Rect::new(0.0, 0.0, 400.0, 300.0)).parent(tree).contents(content);
        written.resources().fonts().pair(Name(b"F"), font);
        written.finish();
        let mut drawn = Content::new();
        drawn.begin_text().set_font(Name(b"F"), 12.0).next_line(40.0, 200.0);
        drawn.show(Str(line.as_bytes())).end_text();
        pdf.stream(content, &drawn.finish());
    }
    pdf.finish()
}

#[test]
fn a_page_is_given_as_a_picture_with_the_number_filled_in_and_the_ledger_knows_first() {
    let served = served();
    let record = served.capture("a.pdf", &letter(&["Nothing here", "Call 13912345678 now"]));
    let picture = served.page(&record, &json!({"page": 2, "dots_per_inch": 72}));
    assert_eq!(picture.status, 200, "{}", String::from_utf8_lossy(&picture.body));
    assert!(picture.head.contains("content-type: image/png") && picture.head.contains("no-store"));
    let samples = image::load_from_memory(&picture.body).unwrap().to_luma8();
    assert_eq!(samples.dimensions(), (400, 300));
    let is_dark = |from: u32, to: u32| (from..to).all(|x| samples.get_pixel(x, 96).0[0] == 0);
    assert!(
        is_dark(70, 130) && !is_dark(170, 180),
        "the number, 200 points from the lower edge, is filled in"
    );
    assert_eq!(served.entered(&record), ["captured", "redacted"]);
    let whole = served.page(&record, &json!({}));
    let first = image::load_from_memory(&whole.body).unwrap().to_luma8();
    assert_eq!(first.dimensions(), (533, 400), "otherwise the first page, at 96 dots per inch");
}

#[test]
fn pages_and_dots_beyond_the_limits_are_refused_and_leave_no_entry() {
    let served = served();
    let record = served.capture("a.pdf", &letter(&["One page"]));
    for (body, status, code) in [
        (json!({"page": 0}), 422, "invalid_fields"),
        (json!({"page": 2001}), 422, "invalid_fields"),
        (json!({"page": "1"}), 422, "invalid_fields"),
        (json!({"dots_per_inch": 35}), 422, "invalid_fields"),
        (json!({"dots_per_inch": 201}), 422, "invalid_fields"),
        (json!({"profile": "court"}), 422, "invalid_fields"),
        (json!({"page": 2}), 422, "no_rendition"),
        (json!({"component": 1}), 404, "not_found"),
        (json!({"version": 2}), 404, "not_found"),
    ] {
        let refused = served.page(&record, &body);
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{body}");
    }
    let text = served.capture("a.txt", b"no pages");
    assert_eq!(served.page(&text, &json!({})).code(), "no_rendition");
    assert_eq!(served.entered(&record), ["captured"]);
}

#[test]
fn a_hostile_pdf_is_refused_and_the_service_goes_on() {
    let served = served();
    let deep =
        [b"%PDF-1.4\n1 0 obj\n".as_slice(), &b"[".repeat(200_000), b"\nendobj\ntrailer\n<</Root 1 0 R>>\n"]
            .concat();
    let forms = {
        // A form that draws itself, again and again.
        let content = "/X Do ".repeat(500);
        let form = format!(
            "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>/Length {}>>",
            content.len()
        );
        format!(
            "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
             3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 4 0 R>>>>>>endobj\n\
             4 0 obj{form}\nstream\n{content}\nendstream\nendobj\ntrailer<</Root 1 0 R>>\n"
        )
    };
    let huge = letter(&["x"]);
    let at = huge.windows(3).position(|three| three == b"400").unwrap();
    let huge = [&huge[..at], b"9999999", &huge[at + 3..]].concat();
    for (name, bytes) in [
        ("deep.pdf", deep.as_slice()),
        ("forms.pdf", forms.as_bytes()),
        ("huge.pdf", &huge),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj"),
    ] {
        let record = served.capture(name, bytes);
        let refused = served.page(&record, &json!({}));
        if name == "forms.pdf" && refused.status == 200 {
            // A fast machine comes to its end in time.
            continue;
        }
        assert_eq!((refused.status, refused.code().as_str()), (422, "no_rendition"), "{name}");
        assert!(!String::from_utf8_lossy(&refused.body).contains("panic"));
        assert!(!served.entered(&record).contains(&"redacted".to_owned()), "{name}");
    }
    let record = served.capture("a.pdf", &letter(&["still here"]));
    assert_eq!(served.page(&record, &json!({})).status, 200);
}

#[test]
fn a_redacted_copy_of_a_pdf_is_kept_as_a_record_and_opens_without_the_number() {
    let served = served();
    let record = served.capture("a.pdf", &letter(&["Call 13912345678 now"]));
    let keep = format!("/api/v1/records/{record}/rendition/keep");
    let kept = served.ask("POST", &keep, &json!({}));
    assert_eq!(kept.status, 201, "{}", String::from_utf8_lossy(&kept.body));
    let copy = kept.json()["receipt"]["id"].as_str().unwrap().to_owned();
    assert!(kept.head.contains(&format!("location: /api/v1/records/{copy}")));
    assert_eq!(kept.json()["report"]["counts"]["PHONE"], 1);
    let open = format!("/api/v1/records/{copy}/open");
    let opened = served.ask("POST", &open, &json!({"purpose": "核对", "form": "text"}));
    let said = String::from_utf8_lossy(&opened.body).into_owned();
    assert!(opened.status == 200 && said.contains("now") && !said.contains("1234"), "{said}");
    let shown = served.ask("GET", &format!("/api/v1/records/{record}"), &json!({})).json();
    assert_eq!(shown["derivatives"][0]["record"], copy, "{shown}");
    // A scan is withheld; a slip sheet stands for it where one is asked for.
    let scan = served.capture("b.png", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR");
    let keep = format!("/api/v1/records/{scan}/rendition/keep");
    assert_eq!(served.ask("POST", &keep, &json!({})).code(), "no_rendition");
    let slip = served.ask("POST", &keep, &json!({"slip": true}));
    assert_eq!((slip.status, &slip.json()["withheld"]), (201, &json!("no_text")));
    assert_eq!(served.ask("POST", &keep, &json!({"slip": "yes"})).code(), "invalid_fields");
}

/// A PDF of one page that is a grey picture.
fn scan() -> Vec<u8> {
    use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref};

    let [catalog, tree, page, picture, content] = [1, 2, 3, 4, 5].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids([page]).count(1);
    let mut written = pdf.page(page);
    written.media_box(Rect::new(0.0, 0.0, 400.0, 300.0)).parent(tree).contents(content);
    written.resources().x_objects().pair(Name(b"P"), picture);
    written.finish();
    let mut drawn = pdf.image_xobject(picture, &[128; 64 * 64]);
    drawn.width(64).height(64).bits_per_component(8).color_space().device_gray();
    drawn.finish();
    let mut placed = Content::new();
    placed.save_state().transform([400.0, 0.0, 0.0, 300.0, 0.0, 0.0]).x_object(Name(b"P")).restore_state();
    pdf.stream(content, &placed.finish());
    pdf.finish()
}

#[test]
fn a_scan_leaves_with_the_boxes_of_somebody_who_has_opened_it() {
    let served = served();
    let record = served.capture("scan.pdf", &scan());
    let path = format!("/api/v1/records/{record}/rendition");
    let boxes = |page: u64, width: u64| json!({"looked_at": [{"page": page, "boxes": [{"left": 100, "top": 50, "width": width, "height": 30}]}]});
    assert_eq!(served.ask("POST", &path, &json!({})).code(), "no_rendition");
    for to in ["", "/page", "/keep"] {
        let refused = served.ask("POST", &format!("{path}{to}"), &boxes(1, 60));
        assert_eq!((refused.status, refused.code().as_str()), (422, "rendition_not_opened"), "{to}");
    }
    let open = format!("/api/v1/records/{record}/open");
    assert_eq!(served.ask("POST", &open, &json!({"purpose": "遮盖前查看"})).status, 200);
    let twice = json!({"looked_at": [{"page": 1, "boxes": []}, {"page": 1, "boxes": []}]});
    for body in [boxes(0, 60), boxes(1, 0), twice, json!({"looked_at": [{"page": 1}]})] {
        assert_eq!(served.ask("POST", &path, &body).code(), "invalid_fields", "{body}");
    }
    assert_eq!(served.ask("POST", &path, &boxes(2, 60)).code(), "no_rendition", "it has one page");
    let mut shown = boxes(1, 60);
    shown["dots_per_inch"] = json!(72);
    let picture = served.ask("POST", &format!("{path}/page"), &shown);
    let samples = image::load_from_memory(&picture.body).unwrap().to_luma8();
    assert!(samples.get_pixel(130, 65).0[0] < 20 && samples.get_pixel(300, 200).0[0] > 100);
    let kept = served.ask("POST", &format!("{path}/keep"), &boxes(1, 60));
    assert_eq!(kept.status, 201, "{}", String::from_utf8_lossy(&kept.body));
    assert_eq!(kept.json()["report"]["looked_at"], json!([{"page": 1, "boxes": 1}]));
    let copy = kept.json()["receipt"]["id"].as_str().unwrap().to_owned();
    let open = format!("/api/v1/records/{copy}/open");
    let opened = served.ask("POST", &open, &json!({"purpose": "核对"}));
    assert!(opened.body.starts_with(b"%PDF") && opened.body.len() > 500);
}
