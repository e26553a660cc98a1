//! The linear model to beat: character n-grams, TF-IDF, one support vector machine for each label.
//!
//! What scikit-learn calls `TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2,
//! sublinear_tf=True)` with `LinearSVC(C=1)`; `eval/peers/linear_svc.py` runs that on the same rows.

mod ngram;
mod svm;

pub use ngram::{NgramConfig, Ngrams, SparseRows};
pub use svm::{SvmConfig, one_vs_rest, train_binary};

use std::collections::BTreeSet;

/// Ranks the labels of `test` texts by a model trained on `train` texts with `labels`: for each test
/// text all labels, best first, with the distance from the separating plane.
///
/// One label trains nothing: it is then always the answer. No training row gives empty rankings.
pub fn rank(train: &SparseRows, labels: &[String], test: &SparseRows, config: &SvmConfig) -> Vec<Vec<(String, f32)>> {
    let classes: Vec<&String> = labels.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let index: Vec<usize> = labels.iter().map(|l| classes.binary_search(&l).unwrap_or(0)).collect();
    let scores = one_vs_rest(train, &index, classes.len(), test, config);
    (0..test.len())
        .map(|row| {
            let mut ranked: Vec<(String, f32)> = classes
                .iter()
                .zip(&scores)
                .map(|(class, scores)| ((*class).clone(), scores.get(row).copied().unwrap_or(f32::MIN)))
                .collect();
            ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            ranked
        })
        .collect()
}
