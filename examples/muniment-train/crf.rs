//! Trains a linear-chain model: conditional log-likelihood, AdaGrad, one pass per epoch in an
//! order drawn from a fixed seed.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use muniment::redaction::names::model::{self, LABELS, Scores};

use crate::draw::Draw;

/// The keys are hashes already.
#[derive(Default)]
pub struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

type Ids<V> = HashMap<u64, V, BuildHasherDefault<Identity>>;

/// One sequence: the features of each place, and what the place is.
pub struct Sequence {
    pub hashes: Vec<u64>,
    pub ends: Vec<u32>,
    pub gold: Vec<u8>,
}

struct Compact {
    ids: Vec<u32>,
    ends: Vec<u32>,
    gold: Vec<u8>,
}

pub struct Options {
    pub epochs: usize,
    pub rate: f32,
    pub least_count: u32,
    pub buckets: usize,
    pub decay: f32,
    pub drop: f32,
}

struct State {
    weights: Vec<Scores>,
    squares: Vec<Scores>,
    start: Scores,
    start_squares: Scores,
    moves: [Scores; LABELS],
    move_squares: [Scores; LABELS],
}

/// Trains and writes the model's bytes.
pub fn train(sequences: Vec<Sequence>, options: &Options) -> Vec<u8> {
    let mut counts: Ids<u32> = Ids::default();
    for sequence in &sequences {
        for hash in &sequence.hashes {
            *counts.entry(*hash).or_default() += 1;
        }
    }
    let mut kept: Vec<(u64, u32)> = counts
        .iter()
        .filter(|(_, count)| **count >= options.least_count)
        .map(|(hash, count)| (*hash, *count))
        .collect();
    kept.sort_unstable();
    eprintln!("  {} features seen, {} kept for training", counts.len(), kept.len());
    drop(counts);
    let ids: Ids<u32> = kept.iter().enumerate().map(|(i, (hash, _))| (*hash, i as u32)).collect();
    let compact: Vec<Compact> = sequences
        .into_iter()
        .map(|sequence| {
            let mut out = Compact {
                ids: Vec::with_capacity(sequence.hashes.len()),
                ends: Vec::new(),
                gold: sequence.gold,
            };
            let mut from = 0usize;
            for end in &sequence.ends {
                out.ids.extend(sequence.hashes[from..*end as usize].iter().filter_map(|hash| ids.get(hash)));
                out.ends.push(out.ids.len() as u32);
                from = *end as usize;
            }
            out
        })
        .collect();
    drop(ids);
    let mut state = State {
        weights: vec![[0.0; LABELS]; kept.len()],
        squares: vec![[1e-2; LABELS]; kept.len()],
        start: [0.0; LABELS],
        start_squares: [1e-2; LABELS],
        moves: [[0.0; LABELS]; LABELS],
        move_squares: [[1e-2; LABELS]; LABELS],
    };
    let mut order: Vec<usize> = (0..compact.len()).collect();
    let mut draw = Draw::new(7);
    for epoch in 0..options.epochs {
        draw.shuffle(&mut order);
        let began = std::time::Instant::now();
        let rate = options.rate / (1.0 + epoch as f32 * 0.5);
        let mut loss = 0.0f64;
        let mut places = 0usize;
        for i in &order {
            loss += step(&compact[*i], &mut state, rate, options, &mut draw);
            places += compact[*i].gold.len();
        }
        eprintln!(
            "  epoch {epoch}: loss per place {:.5}, {:.0} s",
            loss / places as f64,
            began.elapsed().as_secs_f32()
        );
    }
    let mut rows: Vec<(f32, u64, Scores)> = kept
        .iter()
        .zip(&state.weights)
        .map(|((hash, count), row)| {
            let span =
                row.iter().copied().fold(f32::MIN, f32::max) - row.iter().copied().fold(f32::MAX, f32::min);
            (span * (1.0 + *count as f32).ln(), *hash, *row)
        })
        .filter(|row| row.0 > 0.05)
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let rows: Vec<(u64, Scores)> = rows.into_iter().map(|(_, hash, row)| (hash, row)).collect();
    let (bytes, written) = model::write(&state.start, &state.moves, &rows, options.buckets);
    eprintln!("  {} features weigh something, {written} written, {} bytes", rows.len(), bytes.len());
    bytes
}

/// One sequence: forward, backward, update. Returns its loss.
fn step(sequence: &Compact, state: &mut State, rate: f32, options: &Options, draw: &mut Draw) -> f64 {
    let n = sequence.gold.len();
    if n == 0 {
        return 0.0;
    }
    let keep_limit = ((1.0 - options.drop) * 65536.0) as u64;
    let scale = 1.0 / (1.0 - options.drop);
    let mut used: Vec<u32> = Vec::with_capacity(sequence.ids.len());
    let mut ends: Vec<usize> = Vec::with_capacity(n);
    let mut emit: Vec<Scores> = Vec::with_capacity(n);
    let mut tops: Vec<f32> = Vec::with_capacity(n);
    let mut from = 0usize;
    let mut gold_score = 0.0f64;
    for (i, end) in sequence.ends.iter().enumerate() {
        let mut row = [0.0f32; LABELS];
        for id in &sequence.ids[from..*end as usize] {
            // Features are dropped at random, so that no single one is relied upon.
            if options.drop > 0.0 && draw.bits() & 0xFFFF >= keep_limit {
                continue;
            }
            used.push(*id);
            let weights = &state.weights[*id as usize];
            for (sum, weight) in row.iter_mut().zip(weights) {
                *sum += weight;
            }
        }
        row.iter_mut().for_each(|value| *value *= scale);
        ends.push(used.len());
        from = *end as usize;
        if i == 0 {
            row.iter_mut().zip(&state.start).for_each(|(value, start)| *value += start);
        }
        gold_score += f64::from(row[sequence.gold[i] as usize]);
        if i > 0 {
            gold_score += f64::from(state.moves[sequence.gold[i] as usize][sequence.gold[i - 1] as usize]);
        }
        let top = row.iter().copied().fold(f32::MIN, f32::max);
        tops.push(top);
        row.iter_mut().for_each(|value| *value = (*value - top).exp());
        emit.push(row);
    }
    let mut moves = [[0.0f32; LABELS]; LABELS];
    for (to, row) in moves.iter_mut().enumerate() {
        for (from, value) in row.iter_mut().enumerate() {
            *value = if model::allowed(from, to) { state.moves[to][from].exp() } else { 0.0 };
        }
    }
    // Forward, scaled at each place.
    let mut forward: Vec<Scores> = Vec::with_capacity(n);
    let mut log_sum = 0.0f64;
    for i in 0..n {
        let mut row = [0.0f32; LABELS];
        for to in 0..LABELS {
            let sum = if i == 0 {
                f32::from(u8::from(to == 0 || matches!((to - 1) % 4, 0 | 3)))
            } else {
                forward[i - 1].iter().zip(&moves[to]).map(|(a, b)| a * b).sum()
            };
            row[to] = sum * emit[i][to];
        }
        let total: f32 = row.iter().sum::<f32>().max(1e-30);
        row.iter_mut().for_each(|value| *value /= total);
        log_sum += f64::from(total.ln()) + f64::from(tops[i]);
        forward.push(row);
    }
    let mut backward = [1.0f32; LABELS];
    let mut move_gradient = [[0.0f32; LABELS]; LABELS];
    for i in (0..n).rev() {
        let mut posterior = [0.0f32; LABELS];
        let mut total = 0.0f32;
        for label in 0..LABELS {
            posterior[label] = forward[i][label] * backward[label];
            total += posterior[label];
        }
        let total = total.max(1e-30);
        posterior.iter_mut().for_each(|value| *value /= total);
        // Before the weights change: the pair posteriors and the next backward row.
        if i > 0 {
            let mut next = [0.0f32; LABELS];
            let mut pair_total = 0.0f32;
            let mut pairs = [[0.0f32; LABELS]; LABELS];
            for to in 0..LABELS {
                let value = emit[i][to] * backward[to];
                for from in 0..LABELS {
                    let step = moves[to][from] * value;
                    next[from] += step;
                    pairs[to][from] = forward[i - 1][from] * step;
                    pair_total += pairs[to][from];
                }
            }
            let pair_total = pair_total.max(1e-30);
            for to in 0..LABELS {
                for from in 0..LABELS {
                    move_gradient[to][from] += pairs[to][from] / pair_total;
                }
            }
            move_gradient[sequence.gold[i] as usize][sequence.gold[i - 1] as usize] -= 1.0;
            let norm: f32 = next.iter().sum::<f32>().max(1e-30);
            backward = next.map(|value| value / norm);
        }
        let mut gradient = posterior;
        gradient[sequence.gold[i] as usize] -= 1.0;
        if gradient.iter().all(|g| g.abs() < 1e-3) {
            continue;
        }
        let first = if i == 0 { 0 } else { ends[i - 1] };
        for id in &used[first..ends[i]] {
            update(
                &mut state.weights[*id as usize],
                &mut state.squares[*id as usize],
                &gradient,
                rate,
                options.decay,
            );
        }
        if i == 0 {
            update(&mut state.start, &mut state.start_squares, &gradient, rate, 0.0);
        }
    }
    for to in 0..LABELS {
        update(&mut state.moves[to], &mut state.move_squares[to], &move_gradient[to], rate, 0.0);
    }
    log_sum - gold_score
}

#[inline]
fn update(weights: &mut Scores, squares: &mut Scores, gradient: &Scores, rate: f32, decay: f32) {
    for ((weight, square), g) in weights.iter_mut().zip(squares.iter_mut()).zip(gradient) {
        *square += g * g;
        *weight -= rate * (g + decay * *weight) / square.sqrt();
    }
}
