"""Times the peers for `cargo bench --bench peers`, which starts it and asks it line by line; not to be run by hand.

One JSON object a line on standard input, one answer a line on standard output. With `--once SYSTEM` it is a program that
answers one appeal: what a cold start costs and how much memory stays.
"""

import argparse
import json
import pathlib
import sys
import time


class Worker:
    def __init__(self, bundle: pathlib.Path, work: pathlib.Path):
        self.bundle, self.work, self.loaded = bundle, work, {}

    def system(self, name: str, threads: int):
        import systems

        key = (name, threads)
        if key not in self.loaded:
            self.loaded[key] = systems.load(name, self.bundle, self.work, threads)
        return self.loaded[key]

    def export(self, _):
        from importlib.metadata import version

        import network

        network.export(self.bundle, self.work)
        names = ["torch", "onnxruntime", "onnx", "tokenizers", "scikit-learn", "numpy"]
        return {"versions": {name: version(name) for name in names}, "python": sys.version.split()[0]}

    def logits(self, ask):
        import systems

        system, out = self.system(ask["system"], ask["threads"]), []
        for at in range(0, len(ask["ids"]), 8):
            ids = ask["ids"][at : at + 8]
            out.extend(system.logits(system.ready(*systems.padded(ids))).tolist())
        return {"logits": out}

    def time(self, ask):
        """Seconds of each call, until `seconds` are over and `least` calls were made; one call before is not counted."""
        import systems

        system = self.system(ask["system"], ask["threads"])
        ready = system.ready(*systems.padded(ask["ids"]))
        system.logits(ready)
        calls, start = [], time.perf_counter()
        while True:
            before = time.perf_counter()
            system.logits(ready)
            now = time.perf_counter()
            calls.append(now - before)
            if now - start >= ask["seconds"] and len(calls) >= ask["least"]:
                return {"calls": calls}

    def pipeline(self, ask):
        import systems

        key = ("pipeline", ask["system"], ask["threads"])
        if key not in self.loaded:
            if ask["system"] == "linear":
                import linear_svc

                data, corpus = pathlib.Path(ask["data"]), pathlib.Path(ask["corpus"])
                rows = linear_svc.load(data, [], corpus) if data.exists() else linear_svc.simulated(corpus)
                rows = [(text, gold) for _, held, text, gold in rows if not held]
                self.loaded[key] = systems.Linear(rows, self.work)
            else:
                system = self.system(ask["system"], ask["threads"])
                self.loaded[key] = systems.Pipeline(ask["system"], self.bundle, self.work, ask["threads"], system)
        return self.loaded[key]

    def appeals(self, ask):
        """All appeals of a JSONL file, from text to labels."""
        pipeline = self.pipeline(ask)
        appeals = [json.loads(line) for line in pathlib.Path(ask["file"]).open(encoding="utf-8")]
        pipeline.answer(appeals[:8], ask["batch"])
        start = time.perf_counter()
        answers, tokens = pipeline.answer(appeals, ask["batch"])
        return {"seconds": time.perf_counter() - start, "answers": answers, "tokens": tokens}


def once(name: str, bundle: pathlib.Path, work: pathlib.Path, threads: int):
    """Answers the appeals of each line; between two lines its memory can be looked at."""
    import systems

    pipeline = systems.Pipeline(name, bundle, work, threads)
    for line in sys.stdin:
        answers, _ = pipeline.answer(json.loads(line), 32)
        print(json.dumps({"answers": answers}), flush=True)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--bundle", type=pathlib.Path, required=True)
    args.add_argument("--work", type=pathlib.Path, required=True)
    args.add_argument("--once")
    args.add_argument("--threads", type=int, default=1)
    args = args.parse_args()
    if args.once:
        once(args.once, args.bundle, args.work, args.threads)
        return
    worker = Worker(args.bundle, args.work)
    for line in sys.stdin:
        ask = json.loads(line)
        print(json.dumps(getattr(worker, ask["do"])(ask)), flush=True)


if __name__ == "__main__":
    main()
