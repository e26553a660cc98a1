"""How fast does a plain scikit-learn pipeline suggest? The peer of the triage lines of `cargo bench --bench stages`.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r eval/peers/requirements.txt
    /tmp/peers/bin/python eval/peers/speed.py --corpus corpora/jianghai/appeals

TF-IDF of character 1- to 4-grams and one LinearSVC for each of type, category, department and urgency, fitted on the
simulated appeals that are not held back (as `linear_svc.py` does), then asked for all of them: one by one and in
batches of 32. It gives no reasons, no places and no rules; only the labels are compared. Medians of 3 runs; numpy's
threads as they come.
"""

import argparse
import json
import pathlib
import time

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from linear_svc import HEADS, fold, groups


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--corpus", type=pathlib.Path, default="corpora/jianghai/appeals")
    args = args.parse_args()
    files = sorted(args.corpus.glob("*.jsonl"))
    rows = [json.loads(line) for path in files for line in path.open(encoding="utf-8")]
    texts = [f"{row['title']}\n{row['text']}" for row in rows]
    held = [fold(group, 10) == 0 for group in groups(rows)]
    train = [n for n, out in enumerate(held) if not out]
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True)
    x = vectorizer.fit_transform([texts[n] for n in train])
    models = [LinearSVC(C=1.0).fit(x, [rows[n][head] for n in train]) for head in HEADS]
    print(f"{len(train)} training rows, {x.shape[1]} n-grams, {len(texts)} appeals asked")
    for batch, most in [(1, 300), (32, len(texts))]:
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            for at in range(0, most, batch):
                asked = vectorizer.transform(texts[at : min(at + batch, most)])
                for model in models:
                    model.decision_function(asked)
            seconds.append(time.perf_counter() - start)
        print(f"batch {batch:>2}: {most / sorted(seconds)[1]:.0f} appeals/s")


if __name__ == "__main__":
    main()
