"""Writes Tests/RetrievalTests/Fixtures/bm25.json: scores of a small collection by bm25s.

    pip install bm25s && python scripts/make_bm25_fixture.py
"""

import json
import pathlib

import bm25s
import numpy as np

VOCABULARY = "river delta source water stone fish boat bridge flood valley lake snow".split()
generator = np.random.default_rng(20)
texts = []
for _ in range(40):
    length = int(generator.integers(1, 30))
    places = np.minimum(generator.geometric(0.25, length) - 1, len(VOCABULARY) - 1)
    texts.append([VOCABULARY[place] for place in places])
queries = [["river"], ["snow"], ["fish", "boat"], ["delta", "flood", "valley"], ["lake", "absent"]]

settings = []
for k1, b in [(1.0, 0.5), (1.2, 0.75), (2.0, 0.0)]:
    index = bm25s.BM25(method="lucene", k1=k1, b=b)
    index.index(texts, show_progress=False)
    scores = []
    for query in queries:
        known = [term for term in query if term in index.vocab_dict]
        scores.append([round(float(score), 6) for score in index.get_scores(known)])
    settings.append({"k1": k1, "b": b, "scores": scores})
path = pathlib.Path(__file__).parent.parent / "Tests/RetrievalTests/Fixtures/bm25.json"
fixture = {"texts": texts, "queries": queries, "settings": settings}
path.write_text(json.dumps(fixture) + "\n", encoding="utf-8")
