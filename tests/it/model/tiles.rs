//! Matrix products in bfloat16 against f32, through the linear operation and attention. On a machine
//! without tiles both are the same code and the test says little; CI's has them.

use std::sync::Arc;

use candle_core::{Device, Tensor, Var};
use proptest::prelude::*;
use tingsu::model::{
    Arithmetic,
    attention::{Attention, Rotary, attention},
    ops::linear_in,
};

use super::tiny::Drawn;

/// Result and gradients of x, w and b, the result's gradient being `g`.
fn all(how: Arithmetic, [x, w, b, g]: [&Tensor; 4], biased: bool) -> Vec<Vec<f32>> {
    let [x, w, b] = [x, w, b].map(|t| Var::from_tensor(t).unwrap());
    let y = linear_in(how, &x, &w, biased.then_some(b.as_tensor())).unwrap();
    let gradients = (&y * g).unwrap().sum_all().unwrap().backward().unwrap();
    let flat = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let mut out = vec![flat(&y), flat(gradients.get(&x).unwrap()), flat(gradients.get(&w).unwrap())];
    out.extend(biased.then(|| flat(gradients.get(&b).unwrap())));
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]
    #[test]
    fn small_whole_numbers_are_exact(
        rows in 1usize..100, inputs in 1usize..100, outputs in 1usize..100, seed in any::<u32>(), biased in any::<bool>(),
    ) {
        // bfloat16 holds whole numbers up to 256, f32 their sums: nothing is rounded, whatever the shape
        let mut drawn = Drawn::new(seed);
        let mut whole = |dims: &[usize]| (drawn.tensor(dims, 0.0, 8.0)).round().unwrap();
        let (x, w, b, g) = (whole(&[rows, inputs]), whole(&[inputs, outputs]), whole(&[outputs]), whole(&[rows, outputs]));
        let tensors = [&x, &w, &b, &g];
        prop_assert!(all(Arithmetic::Bf16, tensors, biased) == all(Arithmetic::F32, tensors, biased));
    }
}

#[test]
fn rounding_stays_within_its_bound() {
    let mut drawn = Drawn::new(4);
    let (x, w) = (drawn.tensor(&[70, 130], 0.0, 1.0), drawn.tensor(&[130, 90], 0.0, 1.0));
    let exact = linear_in(Arithmetic::F32, &x, &w, None).unwrap();
    let half = linear_in(Arithmetic::Bf16, &x, &w, None).unwrap();
    // each factor is off by at most 2⁻⁹ of itself
    let bound = (x.abs().unwrap().matmul(&w.abs().unwrap()).unwrap() * (2.2 / 512.0)).unwrap();
    let far = (exact - half).unwrap().abs().unwrap();
    let over = (far - bound).unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
    assert!(over <= 0.0, "beyond the bound by {over}");
}

#[test]
fn attention_is_close_with_its_gradient() {
    let mut drawn = Drawn::new(8);
    let (x, g) = (drawn.tensor(&[61, 3 * 64], 0.0, 1.0), drawn.tensor(&[61, 64], 0.0, 1.0));
    let run = |arithmetic: Arithmetic| {
        let how = Attention {
            bounds: Arc::new([0, 40, 43, 61]),
            heads: 2,
            rotary: Some(Arc::new(Rotary::new(64, 32, 100.0))),
            window: None,
            arithmetic,
        };
        let x = Var::from_tensor(&x).unwrap();
        let y = attention(&x, &how).unwrap();
        let gradients = (&y * &g).unwrap().sum_all().unwrap().backward().unwrap();
        [y, gradients.get(&x).unwrap().clone()]
    };
    for (exact, half) in run(Arithmetic::F32).iter().zip(run(Arithmetic::Bf16)) {
        let far = (exact - half).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
        assert!(far < 0.02, "differs by {far}");
    }
}

#[test]
fn what_is_not_finite_stays_so() {
    let x = Tensor::new(&[[f32::NAN; 32]; 32], &Device::Cpu).unwrap();
    let w = Tensor::ones((32, 32), candle_core::DType::F32, &Device::Cpu).unwrap();
    let y = linear_in(Arithmetic::Bf16, &x, &w, None).unwrap();
    assert!(y.flatten_all().unwrap().to_vec1::<f32>().unwrap().iter().all(|v| v.is_nan()));
}
