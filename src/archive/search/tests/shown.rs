//! What readers of redacted text find: words of the rest, and nothing that tells what is hidden.

use super::*;
use crate::base::text::fold;

/// Values of one archive; another one has others of the same kinds in the same places.
struct Values {
    name: &'static str,
    phone: &'static str,
    card: &'static str,
    mail: &'static str,
    account: &'static str,
}

const ONE: Values = Values {
    name: "王小明",
    phone: "13812345678",
    card: "11010519491231002X",
    mail: "wang.xm@example.com",
    account: "wangxm88",
};
const OTHER: Values = Values {
    name: "李建国",
    phone: "13987654321",
    card: "440308199901101512",
    mail: "li.jg@example.org",
    account: "lijg1990",
};

impl Values {
    fn all(&self) -> [&'static str; 5] {
        [self.name, self.phone, self.card, self.mail, self.account]
    }
}

struct Planted {
    scratch: Scratch,
    records: Vec<RecordId>,
    case: CaseId,
}

/// Records of several formats with the values in them, and of some without.
fn planted(values: &Values) -> Planted {
    let Values { name, phone, card, mail, account } = values;
    let scratch = scratch();
    let ticket = |file: &str, content: String| {
        let json = format!(
            r#"{{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "更正资料申请",
                "parties": [{{"role": "customer", "name": "{name}"}}], "components": [{{"name": "{file}"}}],
                "notes": "由{name}本人提出，电话：{phone}"}}"#
        );
        scratch.capture(&json, content.as_bytes()).unwrap().record
    };
    let mut records = vec![
        ticket(
            "a.txt",
            format!("客户：{name}，手机：{phone}，身份证号：{card}。要求更正资料，法务部门已出具确认单。"),
        ),
        ticket("b.csv", format!("姓名,手机,备注\n{name},{phone},已寄授权书\n")),
        ticket(
            "c.json",
            format!(r#"{{"姓名": "{name}", "电话": "{phone}", "邮箱": "{mail}", "说明": "巡检结论正常"}}"#),
        ),
        ticket("d.html", format!("<p>联系人：{name}，邮箱：{mail}</p><p>退款申请已批准</p>")),
        ticket("e.txt", "没有个人信息的巡检结论".to_owned()),
    ];
    records.extend(scratch.log(&(entry(1, "核对", account) + &entry(2, "删除备份", "K-甲9"))));
    scratch.index();
    assert_eq!(scratch.archive.detect_pending(Duration::from_secs(120)).unwrap(), 0);
    let case = scratch.case_of(records[0]);
    Planted { scratch, records, case }
}

impl Planted {
    fn caller(&self, role: Role) -> Caller {
        let log = self.scratch.case_of(*self.records.last().unwrap());
        user(&[role], &[self.case, log])
    }

    /// What an answer says, with records by their places; pages to the end.
    fn answers(&self, role: Role, query: &str) -> Vec<String> {
        let (mut answers, mut cursor) = (Vec::new(), None);
        loop {
            let request = SearchRequest { cursor, limit: 2, ..asking(query) };
            let page = match self.scratch.archive.search(&self.caller(role), &request) {
                Ok(page) => page,
                Err(refusal) => return vec![format!("{refusal:?}")],
            };
            let hits = page.hits.iter().map(|hit| {
                let place = self.records.iter().position(|record| *record == hit.record);
                let snippet = hit.snippet.as_ref().map(|snippet| {
                    let pieces =
                        snippet.pieces.iter().map(|piece| format!("{}|{}", piece.text, piece.highlighted));
                    (pieces.collect::<Vec<_>>(), snippet.cut_before, snippet.cut_after)
                });
                format!(
                    "{place:?} {:?} {:?} {:?} {:?} {snippet:?}",
                    hit.entry, hit.level, hit.title, hit.damaged
                )
            });
            answers.push(format!(
                "{:?} {} {} {:?}",
                page.about,
                page.not_indexed,
                page.waits_for_redaction,
                hits.collect::<Vec<_>>()
            ));
            cursor = page.next;
            if cursor.is_none() {
                return answers;
            }
        }
    }

    fn finds(&self, role: Role, query: &str) -> Vec<usize> {
        let page = self.scratch.page(&self.caller(role), query);
        let place = |hit: &SearchHit| self.records.iter().position(|record| *record == hit.record).unwrap();
        page.hits.iter().map(place).collect()
    }
}

/// Questions about a value: itself, its parts, with what stands beside it, in other writings, and with words beside it.
fn questions(value: &str) -> Vec<String> {
    let letters: Vec<char> = value.chars().collect();
    let mut asked = Vec::new();
    for length in 2..=letters.len() {
        // Every stretch of short values; of long ones beginnings, ends, and some in the middle.
        for start in (0..=letters.len() - length).filter(|start| {
            letters.len() < 5
                || *start == 0
                || start + length == letters.len()
                || (length == 4 && start % 3 == 0)
        }) {
            asked.push(letters[start..start + length].iter().collect::<String>());
        }
    }
    let wide: String = letters
        .iter()
        .map(|c| char::from_u32(*c as u32 + 0xFEE0).filter(|_| c.is_ascii_graphic()).unwrap_or(*c))
        .collect();
    let spaced: String = letters.iter().flat_map(|c| [*c, ' ']).collect();
    asked.extend([
        wide,
        spaced.clone(),
        format!("\"{spaced}\""),
        format!("\"{value}\""),
        format!("+86 {value}"),
        format!("客户{value}"),
        format!("{value}，手机"),
        format!("\"{value}手机\""),
        format!("联系人{value}"),
        format!("由{value}本人"),
        format!("更正资料 {value}"),
        format!("更正资料 -{value}"),
        format!("巡检结论 -{value}"),
        format!("更正资料 -{}", letters.iter().take(2).collect::<String>()),
        format!("核对 {value}"),
        format!("核对 -{value}"),
        value.replace('.', "-"),
        fold(value),
    ]);
    asked
}

#[test]
fn readers_of_redacted_text_find_its_words_with_lines_in_which_nobody_is_named() {
    let planted = planted(&ONE);
    for role in [Role::Trainer, Role::Service, Role::Archivist] {
        assert_eq!(planted.finds(role, "法务部门"), [0], "{role}");
        assert_eq!(planted.finds(role, "已寄授权书"), [1], "{role}");
        assert_eq!(planted.finds(role, "巡检结论"), [4, 2], "{role}");
        assert_eq!(planted.finds(role, "退款申请"), [3], "{role}");
        assert_eq!(planted.finds(role, "更正资料").len(), 5, "the title's word, {role}");
        assert_eq!(planted.finds(role, "核对"), [5], "{role}");
    }
    let page = planted.scratch.page(&planted.caller(Role::Trainer), "手机");
    assert!(page.redacted && page.waits_for_redaction == 0 && page.not_indexed == 0);
    let shown: String = page.hits.iter().map(|hit| snippet_of(hit).0).collect();
    assert!(shown.contains("███") && shown.contains("客户"), "{shown}");
    for value in ONE.all() {
        assert!(!shown.contains(value), "{value} in {shown}");
    }
    // Who may see the text as it is finds by them.
    assert_eq!(planted.finds(Role::Legal, "13812345678").len(), 5);
}

#[test]
fn no_question_tells_what_stands_where_something_is_hidden() {
    let (one, other) = (planted(&ONE), planted(&OTHER));
    let mut found = 0;
    for value in ONE.all().into_iter().chain(OTHER.all()) {
        for question in questions(value) {
            for role in [Role::Trainer, Role::Service] {
                let answers = one.answers(role, &question);
                assert_eq!(answers, other.answers(role, &question), "{role}: {question}");
                found += answers.len();
            }
        }
    }
    assert!(found > 100, "{found} pages were compared");
    // The questions are good ones: who searches the text as it is learns by them.
    assert_ne!(one.answers(Role::Legal, ONE.name), other.answers(Role::Legal, ONE.name));
}

#[test]
fn what_was_not_looked_at_is_found_by_nobody_who_reads_redacted_text_and_told_as_waiting() {
    let scratch = scratch();
    let record = scratch.ticket("SC-1", "a.txt", "法务部门已出具确认单".as_bytes());
    let trainer = user(&[Role::Trainer], &[scratch.case_of(record)]);
    let page = scratch.page(&trainer, "法务部门");
    assert_eq!((page.hits.len(), page.about, page.waits_for_redaction), (0, About::Exactly(0), 1));
    assert_eq!(scratch.archive.detect_pending(Duration::from_secs(60)).unwrap(), 0);
    let page = scratch.page(&trainer, "法务部门");
    assert_eq!(
        (records_of(&page), page.about, page.waits_for_redaction),
        (vec![record], About::Exactly(1), 0)
    );
    // Its words go as soon as an engine has to look again.
    let unmark = move |upkeep: &mut crate::store::Upkeep<'_>| {
        index::mark(upkeep.conn(), index::Domain::Subject, (record, 1), Some("pii/0+text"))
    };
    scratch.archive.inner.store.maintain(unmark).unwrap();
    let page = scratch.page(&trainer, "法务部门");
    assert_eq!((page.hits.len(), page.waits_for_redaction), (0, 1));
}

#[test]
fn an_amendment_and_an_index_made_anew_leave_nothing_open_that_is_hidden() {
    let scratch = scratch();
    let record = scratch.ticket("SC-1", "a.txt", "联系人：王小明，设备过热".as_bytes());
    let trainer = user(&[Role::Trainer], &[scratch.case_of(record)]);
    let examine = || assert_eq!(scratch.archive.detect_pending(Duration::from_secs(60)).unwrap(), 0);
    examine();
    let again = scratch.request(
        r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "工单",
            "components": [{"name": "a.txt"}]}"#,
    );
    let staged = scratch.archive.stage("联系人：李建国，电源故障".as_bytes(), Declared::default()).unwrap();
    scratch.archive.amend(&scratch.operator(), record, again, vec![staged], Some(1)).unwrap();
    assert_eq!(records_of(&scratch.page(&trainer, "电源故障")), []);
    scratch.index();
    assert_eq!(records_of(&scratch.page(&trainer, "电源故障")), [], "indexed, and not looked at");
    examine();
    for _ in 0..2 {
        assert_eq!(records_of(&scratch.page(&trainer, "电源故障")), [record]);
        for word in ["李建国", "李建", "设备过热", "王小明"] {
            assert_eq!(records_of(&scratch.page(&trainer, word)), [], "{word}");
        }
        let blocks =
            scratch.archive.inner.store.read(|conn| index::of_record(conn, record, index::Domain::Withheld));
        assert_eq!(blocks.unwrap().iter().map(|block| block.version).collect::<Vec<_>>(), [2]);
        scratch.archive.rebuild_index(&scratch.operator(), &mut |_| {}).unwrap();
    }
}
