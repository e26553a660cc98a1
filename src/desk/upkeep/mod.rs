//! What an administrator looks after: the city pack, words, jobs, the index, backups.

mod backup;
mod jobs;
mod keep;
mod pack;
mod staged;
mod words;

pub use backup::{BackupFile, Copying};
pub use jobs::{JobState, JobView};
pub use pack::{OWN_PACK, PackCheck, PackDifference, PackHome};
pub use words::{CutExample, EditPreview, KeptWords, SynonymPreview, WordCount, WordsPreview};
