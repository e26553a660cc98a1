//! Opening bundles: what is wrong with a damaged one is said by file and name.

use std::borrow::Cow;

use candle_core::Tensor;
use tingsu::model::{Bundle, BundleFiles, weights::to_bytes};

use super::tiny::{LAYOUTS, Layout, encoder, files, inputs};

#[test]
fn every_layout_opens() {
    for layout in LAYOUTS {
        let bundle = Bundle::from_files(&files(layout)).unwrap();
        let (name, hash) = bundle.id().split_once('@').unwrap();
        assert_eq!((name, hash.len()), ("tiny", 8));
        assert_eq!(bundle.category_labels(), ["0101", "0203", "0904", "1601", "2003"]);
        assert_eq!(bundle.vector_width(), 32);
    }
}

#[test]
fn the_id_changes_with_any_file() {
    let whole = files(Layout::ModernBert);
    let id = Bundle::from_files(&whole).unwrap().id().to_owned();
    assert_eq!(Bundle::from_files(&whole).unwrap().id(), id);
    let mut other = whole.clone();
    let text = String::from_utf8(whole["calibration.json"].to_vec()).unwrap();
    other.insert("calibration.json".into(), Cow::Owned(text.replace("0.5", "0.6").into_bytes()));
    assert_ne!(Bundle::from_files(&other).unwrap().id(), id);
}

/// A bundle with one file changed.
fn with(name: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> BundleFiles {
    let mut all = files(Layout::ModernBert);
    let bytes = change(all[name].to_vec());
    all.insert(name.into(), Cow::Owned(bytes));
    all
}

fn replaced<'a>(from: &'a str, to: &'a str) -> impl Fn(Vec<u8>) -> Vec<u8> + 'a {
    move |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "{from} is not in the file");
        text.replacen(from, to, 1).into_bytes()
    }
}

/// The weights with one tensor changed, or left out.
fn tensor<'a>(name: &'a str, change: impl Fn(&Tensor) -> Option<Tensor> + 'a) -> impl Fn(Vec<u8>) -> Vec<u8> + 'a {
    move |bytes| {
        let mut all: Vec<(String, Tensor)> =
            candle_core::safetensors::load_buffer(&bytes, &candle_core::Device::Cpu).unwrap().into_iter().collect();
        assert!(all.iter().any(|(n, _)| n == name), "{name} is not in the file");
        all.retain_mut(|(n, t)| n != name || change(t).map(|new| *t = new).is_some());
        let views = all.iter().map(|(n, t)| (n.as_str(), t));
        safetensors::serialize(views, None).unwrap()
    }
}

#[test]
fn damage_is_named() {
    let check = |what: &str, files: BundleFiles, said: &[&str]| {
        let error = match Bundle::from_files(&files) {
            Ok(_) => panic!("{what}: opened"),
            Err(e) => e.to_string(),
        };
        for word in said {
            assert!(error.contains(word), "{what}: wanted `{word}`, got `{error}`");
        }
    };
    for name in ["config.json", "tokenizer.json", "model.safetensors", "labels.json", "calibration.json"] {
        let mut all = files(Layout::ModernBert);
        all.remove(name);
        check(&format!("{name} missing"), all, &[name, "missing"]);
        check(&format!("{name} empty"), with(name, |_| Vec::new()), &[name]);
        check(&format!("{name} cut"), with(name, |b| b[..b.len() / 2].to_vec()), &[name]);
        check(&format!("{name} garbage"), with(name, |b| vec![0xff; b.len()]), &[name]);
    }
    let c = "config.json";
    check("another model", with(c, replaced("modernbert", "t5")), &[c, "t5", "one of"]);
    check("activation", with(c, replaced("\"gelu\"", "\"relu\"")), &[c, "relu"]);
    check("heads", with(c, replaced("\"num_attention_heads\":2", "\"num_attention_heads\":5")), &[c, "multiple"]);
    check("huge", with(c, replaced("\"hidden_size\":32", "\"hidden_size\":999999999")), &[c, "hidden_size"]);
    check("width", with(c, replaced("\"hidden_size\":32", "\"hidden_size\":64")), &["model.safetensors", "shape"]);
    check(
        "layers",
        with(c, replaced("\"num_hidden_layers\":2", "\"num_hidden_layers\":3")),
        &["model.safetensors", "layers.2", "missing"],
    );
    check("small vocabulary", with(c, replaced("\"vocab_size\":160", "\"vocab_size\":20")), &["tokenizer.json", "20"]);
    check(
        "no specials",
        with("tokenizer.json", |b| String::from_utf8(b).unwrap().replace("[CLS]", "[ABC]").into_bytes()),
        &["tokenizer.json", "[CLS]"],
    );
    let far = |b: Vec<u8>| {
        let mut json: serde_json::Value = serde_json::from_slice(&b).unwrap();
        json["model"]["vocab"]["水"] = 7000.into();
        serde_json::to_vec(&json).unwrap()
    };
    check("an id past the end", with("tokenizer.json", far), &["tokenizer.json", "7000"]);
    let w = "model.safetensors";
    check("tensor", with(w, tensor("heads.category.bias", |_| None)), &[w, "heads.category.bias", "missing"]);
    check(
        "NaN",
        with(w, tensor("model.layers.1.mlp.Wo.weight", |t| Some(t.affine(f64::NAN, 0.0).unwrap()))),
        &[w, "model.layers.1.mlp.Wo.weight", "NaN"],
    );
    check(
        "turned",
        with(w, tensor("heads.type.weight", |t| Some(t.t().unwrap().contiguous().unwrap()))),
        &[w, "heads.type.weight", "shape"],
    );
    check("half the n-grams", with(w, tensor("ngram.idf", |t| Some(t.narrow(0, 0, 3).unwrap()))), &[w, "ngram.idf"]);
    let l = "labels.json";
    check("a label more", with(l, replaced("\"2003\"", "\"2003\",\"2004\"")), &[w, "heads.category", "shape"]);
    check("a label twice", with(l, replaced("\"2003\"", "\"0101\"")), &[l, "0101", "twice"]);
    check("unknown type", with(l, replaced("求助", "帮忙")), &[l, "帮忙"]);
    check("urgency turned", with(l, replaced("\"U1\",\"U2\"", "\"U2\",\"U1\"")), &[l, "urgency"]);
    check("unknown key", with(l, replaced("\"flags\"", "\"marks\"")), &[l, "marks"]);
    let k = "calibration.json";
    check(
        "threshold",
        with(k, replaced("\"uncertain_below\":0.5", "\"uncertain_below\":5.0")),
        &[k, "uncertain_below"],
    );
    check("negative", with(k, replaced("\"encoder\":0.8", "\"encoder\":-0.8")), &[k, "-0.8"]);
}

#[test]
fn a_directory_is_opened_and_its_path_named() {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in &files(Layout::Bert) {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    let bundle = Bundle::open(dir.path()).unwrap();
    assert_eq!(bundle.id(), Bundle::from_files(&files(Layout::Bert)).unwrap().id());
    std::fs::remove_file(dir.path().join("labels.json")).unwrap();
    let error = Bundle::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains(&dir.path().join("labels.json").display().to_string()), "{error}");
    assert!(Bundle::open(&dir.path().join("nowhere")).unwrap_err().to_string().contains("nowhere"));
}

#[test]
fn half_precision_changes_answers_little() {
    let full = {
        let mut all = files(Layout::ModernBert);
        let mut tensors = encoder(Layout::ModernBert);
        for name in ["hash", "weight", "idf", "scale", "bias"].map(|n| format!("ngram.{n}")) {
            let t =
                candle_core::safetensors::load_buffer(&all["model.safetensors"], &candle_core::Device::Cpu).unwrap();
            tensors.push((name.clone(), t[&name].clone()));
        }
        let mut drawn = super::tiny::Drawn::new(5);
        let labels = super::tiny::labels();
        tensors.extend(tingsu::model::heads::Heads::draw(32, &labels, &mut || drawn.next() * 20.0).unwrap());
        all.insert("model.safetensors".into(), Cow::Owned(to_bytes(&tensors, false).unwrap()));
        Bundle::from_files(&all).unwrap()
    };
    let half = Bundle::from_files(&files(Layout::ModernBert)).unwrap();
    let (a, b) = (full.votes(&inputs()).unwrap(), half.votes(&inputs()).unwrap());
    for (x, y) in a.iter().zip(&b) {
        let far = x.encoder.iter().zip(&y.encoder).map(|(p, q)| (p - q).abs()).fold(0.0, f32::max);
        assert!(far > 0.0 && far < 0.02, "differs by {far}");
    }
}
