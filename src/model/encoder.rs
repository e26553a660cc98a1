//! The encoder: one definition for training and serving, in the ModernBERT and the BERT layout.
//!
//! Weights are kept as `[in, out]` and fused (query, key and value in one matrix); the Hugging Face
//! names and orientation are restored by [`Encoder::to_hf`]. Serving passes plain tensors, training
//! passes variables: see [`Encoder::load`].

use std::sync::Arc;

use candle_core::{DType, Device, Result as CandleResult, Tensor};

use super::{
    ModelError,
    attention::{Attention, Rotary, attention},
    config::{EncoderConfig, Family},
    kernel::Arithmetic,
    ops::{add, geglu, gelu, layer_norm, linear_in},
    weights::Weights,
};

/// Decides what becomes of a loaded weight: a constant for serving, a variable for training. The
/// number is the depth: 0 the embeddings, then the layers from 1.
pub type Keep<'k> = dyn FnMut(&str, usize, Tensor) -> CandleResult<Tensor> + 'k;

/// Keeps weights as constants.
///
/// # Errors
/// Never.
pub fn constant(_: &str, _: usize, t: Tensor) -> CandleResult<Tensor> {
    t.contiguous()
}

/// Token ids of several sequences, one after another.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Ids of all tokens.
    pub ids: Vec<u32>,
    /// Start of each sequence and, last, the number of tokens.
    pub bounds: Arc<[usize]>,
}

impl Packed {
    /// Packs sequences; an empty one is not allowed (tokenised inputs have their special tokens).
    pub fn new<'s>(sequences: impl IntoIterator<Item = &'s [u32]>) -> Self {
        let (mut ids, mut bounds) = (Vec::new(), vec![0]);
        for s in sequences {
            ids.extend_from_slice(s);
            bounds.push(ids.len());
        }
        Self { ids, bounds: bounds.into() }
    }

    /// Number of sequences.
    pub fn sequences(&self) -> usize {
        self.bounds.len() - 1
    }
}

pub(super) struct Norm {
    pub(super) w: Tensor,
    pub(super) b: Tensor,
}

pub(super) struct Dense {
    pub(super) w: Tensor,
    pub(super) b: Option<Tensor>,
}

impl Dense {
    fn forward(&self, x: &Tensor, how: Arithmetic) -> CandleResult<Tensor> {
        linear_in(how, x, &self.w, self.b.as_ref())
    }
}

pub(super) struct Layer {
    /// Norm before attention (ModernBERT; none in layer 0) or after it (BERT).
    pub(super) attention_norm: Option<Norm>,
    pub(super) qkv: Dense,
    pub(super) out: Dense,
    /// Norm before the MLP (ModernBERT) or after it (BERT).
    pub(super) mlp_norm: Norm,
    pub(super) up: Dense,
    pub(super) down: Dense,
    pub(super) rotary: Option<Arc<Rotary>>,
    pub(super) window: Option<usize>,
}

/// An encoder with its weights.
pub struct Encoder {
    pub(super) config: EncoderConfig,
    pub(super) tokens: Tensor,
    pub(super) positions: Option<Tensor>,
    pub(super) types: Option<Tensor>,
    pub(super) embedding_norm: Norm,
    pub(super) layers: Vec<Layer>,
    pub(super) final_norm: Option<Norm>,
    arithmetic: Arithmetic,
}

struct Loader<'a, 'k> {
    weights: &'a Weights,
    keep: &'a mut Keep<'k>,
    hidden: usize,
    depth: usize,
}

impl Loader<'_, '_> {
    fn keep(&mut self, name: &str, t: Tensor) -> Result<Tensor, ModelError> {
        Ok((self.keep)(name, self.depth, t.contiguous()?)?)
    }

    fn table(&mut self, name: &str, rows: usize) -> Result<Tensor, ModelError> {
        let t = self.weights.get(name, &[rows, self.hidden])?;
        self.keep(name, t)
    }

    fn norm(&mut self, name: &str, bias: bool) -> Result<Norm, ModelError> {
        let w = self.weights.get(&format!("{name}.weight"), &[self.hidden])?;
        let w = self.keep(&format!("{name}.weight"), w)?;
        let b = if bias {
            let b = self.weights.get(&format!("{name}.bias"), &[self.hidden])?;
            self.keep(&format!("{name}.bias"), b)?
        } else {
            Tensor::zeros(self.hidden, DType::F32, &Device::Cpu)?
        };
        Ok(Norm { w, b })
    }

    /// One or several `[out, in]` matrices side by side as `[in, out]`.
    fn dense(&mut self, names: &[&str], (from, to): (usize, usize), bias: bool) -> Result<Dense, ModelError> {
        let parts: Result<Vec<_>, _> =
            names.iter().map(|n| self.weights.get(&format!("{n}.weight"), &[to, from])).collect();
        let w = Tensor::cat(&parts?, 0)?.t()?;
        let w = self.keep(&format!("{}.weight", names.join("+")), w)?;
        let b = if bias {
            let parts: Result<Vec<_>, _> =
                names.iter().map(|n| self.weights.get(&format!("{n}.bias"), &[to])).collect();
            Some(self.keep(&format!("{}.bias", names.join("+")), Tensor::cat(&parts?, 0)?)?)
        } else {
            None
        };
        Ok(Dense { w, b })
    }
}

impl Encoder {
    /// Builds the encoder from Hugging Face tensors, with or without the usual prefix (`model.`,
    /// `bert.`, `roberta.`). `keep` receives every weight once.
    ///
    /// # Errors
    /// Names the tensor that is missing, has another shape or is not finite.
    pub fn load(config: &EncoderConfig, weights: &Weights, keep: &mut Keep<'_>) -> Result<Self, ModelError> {
        let mut loader = Loader { weights, keep, hidden: config.hidden, depth: 0 };
        match config.family {
            Family::ModernBert => Self::modern(config, &mut loader),
            Family::Bert { .. } => Self::bert(config, &mut loader),
        }
    }

    fn modern(config: &EncoderConfig, load: &mut Loader<'_, '_>) -> Result<Self, ModelError> {
        let (h, mlp, head) = (config.hidden, config.intermediate, config.hidden / config.heads);
        let p = if load.weights.has("model.embeddings.tok_embeddings.weight") { "model." } else { "" };
        let tokens = load.table(&format!("{p}embeddings.tok_embeddings.weight"), config.vocabulary)?;
        let embedding_norm = load.norm(&format!("{p}embeddings.norm"), false)?;
        let global = Arc::new(Rotary::new(config.positions, head, config.global_theta));
        let local = Arc::new(Rotary::new(config.positions, head, config.local_theta));
        let mut layers = Vec::with_capacity(config.layers);
        for i in 0..config.layers {
            load.depth = i + 1;
            let n = format!("{p}layers.{i}");
            let window = config.window(i);
            layers.push(Layer {
                attention_norm: (i > 0).then(|| load.norm(&format!("{n}.attn_norm"), false)).transpose()?,
                qkv: load.dense(&[&format!("{n}.attn.Wqkv")], (h, 3 * h), false)?,
                out: load.dense(&[&format!("{n}.attn.Wo")], (h, h), false)?,
                mlp_norm: load.norm(&format!("{n}.mlp_norm"), false)?,
                up: load.dense(&[&format!("{n}.mlp.Wi")], (h, 2 * mlp), false)?,
                down: load.dense(&[&format!("{n}.mlp.Wo")], (mlp, h), false)?,
                rotary: Some(if window.is_some() { local.clone() } else { global.clone() }),
                window,
            });
        }
        let final_norm = Some(load.norm(&format!("{p}final_norm"), false)?);
        let config = config.clone();
        Ok(Self {
            config,
            tokens,
            positions: None,
            types: None,
            embedding_norm,
            layers,
            final_norm,
            arithmetic: Arithmetic::F32,
        })
    }

    fn bert(config: &EncoderConfig, load: &mut Loader<'_, '_>) -> Result<Self, ModelError> {
        let (h, mlp) = (config.hidden, config.intermediate);
        let word = "embeddings.word_embeddings.weight";
        let p = ["bert.", "roberta.", ""].into_iter().find(|p| load.weights.has(&format!("{p}{word}"))).unwrap_or("");
        let tokens = load.table(&format!("{p}{word}"), config.vocabulary)?;
        let positions = load.table(&format!("{p}embeddings.position_embeddings.weight"), config.positions)?;
        let types = if config.token_types > 0 {
            Some(load.table(&format!("{p}embeddings.token_type_embeddings.weight"), config.token_types)?)
        } else {
            None
        };
        let embedding_norm = load.norm(&format!("{p}embeddings.LayerNorm"), true)?;
        let mut layers = Vec::with_capacity(config.layers);
        for i in 0..config.layers {
            load.depth = i + 1;
            let n = format!("{p}encoder.layer.{i}");
            let own = |part: &str| format!("{n}.attention.self.{part}");
            layers.push(Layer {
                attention_norm: Some(load.norm(&format!("{n}.attention.output.LayerNorm"), true)?),
                qkv: load.dense(&[&own("query"), &own("key"), &own("value")], (h, h), true)?,
                out: load.dense(&[&format!("{n}.attention.output.dense")], (h, h), true)?,
                mlp_norm: load.norm(&format!("{n}.output.LayerNorm"), true)?,
                up: load.dense(&[&format!("{n}.intermediate.dense")], (h, mlp), true)?,
                down: load.dense(&[&format!("{n}.output.dense")], (mlp, h), true)?,
                rotary: None,
                window: None,
            });
        }
        let (config, positions) = (config.clone(), Some(positions));
        Ok(Self {
            config,
            tokens,
            positions,
            types,
            embedding_norm,
            layers,
            final_norm: None,
            arithmetic: Arithmetic::F32,
        })
    }

    /// The same encoder with matrix products in other numbers.
    #[must_use]
    pub fn computing_in(self, arithmetic: Arithmetic) -> Self {
        Self { arithmetic, ..self }
    }

    pub(super) fn arithmetic(&self) -> Arithmetic {
        self.arithmetic
    }

    /// Whether the positions reach.
    pub(super) fn check(&self, batch: &Packed) -> CandleResult<()> {
        let longest = batch.bounds.windows(2).map(|w| w[1] - w[0]).max().unwrap_or(0);
        if longest > self.config.longest() {
            candle_core::bail!("a sequence of {longest} tokens is longer than the encoder's {}", self.config.longest());
        }
        Ok(())
    }

    /// Its sizes.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// All token embeddings `[vocabulary, hidden]`.
    pub fn table(&self) -> &Tensor {
        &self.tokens
    }

    /// Token embeddings `[tokens, hidden]`: the part before [`Encoder::encode`].
    ///
    /// # Errors
    /// If an id lies outside the vocabulary.
    pub fn embed(&self, batch: &Packed) -> CandleResult<Tensor> {
        let ids = Tensor::from_slice(&batch.ids, batch.ids.len(), &Device::Cpu)?;
        self.tokens.index_select(&ids, 0)
    }

    /// Hidden states `[tokens, hidden]` from token embeddings.
    ///
    /// # Errors
    /// If a sequence is longer than the encoder's positions.
    pub fn encode(&self, batch: &Packed, embedded: &Tensor) -> CandleResult<Tensor> {
        self.check(batch)?;
        let eps = self.config.eps as f32;
        let norm = |x: &Tensor, n: &Norm| layer_norm(x, &n.w, &n.b, eps);
        let mut x = norm(&self.positioned(batch, embedded)?, &self.embedding_norm)?;
        for layer in &self.layers {
            let how = Attention {
                bounds: batch.bounds.clone(),
                heads: self.config.heads,
                rotary: layer.rotary.clone(),
                window: layer.window,
                arithmetic: self.arithmetic,
            };
            let products = self.arithmetic;
            let attend = |x: &Tensor| layer.out.forward(&attention(&layer.qkv.forward(x, products)?, &how)?, products);
            x = match self.config.family {
                Family::ModernBert => {
                    let normed = layer.attention_norm.as_ref().map(|n| norm(&x, n)).transpose()?;
                    let x = add(&x, &attend(normed.as_ref().unwrap_or(&x))?)?;
                    let up = layer.up.forward(&norm(&x, &layer.mlp_norm)?, products)?;
                    add(&x, &layer.down.forward(&geglu(&up)?, products)?)?
                }
                Family::Bert { .. } => {
                    let x = add(&x, &attend(&x)?)?;
                    let x = layer.attention_norm.as_ref().map_or(Ok(x.clone()), |n| norm(&x, n))?;
                    let mlp = layer.down.forward(&gelu(&layer.up.forward(&x, products)?)?, products)?;
                    norm(&add(&x, &mlp)?, &layer.mlp_norm)?
                }
            };
        }
        self.final_norm.as_ref().map_or(Ok(x.clone()), |n| norm(&x, n))
    }

    fn positioned(&self, batch: &Packed, embedded: &Tensor) -> CandleResult<Tensor> {
        let (Some(positions), Family::Bert { first_position }) = (&self.positions, self.config.family) else {
            return Ok(embedded.clone());
        };
        let at: Vec<u32> =
            batch.bounds.windows(2).flat_map(|w| (0..w[1] - w[0]).map(|i| (i + first_position) as u32)).collect();
        let n = at.len();
        let mut x = (embedded + positions.index_select(&Tensor::from_vec(at, n, &Device::Cpu)?, 0)?)?;
        if let Some(types) = &self.types {
            // one segment: title and text are told apart by the separator
            x = (x + types.index_select(&Tensor::zeros(n, DType::U32, &Device::Cpu)?, 0)?)?;
        }
        Ok(x)
    }

    /// All weights under their Hugging Face names and orientation.
    ///
    /// # Errors
    /// Only if memory runs out.
    pub fn to_hf(&self) -> CandleResult<Vec<(String, Tensor)>> {
        let modern = self.config.family == Family::ModernBert;
        let roberta = matches!(self.config.family, Family::Bert { first_position: 1.. });
        let p = if roberta { "roberta" } else { "bert" };
        let mut all = Vec::new();
        let norm = |all: &mut Vec<(String, Tensor)>, name: String, n: &Norm| {
            all.push((format!("{name}.weight"), n.w.clone()));
            if !modern {
                all.push((format!("{name}.bias"), n.b.clone()));
            }
        };
        let dense = |all: &mut Vec<(String, Tensor)>, names: &[String], d: &Dense| -> CandleResult<()> {
            let w = d.w.detach().t()?.contiguous()?;
            let rows = w.dim(0)? / names.len();
            for (i, name) in names.iter().enumerate() {
                all.push((format!("{name}.weight"), w.narrow(0, i * rows, rows)?));
                if let Some(b) = &d.b {
                    all.push((format!("{name}.bias"), b.detach().narrow(0, i * rows, rows)?));
                }
            }
            Ok(())
        };
        if modern {
            all.push(("model.embeddings.tok_embeddings.weight".into(), self.tokens.clone()));
            norm(&mut all, "model.embeddings.norm".into(), &self.embedding_norm);
        } else {
            all.push((format!("{p}.embeddings.word_embeddings.weight"), self.tokens.clone()));
            let tables = [("position", &self.positions), ("token_type", &self.types)];
            for (name, t) in tables.into_iter().filter_map(|(n, t)| t.as_ref().map(|t| (n, t))) {
                all.push((format!("{p}.embeddings.{name}_embeddings.weight"), t.clone()));
            }
            norm(&mut all, format!("{p}.embeddings.LayerNorm"), &self.embedding_norm);
        }
        for (i, layer) in self.layers.iter().enumerate() {
            let n = if modern { format!("model.layers.{i}.") } else { format!("{p}.encoder.layer.{i}.") };
            let at =
                |modern_name: &str, bert_name: &str| format!("{n}{}", if modern { modern_name } else { bert_name });
            if let Some(norm_before) = &layer.attention_norm {
                norm(&mut all, at("attn_norm", "attention.output.LayerNorm"), norm_before);
            }
            let own = ["query", "key", "value"].map(|q| format!("{n}attention.self.{q}"));
            let whole = [format!("{n}attn.Wqkv")];
            dense(&mut all, if modern { &whole } else { &own }, &layer.qkv)?;
            dense(&mut all, &[at("attn.Wo", "attention.output.dense")], &layer.out)?;
            norm(&mut all, at("mlp_norm", "output.LayerNorm"), &layer.mlp_norm);
            dense(&mut all, &[at("mlp.Wi", "intermediate.dense")], &layer.up)?;
            dense(&mut all, &[at("mlp.Wo", "output.dense")], &layer.down)?;
        }
        if let Some(n) = &self.final_norm {
            norm(&mut all, "model.final_norm".into(), n);
        }
        Ok(all)
    }
}
