//! What does it say, cleanly? Normalised text with its way back to the original, words, masks,
//! places, cues.
//!
//! Total functions: dirty input is not an error here. No IO. Knows no city: dictionary, regions and
//! rules come in as data ([`Lexicon`]).

mod analyser;
mod cues;
mod elements;
mod fold;
mod han;
mod mask;
mod matters;
mod normalize;
mod pinyin;
mod places;
mod segment;
mod surrogates;

pub use analyser::{Analyser, Lexicon};
pub use cues::CueMatcher;
pub use elements::ElementFinder;
pub use mask::{COVER, MaskKind, MaskSpan, Masked, mask};
pub use matters::{Opening, Stretch, stretches};
pub use normalize::Normalized;
pub use pinyin::Pinyin;
pub use places::PlaceFinder;
pub use segment::{Segmenter, Token};
pub use surrogates::lone_surrogates;
