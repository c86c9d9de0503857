use super::*;
use crate::document::pdf::rebuild::Canvas;
use crate::document::pdf::rebuild::testing::{one_page, words};

const VALUE: &str = "林佳慧";

fn expected(boxes: Vec<PixelBox>) -> Vec<ExpectedPage> {
    vec![ExpectedPage { width: 100.0, height: 50.0, boxes: Some(boxes) }]
}

fn tested(bytes: &[u8], pages: &[ExpectedPage]) -> Result<(), Residue> {
    verify(bytes, &Expected { pages, values: &[VALUE, "13900001111"] })
}

fn white() -> Canvas {
    Canvas::of(100, 50, &vec![255; 100 * 50 * 4])
}

const BOX: PixelBox = PixelBox { left: 10, top: 10, right: 40, bottom: 20 };

#[test]
fn a_new_file_without_the_values_stands_the_test() {
    let mut canvas = white();
    canvas.fill(BOX);
    let bytes = one_page(&canvas, &words("姓名 [隐去] 139 0000"));
    assert_eq!(tested(&bytes, &expected(vec![BOX])), Ok(()));
}

#[test]
fn a_value_left_among_the_words_is_found_however_it_is_written() {
    for left in [VALUE, "姓名林佳 慧", "1390000\u{2003}1111", "１３９００００１１１１"] {
        let bytes = one_page(&white(), &words(left));
        let found = tested(&bytes, &expected(vec![]));
        assert!(matches!(found, Err(Residue::InBytes | Residue::InText)), "{left}: {found:?}");
    }
}

#[test]
fn a_box_that_is_not_filled_is_found() {
    let mut canvas = white();
    canvas.fill(PixelBox { right: 39, ..BOX });
    let bytes = one_page(&canvas, &words("words"));
    assert_eq!(tested(&bytes, &expected(vec![BOX])), Err(Residue::Box));
}

#[test]
fn anything_more_than_the_few_objects_is_found() {
    let sound = one_page(&white(), &words("words"));
    assert_eq!(tested(&sound, &expected(vec![])), Ok(()));
    let appended = [&sound[..], b"\n99 0 obj\n<</Type/Page>>\nendobj\n%%EOF"].concat();
    assert_eq!(tested(&appended, &expected(vec![])), Err(Residue::Structure));
    let with = |from: &str, to: &str| {
        let at = sound.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        [&sound[..at], to.as_bytes(), &sound[at + from.len()..]].concat()
    };
    assert_ne!(tested(&with("/Type /Catalog", "/Lang (zh) /Type /Catalog"), &expected(vec![])), Ok(()));
    assert_ne!(tested(&with("/Type /Catalog", "/Type /Cat?log"), &expected(vec![])), Ok(()));
    assert_ne!(tested(&sound[..sound.len() / 2], &expected(vec![])), Ok(()));
}

#[test]
fn a_page_of_another_size_or_too_many_is_found() {
    let bytes = one_page(&white(), &words("words"));
    let mut pages = expected(vec![]);
    pages[0].width = 101.0;
    assert_eq!(tested(&bytes, &pages), Err(Residue::Pages));
    let two: Vec<ExpectedPage> = expected(vec![]).into_iter().chain(expected(vec![])).collect();
    assert_eq!(tested(&bytes, &two), Err(Residue::Pages));
    let slip = [ExpectedPage { width: 100.0, height: 50.0, boxes: None }];
    assert_eq!(tested(&bytes, &slip), Err(Residue::Pages));
}

#[test]
fn a_photograph_goes_through_jpeg_and_its_boxes_are_still_even() {
    let pixels: Vec<u8> = (0..100_u32 * 50)
        .flat_map(|n| [(n * 7 % 251) as u8, (n * 13 % 241) as u8, (n % 256) as u8, 255])
        .collect();
    let mut canvas = Canvas::of(100, 50, &pixels);
    let bytes = one_page(&canvas, &words("words"));
    assert_eq!(tested(&bytes, &expected(vec![BOX])), Err(Residue::Box));
    canvas.fill(BOX);
    assert!(matches!(canvas.packed().unwrap().0, crate::document::pdf::Coding::Jpeg));
    assert_eq!(tested(&one_page(&canvas, &words("words")), &expected(vec![BOX])), Ok(()));
}
