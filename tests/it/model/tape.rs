//! The training way of the encoder against its definition on candle's tape: the same states, the same
//! gradient of every weight.

use candle_core::{Device, Tensor, Var};
use tingsu::model::{
    Arithmetic,
    config::EncoderConfig,
    decoder::Decoder,
    encoder::{Encoder, Packed},
    tape::{GuessTape, GuessWeights, LayerWeights, Tape},
    weights::{Weights, to_bytes},
};

use super::tiny::{Drawn, LAYOUTS, config, encoder};

fn flat(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

/// Largest distance as a share of the largest expected number.
fn far(name: &str, got: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(got.len(), expected.len(), "{name}");
    let size = expected.iter().fold(1e-3f32, |m, v| m.max(v.abs()));
    got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max) / size
}

/// Sequences of all lengths, together longer than what one chunk holds.
fn batch() -> Packed {
    let sequences: Vec<Vec<u32>> = [3usize, 64, 17, 1, 50, 63, 33, 60, 48]
        .iter()
        .map(|n| (0..*n as u32).map(|i| 2 + i * 7 % 150).collect())
        .collect();
    Packed::new(sequences.iter().map(Vec::as_slice))
}

fn variables(weights: &Weights, config: &EncoderConfig, how: Arithmetic) -> (Encoder, Decoder, Vec<(String, Var)>) {
    let mut vars = Vec::new();
    let mut keep = |name: &str, _: usize, t: Tensor| {
        let var = Var::from_tensor(&t)?;
        vars.push((name.to_owned(), var.clone()));
        Ok(var.as_tensor().clone())
    };
    let encoder = Encoder::load(config, weights, &mut keep).unwrap().computing_in(how);
    let decoder = Decoder::load(config, &Weights::drawn(5, config.layers), &mut keep).unwrap().computing_in(how);
    (encoder, decoder, vars)
}

fn prepared(encoder: &Encoder) -> [LayerWeights; 2] {
    let mut both = <[LayerWeights; 2]>::default();
    both.iter_mut().enumerate().for_each(|(n, own)| own.prepare(encoder, n).unwrap());
    both
}

#[test]
fn states_and_gradients_are_those_of_the_definition() {
    for (how, bound) in [(Arithmetic::F32, 2e-4), (Arithmetic::Bf16, 0.06)] {
        for layout in LAYOUTS {
            let config = EncoderConfig::parse(config(layout).as_bytes()).unwrap();
            let weights = Weights::parse(&to_bytes(&encoder(layout), false).unwrap()).unwrap();
            let (exact, _, vars) = variables(&weights, &config, Arithmetic::F32);
            let (own, ..) = variables(&weights, &config, how);
            let batch = batch();
            let hidden = exact.encode(&batch, &exact.embed(&batch).unwrap()).unwrap();
            let g = Drawn::new(9).tensor(hidden.dims(), 0.0, 1.0);
            let expected = (&hidden * &g).unwrap().sum_all().unwrap().backward().unwrap();

            let (mut tape, layers) = (Tape::default(), prepared(&own));
            // twice: what the first round left in the buffers must not show in the second
            for round in 0..2 {
                let states = tape.forward(&own, &layers, &batch).unwrap();
                let off = far("states", states, &flat(&hidden));
                assert!(off <= bound, "{layout:?} {how:?}, round {round}: states differ by {off}");
                tape.backward(&own, &layers, &flat(&g), None).unwrap();
            }
            let gradients = tape.gradients(&own);
            for ((name, var), got) in vars.iter().zip(&gradients) {
                let off = far(name, got, &flat(expected.get(var).unwrap()));
                assert!(off <= bound, "{layout:?} {how:?}: gradient of {name} differs by {off}");
            }
            let encoders = vars.iter().filter(|(_, v)| expected.get(v).is_some()).count();
            assert_eq!(gradients.len(), encoders, "{layout:?}: one gradient for each weight");
        }
    }
}

#[test]
fn guesses_and_their_gradients_are_those_of_the_definition() {
    for layout in LAYOUTS {
        let config = EncoderConfig::parse(config(layout).as_bytes()).unwrap();
        let weights = Weights::parse(&to_bytes(&encoder(layout), false).unwrap()).unwrap();
        let (encoder, decoder, vars) = variables(&weights, &config, Arithmetic::F32);
        let states = Var::from_tensor(&Drawn::new(2).tensor(&[7, config.hidden], 0.0, 1.0)).unwrap();
        let targets = [3u32, 9, 9, 140, 0, 77, 12];
        let guesses = decoder.guess(encoder.table(), &states, &targets).unwrap();
        let expected = (&guesses.loss * 0.25).unwrap().backward().unwrap();

        let mut both = <[GuessWeights; 2]>::default();
        both.iter_mut().enumerate().for_each(|(n, own)| own.prepare(&decoder, encoder.table(), n).unwrap());
        let (mut tape, mut table) = (GuessTape::default(), Vec::new());
        let guessed = tape.learn(&decoder, &both, &flat(&states), &targets, 0.25, &mut table).unwrap();
        assert_eq!(guessed.right, guesses.right, "{layout:?}");
        assert!((guessed.loss as f32 - guesses.loss.to_scalar::<f32>().unwrap()).abs() < 1e-3, "{layout:?}");
        let first = &vars[0];
        assert!(far("table", &table, &flat(expected.get(&first.1).unwrap())) < 1e-4, "{layout:?}: {}", first.0);
        assert!(far("states", tape.states(), &flat(expected.get(&states).unwrap())) < 1e-4, "{layout:?}");
        let own = tape.gradients(&decoder);
        for ((name, var), got) in vars[vars.len() - own.len()..].iter().zip(&own) {
            let off = far(name, got, &flat(expected.get(var).unwrap()));
            assert!(off < 1e-4, "{layout:?}: gradient of {name} differs by {off}");
        }
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let config = EncoderConfig::parse(config(LAYOUTS[0]).as_bytes()).unwrap();
    let weights = Weights::parse(&to_bytes(&encoder(LAYOUTS[0]), false).unwrap()).unwrap();
    let (encoder, decoder, _) = variables(&weights, &config, Arithmetic::F32);
    let (mut tape, layers) = (Tape::default(), prepared(&encoder));
    let (long, unknown) = (vec![4u32; config.longest() + 1], [2, 1_000_000]);
    for ids in [long.as_slice(), &unknown] {
        assert!(tape.forward(&encoder, &layers, &Packed::new([ids])).is_err());
    }
    let mut both = <[GuessWeights; 2]>::default();
    both.iter_mut().enumerate().for_each(|(n, own)| own.prepare(&decoder, encoder.table(), n).unwrap());
    let states = flat(&Tensor::zeros((1, config.hidden), candle_core::DType::F32, &Device::Cpu).unwrap());
    for targets in [vec![1, 2], vec![1_000_000]] {
        let mut table = Vec::new();
        assert!(GuessTape::default().learn(&decoder, &both, &states, &targets, 1.0, &mut table).is_err());
    }
}
