//! A disposition from the command line: from what is due to the certificate that a stranger checks.

use std::fs;

use serde_json::Value;

use super::desk::{binary, code, refused, run, run_as, stdout};
use super::yesterday::{Making, PASSWORD, people, policy};

/// A ticket that has been due for years.
fn ticket(archive: &Making, name: &str) -> String {
    let file = archive.file(&format!("{name}.txt"), &format!("旧工单 {name}"));
    archive.fine(&["capture", "--kind", "ticket", "--occurred", "2012-03-01", &file])
}

#[test]
fn what_is_due_goes_by_two_persons_and_a_stranger_checks_the_certificate() {
    let archive = Making::new();
    people(&archive);
    policy(&archive);
    let (first, second, stays) =
        (ticket(&archive, "first"), ticket(&archive, "second"), ticket(&archive, "stays"));
    let as_privacy = |words: &[&str]| run_as(&archive.data(), "privacy", PASSWORD, words);
    let id = archive.by("privacy", &["disposition", "propose", &first, &second, "--reason", "保管期满"]);
    let approve = ["disposition", "decide", &id, "--verdict", "approve"];
    assert_eq!(code(&as_privacy(&approve)), 3, "whoever asked decides nothing");
    refused(&as_privacy(&["disposition", "seal", &id]), 3, "conflict");
    assert_eq!(archive.by("keeper", &approve), "approved");
    assert_eq!(archive.by("privacy", &["disposition", "seal", &id]), "sealed");
    archive.machine.assert_sound("sealed");
    // Nobody is there to be asked.
    assert_eq!(code(&as_privacy(&["disposition", "shred", &id])), 2);
    assert_eq!(archive.by("privacy", &["disposition", "shred", &id, "--yes"]), "destroyed, with certificate");
    archive.machine.assert_sound("destroyed");
    refused(&run(&archive.data(), &["open", &first, "--purpose", "x", "--output", "-"]), 3, "gone");
    assert!(!archive.fine(&["open", &stays, "--purpose", "x", "--output", "-"]).is_empty());
    assert!(archive.fine(&["show", &first]).contains(&format!("destroyed in disposition {id}")));

    let (file, page) = (archive.machine.path("certificate.json"), archive.machine.path("certificate.html"));
    let (file, page) = (file.to_str().unwrap(), page.to_str().unwrap());
    let words = ["disposition", "certificate", &id, "--output", file, "--page", page];
    archive.by("privacy", &words);
    assert!(fs::read_to_string(page).unwrap().contains(&first));
    let vkey = archive.machine.path("data-keys/log.vkey");
    let checked = |file: &str| {
        let words = ["disposition", "check", file, "--json", "--vkey", vkey.to_str().unwrap()];
        binary().args(words).output().unwrap()
    };
    let holds: Value = serde_json::from_str(&stdout(&checked(file))).unwrap();
    assert_eq!((&holds["ok"], &holds["destroyed"], &holds["left"]), (&true.into(), &2.into(), &0.into()));
    let other = fs::read_to_string(file).unwrap().replace(&second, &stays);
    let other = archive.file("other.json", &other);
    let wrong = checked(&other);
    assert_eq!((code(&wrong), stdout(&wrong).contains("commitment")), (1, true));
}
