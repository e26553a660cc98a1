//! Fused operations against slow ones, and the trap of candle: a fused operation without a backward
//! pass loses gradients silently.

use std::sync::Arc;

use candle_core::{D, Device, Tensor, Var};
use tingsu::model::{
    Arithmetic,
    attention::{Attention, Rotary, attention},
    config::EncoderConfig,
    decoder::Decoder,
    encoder::{Encoder, Packed},
    heads::Heads,
    ops::{add, geglu, gelu, layer_norm, linear},
    weights::{Weights, to_bytes},
};

use super::tiny::{Drawn, LAYOUTS, config, encoder, wide_labels};

fn close(name: &str, a: &Tensor, b: &Tensor, tolerance: f32) {
    let far = (a - b).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
    assert!(far <= tolerance, "{name}: differs by {far}");
}

#[test]
fn every_variable_gets_a_gradient() {
    for layout in LAYOUTS {
        let config = EncoderConfig::parse(config(layout).as_bytes()).unwrap();
        let labels = wide_labels();
        let mut drawn = Drawn::new(3);
        let mut tensors = encoder(layout);
        tensors.extend(Heads::draw(config.hidden, &labels, &mut || drawn.next()).unwrap());
        let weights = Weights::parse(&to_bytes(&tensors, false).unwrap()).unwrap();
        let mut vars: Vec<(String, Var)> = Vec::new();
        let mut keep = |name: &str, _: usize, t: Tensor| {
            let var = Var::from_tensor(&t)?;
            vars.push((name.to_owned(), var.clone()));
            Ok(var.as_tensor().clone())
        };
        let encoder = Encoder::load(&config, &weights, &mut keep).unwrap();
        let heads = Heads::load(config.hidden, &labels, &weights, &mut keep).unwrap();
        let batch = Packed::new([[2u32, 7, 9, 11, 3].as_slice(), [2, 8, 3].as_slice()]);
        let hidden = encoder.encode(&batch, &encoder.embed(&batch).unwrap()).unwrap();
        let outputs = heads.forward(&batch, &hidden, &mut Ok).unwrap();
        let squares = outputs.logits.iter().map(|l| l.sqr().unwrap().sum_all().unwrap());
        let loss = squares.reduce(|a, b| (a + b).unwrap()).unwrap();
        let gradients = loss.backward().unwrap();
        assert!(vars.len() > 20, "{layout:?}: only {} variables", vars.len());
        for (name, var) in &vars {
            let g = gradients.get(var).unwrap_or_else(|| panic!("{layout:?}: {name} got no gradient"));
            let size = g.sqr().unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap();
            assert!(size.is_finite() && size > 0.0, "{layout:?}: gradient of {name} has square {size}");
        }
    }
}

/// Compares values and gradients of two ways to compute the same, weighting the outputs unevenly.
fn same(name: &str, vars: &[&Var], fused: &dyn Fn() -> Tensor, slow: &dyn Fn() -> Tensor) {
    let (a, b) = (fused(), slow());
    close(name, &a, &b, 1e-5);
    let weights = Drawn::new(17).tensor(a.dims(), 0.0, 1.0);
    let gradients = |t: &Tensor| (t * &weights).unwrap().sum_all().unwrap().backward().unwrap();
    let (ga, gb) = (gradients(&a), gradients(&b));
    for (i, var) in vars.iter().enumerate() {
        let (x, y) = (ga.get(var).expect("fused gradient"), gb.get(var).expect("slow gradient"));
        close(&format!("{name}, gradient {i}"), x, y, 5e-5);
    }
}

#[test]
fn fused_operations_equal_slow_ones() {
    let mut drawn = Drawn::new(1);
    let mut var = |dims: &[usize], centre: f32| Var::from_tensor(&drawn.tensor(dims, centre, 1.5)).unwrap();
    let (x, w, b) = (var(&[5, 37], 0.0), var(&[37], 1.0), var(&[37], 0.0));
    same("layer norm", &[&x, &w, &b], &|| layer_norm(&x, &w, &b, 1e-5).unwrap(), &|| {
        candle_nn::ops::layer_norm_slow(&x, &w, &b, 1e-5).unwrap()
    });
    same("gelu", &[&x], &|| gelu(&x).unwrap(), &|| x.gelu_erf().unwrap());
    let (m, bias) = (var(&[37, 6], 0.0), var(&[6], 0.0));
    same("linear with bias", &[&x, &m, &bias], &|| linear(&x, &m, Some(&bias)).unwrap(), &|| {
        x.matmul(&m).unwrap().broadcast_add(&bias).unwrap()
    });
    same("linear", &[&x, &m], &|| linear(&x, &m, None).unwrap(), &|| x.matmul(&m).unwrap());
    let y = var(&[5, 37], 1.0);
    same("sum", &[&x, &y], &|| add(&x, &y).unwrap(), &|| (x.as_tensor() + y.as_tensor()).unwrap());
    assert!(add(&x, &m).is_err(), "shapes must agree");
    let pair = var(&[4, 22], 0.0);
    same("geglu", &[&pair], &|| geglu(&pair).unwrap(), &|| {
        let half = |at: usize| pair.narrow(1, at, 11).unwrap();
        (half(0).gelu_erf().unwrap() * half(11)).unwrap()
    });
}

#[test]
fn guesses_of_hidden_tokens_equal_slow_ones() {
    for layout in LAYOUTS {
        let config = EncoderConfig::parse(config(layout).as_bytes()).unwrap();
        let mut vars: Vec<(String, Var)> = Vec::new();
        let mut keep = |name: &str, _: usize, t: Tensor| {
            let var = Var::from_tensor(&t)?;
            vars.push((name.to_owned(), var.clone()));
            Ok(var.as_tensor().clone())
        };
        let decoder = Decoder::load(&config, &Weights::drawn(5, config.layers), &mut keep).unwrap();
        let mut drawn = Drawn::new(9);
        let mut var = |dims: &[usize], spread| Var::from_tensor(&drawn.tensor(dims, 0.0, spread)).unwrap();
        let (x, table) = (var(&[3, config.hidden], 1.0), var(&[config.vocabulary, config.hidden], 0.5));
        let bias = vars
            .iter()
            .find(|(n, _)| n.ends_with("decoder.bias") || n.ends_with("predictions.bias") || n == "lm_head.bias");
        bias.unwrap().1.set(&var(&[config.vocabulary], 0.3)).unwrap();
        let get = |end: &str| vars.iter().find(|(n, _)| n.ends_with(end)).map(|(_, v)| v.as_tensor());
        let targets = [7u32, 0, 159];
        let slow = || {
            let mut inner = x.matmul(get("dense.weight").unwrap()).unwrap();
            if let Some(b) = get("dense.bias") {
                inner = inner.broadcast_add(b).unwrap();
            }
            let norms = ["head.norm", "LayerNorm", "layer_norm"];
            let scale = norms.iter().find_map(|n| get(&format!("{n}.weight"))).unwrap();
            let none = scale.zeros_like().unwrap();
            let shift = norms.iter().find_map(|n| get(&format!("{n}.bias"))).unwrap_or(&none);
            let eps = config.eps as f32;
            let inner = candle_nn::ops::layer_norm_slow(&inner.gelu_erf().unwrap(), scale, shift, eps).unwrap();
            let logits = inner.matmul(&table.t().unwrap()).unwrap().broadcast_add(&bias.unwrap().1).unwrap();
            let ids = Tensor::new(&targets, &Device::Cpu).unwrap().unsqueeze(1).unwrap();
            let all = candle_nn::ops::log_softmax(&logits, 1).unwrap();
            let right = logits.argmax(1).unwrap().to_vec1::<u32>().unwrap();
            let hits = right.iter().zip(targets).filter(|(a, b)| **a == *b).count();
            (all.gather(&ids, 1).unwrap().sum_all().unwrap().neg().unwrap(), hits)
        };
        let fast = decoder.guess(&table, &x, &targets).unwrap();
        let (loss, hits) = slow();
        close("loss", &fast.loss, &loss, 1e-4);
        assert_eq!(fast.right, hits, "{layout:?}");
        // a factor, as training divides by the number of places
        let (fast, slow) =
            ((fast.loss * 0.25).unwrap().backward().unwrap(), (loss * 0.25).unwrap().backward().unwrap());
        for (name, var) in vars.iter().map(|(n, v)| (n.as_str(), v)).chain([("states", &x), ("table", &table)]) {
            let (a, b) = (fast.get(var).expect("fused gradient"), slow.get(var).expect("slow gradient"));
            close(&format!("{layout:?}: gradient of {name}"), a, b, 5e-5);
        }
        assert!(decoder.guess(&table, &x, &[1, 2]).is_err(), "a target for each place");
        assert!(decoder.guess(&table, &x, &[1, 2, 160]).is_err(), "targets lie in the vocabulary");
    }
}

/// Attention of one sequence by plain candle operations, rotary positions by the rotate-half formula.
fn slow_attention(qkv: &Tensor, heads: usize, rotary: bool, window: Option<usize>, theta: f64) -> Tensor {
    let (s, triple) = qkv.dims2().unwrap();
    let (h, d) = (triple / 3, triple / 3 / heads);
    let split = |at: usize| {
        qkv.narrow(1, at * h, h).unwrap().reshape((s, heads, d)).unwrap().transpose(0, 1).unwrap().contiguous().unwrap()
    };
    let angles: Vec<f32> = (0..s)
        .flat_map(|p| (0..d).map(move |i| (p as f64 / theta.powf((2 * (i % (d / 2))) as f64 / d as f64)) as f32))
        .collect();
    let angles = Tensor::from_vec(angles, (s, d), &Device::Cpu).unwrap();
    let rotate = |t: Tensor| {
        if !rotary {
            return t;
        }
        let (a, b) = (t.narrow(2, 0, d / 2).unwrap(), t.narrow(2, d / 2, d / 2).unwrap());
        let turned = Tensor::cat(&[&b.neg().unwrap(), &a], 2).unwrap();
        let cos = t.broadcast_mul(&angles.cos().unwrap()).unwrap();
        (cos + turned.broadcast_mul(&angles.sin().unwrap()).unwrap()).unwrap()
    };
    let (q, k, v) = (rotate(split(0)), rotate(split(1)), split(2));
    let scores = (q.matmul(&k.t().unwrap()).unwrap() / (d as f64).sqrt()).unwrap();
    let far = |i: usize, j: usize| window.is_some_and(|w| i.abs_diff(j) > w);
    let mask: Vec<f32> = (0..s).flat_map(|i| (0..s).map(move |j| if far(i, j) { -1e9 } else { 0.0 })).collect();
    let scores = scores.broadcast_add(&Tensor::from_vec(mask, (s, s), &Device::Cpu).unwrap()).unwrap();
    let p = candle_nn::ops::softmax(&scores, D::Minus1).unwrap();
    p.matmul(&v).unwrap().transpose(0, 1).unwrap().reshape((s, h)).unwrap()
}

#[test]
fn packed_attention_equals_slow_attention_of_each_sequence() {
    let (heads, d) = (2, 6);
    let lengths = [5usize, 1, 9];
    let total: usize = lengths.iter().sum();
    let qkv = Var::from_tensor(&Drawn::new(8).tensor(&[total, 3 * heads * d], 0.0, 1.5)).unwrap();
    for (rotary, window) in [(false, None), (true, None), (true, Some(2)), (false, Some(1))] {
        let how = Attention {
            bounds: Arc::new([0, 5, 6, 15]),
            heads,
            rotary: rotary.then(|| Arc::new(Rotary::new(16, d, 300.0))),
            window,
            arithmetic: Arithmetic::F32,
        };
        same(
            &format!("attention, rotary {rotary}, window {window:?}"),
            &[&qkv],
            &|| attention(&qkv, &how).unwrap(),
            &|| {
                let mut at = 0;
                let parts: Vec<Tensor> = lengths
                    .iter()
                    .map(|n| {
                        let part = qkv.narrow(0, at, *n).unwrap();
                        at += n;
                        slow_attention(&part, heads, rotary, window, 300.0)
                    })
                    .collect();
                Tensor::cat(&parts, 0).unwrap()
            },
        );
    }
}

#[test]
fn attention_refuses_bounds_that_do_not_fit() {
    let qkv = Tensor::zeros((4, 12), candle_core::DType::F32, &Device::Cpu).unwrap();
    let how = Attention { bounds: Arc::new([0, 3]), heads: 2, rotary: None, window: None, arithmetic: Arithmetic::F32 };
    assert!(attention(&qkv, &how).unwrap_err().to_string().contains("bounds do not cover"));
}

#[test]
fn hugging_face_tensors_survive_a_round_trip() {
    for layout in LAYOUTS {
        let config = EncoderConfig::parse(config(layout).as_bytes()).unwrap();
        let before = encoder(layout);
        let weights = Weights::parse(&to_bytes(&before, false).unwrap()).unwrap();
        let loaded = Encoder::load(&config, &weights, &mut tingsu::model::encoder::constant).unwrap();
        let mut after = loaded.to_hf().unwrap();
        after.sort_by(|a, b| a.0.cmp(&b.0));
        let mut before = before;
        before.sort_by(|a, b| a.0.cmp(&b.0));
        let names = |all: &[(String, Tensor)]| all.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
        assert_eq!(names(&before), names(&after), "{layout:?}");
        for ((name, a), (_, b)) in before.iter().zip(&after) {
            assert_eq!(a.dims(), b.dims(), "{layout:?}: {name}");
            close(name, a, b, 0.0);
        }
    }
}
