//! Tiny bundles with drawn weights, one of each layout, for fast tests.
//!
//! The committed ones in `tests/fixtures/tiny-model/` are exactly what [`files`] makes; after a change
//! here write them again with `TINGSU_WRITE_FIXTURES=1 cargo test --release --test it tiny`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use candle_core::{Device, Tensor};
use tingsu::domain::HeadKind;
use tingsu::model::{
    BundleFiles, ModelInput,
    calibration::{Calibration, Mix},
    heads::Heads,
    labels::{HeadLabels, Labels},
    ngram::{Ngrams, grams},
    weights::to_bytes,
};

/// Width, MLP width, layers, positions.
const H: usize = 32;
const MLP: usize = 48;
const LAYERS: usize = 2;
const POSITIONS: usize = 66;
const VOCABULARY: usize = 160;

/// The layouts that are tested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Layout {
    ModernBert,
    /// ModernBERT whose second layer sees a window of four tokens.
    Windowed,
    Bert,
    Roberta,
}

pub(crate) const LAYOUTS: [Layout; 4] = [Layout::ModernBert, Layout::Windowed, Layout::Bert, Layout::Roberta];

/// Own sentences of the field; the characters of the tokenizer come from them.
pub(crate) const SENTENCES: [(&str, &str); 6] = [
    ("小区停水三天", "我们小区已经停水三天了,物业说是水泵坏了,老人做饭都成问题,请尽快恢复供水。"),
    ("夜间施工噪音", "工地半夜两点还在打桩,孩子睡不着,希望有关部门管一管。"),
    ("咨询医保报销", "请问在外地住院的费用怎么报销,需要带哪些材料?"),
    ("路灯不亮", "人民路到解放路这一段路灯不亮,晚上走路很危险。"),
    ("拖欠工资", "老板拖欠我们十几个人三个月工资,电话不接。"),
    ("", "谢谢12345的工作人员,问题解决了。"),
];

pub(crate) fn input((title, text): (&str, &str)) -> ModelInput {
    ModelInput { title: title.into(), text: text.into() }
}

pub(crate) fn inputs() -> Vec<ModelInput> {
    SENTENCES.into_iter().map(input).collect()
}

/// Uniform numbers in −1..1 from xorshift: the same on every machine and with every version of every
/// crate.
pub(crate) struct Drawn(u32);

impl Drawn {
    pub(crate) fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(2_654_435_761) | 1)
    }

    pub(crate) fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 as f32 / u32::MAX as f32) * 2.0 - 1.0
    }

    pub(crate) fn tensor(&mut self, dims: &[usize], centre: f32, spread: f32) -> Tensor {
        let values: Vec<f32> = (0..dims.iter().product()).map(|_| centre + spread * self.next()).collect();
        Tensor::from_vec(values, dims, &Device::Cpu).unwrap()
    }
}

pub(crate) fn config(layout: Layout) -> String {
    let sizes = format!(
        r#""vocab_size":{VOCABULARY},"hidden_size":{H},"intermediate_size":{MLP},"num_hidden_layers":{LAYERS},"num_attention_heads":2,"max_position_embeddings":{POSITIONS}"#
    );
    let own = r#""tingsu":{"name":"tiny","max_tokens":48}"#;
    match layout {
        Layout::ModernBert | Layout::Windowed => {
            let every = if layout == Layout::Windowed { 2 } else { 1 };
            format!(
                r#"{{"model_type":"modernbert",{sizes},"hidden_activation":"gelu","global_attn_every_n_layers":{every},"local_attention":8,"global_rope_theta":10000.0,"local_rope_theta":500.0,{own}}}"#
            )
        }
        Layout::Bert => format!(r#"{{"model_type":"bert",{sizes},"hidden_act":"gelu","type_vocab_size":2,{own}}}"#),
        Layout::Roberta => {
            format!(
                r#"{{"model_type":"roberta",{sizes},"hidden_act":"gelu","type_vocab_size":1,"pad_token_id":1,{own}}}"#
            )
        }
    }
}

/// Encoder tensors under their Hugging Face names.
pub(crate) fn encoder(layout: Layout) -> Vec<(String, Tensor)> {
    let mut drawn = Drawn::new(layout as u32 + 1);
    let mut all: Vec<(String, Tensor)> = Vec::new();
    let norm = |all: &mut Vec<(String, Tensor)>, drawn: &mut Drawn, name: String, bias: bool| {
        all.push((format!("{name}.weight"), drawn.tensor(&[H], 1.0, 0.2)));
        if bias {
            all.push((format!("{name}.bias"), drawn.tensor(&[H], 0.0, 0.2)));
        }
    };
    let dense = |all: &mut Vec<(String, Tensor)>, drawn: &mut Drawn, name: String, dims: [usize; 2], bias: bool| {
        all.push((format!("{name}.weight"), drawn.tensor(&dims, 0.0, 0.2)));
        if bias {
            all.push((format!("{name}.bias"), drawn.tensor(&dims[..1], 0.0, 0.2)));
        }
    };
    if matches!(layout, Layout::ModernBert | Layout::Windowed) {
        all.push(("model.embeddings.tok_embeddings.weight".into(), drawn.tensor(&[VOCABULARY, H], 0.0, 0.5)));
        norm(&mut all, &mut drawn, "model.embeddings.norm".into(), false);
        for i in 0..LAYERS {
            let n = format!("model.layers.{i}");
            if i > 0 {
                norm(&mut all, &mut drawn, format!("{n}.attn_norm"), false);
            }
            dense(&mut all, &mut drawn, format!("{n}.attn.Wqkv"), [3 * H, H], false);
            dense(&mut all, &mut drawn, format!("{n}.attn.Wo"), [H, H], false);
            norm(&mut all, &mut drawn, format!("{n}.mlp_norm"), false);
            dense(&mut all, &mut drawn, format!("{n}.mlp.Wi"), [2 * MLP, H], false);
            dense(&mut all, &mut drawn, format!("{n}.mlp.Wo"), [H, MLP], false);
        }
        norm(&mut all, &mut drawn, "model.final_norm".into(), false);
        return all;
    }
    let (p, types) = if layout == Layout::Bert { ("bert", 2) } else { ("roberta", 1) };
    for (name, rows) in [("word", VOCABULARY), ("position", POSITIONS), ("token_type", types)] {
        all.push((format!("{p}.embeddings.{name}_embeddings.weight"), drawn.tensor(&[rows, H], 0.0, 0.5)));
    }
    norm(&mut all, &mut drawn, format!("{p}.embeddings.LayerNorm"), true);
    for i in 0..LAYERS {
        let n = format!("{p}.encoder.layer.{i}");
        for part in ["query", "key", "value"] {
            dense(&mut all, &mut drawn, format!("{n}.attention.self.{part}"), [H, H], true);
        }
        dense(&mut all, &mut drawn, format!("{n}.attention.output.dense"), [H, H], true);
        norm(&mut all, &mut drawn, format!("{n}.attention.output.LayerNorm"), true);
        dense(&mut all, &mut drawn, format!("{n}.intermediate.dense"), [MLP, H], true);
        dense(&mut all, &mut drawn, format!("{n}.output.dense"), [H, MLP], true);
        norm(&mut all, &mut drawn, format!("{n}.output.LayerNorm"), true);
    }
    all
}

pub(crate) fn labels() -> Labels {
    let set = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<BTreeSet<_>>();
    Labels::new(set(&["0101", "0203", "0904", "1601", "2003"]), set(&["甲局", "乙局", "丙委"]))
}

/// The heads of triage with one of each kind beside them.
pub(crate) fn wide_labels() -> Labels {
    let head = |name: &str, kind, labels: &[&str]| HeadLabels {
        name: name.into(),
        kind,
        labels: labels.iter().map(|l| (*l).to_owned()).collect(),
    };
    let further = vec![
        head("matter", HeadKind::Single, &["水", "路", "钱"]),
        head("place", HeadKind::Span, &["place"]),
        head("marks", HeadKind::Multi, &["老人", "夜间"]),
        head("parts", HeadKind::Span, &["who", "what"]),
    ];
    labels().beside(further).unwrap()
}

/// WordPiece over the characters of [`SENTENCES`].
pub(crate) fn tokenizer() -> String {
    let mut vocabulary: BTreeMap<String, usize> = BTreeMap::new();
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    let chars: BTreeSet<char> = SENTENCES.iter().flat_map(|(a, b)| a.chars().chain(b.chars())).collect();
    let words = special.iter().map(|s| (*s).to_owned()).chain(chars.into_iter().map(String::from));
    for word in words.take(VOCABULARY) {
        let id = vocabulary.len();
        vocabulary.insert(word, id);
    }
    let added: Vec<_> = special
        .iter()
        .enumerate()
        .map(|(id, content)| {
            serde_json::json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true})
        })
        .collect();
    serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": false, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary}
    })
    .to_string()
}

fn ngrams(labels: usize) -> Ngrams {
    let mut hashes = BTreeSet::new();
    for i in inputs().iter().take(3) {
        grams(i, |hash, _, bytes| {
            if bytes.len() == 6 {
                hashes.insert(hash);
            }
        });
    }
    let hashes: Vec<u64> = hashes.into_iter().collect();
    let mut drawn = Drawn::new(99);
    let weights: Vec<f32> = (0..hashes.len() * labels).map(|_| drawn.next()).collect();
    let idf = hashes.iter().map(|_| 2.0 + drawn.next()).collect();
    Ngrams::quantised(&hashes, idf, &weights, (0..labels).map(|_| 0.1 * drawn.next()).collect())
}

/// A whole bundle for triage.
pub(crate) fn files(layout: Layout) -> BundleFiles {
    files_with(layout, &labels())
}

/// A whole bundle with these heads.
pub(crate) fn files_with(layout: Layout, labels: &Labels) -> BundleFiles {
    let mut tensors = encoder(layout);
    let mut drawn = Drawn::new(5);
    tensors.extend(Heads::draw(H, labels, &mut || drawn.next() * 20.0).unwrap());
    if labels.text_outputs() > 0 {
        tensors.extend(ngrams(labels.text_outputs()).to_tensors().unwrap());
    }
    let mix = Mix { encoder: 0.8, ngram: 1.5, ..Mix::default() };
    let mut calibration = Calibration::neutral(labels);
    for (head, mixes) in labels.heads().iter().zip(&mut calibration.heads) {
        if matches!(head.name.as_str(), "category" | "department") {
            mixes.fill(mix);
        }
    }
    let mut files = BundleFiles::new();
    let mut put = |name: &str, bytes: Vec<u8>| files.insert(name.into(), bytes.into());
    put("config.json", config(layout).into_bytes());
    put("tokenizer.json", tokenizer().into_bytes());
    put("labels.json", serde_json::to_vec(labels).unwrap());
    put("calibration.json", serde_json::to_vec(&calibration.named(labels)).unwrap());
    put("model.safetensors", to_bytes(&tensors, true).unwrap());
    files
}

fn folder(layout: Layout) -> PathBuf {
    let name = if layout == Layout::ModernBert { "modernbert" } else { "bert" };
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-model").join(name)
}

#[test]
fn tiny_fixtures_are_what_the_code_makes() {
    for layout in [Layout::ModernBert, Layout::Bert] {
        let (dir, files) = (folder(layout), files(layout));
        if std::env::var_os("TINGSU_WRITE_FIXTURES").is_some() {
            fs::create_dir_all(&dir).unwrap();
            for (name, bytes) in &files {
                fs::write(dir.join(name), bytes).unwrap();
            }
        }
        let mut total = 0;
        for (name, bytes) in &files {
            let kept = fs::read(dir.join(name)).unwrap();
            assert!(kept == bytes.as_ref(), "{layout:?}: {name} differs; see the module doc");
            total += kept.len();
        }
        assert!(total < 300_000, "{layout:?}: {total} bytes");
    }
}
