//! `config.json` of an encoder in one of the two Hugging Face layouts that we read.

use serde::Deserialize;

use super::ModelError;

/// Name of the file.
pub const CONFIG_FILE: &str = "config.json";

/// The layout of an encoder's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Pre-norm, rotary positions, gated MLP, no biases.
    ModernBert,
    /// Post-norm, learned absolute positions, biases; RoBERTa's positions start after the padding id.
    Bert {
        /// Position of the first token.
        first_position: usize,
    },
}

/// The sizes of an encoder, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct EncoderConfig {
    /// Which layout.
    pub family: Family,
    /// Number of token ids.
    pub vocabulary: usize,
    /// Width of the hidden state.
    pub hidden: usize,
    /// Width of the MLP.
    pub intermediate: usize,
    /// Number of layers.
    pub layers: usize,
    /// Number of attention heads.
    pub heads: usize,
    /// Longest sequence.
    pub positions: usize,
    /// Added to the variance in layer norms.
    pub eps: f64,
    /// Rows of the token-type table (BERT).
    pub token_types: usize,
    /// Every n-th layer sees the whole sequence (ModernBERT).
    pub global_every: usize,
    /// Width of the window of the other layers.
    pub local_window: usize,
    /// Rotary base of global layers.
    pub global_theta: f64,
    /// Rotary base of local layers.
    pub local_theta: f64,
}

#[derive(Deserialize)]
struct Raw {
    model_type: String,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    max_position_embeddings: usize,
    norm_eps: Option<f64>,
    layer_norm_eps: Option<f64>,
    type_vocab_size: Option<usize>,
    pad_token_id: Option<usize>,
    hidden_act: Option<String>,
    hidden_activation: Option<String>,
    position_embedding_type: Option<String>,
    global_attn_every_n_layers: Option<usize>,
    local_attention: Option<usize>,
    global_rope_theta: Option<f64>,
    local_rope_theta: Option<f64>,
    #[serde(default)]
    norm_bias: bool,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
}

fn bad(why: impl Into<String>) -> ModelError {
    ModelError::File { file: CONFIG_FILE.into(), why: why.into() }
}

impl EncoderConfig {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// Names the key that is missing, contradictory or asks for something that we do not compute.
    pub fn parse(json: &[u8]) -> Result<Self, ModelError> {
        let raw: Raw = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        let family = match raw.model_type.as_str() {
            "modernbert" => Family::ModernBert,
            "bert" => Family::Bert { first_position: 0 },
            "roberta" | "xlm-roberta" | "camembert" => {
                Family::Bert { first_position: raw.pad_token_id.unwrap_or(1) + 1 }
            }
            other => return Err(bad(format!("model_type `{other}` is not read: one of modernbert bert roberta"))),
        };
        let modern = family == Family::ModernBert;
        let activation = if modern { raw.hidden_activation } else { raw.hidden_act };
        if let Some(a) = activation.filter(|a| a != "gelu") {
            return Err(bad(format!("activation `{a}` is not computed, only gelu")));
        }
        if let Some(p) = raw.position_embedding_type.filter(|p| !modern && p != "absolute") {
            return Err(bad(format!("position_embedding_type `{p}` is not computed, only absolute")));
        }
        if modern && (raw.norm_bias || raw.attention_bias || raw.mlp_bias) {
            return Err(bad("a modernbert with biases is not computed"));
        }
        let config = Self {
            family,
            vocabulary: raw.vocab_size,
            hidden: raw.hidden_size,
            intermediate: raw.intermediate_size,
            layers: raw.num_hidden_layers,
            heads: raw.num_attention_heads,
            positions: raw.max_position_embeddings,
            eps: (if modern { raw.norm_eps } else { raw.layer_norm_eps }).unwrap_or(if modern { 1e-5 } else { 1e-12 }),
            token_types: raw.type_vocab_size.unwrap_or(0),
            global_every: raw.global_attn_every_n_layers.unwrap_or(3).max(1),
            local_window: raw.local_attention.unwrap_or(128),
            global_theta: raw.global_rope_theta.unwrap_or(160_000.0),
            local_theta: raw.local_rope_theta.unwrap_or(10_000.0),
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ModelError> {
        for (key, value, max) in [
            ("vocab_size", self.vocabulary, 1 << 20),
            ("hidden_size", self.hidden, 1 << 13),
            ("intermediate_size", self.intermediate, 1 << 15),
            ("num_hidden_layers", self.layers, 1 << 7),
            ("num_attention_heads", self.heads, 1 << 8),
            ("max_position_embeddings", self.positions, 1 << 16),
        ] {
            if value == 0 || value > max {
                return Err(bad(format!("{key} is {value}, must lie in 1..={max}")));
            }
        }
        if !self.hidden.is_multiple_of(self.heads) {
            return Err(bad(format!(
                "hidden_size {} is no multiple of num_attention_heads {}",
                self.hidden, self.heads
            )));
        }
        if self.family == Family::ModernBert && !(self.hidden / self.heads).is_multiple_of(2) {
            return Err(bad("rotary positions need an even head width"));
        }
        if self.longest() < 16 {
            return Err(bad(format!("max_position_embeddings {} leaves no room for text", self.positions)));
        }
        if !(self.eps > 0.0 && self.eps < 1e-2) {
            return Err(bad(format!("layer norm eps is {}", self.eps)));
        }
        Ok(())
    }

    /// Longest sequence in tokens.
    pub fn longest(&self) -> usize {
        match self.family {
            Family::ModernBert => self.positions,
            Family::Bert { first_position } => self.positions.saturating_sub(first_position),
        }
    }

    /// Window on each side of the tokens of a layer, none where the layer sees everything.
    pub(super) fn window(&self, layer: usize) -> Option<usize> {
        (self.family == Family::ModernBert && !layer.is_multiple_of(self.global_every)).then_some(self.local_window / 2)
    }
}
