//! `bench`: measures the archive on this machine. Ends with 1 where something does not work, and with
//! `--strict` also where a figure misses its target; otherwise a slow machine is no failure.

use serde_json::{Value, json};

use super::Run;
use super::args::Bench;
use super::failure::Failure;
use super::table::Table;
use crate::bench::{
    Figure, Happening, Limit, Machine, Malfunction, Options, Topic, Unit, look_at_machine, run as measure,
};
use crate::words::Outcome;

pub(super) fn run(run: &Run, args: &Bench) -> Result<(), Failure> {
    let options = Options {
        short: args.short,
        only: args.only.iter().filter_map(|name| Topic::parse(name)).collect(),
        dir: args.dir.clone(),
    };
    let machine = look_at_machine(options.dir.as_deref()).map_err(|error| malfunction(run, &error))?;
    if machine.build == "debug" {
        run.voice.remark("bench.debug", &[]);
    }
    if !run.voice.json {
        in_words(run, &machine).iter().try_for_each(|line| run.voice.line(line))?;
    }
    let mut told = Ok(());
    let figures = measure(&options, &mut |happening| match happening {
        Happening::Begun(topic) => run.voice.remark("bench.begun", &[("topic", topic.as_str())]),
        Happening::Measured(figure) if run.voice.json && told.is_ok() => {
            told = run.voice.json_line(&as_json(figure));
        }
        Happening::Measured(_) => {}
    });
    let figures = figures.map_err(|error| malfunction(run, &error))?;
    told?;
    if run.voice.json {
        run.voice.json_line(&machine_as_json(&machine))?;
    } else {
        table(run, &figures).lines(&run.voice).iter().try_for_each(|line| run.voice.line(line))?;
    }
    let missed: Vec<&str> =
        figures.iter().filter(|figure| figure.meets() == Some(false)).map(|figure| figure.name).collect();
    if args.strict && !missed.is_empty() {
        run.voice.remark("bench.strict_missed", &[("names", &missed.join(", "))]);
        return Err(Failure::Told(Outcome::FoundWrong));
    }
    Ok(())
}

/// Says what does not work; the process then ends with 1.
fn malfunction(run: &Run, error: &Malfunction) -> Failure {
    let (what, detail) = match error {
        Malfunction::System { what, error } => (*what, error.to_string()),
        Malfunction::Refused { what, refusal } => (*what, refusal.to_string()),
        Malfunction::Wrong { what, found } => (*what, found.clone()),
    };
    run.tell(&Failure::usage("bench.malfunction", &[("what", what), ("error", &detail)]));
    Failure::Told(Outcome::FoundWrong)
}

fn in_words(run: &Run, machine: &Machine) -> [String; 3] {
    let say = |key, facts: &[(&str, &str)]| run.voice.say(key, facts);
    let unknown = run.voice.say("bench.unknown", &[]);
    let memory = machine
        .memory_bytes
        .map_or_else(|| unknown.clone(), |bytes| round(bytes as f64 / f64::from(1 << 30)));
    [
        say(
            "bench.cores",
            &[
                ("processor", machine.processor.as_ref().unwrap_or(&unknown)),
                ("cores", &machine.cores.to_string()),
                ("memory", &memory),
            ],
        ),
        say(
            "bench.disk",
            &[
                ("directory", &machine.directory.display().to_string()),
                ("file_system", machine.file_system.as_ref().unwrap_or(&unknown)),
            ],
        ),
        say(
            "bench.program",
            &[
                ("version", machine.version),
                ("build", machine.build),
                ("database", &machine.database),
                ("kernel", &machine.kernel),
            ],
        ),
    ]
}

fn table(run: &Run, figures: &[Figure]) -> Table {
    let heads = ["head.figure", "head.median", "head.range", "head.goal", "head.measured_on"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
    for figure in figures {
        let unit = figure.unit.as_str();
        let range = match figure.runs().len() {
            1 => String::new(),
            runs => format!("{}–{} ({runs})", round(figure.least()), round(figure.most())),
        };
        table.row([
            figure.name.to_owned(),
            format!("{} {unit}", round(figure.median())),
            range,
            target(run, figure),
            figure.on.clone(),
        ]);
    }
    table
}

fn target(run: &Run, figure: &Figure) -> String {
    let (Some(target), Some(met)) = (figure.target, figure.meets()) else { return String::new() };
    let words = match target {
        Limit::AtMost(most) => run.voice.say("bench.at_most", &[("value", &round(most))]),
        Limit::AtLeast(least) => run.voice.say("bench.at_least", &[("value", &round(least))]),
    };
    let facts = [("target", words.as_str())];
    if met { run.voice.say("bench.met", &facts) } else { run.voice.say("bench.missed", &facts) }
}

/// Three digits that count are enough for what varies from run to run.
fn round(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || size == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn as_json(figure: &Figure) -> Value {
    let target = figure.target.map(|target| match target {
        Limit::AtMost(most) => json!({"at_most": most}),
        Limit::AtLeast(least) => json!({"at_least": least}),
    });
    json!({
        "figure": figure.name,
        "unit": unit_name(figure.unit),
        "median": figure.median(),
        "least": figure.least(),
        "most": figure.most(),
        "runs": figure.runs(),
        "target": target,
        "met": figure.meets(),
        "on": figure.on,
    })
}

/// The unit as programs read it.
const fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::CpuMicros => "cpu_microseconds",
        Unit::Micros => "microseconds",
        Unit::Millis => "milliseconds",
        Unit::Seconds => "seconds",
        Unit::PerSecond => "per_second",
        Unit::MegabytesPerCpuSecond => "megabytes_per_cpu_second",
        Unit::MegabytesPerSecond => "megabytes_per_second",
        Unit::Megabytes => "megabytes",
        Unit::Bytes => "bytes",
        Unit::Percent => "percent",
    }
}

fn machine_as_json(machine: &Machine) -> Value {
    json!({
        "processor": machine.processor,
        "cores": machine.cores,
        "memory_bytes": machine.memory_bytes,
        "kernel": machine.kernel,
        "directory": machine.directory.display().to_string(),
        "file_system": machine.file_system,
        "database": machine.database,
        "version": machine.version,
        "build": machine.build,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_rounded_to_what_can_be_told_apart() {
        let round_of = [0.0, 3.456, 34.56, 345.6].map(round);
        assert_eq!(round_of, ["0", "3.46", "34.6", "346"]);
    }
}
