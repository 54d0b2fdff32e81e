"""Measures what the check of citations lets through.

A server on loopback plays a model that summarizes SciFact's abstracts: of each it says the claims that
people found to be supported, or contradicted, by one of its sentences, claims for which the abstract is
one of the two best of other papers by BM25, and claims that were drawn at random; each with a citation of
the passage that has most of its words, or of the one with the sentence that people named. What
`riverrun run` says of each claim counts: `passes` is the share that is called supported, `area` that
under the curve of its score, supported claims beside the row's.

Run from the package root, Python's own library suffices:

    swift build -c release --product riverrun
    python Benchmarks/claim_support.py .build/release/riverrun ../shared/data
"""

import collections
import gzip
import http.server
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import threading

KINDS = ["supports", "contradicts", "best of others", "any"]


def lines(data, name):
    with gzip.open(os.path.join(data, name), "rt") as file:
        return [json.loads(line) for line in file]


def words(text):
    return re.findall(r"\w+", text.lower())


def best_of_others(corpus, claims, count):
    """The documents that BM25 likes best for each claim, without those that it cites."""
    lengths, postings = {}, collections.defaultdict(list)
    for doc in corpus.values():
        found = collections.Counter(words(doc["title"] + " " + doc["text"]))
        lengths[doc["id"]] = sum(found.values())
        for word, frequency in found.items():
            postings[word].append((doc["id"], frequency))
    mean = sum(lengths.values()) / len(lengths)
    for claim in claims:
        scores = collections.Counter()
        for word in set(words(claim["text"])):
            held = len(postings[word])
            weight = math.log(1 + (len(corpus) - held + 0.5) / (held + 0.5))
            for doc, frequency in postings[word]:
                norm = 1.2 * (0.25 + 0.75 * lengths[doc] / mean)
                scores[doc] += weight * frequency * 2.2 / (frequency + norm)
        cited = {evidence["doc"] for evidence in claim["evidence"]}
        yield claim, [doc for doc, _ in scores.most_common(count + 9) if doc not in cited][:count]


def pairs(corpus, claims):
    """Claims to be said of each document: (kind, claim, the sentence that people named)."""
    said = collections.defaultdict(list)
    chance = random.Random(1)
    for claim, others in best_of_others(corpus, [c for c in claims if c["evidence"]], 2):
        for evidence in claim["evidence"]:
            sentence = corpus[evidence["doc"]]["sentences"][evidence["sentences"][0]]
            kind = KINDS[0] if evidence["label"] == "SUPPORT" else KINDS[1]
            said[evidence["doc"]].append((kind, claim["text"], sentence))
        for doc in others:
            said[doc].append((KINDS[2], claim["text"], claim["text"]))
        said[chance.choice(list(corpus))].append((KINDS[3], claim["text"], claim["text"]))
    return said


class Model(http.server.BaseHTTPRequestHandler):
    said = {}

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = body["messages"][1]["content"]
        title = prompt.split("\n", 1)[0].removeprefix("# ")
        passages = re.findall(r"^\[(\d+)\] (.*)$", prompt, re.MULTILINE)
        answer = ""
        for _, claim, sentence in self.said[title]:
            wanted = set(words(sentence))
            number, _ = max(passages, key=lambda p: len(wanted & set(words(p[1]))))
            answer += f"{claim.rstrip('.')} [{number}].\n"
        content = json.dumps({"choices": [{"message": {"content": answer}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def area(higher, lower):
    wins = sum((a > b) + 0.5 * (a == b) for a in higher for b in lower)
    return wins / len(higher) / len(lower)


def main(binary, data):
    corpus = {}
    for doc in lines(data, "scifact/corpus.jsonl.gz"):
        doc["title"] = " ".join(doc["title"].split())
        corpus[doc["id"]] = doc
    said = pairs(corpus, lines(data, "scifact/queries.jsonl.gz"))
    Model.said = {corpus[doc]["title"]: entries for doc, entries in said.items()}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        pipeline = os.path.join(folder, "claims.yaml")
        with open(pipeline, "w") as file:
            url = f"http://127.0.0.1:{server.server_port}"
            stages = "ingest, chunk, structurize, {embed: {model: static}}, encode, store"
            keys = f"form: summary, server: '{url}', context: 100000"
            file.write(f"name: claims\nstages: [{stages}, {{generate: {{{keys}}}}}]\n")
        texts = os.path.join(folder, "texts.ndjson")
        with open(texts, "w") as file:
            for doc in said:
                row = {key: corpus[doc][key] for key in ("id", "title", "text")}
                file.write(json.dumps(row) + "\n")
        command = [binary, "run", pipeline, texts, "--store", os.path.join(folder, "store")]
        output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    kinds = {
        (doc, f"{claim.rstrip('.')} "): kind
        for doc, entries in said.items()
        for kind, claim, _ in entries
    }
    rows = collections.defaultdict(list)
    for line in output.decode().splitlines():
        row = json.loads(line)
        # A claim of several sentences comes as several.
        kind = kinds.get((row["document"], row["answer"].rsplit("[", 1)[0]))
        if kind:
            rows[kind].append(row)
    print("| claims | count | passes | score from 0.4 | 0.5 | 0.6 | area |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    right = [row["score"] for row in rows[KINDS[0]]]
    for kind in KINDS:
        scores = [row["score"] for row in rows[kind]]
        shares = [sum(score >= least for score in scores) / len(scores) for least in (0.4, 0.5, 0.6)]
        passed = sum(row["supported"] for row in rows[kind]) / len(scores)
        cells = " | ".join(f"{100 * share:.1f} %" for share in [passed] + shares)
        print(f"| {kind} | {len(scores)} | {cells} | {area(right, scores):.3f} |")


main(*sys.argv[1:3])
