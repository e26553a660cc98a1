//! Which labelled appeals are held back from training: one definition for `train` and `eval`.
//!
//! The split depends on nothing but the row's own key, so it is the same on every machine, in every
//! order of the file, and stays the same when rows are added.

/// Folds that the split is drawn from; fold 0 is held back, fold 1 tunes.
pub const FOLDS: u32 = 10;

/// The fold of a group of near-duplicates, in `0..folds` (0 if `folds` is 0).
///
/// FNV-1a over the bytes, then the finaliser of MurmurHash3, because FNV alone spreads its last
/// byte badly over small moduli.
pub fn fold(group: &str, folds: u32) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in group.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^= hash >> 33;
    u32::try_from(hash % u64::from(folds.max(1))).unwrap_or(0)
}

/// Whether an appeal is held back, by its group: near-duplicates of a real appeal, the event of a
/// simulated one (all calls about one burst main stay together), else its own id.
///
/// Whole author files are not held back: each author wrote on classes that hardly occur in the
/// others' files (250 of 340 rows of S09 and S10 have fewer than three examples elsewhere), so such
/// a split measures missing classes and not the model.
pub fn is_held_back(group: &str) -> bool {
    fold(group, FOLDS) == 0
}

/// Whether an appeal tunes thresholds and temperatures: seen by no gradient, not scored either.
pub fn is_for_tuning(group: &str) -> bool {
    fold(group, FOLDS) == 1
}
