//! The font of the words that are not drawn: two glyphs without shape, one half as wide as the other.
//!
//! Readers measure the gaps between characters by the font's own widths; without a font file some put a
//! blank after each Chinese character. The tables are those that ISO 32000-2, 9.9.1 asks for, no more.

/// Units to the height of a letter.
const UNITS: u16 = 1000;
/// Widths by number of the glyph; the first stands for what is missing.
const WIDTHS: [u16; 3] = [500, 500, UNITS];
/// The narrow and the wide glyph.
const NARROW: u16 = 1;
const WIDE: u16 = 2;
const RISE: u16 = 800;
const FALL: i16 = -200;

/// The font file.
pub(super) fn font_file() -> Vec<u8> {
    let tables = [
        (b"glyf", vec![0; 4]),
        (b"head", head()),
        (b"hhea", hhea()),
        (b"hmtx", hmtx()),
        (b"loca", vec![0; 8]),
        (b"maxp", maxp()),
    ];
    let mut file = Vec::new();
    // Version, number of tables, and three numbers that follow from it.
    words(&mut file, &[1, 0, 6, 64, 2, 32]);
    let mut offset: u32 = 12 + 16 * 6;
    for (name, table) in &tables {
        let length = u32::try_from(table.len()).unwrap_or(u32::MAX);
        file.extend_from_slice(*name);
        for number in [checksum(table), offset, length] {
            file.extend_from_slice(&number.to_be_bytes());
        }
        offset += length.next_multiple_of(4);
    }
    for (_, table) in &tables {
        file.extend_from_slice(table);
        file.resize(file.len().next_multiple_of(4), 0);
    }
    file
}

/// The glyph of every code: narrow below `wide_from`.
pub(super) fn glyphs_by_code(wide_from: u16) -> Vec<u8> {
    (0..=u16::MAX).flat_map(|code| if code < wide_from { NARROW } else { WIDE }.to_be_bytes()).collect()
}

fn head() -> Vec<u8> {
    let mut table = Vec::new();
    // Version 1.0, revision 1.0, no checksum of the file, the magic number, flags, units.
    words(&mut table, &[1, 0, 1, 0, 0, 0, 0x5F0F, 0x3CF5, 0, UNITS]);
    // Made at no time; no bounds; no style; the smallest size; direction, short offsets, format.
    words(&mut table, &[0; 8]);
    words(&mut table, &[0, 0, 0, 0, 0, 3, 2, 0, 0]);
    table
}

fn hhea() -> Vec<u8> {
    let mut table = Vec::new();
    words(&mut table, &[1, 0, RISE, FALL.cast_unsigned(), 0, UNITS, 0, 0, UNITS, 1, 0, 0, 0, 0, 0, 0, 0, 3]);
    table
}

fn hmtx() -> Vec<u8> {
    let mut table = Vec::new();
    for width in WIDTHS {
        words(&mut table, &[width, 0]);
    }
    table
}

fn maxp() -> Vec<u8> {
    let mut table = Vec::new();
    words(&mut table, &[1, 0, 3, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    table
}

fn words(table: &mut Vec<u8>, words: &[u16]) {
    table.extend(words.iter().flat_map(|word| word.to_be_bytes()));
}

fn checksum(table: &[u8]) -> u32 {
    table.chunks(4).fold(0_u32, |sum, bytes| {
        let number = (0..4)
            .fold(0_u32, |number, place| number << 8 | u32::from(bytes.get(place).copied().unwrap_or(0)));
        sum.wrapping_add(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_have_the_lengths_of_their_formats() {
        assert_eq!([head().len(), hhea().len(), hmtx().len(), maxp().len()], [54, 36, 12, 32]);
        assert_eq!(font_file().len() % 4, 0);
        let glyphs = glyphs_by_code(0x2E80);
        assert_eq!((glyphs.len(), glyphs[0x2E7F * 2 + 1], glyphs[0x2E80 * 2 + 1]), (131_072, 1, 2));
    }
}
