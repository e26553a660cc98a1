//! Decided cases that vote: the nearest are the nearest, their votes move probabilities, forgetting forgets.

use proptest::prelude::*;
use tingsu::{
    domain::{Candidate, TicketId},
    model::memory::{Decided, Memory},
    numeric::Quantised,
};

use super::tiny::Drawn;

fn id(n: usize) -> TicketId {
    TicketId::new(format!("t-{n:04}")).unwrap()
}

fn unit(drawn: &mut Drawn, width: usize) -> Vec<f32> {
    let v: Vec<f32> = (0..width).map(|_| drawn.next()).collect();
    let length = v.iter().map(|x| x * x).sum::<f32>().sqrt();
    v.iter().map(|x| x / length).collect()
}

fn to(department: &str) -> Decided {
    Decided { department: Some(department.into()), ..Decided::default() }
}

fn candidates(p: &[(&str, f32)]) -> Vec<Candidate> {
    p.iter().map(|(label, p)| Candidate { label: (*label).into(), p: *p }).collect()
}

fn shown(candidates: &[Candidate]) -> String {
    candidates.iter().map(|c| format!("{} {:.1}", c.label, c.p)).collect::<Vec<_>>().join(", ")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn recall_finds_the_nearest_of_what_is_left(
        seed in any::<u32>(), n in 0usize..120, width in 3usize..70, forgotten in proptest::collection::vec(0usize..120, 0..30),
    ) {
        let mut drawn = Drawn::new(seed);
        let memory = Memory::new("b@1", width);
        let mut all: Vec<(TicketId, Quantised)> = (0..n).map(|i| (id(i), Quantised::of(&unit(&mut drawn, width)))).collect();
        for (ticket, vector) in &all {
            prop_assert!(memory.put(ticket, vector, to("甲局")));
        }
        for gone in &forgotten {
            prop_assert_eq!(memory.forget(&id(*gone)), all.iter().any(|(t, _)| *t == id(*gone)));
            all.retain(|(t, _)| *t != id(*gone));
        }
        prop_assert_eq!(memory.len(), all.len());
        let asked = unit(&mut drawn, width);
        let own = Quantised::of(&asked);
        let cosine = |v: &Quantised| {
            let product: i32 = v.values.iter().zip(&own.values).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
            product as f32 * v.scale * own.scale
        };
        let mut expected: Vec<(f32, TicketId)> = all.iter().map(|(t, v)| (cosine(v), t.clone())).collect();
        expected.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let recalled = memory.recall(&asked, None);
        prop_assert_eq!(recalled.0.len(), expected.len().min(30));
        for (near, (cosine, ticket)) in recalled.0.iter().zip(&expected) {
            prop_assert_eq!(&near.ticket, ticket);
            prop_assert!((near.cosine - cosine).abs() < 1e-5);
        }
        if let Some((_, first)) = expected.first() {
            let without = memory.recall(&asked, Some(first));
            prop_assert!(without.0.iter().all(|n| n.ticket != *first));
        }
    }

    #[test]
    fn quantised_cosines_are_close(seed in any::<u32>(), width in 32usize..300) {
        let mut drawn = Drawn::new(seed);
        let (a, b) = (unit(&mut drawn, width), unit(&mut drawn, width));
        let exact: f32 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
        let memory = Memory::new("b@1", width);
        memory.put(&id(1), &Quantised::of(&a), to("甲局"));
        let got = memory.recall(&b, None).0[0].cosine;
        prop_assert!((got - exact).abs() < 0.02, "{got} for {exact}");
    }
}

#[test]
fn one_decision_turns_the_next_equal_case_and_leaves_strangers_alone() {
    let mut drawn = Drawn::new(5);
    let (here, elsewhere) = (unit(&mut drawn, 64), unit(&mut drawn, 64));
    let memory = Memory::new("b@1", 64);
    let ask = |vector: &[f32]| {
        let mut own = candidates(&[("甲局", 0.7), ("乙局", 0.2), ("丙局", 0.1)]);
        memory.recall(vector, None).blend(&mut own, |d| d.department.as_ref());
        shown(&own)
    };
    assert_eq!(ask(&here), "甲局 0.7, 乙局 0.2, 丙局 0.1", "an empty memory says nothing");
    memory.put(&id(1), &Quantised::of(&here), to("乙局"));
    // two thirds of the say for one identical case: 0.2 / 3 + 2 / 3
    assert_eq!(ask(&here), "乙局 0.7, 甲局 0.2, 丙局 0.0");
    assert_eq!(ask(&elsewhere), "甲局 0.7, 乙局 0.2, 丙局 0.1");
    // the decision is changed: only the new one speaks
    memory.put(&id(1), &Quantised::of(&here), to("丙局"));
    assert_eq!(ask(&here), "丙局 0.7, 甲局 0.2, 乙局 0.1");
    assert_eq!(memory.len(), 1);
    memory.forget(&id(1));
    assert_eq!(ask(&here), "甲局 0.7, 乙局 0.2, 丙局 0.1");
    // what the model cannot say comes in by precedent
    memory.put(&id(2), &Quantised::of(&here), to("丁局"));
    assert_eq!(ask(&here), "丁局 0.7, 甲局 0.2, 乙局 0.1, 丙局 0.0");
}

#[test]
fn vectors_of_another_width_are_not_taken() {
    let memory = Memory::new("b@1", 8);
    assert!(!memory.put(&id(1), &Quantised::of(&[1.0; 7]), to("甲局")));
    assert!(memory.is_empty());
    memory.put(&id(1), &Quantised::of(&[1.0; 8]), to("甲局"));
    assert!(memory.recall(&[1.0; 9], None).0.is_empty());
    // a vector of zeros is nobody's neighbour
    memory.put(&id(2), &Quantised::of(&[0.0; 8]), to("乙局"));
    let near = memory.recall(&[1.0; 8], None);
    assert_eq!(near.0.iter().map(|n| n.cosine > 0.5).collect::<Vec<_>>(), [true, false]);
}
