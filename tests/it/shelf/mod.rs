//! Tests of the room `shelf`, through its public face: bundles are kept whole, one answers, and no
//! instant at which a process ends leaves anything between.

mod old_formats;

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tingsu::{
    model::BundleFiles,
    shelf::{About, Act, Chosen, Shelf, ShelfError, Why},
};

use crate::model::tiny::{self, Layout};

/// A tiny bundle under another name, so that it has another id.
pub(crate) fn bundle(name: &str) -> BundleFiles {
    let mut files = tiny::files(Layout::ModernBert);
    let config = String::from_utf8(files["config.json"].to_vec()).unwrap().replace("\"tiny\"", &format!("\"{name}\""));
    files.insert("config.json".into(), config.into_bytes().into());
    files
}

pub(crate) fn write(dir: &Path, files: &BundleFiles) {
    fs::create_dir_all(dir).unwrap();
    for (name, bytes) in files {
        fs::write(dir.join(name), bytes).unwrap();
    }
}

fn about(who: &str) -> About {
    About { who: who.into(), from: "a test".into(), ..About::default() }
}

fn why(who: &str, reason: &str) -> Why {
    Why { who: who.into(), reason: Some(reason.into()), ..Why::default() }
}

struct Own {
    dir: TempDir,
    shelf: Shelf,
}

impl Own {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let shelf = Shelf::of(dir.path());
        Self { dir, shelf }
    }

    fn keep(&self, name: &str) -> String {
        self.shelf.keep(&bundle(name), about("甲")).unwrap().id
    }

    fn activate(&self, id: &str) {
        self.shelf.activate(Chosen::Kept(id.to_owned()), why("甲", "试用")).unwrap();
    }

    fn answers(&self) -> String {
        let opened = self.shelf.open();
        assert_eq!(opened.bundle.as_ref().map(|b| b.id().to_owned()), Option::<String>::from(opened.chosen.clone()));
        opened.chosen.to_string()
    }

    fn models(&self) -> PathBuf {
        self.dir.path().join("models")
    }
}

#[test]
fn a_folder_without_a_shelf_answers_with_the_embedded_bundle() {
    let own = Own::new();
    assert!(own.shelf.list().unwrap().is_empty());
    assert_eq!(own.answers(), "embedded");
    assert!(own.shelf.open().troubles.is_empty());
    assert!(!own.models().exists(), "looking writes nothing");
    assert!(matches!(own.shelf.rollback(Why::default()), Err(ShelfError::First)));
}

#[test]
fn bundles_are_kept_found_and_removed() {
    let own = Own::new();
    let (a, b) = (own.keep("alpha"), own.keep("beta"));
    assert!(a.starts_with("alpha@") && b.starts_with("beta@"));
    assert_eq!(own.keep("alpha"), a, "adding a bundle again changes nothing");
    let ids: Vec<String> = own.shelf.list().unwrap().into_iter().map(|k| k.id).collect();
    assert_eq!(ids, [a.clone(), b.clone()]);
    assert_eq!(own.shelf.find("alp").unwrap().id, a);
    assert_eq!(own.shelf.find(b.split_once('@').unwrap().1).unwrap().id, b, "the hash alone names it");
    assert_eq!(own.shelf.find(&b).unwrap().about.unwrap().who, "甲");
    let error = own.shelf.find("gamma").unwrap_err().to_string();
    assert!(error.contains("gamma") && error.contains(&a) && error.contains(&b), "{error}");
    own.keep("alphabet");
    assert!(matches!(own.shelf.find("alpha"), Err(ShelfError::Ambiguous { .. })));
    own.activate(&a);
    assert!(matches!(own.shelf.remove(&a), Err(ShelfError::Answers(_))));
    own.shelf.remove(&b).unwrap();
    assert!(matches!(own.shelf.find(&b), Err(ShelfError::Absent { .. })));
    // a folder from elsewhere
    let outside = own.dir.path().join("outside");
    write(&outside, &bundle("beta"));
    assert_eq!(own.shelf.add(&outside, about("乙")).unwrap().id, b);
    fs::remove_file(outside.join("labels.json")).unwrap();
    let error = own.shelf.add(&outside, about("乙")).unwrap_err().to_string();
    assert!(error.contains("labels.json"), "{error}");
}

#[test]
fn names_that_are_no_file_names_are_kept_too() {
    let own = Own::new();
    for name in ["../up", "a/b", ".hidden", "明湖 2026"] {
        let id = own.keep(name);
        own.activate(&id);
        assert_eq!(own.shelf.open().chosen, Chosen::Kept(id), "{name}");
        assert!(own.shelf.open().troubles.is_empty(), "{name}");
    }
    assert_eq!(fs::read_dir(own.dir.path()).unwrap().count(), 1, "nothing was written outside");
}

#[test]
fn activations_can_be_gone_back_from_one_by_one() {
    let own = Own::new();
    let (a, b, c) = (own.keep("a"), own.keep("b"), own.keep("c"));
    for id in [&a, &b, &c] {
        own.activate(id);
        assert_eq!(own.answers(), *id);
    }
    let again = own.shelf.activate(Chosen::Kept(c.clone()), Why::default());
    assert!(matches!(again, Err(ShelfError::Already(_))));
    let entry = own.shelf.rollback(why("乙", "投诉变多")).unwrap();
    assert_eq!((entry.act, entry.bundle, entry.instead_of), (Act::Rollback, Chosen::Kept(b.clone()), Chosen::Kept(c)));
    own.shelf.remove(&a).unwrap();
    own.shelf.rollback(Why::default()).unwrap();
    assert_eq!(own.answers(), "embedded", "a bundle that is gone is passed over");
    assert!(matches!(own.shelf.rollback(Why::default()), Err(ShelfError::First)));
    own.activate(&b);
    own.shelf.rollback(Why::default()).unwrap();
    let journal = own.shelf.journal().unwrap();
    let told: Vec<(u64, String)> = journal.iter().map(|e| (e.n, e.bundle.to_string())).collect();
    let names = [a, b.clone(), journal[2].bundle.to_string(), b.clone(), "embedded".into(), b, "embedded".into()];
    assert_eq!(told, (1..).zip(names).collect::<Vec<_>>());
    assert_eq!((journal[3].who.as_str(), journal[3].reason.as_deref()), ("乙", Some("投诉变多")));
    assert_eq!(journal[0].about.as_ref().unwrap().from, "a test");
}

#[test]
fn what_a_killed_process_left_is_nothing() {
    let own = Own::new();
    let (a, b) = (own.keep("a"), own.keep("b"));
    own.activate(&a);
    // killed between writing and renaming: the pointer to b, and a bundle half copied, lie aside
    let pointer = fs::read_to_string(own.models().join("active.json")).unwrap();
    fs::write(own.models().join(".new-active.json"), pointer.replace(&a, &b)).unwrap();
    write(&own.models().join(".new-c@12345678"), &bundle("c"));
    assert_eq!(own.answers(), a);
    assert_eq!(own.shelf.list().unwrap().len(), 2);
    own.activate(&b);
    assert_eq!(own.answers(), b);
    let left: Vec<_> = fs::read_dir(own.models()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert!(left.iter().all(|n| !n.to_string_lossy().starts_with(".new")), "{left:?}");
    // killed between pointer and journal: the journal is made good
    let journal = own.models().join("journal.jsonl");
    let lines = fs::read_to_string(&journal).unwrap();
    let first = lines.lines().next().unwrap();
    for cut in [format!("{first}\n"), format!("{first}\n{}", &first[..40])] {
        fs::write(&journal, cut).unwrap();
        assert_eq!(own.shelf.journal().unwrap().iter().map(|e| e.n).collect::<Vec<_>>(), [1, 2]);
    }
    own.shelf.rollback(Why::default()).unwrap();
    assert_eq!(own.answers(), a);
    assert_eq!(own.shelf.journal().unwrap().iter().map(|e| e.n).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_damaged_active_bundle_gives_way_to_the_last_good_one() {
    let own = Own::new();
    let (a, b, c) = (own.keep("a"), own.keep("b"), own.keep("c"));
    [&a, &b, &c].into_iter().for_each(|id| own.activate(id));
    let check = |wanted: &str, said: &[&str]| {
        assert_eq!(own.answers(), wanted);
        let troubles = own.shelf.open().troubles.join("; ");
        said.iter().for_each(|word| assert!(troubles.contains(word), "wanted `{word}` in `{troubles}`"));
    };
    fs::remove_dir_all(own.models().join(&c)).unwrap();
    check(&b, &[&c, "config.json"]);
    // another calibration is no damage that opening would find, but these are not the files of b
    let calibration = own.models().join(&b).join("calibration.json");
    let text = fs::read_to_string(&calibration).unwrap();
    fs::write(&calibration, text.replace("0.5", "0.6")).unwrap();
    check(&a, &[&c, &b, "are not those of"]);
    fs::write(own.models().join(&a).join("model.safetensors"), "torn").unwrap();
    check("embedded", &[&a, &b, &c]);
    assert!(own.shelf.activate(Chosen::Kept(b.clone()), Why::default()).is_err());
    // adding it again mends it
    assert_eq!(own.keep("b"), b);
    check(&b, &[&c]);
}

#[test]
fn a_pointer_that_cannot_be_read_is_replaced_by_the_journal() {
    let own = Own::new();
    let (a, b) = (own.keep("a"), own.keep("b"));
    own.activate(&a);
    own.activate(&b);
    for garbage in ["", "{", "{\"version\":1}", "\u{0}\u{0}"] {
        fs::write(own.models().join("active.json"), garbage).unwrap();
        assert_eq!(own.answers(), b, "{garbage:?}");
        assert!(own.shelf.open().troubles[0].contains("active.json"));
    }
    own.shelf.rollback(Why::default()).unwrap();
    assert_eq!((own.answers(), own.shelf.open().troubles), (a, Vec::new()));
}
