//! Pictures: nobody reads them for certain, so somebody looks at them and says what is to be filled in.

use zeroize::Zeroizing;

use super::asked::Asked;
use super::report::Report;
use super::{Engine, Withheld};
use crate::document::redact::{Filled, filled};
use crate::document::sniff::Format;

pub(super) fn render(
    (bytes, format): (&[u8], Format),
    engine: &Engine,
    asked: &Asked,
) -> Result<(Zeroizing<Vec<u8>>, Format, Report), Withheld> {
    let looked_at = match asked.looked_at.as_slice() {
        [] => return Err(Withheld::NeedsReview),
        [one] if one.page == 1 => one,
        // There is but one page in a picture.
        _ => return Err(Withheld::DoesNotFit),
    };
    let boxes = looked_at.boxes.iter().map(|one| (one.left, one.top, one.width, one.height));
    let Filled { png } = filled((bytes, format), &boxes.collect::<Vec<_>>())?;
    let mut report = engine.report(Format::Png);
    report.note_looked_at(asked);
    Ok((png, Format::Png, report))
}
