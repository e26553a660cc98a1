//! Which labelled appeals are held back from training: one definition for `train` and `eval`.
//!
//! The split depends on nothing but the row's own key, so it is the same on every machine, in every
//! order of the file, and stays the same when rows are added.

/// Folds that the split is drawn from; fold 0 is held back.
pub const FOLDS: u32 = 10;

/// Authors of simulated appeals (the part of an id before the first `-`) whose whole files are held
/// back: a writer's habits would leak between rows.
pub const HELD_BACK_AUTHORS: [&str; 2] = ["S09", "S10"];

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

/// Whether a real appeal is held back: by its group of near-duplicates, or by its own id where it
/// has no group.
pub fn real_is_held_back(group: &str) -> bool {
    fold(group, FOLDS) == 0
}

/// Whether a simulated appeal is held back, by its id `S09-001`.
pub fn simulated_is_held_back(id: &str) -> bool {
    id.split_once('-').is_some_and(|(author, _)| HELD_BACK_AUTHORS.contains(&author))
}
