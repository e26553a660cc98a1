//! Opening, writing again, other versions, damage.

use tingsu::search::SearchError;

use super::*;

fn some() -> Vec<IndexDoc> {
    (1..=20).map(|n| doc(&format!("T{n:02}"), n, "井盖缺失", &format!("第{n}处人行道井盖缺失"))).collect()
}

#[test]
fn applying_twice_changes_nothing_and_newer_replaces() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path());
    assert_eq!((index.len(), index.committed_seq()), (0, 0));
    index.apply(&some()).unwrap();
    assert_eq!(index.len(), 0, "not before the commit");
    index.commit(20).unwrap();
    index.apply(&some()).unwrap();
    index.apply(&[some(), some()].concat()).unwrap();
    index.commit(21).unwrap();
    assert_eq!((index.len(), index.committed_seq()), (20, 21));
    let query = asking(words("井盖"));
    assert_eq!(index.search(&query).unwrap().total, 20);
    index.apply(&[doc("T03", 3, "路灯不亮", "已经换成别的事")]).unwrap();
    index.commit(22).unwrap();
    assert_eq!(index.search(&query).unwrap().total, 19);
    assert_eq!(ids(&index.search(&asking(words("路灯"))).unwrap()), ["T03"]);
    index.remove(&[id("T03"), id("T04"), id("not-there")]).unwrap();
    index.commit(23).unwrap();
    assert_eq!(index.len(), 18);
    index.clear().unwrap();
    assert_eq!((index.len(), index.committed_seq(), index.is_empty()), (0, 0, true));
}

#[test]
fn a_commit_lasts_and_the_rest_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path());
    index.apply(&some()).unwrap();
    index.commit(20).unwrap();
    index.apply(&[doc("later", 1, "", "没有提交")]).unwrap();
    drop(index);
    let index = open(dir.path());
    assert_eq!((index.len(), index.committed_seq()), (20, 20));
    assert_eq!(index.search(&asking(words("井盖"))).unwrap().total, 20);
    index.clear().unwrap();
    drop(index);
    assert_eq!(open(dir.path()).committed_seq(), 0);
}

#[test]
fn one_writer_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    for other_dictionary in [HASH, "another"] {
        let second = SearchIndex::open(dir.path(), segmenter(), other_dictionary);
        assert!(matches!(second, Err(SearchError::Locked(_))), "{second:?}");
    }
    assert!(matches!(SearchIndex::recreate(dir.path(), segmenter(), HASH), Err(SearchError::Locked(_))));
    first.apply(&some()).unwrap();
    first.commit(20).unwrap();
    assert_eq!(first.len(), 20, "the attempts did it no harm");
    drop(first);
    assert_eq!(open(dir.path()).len(), 20);
}

#[test]
fn another_dictionary_empties_it() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path());
    index.apply(&some()).unwrap();
    index.commit(20).unwrap();
    drop(index);
    std::fs::write(dir.path().join("not-ours.txt"), "keep").unwrap();
    let index = SearchIndex::open(dir.path(), segmenter(), "another").unwrap();
    assert_eq!((index.len(), index.committed_seq()), (0, 0));
    index.apply(&some()).unwrap();
    index.commit(7).unwrap();
    drop(index);
    let index = SearchIndex::open(dir.path(), segmenter(), "another").unwrap();
    assert_eq!((index.len(), index.committed_seq()), (20, 7));
    drop(index);
    let index = SearchIndex::recreate(dir.path(), segmenter(), "another").unwrap();
    assert_eq!((index.len(), index.committed_seq()), (0, 0));
    assert!(dir.path().join("not-ours.txt").exists(), "only files of an index are removed");
}

#[test]
fn a_half_made_index_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path());
    index.apply(&some()).unwrap();
    index.commit(20).unwrap();
    drop(index);
    std::fs::remove_file(dir.path().join("tingsu-index.json")).unwrap();
    assert_eq!(open(dir.path()).len(), 0);
}

#[test]
fn damage_is_named_and_can_be_repaired() {
    let damage = |how: &dyn Fn(&Path)| {
        let dir = tempfile::tempdir().unwrap();
        let index = open(dir.path());
        index.apply(&some()).unwrap();
        index.commit(20).unwrap();
        drop(index);
        how(dir.path());
        match SearchIndex::open(dir.path(), segmenter(), HASH) {
            Err(error @ SearchError::Damaged { .. }) => {
                let message = error.to_string();
                assert!(message.contains("tingsu reindex"), "{message}");
                assert!(message.contains(dir.path().to_str().unwrap()), "{message}");
            }
            other => panic!("opened: {other:?}"),
        }
        let index = SearchIndex::recreate(dir.path(), segmenter(), HASH).unwrap();
        index.apply(&some()).unwrap();
        index.commit(20).unwrap();
        assert_eq!(index.search(&asking(words("井盖"))).unwrap().total, 20);
    };
    let files = |dir: &Path, extension: &str| -> Vec<std::path::PathBuf> {
        let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
        files.retain(|p| p.extension().is_some_and(|e| e == extension));
        assert!(!files.is_empty(), "{extension}");
        files
    };
    for extension in ["term", "idx", "pos", "fast", "fieldnorm", "store"] {
        damage(&|dir| {
            for file in files(dir, extension) {
                let mut bytes = std::fs::read(&file).unwrap();
                bytes[0] ^= 0xff;
                std::fs::write(&file, bytes).unwrap();
            }
        });
        damage(&|dir| files(dir, extension).iter().for_each(|f| std::fs::write(f, b"").unwrap()));
        damage(&|dir| files(dir, extension).iter().for_each(|f| std::fs::remove_file(f).unwrap()));
    }
    damage(&|dir| std::fs::write(dir.join("meta.json"), "{").unwrap());
    damage(&|dir| std::fs::remove_file(dir.join("meta.json")).unwrap());
}

#[test]
fn a_failed_commit_leaves_what_was_committed() {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("index");
    let index = open(&inner);
    index.apply(&some()).unwrap();
    index.commit(20).unwrap();
    let moved = dir.path().join("moved");
    std::fs::rename(&inner, &moved).unwrap();
    let failed = index.apply(&[doc("N", 1, "路灯", "路灯")]).and_then(|()| index.commit(21));
    assert!(matches!(failed, Err(SearchError::Backend(_))), "{failed:?}");
    assert_eq!(index.committed_seq(), 20);
    assert_eq!(index.search(&asking(words("井盖"))).unwrap().total, 20, "still answers");
    std::fs::rename(&moved, &inner).unwrap();
    index.apply(&[doc("N", 1, "路灯", "路灯")]).unwrap();
    index.commit(21).unwrap();
    assert_eq!((index.len(), index.committed_seq()), (21, 21));
}

#[test]
fn searching_while_writing() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path());
    index.apply(&some()).unwrap();
    index.commit(20).unwrap();
    std::thread::scope(|scope| {
        let searching = scope.spawn(|| {
            for _ in 0..200 {
                let total = index.search(&asking(words("井盖"))).unwrap().total;
                assert_eq!(total, 20, "replacing a ticket never hides it");
            }
        });
        for seq in 21..30 {
            index.apply(&some()).unwrap();
            index.commit(seq).unwrap();
        }
        searching.join().unwrap();
    });
}

#[test]
fn a_reader_beside_the_writer() {
    let dir = tempfile::tempdir().unwrap();
    let absent = |dictionary: &str| SearchIndex::open_reading(dir.path(), segmenter(), dictionary);
    assert!(matches!(absent(HASH), Err(SearchError::Absent(_))), "an empty folder holds no index");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "and stays empty");
    let writer = open(dir.path());
    assert!(matches!(absent("another"), Err(SearchError::Absent(_))));
    let reader = absent(HASH).unwrap();
    let query = asking(words("井盖"));
    let seen = || (reader.committed_seq(), reader.len(), reader.search(&query).unwrap().total);
    assert_eq!(seen(), (0, 0, 0));
    writer.apply(&some()).unwrap();
    writer.commit(20).unwrap();
    assert_eq!(seen(), (0, 0, 0), "not before it is asked to look");
    reader.refresh().unwrap();
    assert_eq!(seen(), (20, 20, 20));
    for failed in [reader.apply(&some()), reader.remove(&[id("T01")]), reader.commit(9), reader.clear()] {
        assert!(matches!(failed, Err(SearchError::Locked(_))), "{failed:?}");
    }
    // Old files may go while the reader still holds them.
    for seq in 21..60 {
        writer.remove(&[id("T01")]).unwrap();
        writer.apply(&some()[1..]).unwrap();
        writer.commit(seq).unwrap();
        assert_eq!(reader.search(&query).unwrap().total, 20);
    }
    reader.refresh().unwrap();
    assert_eq!(seen(), (59, 19, 19));
    drop(writer);
    assert_eq!(open(dir.path()).len(), 19, "a reader does not keep the next writer out");
}
