//! Every command of the table in docs/formats/cli.md ends as the table says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::desk::{binary, code, done, run, stderr};

/// The commands of the last table, with their exit codes.
fn table() -> Vec<(String, i32)> {
    let page = include_str!("../../docs/formats/cli.md");
    let (_, rows) = page.split_once("| command | exit code |\n|---|---|\n").expect("the page has the table");
    let row = |line: &str| {
        let (command, exit) = line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | ")?;
        Some((command.to_owned(), exit.parse().ok()?))
    };
    rows.lines().filter(|line| !line.is_empty()).map(|line| row(line).expect(line)).collect()
}

fn an_archive(data: &Path) {
    done(run(data, &["init"]));
    let file = data.with_file_name("file.txt");
    fs::write(&file, "授权").unwrap();
    let words = ["capture", "--kind", "ticket", "--case", "C", "--occurred", "2026-03-01"];
    done(run(data, &[&words[..], &[file.to_str().unwrap()]].concat()));
    done(run(data, &["search", "授权"]));
}

/// What the commands speak of.
fn lay_out(place: &Path) {
    for name in ["archive", "damaged", "leftover"] {
        an_archive(&place.join(name));
    }
    // A long file lies beside the database: a byte of it is changed.
    let long = place.join("long.txt");
    fs::write(&long, "长".repeat(50_000)).unwrap();
    let words = ["capture", "--kind", "ticket", "--occurred", "2026-03-01", long.to_str().unwrap()];
    done(run(&place.join("damaged"), &words));
    let blob = files(&place.join("damaged/blobs")).into_iter();
    let blob =
        blob.max_by_key(|path| fs::metadata(path).unwrap().len()).expect("a long content lies in a file");
    fs::set_permissions(&blob, fs::Permissions::from_mode(0o600)).unwrap();
    let mut bytes = fs::read(&blob).unwrap();
    bytes[10_000] ^= 1;
    fs::write(&blob, bytes).unwrap();
    let spool = place.join("leftover/run/x.spool");
    fs::write(&spool, "noise").unwrap();
    let file = fs::File::options().write(true).open(&spool).unwrap();
    let written = file.metadata().unwrap().modified().unwrap();
    file.set_modified(written - Duration::from_secs(30 * 3_600)).unwrap();
    fs::write(place.join("damaged.zip"), "PK").unwrap();
    fs::write(place.join("faulty.toml"), "no = 'policy'").unwrap();
    let folder = place.join("folder-with-an-empty-file");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.txt"), "x").unwrap();
    fs::write(folder.join("b.txt"), "").unwrap();
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_command_of_the_table_ends_as_the_table_says() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(binary().get_program(), bin.join("muniment")).unwrap();
    let rows = table();
    for (command, expected) in &rows {
        let mut shell = Command::new("sh");
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MUNIMENT"))
        {
            shell.env_remove(name);
        }
        shell.args(["-c", &format!("PATH=\"$0:$PATH\"\n{command}")]).arg(&bin).current_dir(folder.path());
        let output = shell.env("LANG", "en_US.UTF-8").stdin(Stdio::null()).output().unwrap();
        assert_eq!(code(&output), *expected, "{command}\n{}", stderr(&output));
    }
    let codes: std::collections::BTreeSet<i32> = rows.iter().map(|(_, exit)| *exit).collect();
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
}
