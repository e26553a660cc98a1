//! Fitted numbers: logistic regression over the pairs of the tuning half of the simulated city, once as it is and
//! once with every second appeal of an event moved to another name of the same kind, each read with and without the
//! pack's regions and dictionary. `tingsu eval topics --learn FILE` fits them anew; what it wrote on 22 November 2026 was
//! no better (`eval/EXPERIMENTS.md`).

use super::likeness::{FEATURES, MORE};

/// Weights of the first and of the second look.
#[derive(Debug)]
pub(super) struct Weights {
    pub(super) first: [f32; FEATURES],
    pub(super) second: [f32; FEATURES + MORE],
}

/// With categories and sentence vectors.
pub(super) const FULL: Weights = Weights {
    first: [
        -8.865, 3.455, 2.224, 0.368, 2.920, 0.100, 4.047, 4.562, -0.511, -1.870, 4.505, 0.086, -0.087, 0.316, 1.144,
        -1.069, 1.461, -0.914, -3.728, 0.755, -2.356, -3.442, 5.276, -0.308, -0.467, -2.409, 0.953,
    ],
    second: [
        -9.134, 0.156, 2.274, 1.377, 1.284, -0.157, 3.632, 4.303, 0.306, -1.213, 4.347, 1.203, -0.752, -0.272, 0.966,
        -0.739, 0.230, -1.503, -3.578, 0.366, -0.715, -3.285, 4.489, -0.401, -0.718, -2.216, 1.354, 0.435, 0.503,
        -1.113, 1.817, 0.175, -0.580, -0.081, 0.031, -0.064, 0.140,
    ],
};

/// With categories alone.
pub(super) const NO_VECTORS: Weights = Weights {
    first: [
        -9.231, 4.994, 1.934, 0.463, 2.961, 0.126, 0.000, 6.525, -0.305, -1.704, 4.544, 0.018, 1.363, 0.071, 1.376,
        -0.300, 1.618, -2.174, -3.917, 0.871, -2.512, 0.000, 0.000, -0.139, -0.517, -2.305, 1.041,
    ],
    second: [
        -10.068, 1.580, 2.172, 1.284, 0.870, -0.074, 0.000, 6.207, 0.811, -0.683, 4.352, 1.206, 0.718, -0.438, 1.074,
        -0.310, 0.238, -2.809, -3.556, 0.583, -0.826, 0.000, 0.000, -0.301, -0.889, -2.318, 1.283, 0.475, 0.459,
        -0.878, 1.526, 0.255, -0.648, -0.095, 0.137, -0.120, 0.145,
    ],
};

/// With words, places and times alone.
pub(super) const WORDS: Weights = Weights {
    first: [
        -9.561, 18.193, -0.955, 1.626, 2.625, 0.459, 0.000, 0.000, 0.864, -1.569, 4.112, -1.672, 3.717, -0.205, 0.000,
        0.000, 1.203, 0.000, -3.201, 3.282, -2.967, 0.000, 0.000, 0.420, -1.423, -3.123, 0.916,
    ],
    second: [
        -10.637, 8.894, -0.448, 2.780, -0.527, 0.272, 0.000, 0.000, 2.593, 0.040, 3.794, -0.055, 2.582, -0.864, 0.000,
        0.000, 0.088, 0.000, -2.897, 2.942, -1.429, 0.000, 0.000, 0.179, -2.201, -3.402, 0.931, 0.371, 0.628, -0.090,
        0.497, 0.072, -0.658, 0.036, -0.147, 0.214, 0.041,
    ],
};
