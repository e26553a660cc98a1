//! The second look: the best tickets of the first one, ordered by everything that speaks for them.
//!
//! tantivy's BM25 takes every word for itself. Here each of some hundred tickets is looked at with the
//! whole query: rarity of what it has and of what it lacks, stretches of characters, how close together
//! things stand, likeness of the sentence vectors. The weights were learned from queries whose ticket is
//! known (`tingsu eval search --learn`).

mod features;
mod gather;
mod profile;
mod weights;

use tantivy::{DocAddress, Searcher};

use crate::text::Segmenter;

use super::{Wanted, schema::Fields};

pub use features::FEATURES;
use features::features;
use gather::gather;
pub(super) use gather::said;
use profile::Profile;
pub use weights::{Net, Weights};

/// A ticket that may be an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) address: DocAddress,
    /// Of the first look; none if only its vector is near.
    pub(crate) score: Option<f32>,
    pub(crate) cosine: Option<f32>,
}

/// One query against one state of the index.
pub(crate) struct Rescorer<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
    profile: Profile,
    /// Mean characters of the texts.
    lengths: [f32; 4],
}

impl<'a> Rescorer<'a> {
    pub(crate) fn new(
        searcher: &'a Searcher,
        fields: &'a Fields,
        segmenter: &Segmenter,
        wanted: &Wanted,
    ) -> tantivy::Result<Self> {
        let profile = Profile::of(wanted, segmenter, searcher, fields);
        let docs = searcher.num_docs().max(1) as f32;
        let mut lengths = [0.0; 4];
        for reader in searcher.segment_readers() {
            for (length, pair) in lengths.iter_mut().zip(&fields.texts) {
                *length += reader.inverted_index(pair.grams)?.total_num_tokens() as f32 / docs;
            }
        }
        Ok(Self { searcher, fields, profile, lengths })
    }

    /// What speaks for each candidate.
    pub(crate) fn features(&self, candidates: &[Candidate]) -> tantivy::Result<Vec<[f32; FEATURES]>> {
        let addresses: Vec<DocAddress> = candidates.iter().map(|c| c.address).collect();
        let standing = gather(self.searcher, self.fields, &self.profile, &addresses)?;
        let top = candidates.iter().filter_map(|c| c.score).fold(0.0, f32::max);
        // a ticket whose vector is not there yet is taken for a middling one
        let known: Vec<f32> = candidates.iter().filter_map(|c| c.cosine).collect();
        let middling = known.iter().sum::<f32>() / known.len().max(1) as f32;
        let one = |(c, s): (&Candidate, &gather::Standing)| {
            features(&self.profile, s, &self.lengths, c.score.unwrap_or(0.0), top, c.cosine.unwrap_or(middling))
        };
        Ok(candidates.iter().zip(&standing).map(one).collect())
    }

    /// How much speaks for each candidate, in log odds beside the others.
    pub(crate) fn odds(&self, candidates: &[Candidate], with_vectors: bool) -> tantivy::Result<Vec<f32>> {
        let weights = Weights::learned();
        let net = if with_vectors { &weights.hybrid } else { &weights.words };
        Ok(self.features(candidates)?.iter().map(|f| net.value(f)).collect())
    }
}
