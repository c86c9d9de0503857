//! Days as spreadsheets write them, in the tables of other systems.

use super::*;
use crate::base::civil::Zone;
use crate::base::moment::Moment;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::CaptureDefaults;

fn defaults() -> CaptureDefaults {
    CaptureDefaults {
        jurisdiction: Jurisdiction::parse("CN").unwrap(),
        zone: Zone::SHANGHAI,
        now: Moment::parse("2026-06-30T00:00:00Z").unwrap(),
        content_comes_apart: true,
    }
}

#[test]
fn a_date_that_goes_to_two_places_is_read_in_both_and_a_wrong_one_is_named_once() {
    let profile = "version = 1\nname = \"x\"\n[source]\nsystem = \"itsm\"\nformat = \"csv\"\n\
        [constants]\nkind = \"ticket\"\n[columns]\n\"编号\" = \"source.external_id\"\n\
        \"题\" = \"title\"\n\"日\" = [\"occurred\", \"received\"]\n";
    let profile = MappingProfile::parse(profile).unwrap();
    let table = profile.read("编号,题,日\nT-1,甲,2026/3/1\nT-2,乙,01/03/2026\n".as_bytes()).unwrap();
    let rows = profile.apply(&table).unwrap();
    let first = rows[0].as_ref().unwrap().check(&defaults()).unwrap();
    assert_eq!(first.occurred.to_text(), "2026-03-01");
    assert_eq!(first.received, first.occurred.begins());
    let faults = rows[1].as_ref().unwrap().check(&defaults()).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].column.as_deref(), Some("日"));
}
