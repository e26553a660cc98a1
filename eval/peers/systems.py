"""The peers, each with the same face: padded token ids in, logits out."""

import pathlib

import numpy as np

import network

NAMES = ["ort-int8", "ort-f32", "torch-bf16", "torch-f32"]


def padded(sequences):
    """Ids as a rectangle, and which of them are tokens (none if all are)."""
    longest = max(map(len, sequences))
    ids = np.zeros((len(sequences), longest), dtype=np.int64)
    for row, own in zip(ids, sequences):
        row[: len(own)] = own
    lengths = np.array([len(own) for own in sequences])
    return ids, np.arange(longest)[None, :] < lengths[:, None]


class Ort:
    """onnxruntime, all graph optimisations on."""

    def __init__(self, name: str, bundle: pathlib.Path, work: pathlib.Path, threads: int):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        path = work / f"{name.removeprefix('ort-')}.onnx"
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def ready(self, ids, mask):
        return {"ids": ids, "mask": mask}

    def logits(self, ready):
        return self.session.run(["logits"], ready)[0]


class Torch:
    """PyTorch, eager, inference mode; without a mask where nothing is padded (faster)."""

    def __init__(self, name: str, bundle: pathlib.Path, work: pathlib.Path, threads: int):
        import torch

        self.torch, self.threads = torch, threads
        self.model = network.network(bundle)
        if name == "torch-bf16":
            self.model = self.model.to(torch.bfloat16)

    def ready(self, ids, mask):
        mask = None if mask.all() else self.torch.from_numpy(mask)
        return self.torch.from_numpy(ids), mask

    def logits(self, ready):
        if self.torch.get_num_threads() != self.threads:
            self.torch.set_num_threads(self.threads)
        with self.torch.inference_mode():
            return self.model(*ready).float().numpy()


def load(name: str, bundle: pathlib.Path, work: pathlib.Path, threads: int):
    return (Ort if name.startswith("ort") else Torch)(name, bundle, work, threads)


class Pipeline:
    """From raw title and text to the first label of each head: NFKC and lower case, Hugging Face tokenizer, network."""

    def __init__(self, name: str, bundle: pathlib.Path, work: pathlib.Path, threads: int, system=None):
        from tokenizers import Tokenizer

        self.system = system or load(name, bundle, work, threads)
        self.tokenizer = Tokenizer.from_file(str(bundle / "tokenizer.json"))
        self.tokenizer.enable_truncation(network.config_of(bundle)["tingsu"]["max_tokens"])
        self.tokenizer.enable_padding(pad_id=0)
        labels = network.labels_of(bundle)
        self.sizes = [len(own) for own in labels.values()]
        self.labels = list(labels.values())

    def answer(self, appeals, batch: int):
        """Labels of type, category, department and urgency, and the number of tokens read. Texts of like length
        share a batch, so that little is padded."""
        from unicodedata import normalize

        texts = [(normalize("NFKC", a["title"]).lower(), normalize("NFKC", a["text"]).lower()) for a in appeals]
        order = sorted(range(len(texts)), key=lambda i: len(texts[i][0]) + len(texts[i][1]))
        answers, tokens = [None] * len(texts), 0
        for at in range(0, len(order), batch):
            own = order[at : at + batch]
            encoded = self.tokenizer.encode_batch([texts[i] for i in own])
            ids = np.array([e.ids for e in encoded], dtype=np.int64)
            mask = np.array([e.attention_mask for e in encoded], dtype=bool)
            tokens += int(mask.sum())
            logits = self.system.logits(self.system.ready(ids, mask))
            ends = np.cumsum(self.sizes)
            for i, row in zip(own, logits):
                answers[i] = []
                for labels, end in list(zip(self.labels, ends))[:4]:
                    z = row[end - len(labels) : end]
                    p = np.exp(z - z.max())
                    best = int((p / p.sum()).argmax())
                    answers[i].append(labels[best])
        return answers, tokens


class Linear:
    """TF-IDF of character 1- to 4-grams and a LinearSVC for each head, as in `linear_svc.py`."""

    def __init__(self, rows, work: pathlib.Path):
        import joblib

        path = work / f"linear-{len(rows)}.joblib"
        if not path.exists():
            from sklearn.feature_extraction.text import TfidfVectorizer
            from sklearn.svm import LinearSVC

            vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True)
            x = vectorizer.fit_transform([text for text, _ in rows])
            models = [LinearSVC(C=1.0).fit(x, [gold[n] for _, gold in rows]) for n in range(4)]
            joblib.dump((vectorizer, models), path)
        self.vectorizer, self.models = joblib.load(path)

    def answer(self, appeals, batch: int):
        answers = []
        for at in range(0, len(appeals), batch):
            x = self.vectorizer.transform([f"{a['title']}\n{a['text']}" for a in appeals[at : at + batch]])
            heads = [m.classes_[m.decision_function(x).argmax(axis=1)] for m in self.models]
            answers.extend(map(list, zip(*heads)))
        return answers, 0
