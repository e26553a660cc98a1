//! What serves against what trained: in f32 the same numbers, in 8-bit integers nearly; and the same
//! integers with every instruction set.

use candle_core::{Tensor, Var};
use proptest::prelude::*;
use tingsu::model::{
    Bundle, Precision,
    config::EncoderConfig,
    encoder::{Encoder, Packed, constant},
    heads::Heads,
    int8::{self, Instructions, Quantised},
    tokenizer::Reader,
    weights::Weights,
};

use super::tiny::{Drawn, LAYOUTS, files, files_with, inputs, wide_labels};

#[test]
fn serving_in_f32_equals_the_reference() {
    for layout in LAYOUTS {
        let (files, labels) = (files_with(layout, &wide_labels()), wide_labels());
        let bundle = Bundle::from_files_in(&files, Precision::Float).unwrap();
        let config = EncoderConfig::parse(&files["config.json"]).unwrap();
        let weights = Weights::parse(&files["model.safetensors"]).unwrap();
        let encoder = Encoder::load(&config, &weights, &mut constant).unwrap();
        let heads = Heads::load(config.hidden, &labels, &weights, &mut constant).unwrap();
        let reader = Reader::parse(&files["tokenizer.json"], config.vocabulary, 48).unwrap();
        let inputs = inputs();
        for (input, votes) in inputs.iter().zip(bundle.votes(&inputs).unwrap()) {
            let batch = Packed::new([reader.read(input).ids.as_slice()]);
            let embedded = Var::from_tensor(&encoder.embed(&batch).unwrap()).unwrap();
            let hidden = encoder.encode(&batch, &embedded).unwrap();
            let outputs = heads.forward(&batch, &hidden, &mut Ok).unwrap();
            let whole: Vec<Tensor> = outputs.logits.into_iter().filter(|l| l.dim(0).unwrap() == 1).collect();
            let logits = Tensor::cat(&whole, 1).unwrap();
            let wanted: Vec<f32> = logits.flatten_all().unwrap().to_vec1().unwrap();
            let far = wanted.iter().zip(&votes.encoder).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(far < 1e-4 && wanted.len() == votes.encoder.len(), "{layout:?}: logits differ by {far}");
            for output in [0, 9, wanted.len() - 1] {
                let gradients = logits.narrow(1, output, 1).unwrap().sum_all().unwrap().backward().unwrap();
                let products = (gradients.get(&embedded).unwrap() * embedded.as_tensor()).unwrap();
                let wanted: Vec<f32> = products.sum(1).unwrap().to_vec1().unwrap();
                let own = bundle.token_strengths(input, output);
                let largest = wanted.iter().fold(1e-3f32, |a, b| a.max(b.abs()));
                let far = wanted.iter().zip(&own).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(far < 1e-4 * largest + 1e-5 && own.len() == wanted.len(), "{layout:?}: strengths by {far}");
            }
        }
    }
}

#[test]
fn serving_in_integers_is_close() {
    for layout in LAYOUTS {
        let files = files(layout);
        let [float, int8] = [Precision::Float, Precision::Int8].map(|p| Bundle::from_files_in(&files, p).unwrap());
        let inputs = inputs();
        for (a, b) in float.votes(&inputs).unwrap().iter().zip(int8.votes(&inputs).unwrap()) {
            let spread = a.encoder.iter().fold(0f32, |m, v| m.max(v.abs()));
            let far = a.encoder.iter().zip(&b.encoder).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // drawn weights have no structure to lean on: trained ones are closer (see the shipped bundle)
            assert!(far > 0.0 && far < 0.1 * spread, "{layout:?}: {far} of {spread}");
        }
    }
}

fn product(how: Instructions, x: &[f32], weights: &[f32], (inputs, outputs): (usize, usize), bias: &[f32]) -> Vec<f32> {
    let packed = int8::Packed::new(weights, inputs, outputs, bias);
    let mut out = vec![f32::NAN; x.len() / inputs * outputs];
    packed.apply(how, x, &mut out, &mut Quantised::default());
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn every_instruction_set_gives_the_same(
        rows in 0usize..14, inputs in 1usize..90, outputs in 1usize..150, seed in any::<u32>(), biased in any::<bool>(),
    ) {
        let mut drawn = Drawn::new(seed);
        let mut numbers = |n: usize| -> Vec<f32> { (0..n).map(|_| drawn.next()).collect() };
        let (x, weights) = (numbers(rows * inputs), numbers(inputs * outputs));
        let bias = if biased { numbers(outputs) } else { Vec::new() };
        let plain = product(Instructions::Plain, &x, &weights, (inputs, outputs), &bias);
        for how in Instructions::all() {
            let own = product(how, &x, &weights, (inputs, outputs), &bias);
            prop_assert!(own.iter().zip(&plain).all(|(a, b)| a.to_bits() == b.to_bits()), "{how:?}");
        }
        for (row, out) in x.chunks_exact(inputs).zip(plain.chunks_exact(outputs)) {
            let largest = row.iter().fold(0f32, |a, b| a.max(b.abs()));
            for (n, value) in out.iter().enumerate() {
                let column = || weights.iter().skip(n).step_by(outputs);
                let exact: f32 = row.iter().zip(column()).map(|(x, w)| x * w).sum::<f32>() + bias.get(n).unwrap_or(&0.0);
                // half a step of each factor, times the other factor's largest value, for each input
                let heaviest = column().fold(0f32, |a, b| a.max(b.abs()));
                let bound = inputs as f32 * largest * heaviest / 127.0 * 1.02 + 1e-4;
                prop_assert!((value - exact).abs() <= bound, "{value} for {exact}, bound {bound}");
            }
        }
    }
}

#[test]
fn rows_of_zeros_and_extremes_are_finite() {
    let weights = [0.0, 1e-20, -3e30, 2.0];
    for x in [[0.0, 0.0], [1e-30, -1e-30], [1e30, 1e-3]] {
        for how in Instructions::all() {
            let out = product(how, &x, &weights, (2, 2), &[]);
            assert!(out.iter().all(|v| v.is_finite() || x[0] > 1e20), "{how:?} {x:?}: {out:?}");
        }
    }
}
