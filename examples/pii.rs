//! Measures the engine: reads records as JSON lines, writes the spans found, says how fast.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program for the terminal"
)]

use std::io::Write as _;

use muniment::redaction::{Settings, Subjects, detect, jsonl};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().ok_or("usage: pii FILE.jsonl [--no-names] [--speed] > SPANS.jsonl")?;
    let settings =
        Settings { names: !arguments.iter().any(|argument| argument == "--no-names"), ..Settings::default() };
    let input = std::fs::read_to_string(path)?;
    if arguments.iter().any(|argument| argument == "--speed") {
        return speed(&input, &settings);
    }
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for line in input.lines().filter(|line| !line.trim().is_empty()) {
        writeln!(output, "{}", jsonl::detect_line(line, &settings, &Subjects::default(), &|_| true)?)?;
    }
    output.flush()?;
    Ok(())
}

/// Bytes of text per second of processor time.
fn speed(input: &str, settings: &Settings) -> Result<(), Box<dyn std::error::Error>> {
    let mut texts = Vec::new();
    for line in input.lines() {
        let record: serde_json::Value = serde_json::from_str(line)?;
        texts.push(record.get("text").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned());
    }
    detect("warm 王小明 13800138000", settings);
    let megabytes = texts.iter().map(String::len).sum::<usize>() as f64 / 1e6;
    let start = processor_nanoseconds()?;
    let (mut found, mut rounds, mut seconds) = (0, 0u32, 0.0);
    // The system counts processor time in ticks of milliseconds: a second of them is exact enough.
    while seconds < 1.0 {
        found = texts.iter().map(|text| detect(text, settings).len()).sum();
        rounds += 1;
        seconds = (processor_nanoseconds()? - start) as f64 / 1e9;
    }
    let speed = megabytes * f64::from(rounds) / seconds;
    eprintln!("{found} spans in {megabytes:.2} MB, {speed:.1} MB per CPU second");
    Ok(())
}

fn processor_nanoseconds() -> Result<u64, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    Ok(text.split(' ').next().unwrap_or("0").parse()?)
}
