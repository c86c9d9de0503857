//! The pages for people, reworded by whoever can sign: each follows from the files for machines, and is
//! held against them.

use super::{By, Case, INFO, push};

const README: &str = "README.txt";
const START_HERE: &str = "START-HERE.html";

pub(super) const CASES: &[Case] = &[
    (
        "a countersignature claimed",
        By::Insider,
        |u| u.edit(README, "NOT COUNTERSIGNED", "COUNTERSIGNED"),
        "page_differs",
    ),
    (
        "the warning taken from the first page",
        By::Insider,
        |u| u.edit(START_HERE, "not countersigned", "countersigned"),
        "page_differs",
    ),
    (
        "another date on the README",
        By::Insider,
        |u| u.edit(README, "2026-03-01", "2025-03-01"),
        "page_differs",
    ),
    (
        "another date everywhere",
        By::Insider,
        |u| {
            for path in [README, START_HERE, INFO] {
                let text = u.text(path).replace("2026-03-01", "2025-03-01");
                u.files.insert(path.to_owned(), text.into_bytes());
            }
        },
        "bag_info",
    ),
    (
        "more shown than is shown",
        By::Insider,
        |u| u.edit(README, "What it does not show", "What it shows too"),
        "page_differs",
    ),
    (
        "another fingerprint on the README",
        By::Insider,
        |u| {
            let told =
                u.text(README).lines().find_map(|line| line.split_once("proof/vkey: ")).unwrap().1.to_owned();
            u.edit(README, &told, &"0".repeat(64));
        },
        "page_differs",
    ),
    (
        "another organization on the README only",
        By::Insider,
        |u| u.edit(README, "远山示例服务有限公司", "某公证处"),
        "page_differs",
    ),
    (
        "another organization in bag-info only",
        By::Insider,
        |u| u.edit(INFO, "远山示例服务有限公司", "某公证处"),
        "page_differs",
    ),
    (
        "a line added to the README",
        By::Insider,
        |u| push(u, README, "Certified by a court.\n"),
        "page_differs",
    ),
    (
        "a checker that accepts everything",
        By::Insider,
        |u| {
            u.files.insert("proof/verify_bundle.py".to_owned(), b"print(\"consistent\")\n".to_vec());
        },
        "page_differs",
    ),
    (
        "other commands in VERIFY.txt",
        By::Insider,
        |u| u.edit("proof/VERIFY.txt", "sha256sum --quiet", "true --quiet"),
        "page_differs",
    ),
    (
        "a package of another layout",
        By::Insider,
        |u| u.edit(INFO, "Layout: 3", "Layout: 1"),
        "layout_unknown",
    ),
    ("a page emptied", By::Insider, |u| u.files.get_mut(START_HERE).unwrap().clear(), "page_differs"),
    (
        "a page that is no text",
        By::Insider,
        |u| u.files.get_mut(README).unwrap().insert(0, 0xFF),
        "page_differs",
    ),
];
