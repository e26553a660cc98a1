"""The baseline of `tingsu eval --baseline` in scikit-learn, on the same rows, to check our own against it.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r eval/peers/requirements.txt
    /tmp/peers/bin/python eval/peers/linear_svc.py --data ../shared/data --annotations models/annotations.tsv
"""

import argparse
import csv
import json
import pathlib
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.svm import LinearSVC

MASK = (1 << 64) - 1
HEADS = ["type", "category", "department", "urgency"]


def fold(group: str, folds: int) -> int:
    """The same hash as `src/domain/split.rs`."""
    h = 0xCBF29CE484222325
    for byte in group.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    h = ((h ^ (h >> 33)) * 0xFF51AFD7ED558CCD) & MASK
    h = ((h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53) & MASK
    return (h ^ (h >> 33)) % folds


def groups(rows):
    """What `src/labelled/group.rs` does: calls about one event and repeated calls share a group, named by the
    least of its events, else by the least of its ids."""
    parent = {}

    def root(node):
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for row in rows:
        for other in [(0, row.get("event")), (1, row.get("repeat_of"))]:
            if other[1]:
                low, high = sorted([root((1, row["id"])), root(other)])
                parent[high] = low
    return [root((1, row["id"]))[1] for row in rows]


def load(data: pathlib.Path, further, corpus: pathlib.Path):
    appeals = {}
    for line in (data / "appeals/appeals.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        appeals[row["id"]] = row
    for path in [data / "annotations/train.tsv", *further]:
        with path.open(encoding="utf-8", newline="") as file:
            for gold in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                row = appeals[gold["id"]]
                held = fold(row.get("group", row["id"]), 10) == 0
                yield "real", held, f"{row['title']}\n{row['text']}", [gold[h] for h in HEADS]
    yield from simulated(corpus)


def simulated(corpus: pathlib.Path):
    rows = [json.loads(line) for path in sorted(corpus.glob("*.jsonl")) for line in path.open(encoding="utf-8")]
    for row, group in zip(rows, groups(rows)):
        yield "simulated", fold(group, 10) == 0, f"{row['title']}\n{row['text']}", [row[h] for h in HEADS]


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--data", type=pathlib.Path, default="../shared/data")
    args.add_argument("--annotations", type=pathlib.Path, action="append", default=[], help="further tables of labels")
    args.add_argument("--corpus", type=pathlib.Path, default="corpora/jianghai/appeals")
    args = args.parse_args()
    rows = list(load(args.data, args.annotations, args.corpus))
    train, test = [r for r in rows if not r[1]], [r for r in rows if r[1]]
    start = time.time()
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True)
    x, xt = vectorizer.fit_transform([r[2] for r in train]), vectorizer.transform([r[2] for r in test])
    print(f"{x.shape[0]} training rows, {x.shape[1]} n-grams, {time.time() - start:.1f} s")
    for n, head in enumerate(HEADS):
        start = time.time()
        model = LinearSVC(C=1.0).fit(x, [r[3][n] for r in train])
        order = np.argsort(-model.decision_function(xt), axis=1)
        seconds = time.time() - start
        for source in ("real", "simulated"):
            at = [i for i, r in enumerate(test) if r[0] == source]
            gold = np.array([test[i][3][n] for i in at])
            ranked = model.classes_[order[at]]
            top1, top3 = (ranked[:, 0] == gold).mean(), (ranked[:, :3] == gold[:, None]).any(axis=1).mean()
            macro = f1_score(gold, ranked[:, 0], labels=sorted(set(gold)), average="macro", zero_division=0)
            print(f"{source:<9} {head:<10} n {len(at)} top-1 {top1:.4f} top-3 {top3:.4f} macro-F1 {macro:.4f} ({seconds:.1f} s)")


if __name__ == "__main__":
    main()
