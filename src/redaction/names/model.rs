//! A linear-chain model over 13 labels: outside, and begin, inside, end or single of three
//! sorts of names. Its weights are a table of 64-byte buckets, four features each, read as they
//! lie in the binary: one feature costs one cache line and no allocation.

use super::hash::{FEATURES_MOST, Features};

/// Labels: 0 is outside; sort `s` has begin `1 + 4s`, inside, end, single.
pub const LABELS: usize = 13;
/// Bytes of a slot: 16 bits of the feature's hash, 13 weights, a spare byte.
const SLOT: usize = 16;
const BUCKET: usize = 4 * SLOT;
/// Magic, scale, start and transition weights, padding to whole cache lines: the table follows.
pub const HEAD: usize = 768;
const MAGIC: &[u8; 8] = b"MUNCRF01";

/// Scores of the labels at one place.
pub type Scores = [f32; LABELS];

/// A model over bytes that the training tool has written.
pub struct Model<'a> {
    scale: f32,
    start: Scores,
    /// `moves[to][from]`: forbidden moves are far below zero.
    moves: [Scores; LABELS],
    /// Four to a bucket.
    slots: &'a [[u8; SLOT]],
}

/// The scores of a place at which no name can be.
pub const NO_NAME: Scores = [20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];

/// A name found: positions in places of the sequence, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// First place.
    pub start: usize,
    /// One past the last place.
    pub end: usize,
    /// Which sort.
    pub sort: usize,
    /// How much the labels outscore "outside" on average; about 0 is a toss-up.
    pub margin: f32,
}

/// True if label `to` may follow label `from`.
pub const fn allowed(from: usize, to: usize) -> bool {
    // Within a name only its own inside or end may follow.
    let open = from != 0 && matches!((from - 1) % 4, 0 | 1);
    if open {
        let base = from - 1 - (from - 1) % 4;
        to == base + 2 || to == base + 3
    } else {
        to == 0 || matches!((to - 1) % 4, 0 | 3)
    }
}

impl<'a> Model<'a> {
    /// Reads a model; `None` if the bytes are none.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let body = bytes.strip_prefix(MAGIC)?;
        let mut numbers = body.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        let scale = numbers.next()?;
        let mut start = [0.0; LABELS];
        for value in &mut start {
            *value = numbers.next()?;
        }
        let mut moves = [[0.0; LABELS]; LABELS];
        for (to, row) in moves.iter_mut().enumerate() {
            for (from, value) in row.iter_mut().enumerate() {
                *value = numbers.next()?;
                if !allowed(from, to) {
                    *value = -1.0e9;
                }
            }
        }
        let (slots, rest) = bytes.get(HEAD..)?.as_chunks::<SLOT>();
        (rest.is_empty() && slots.len() >= 4 && slots.len().is_power_of_two()).then_some(Self {
            scale,
            start,
            moves,
            slots,
        })
    }

    /// The scores of a place from its features.
    #[inline]
    pub fn scores(&self, features: &Features) -> Scores {
        // Two passes: the first only finds the slots, without a branch that could be guessed
        // wrong while memory is awaited; the second adds what is near by then.
        let mut found = [0u32; FEATURES_MOST];
        let mut count = 0usize;
        let mask = (self.slots.len() / 4).wrapping_sub(1);
        for hash in features.all() {
            let (place, print) = split(*hash);
            let first = (place & mask) * 4;
            let Some([a, b, c, d]) = self.slots.get(first..first + 4) else { continue };
            let is = |slot: &[u8; SLOT]| u32::from(u16::from_le_bytes([slot[0], slot[1]]) == print);
            let (a, b, c, d) = (is(a), is(b), is(c), is(d));
            if let Some(entry) = found.get_mut(count) {
                *entry = (first as u32).wrapping_add(b + 2 * c + 3 * d);
            }
            count += (a | b | c | d) as usize;
        }
        let mut sums = [0i16; 16];
        for at in found.iter().take(count) {
            let Some(slot) = self.slots.get(*at as usize) else { continue };
            // All sixteen bytes are added, so that the compiler may use vectors; the first two
            // and the last sum to nothing that is read.
            for (sum, byte) in sums.iter_mut().zip(slot) {
                *sum = sum.wrapping_add(i16::from(*byte as i8));
            }
        }
        let mut scores = [0.0; LABELS];
        for (score, sum) in scores.iter_mut().zip(sums.iter().skip(2)) {
            *score = f32::from(*sum) * self.scale;
        }
        scores
    }

    /// The best sequence of labels (Viterbi); `outside` is added to the score of "outside":
    /// below zero it trades precision for recall.
    pub fn decode(&self, scores: &mut [Scores], outside: f32) -> Vec<u8> {
        let mut back: Vec<[u8; LABELS]> = Vec::with_capacity(scores.len());
        let mut best = [0.0f32; LABELS];
        for (i, row) in scores.iter_mut().enumerate() {
            row[0] += outside;
            let mut next = [0.0f32; LABELS];
            let mut from_labels = [0u8; LABELS];
            if i == 0 {
                for (label, value) in next.iter_mut().enumerate() {
                    let may = label == 0 || matches!((label - 1) % 4, 0 | 3);
                    *value = if may { self.start.get(label).copied().unwrap_or(0.0) } else { -1.0e9 };
                }
            } else {
                step(&best, &self.moves, &mut next, &mut from_labels);
            }
            for (value, score) in next.iter_mut().zip(row.iter()) {
                *value += score;
            }
            best = next;
            back.push(from_labels);
        }
        walk_back(&best, &back)
    }
}

/// For every label the best label before it. Names open only where none is open, and go on only
/// where one is: most of the moves need no look.
#[inline]
fn step(best: &Scores, moves: &[Scores; LABELS], next: &mut Scores, from_labels: &mut [u8; LABELS]) {
    const CLOSED: [usize; 7] = [0, 3, 4, 7, 8, 11, 12];
    for (to, ((row, value), from_label)) in
        moves.iter().zip(next.iter_mut()).zip(from_labels.iter_mut()).enumerate()
    {
        let mut top = f32::MIN;
        let mut top_from = 0u8;
        let mut look = |from: usize| {
            let total =
                best.get(from).copied().unwrap_or(f32::MIN) + row.get(from).copied().unwrap_or(f32::MIN);
            if total > top {
                top = total;
                top_from = from as u8;
            }
        };
        if to == 0 || matches!((to - 1) % 4, 0 | 3) {
            CLOSED.into_iter().for_each(&mut look);
        } else {
            let base = to - (to - 1) % 4;
            look(base);
            look(base + 1);
        }
        *value = top;
        *from_label = top_from;
    }
}

fn walk_back(best: &Scores, back: &[[u8; LABELS]]) -> Vec<u8> {
    // A sequence may end only outside, at an end, or at a single.
    let last = (0..LABELS)
        .filter(|label| *label == 0 || matches!((label - 1) % 4, 2 | 3))
        .max_by(|a, b| {
            let score = |label: &usize| best.get(*label).copied().unwrap_or(f32::MIN);
            score(a).total_cmp(&score(b))
        })
        .unwrap_or(0);
    let mut labels = vec![0u8; back.len()];
    let mut label = last as u8;
    for (place, row) in labels.iter_mut().zip(back).rev() {
        *place = label;
        label = row.get(usize::from(label)).copied().unwrap_or(0);
    }
    labels
}

/// The names that a sequence of labels spells.
pub fn names(labels: &[u8], scores: &[Scores]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut gain = 0.0;
    for (i, (label, row)) in labels.iter().zip(scores).enumerate() {
        let Some(inner) = label.checked_sub(1) else { continue };
        let (sort, part) = (usize::from(inner / 4), inner % 4);
        if matches!(part, 0 | 3) {
            start = i;
            gain = 0.0;
        }
        gain += row.get(usize::from(*label)).copied().unwrap_or(0.0) - row[0];
        if matches!(part, 2 | 3) {
            found.push(Found { start, end: i + 1, sort, margin: gain / (i + 1 - start) as f32 });
        }
    }
    found
}

fn split(hash: u64) -> (usize, u16) {
    let print = (hash >> 48) as u16;
    ((hash & 0xFFFF_FFFF) as usize, print.max(1))
}

/// Writes a model: features in order of importance with their weights; those that find their
/// bucket full are left out. Returns the bytes and how many features were kept.
pub fn write(
    start: &Scores,
    moves: &[Scores; LABELS],
    features: &[(u64, Scores)],
    buckets: usize,
) -> (Vec<u8>, usize) {
    let largest =
        features.iter().flat_map(|(_, row)| row.iter()).fold(1e-6f32, |top, weight| top.max(weight.abs()));
    let scale = largest.min(6.0) / 127.0;
    let mut bytes = MAGIC.to_vec();
    bytes.extend(scale.to_le_bytes());
    start.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    moves.iter().flatten().for_each(|value| bytes.extend(value.to_le_bytes()));
    bytes.resize(HEAD, 0);
    let mut table = vec![0u8; buckets * BUCKET];
    let mut kept = 0;
    for (hash, row) in features {
        let (place, print) = split(*hash);
        let at = (place & (buckets - 1)) * BUCKET;
        let free = (0..4).map(|slot| at + slot * SLOT).find(|at| table.get(*at..*at + 2) == Some(&[0, 0]));
        let Some(slot) = free.and_then(|at| table.get_mut(at..at + SLOT)) else { continue };
        let weights = row.iter().map(|weight| (weight / scale).round().clamp(-127.0, 127.0) as i8 as u8);
        let value = print.to_le_bytes().into_iter().chain(weights);
        slot.iter_mut().zip(value).for_each(|(to, from)| *to = from);
        kept += 1;
    }
    bytes.extend(table);
    (bytes, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_model_is_read_back_and_decodes_what_its_weights_say() {
        let mut features = Features::default();
        features.add(1, [7]);
        let hash = features.all()[0];
        let mut row = [0.0; LABELS];
        row[4] = 3.0;
        let (bytes, kept) = write(&[0.0; LABELS], &[[0.0; LABELS]; LABELS], &[(hash, row)], 16);
        let model = Model::read(&bytes).unwrap();
        assert_eq!(kept, 1);
        let mut scores = [[0.0; LABELS], model.scores(&features), [0.0; LABELS]];
        let labels = model.decode(&mut scores, 0.1);
        let found = names(&labels, &scores);
        assert_eq!(found.iter().map(|f| (f.start, f.end, f.sort)).collect::<Vec<_>>(), [(1, 2, 0)]);
    }

    #[test]
    fn labels_spell_whole_names_only() {
        assert!(allowed(1, 2) && allowed(1, 3) && allowed(2, 3) && !allowed(1, 1) && !allowed(1, 0));
        assert!(allowed(0, 1) && allowed(3, 5) && allowed(4, 4) && !allowed(0, 3) && !allowed(5, 3));
    }
}
