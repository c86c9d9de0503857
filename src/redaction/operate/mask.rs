//! Asterisks for letters and digits; separators stay, so that the form is still seen.

/// Masks all letters and digits but the first and last so many. A value that is not longer than
/// what would be kept is masked whole.
pub fn mask(value: &str, first: usize, last: usize) -> String {
    let total = value.chars().filter(|c| shown(*c)).count();
    let (first, last) = if total > first + last { (first, last) } else { (0, 0) };
    let mut seen = 0;
    value
        .chars()
        .map(|c| {
            if !shown(c) {
                return c;
            }
            seen += 1;
            if seen <= first || seen > total - last { c } else { '*' }
        })
        .collect()
}

fn shown(c: char) -> bool {
    c.is_alphanumeric() || c == '*'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_stays_and_short_values_are_masked_whole() {
        assert_eq!(mask("138-0013-8000", 3, 4), "138-****-8000");
        assert_eq!(mask("王小明", 1, 0), "王**");
        assert_eq!(mask("王", 1, 0), "*");
        assert_eq!(mask(&mask("6222 0212 3456", 0, 4), 0, 4), mask("6222 0212 3456", 0, 4));
    }
}
