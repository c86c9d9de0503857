//! Lists and searches narrowed, ordered, and as tables for spreadsheets.

use std::fs;
use std::path::Path;

use super::cli_capture::archive;
use super::desk::{done, refused, run, stdout};

fn captured(data: &Path, folder: &Path, (name, day, title): (&str, &str, &str), tag: &str) -> String {
    let file = folder.join(name);
    fs::write(&file, format!("屏幕闪烁 {name}")).unwrap();
    let words = ["capture", "--kind", "ticket", "--case", "C", "--occurred", day, "--title", title];
    done(run(data, &[&words[..], &["--tag", tag, file.to_str().unwrap()]].concat()))
}

#[test]
fn a_list_and_a_search_are_narrowed_by_tags_and_holds_and_put_in_order() {
    let (folder, data) = archive();
    let late = captured(&data, folder.path(), ("a.txt", "2026-05-01", "一"), "重要");
    let early = captured(&data, folder.path(), ("b.txt", "2026-01-01", "二"), "其他");
    let list = |more: &[&str]| done(run(&data, &[&["list", "--ids"][..], more].concat()));
    assert_eq!(list(&["--tag", "重要"]), late);
    assert_eq!(list(&["--tag", "没有"]), "");
    assert_eq!(list(&["--sort", "occurred-oldest"]), format!("{early}\n{late}"));
    assert_eq!(list(&["--sort", "occurred-newest"]), format!("{late}\n{early}"));
    let matter = ["matter", "open", "--reference", "FA-1", "--title", "投诉", "--kind", "complaint"];
    done(run(&data, &matter));
    let place =
        ["hold", "place", "--matter", "FA-1", "--title", "保留", "--reason", "投诉", "--record", &early];
    done(run(&data, &place));
    for filter in [&["--held"][..], &["--matter", "FA-1"]] {
        assert_eq!(list(filter), early, "{filter:?}");
        let found = stdout(&run(&data, &[&["search", "屏幕"][..], filter].concat()));
        assert!(found.contains(&early) && !found.contains(&late), "{found}");
    }
    let found = stdout(&run(&data, &["search", "--tag", "重要"]));
    assert!(found.contains(&late) && !found.contains(&early), "{found}");
    refused(&run(&data, &["list", "--matter", "FA-9"]), 3, "not_found");
    refused(&run(&data, &["list", "--due-from", "2027-01-02", "--due-to", "2027-01-01"]), 2, "days_reversed");
}

#[test]
fn a_list_and_a_search_are_tables_that_no_spreadsheet_runs() {
    let (folder, data) = archive();
    let first = captured(&data, folder.path(), ("a.txt", "2026-05-01", "=1+1"), "t");
    captured(&data, folder.path(), ("b.txt", "2026-05-02", "逗号,\"引号\""), "t");
    let table = stdout(&run(&data, &["list", "--csv", "--sort", "captured-oldest"]));
    let mut lines = table.split("\r\n");
    assert!(lines.next().unwrap().starts_with("\u{feff}id,kind,"), "{table}");
    let line = lines.next().unwrap();
    assert!(line.starts_with(&first) && line.contains(",'=1+1,"), "{table}");
    assert!(lines.next().unwrap().contains(",\"逗号,\"\"引号\"\"\","), "{table}");
    assert_eq!(lines.collect::<Vec<_>>(), [""]);
    let found = stdout(&run(&data, &["search", "屏幕", "--csv"]));
    assert!(found.starts_with("\u{feff}id,record,") && found.contains("屏幕闪烁 a.txt"), "{found}");
    assert_eq!(found.matches("\r\n").count(), 3, "{found}");
}
