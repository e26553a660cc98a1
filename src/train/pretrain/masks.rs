//! Which tokens of a sequence are hidden: single characters, or whole words, 15 % of them; of those
//! 80 % become the mask, 10 % another token, 10 % stay (Devlin et al. 2019).

use rand::{RngExt, rngs::StdRng};

use super::corpus::CONTINUES;

const SHARE: f32 = 0.15;

/// Special ids and the size of the vocabulary.
#[derive(Clone, Copy)]
pub(super) struct Vocabulary {
    pub(super) first: u32,
    pub(super) separator: u32,
    pub(super) mask: u32,
    pub(super) size: u32,
}

/// A sequence with hidden tokens.
pub(super) struct Hidden {
    /// What the encoder sees.
    pub(super) ids: Vec<u32>,
    /// Hidden places and the tokens that were there.
    pub(super) places: Vec<(usize, u32)>,
}

/// Hides tokens of a piece; with probability `whole` by words instead of characters.
pub(super) fn hide(piece: &[u16], vocabulary: Vocabulary, whole: f32, rng: &mut StdRng) -> Hidden {
    let by_word = rng.random::<f32>() < whole;
    let mut ids = vec![vocabulary.first];
    let mut places = Vec::new();
    let mut hidden = false;
    for token in piece {
        let (id, continues) = (u32::from(token & !CONTINUES), token & CONTINUES != 0);
        if !(by_word && continues) {
            hidden = rng.random::<f32>() < SHARE;
        }
        if hidden {
            places.push((ids.len(), id));
            let how = rng.random::<f32>();
            ids.push(match how {
                0.0..0.8 => vocabulary.mask,
                0.8..0.9 => rng.random_range(0..vocabulary.size),
                _ => id,
            });
        } else {
            ids.push(id);
        }
    }
    ids.push(vocabulary.separator);
    Hidden { ids, places }
}
