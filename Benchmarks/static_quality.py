"""Compares the static encoder with MiniLM, its teacher, and with model2vec where that is installed.

For each of the nested widths: Spearman's correlation on the similarity benchmark and nDCG@10 on
cranfield, by cosine alone, and both as shares of MiniLM's. Documents are title and text; a relevant document's gain
is 1, whatever its grade, as in `retrieval_quality.py`. Needs `numpy` and `scipy`, and `model2vec[distill]` for the peer. Run from the package root:

    swift build -c release --product EmbeddingBenchmark
    python Benchmarks/static_quality.py ../shared/data models
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from scipy.stats import spearmanr

BENCHMARK = ".build/release/EmbeddingBenchmark"
RETRIEVAL = ["cranfield"]
WIDTHS = [64, 128, 256, 384]


def rows(path):
    with gzip.open(path, "rt") as file:
        return [json.loads(line) for line in file]


def line(*parts):
    return " ".join(" ".join(part for part in parts if part).split()) or "."


class Sets:
    """All texts in one list, and where each set's lie in it."""

    def __init__(self, data):
        self.texts = []
        pairs = rows(f"{data}/stsb/en.jsonl.gz")
        self.scores = [pair["score"] for pair in pairs]
        self.first = self.add([line(pair["a"]) for pair in pairs])
        self.second = self.add([line(pair["b"]) for pair in pairs])
        self.retrieval = {name: self.load(f"{data}/{name}") for name in RETRIEVAL}

    def add(self, texts):
        start = len(self.texts)
        self.texts += texts
        return slice(start, len(self.texts))

    def load(self, folder):
        relevance = {}
        with open(f"{folder}/qrels.tsv") as file:
            for query, document, score in [entry.split("\t") for entry in list(file)[1:]]:
                if float(score) > 0:
                    relevance.setdefault(query, {})[document] = 1
        corpus = rows(f"{folder}/corpus.jsonl.gz")
        queries = [q for q in rows(f"{folder}/queries.jsonl.gz") if q["id"] in relevance]
        documents = self.add([line(d.get("title"), d["text"]) for d in corpus])
        return {
            "ids": [d["id"] for d in corpus], "documents": documents,
            "queries": self.add([line(q["text"]) for q in queries]),
            "relevance": [relevance[q["id"]] for q in queries],
        }

    def quality(self, vectors):
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        cosines = (vectors[self.first] * vectors[self.second]).sum(1)
        figures = {"stsb": spearmanr(cosines, self.scores).statistic}
        for name, entry in self.retrieval.items():
            scores = vectors[entry["queries"]] @ vectors[entry["documents"]].T
            figures[name] = np.mean([
                ndcg(row, entry["ids"], grades) for row, grades in zip(scores, entry["relevance"])
            ])
        return figures


def ndcg(scores, ids, grades):
    discounts = 1 / np.log2(np.arange(2, 12))
    top = np.argsort(-scores, kind="stable")[:10]
    gained = sum(grades.get(ids[index], 0) * d for index, d in zip(top, discounts))
    ideal = sum(g * d for g, d in zip(sorted(grades.values(), reverse=True), discounts))
    return gained / ideal


def ours(model, texts, width=None):
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/texts", "w") as file:
            file.write("\n".join(texts) + "\n")
        arguments = [f"{folder}/vectors", str(width)] if width else ["2", "f32", f"{folder}/vectors"]
        command = [BENCHMARK, model, f"{folder}/texts", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        vectors = np.fromfile(f"{folder}/vectors", np.float32)
        return vectors.reshape(len(texts), -1)


def peer(folder, texts):
    try:
        from model2vec.distill import distill
    except ImportError:
        return None
    return distill(model_name=folder, pca_dims=256).encode(texts)


def main():
    data, models = sys.argv[1], sys.argv[2]
    sets = Sets(data)
    teacher = sets.quality(ours(f"{models}/all-MiniLM-L6-v2", sets.texts))
    print(f"{'':16}" + "".join(f"{name:>20}" for name in teacher))

    def report(name, figures):
        cells = [f"{figures[key]:.4f} ({figures[key] / teacher[key]:6.1%})" for key in teacher]
        print(f"{name:16}" + "".join(f"{cell:>20}" for cell in cells), flush=True)

    report("MiniLM", teacher)
    for width in WIDTHS:
        report(f"static {width}", sets.quality(ours(f"{models}/static.safetensors", sets.texts, width)))
    vectors = peer(f"{models}/all-MiniLM-L6-v2", sets.texts)
    if vectors is not None:
        report("model2vec 256", sets.quality(vectors))


main()
