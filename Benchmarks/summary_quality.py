"""Measures summaries by ROUGE-1 against references that people wrote, beside two peers.

For each document and reference, `riverrun summarize --json --words N` is run with N the words of
the reference. Two texts are scored: `quoted`, the texts of `sentences` joined by spaces, and
`text`, the summary with its headings. With --query the question that the reference answers is
given, where it asks for something of its own. The peers, with --peers: `lead` takes the first
sentences up to N words, `MMR` the sentences that are nearest to the mean vector and far from those
taken (0.7 to 0.3, all-MiniLM-L6-v2), both over text split at marks and line ends.

Sets: `leval` is its five summary tasks; the bar is the mean over them. A task with several
references a document, meeting_summ, is the mean over references. `squality`, `qmsum` and
`scitldr` are there so that no setting is fitted to one set.

Needs `rouge-score` (0.1.2); with --peers `sentence-transformers` too. Documents are ingested once
into a store in the folder of --cache. Run from the package root:

    swift build -c release --product riverrun
    python Benchmarks/summary_quality.py .build/release/riverrun ../shared/data --peers
"""

import argparse
import gzip
import json
import os
import re
import subprocess
import tempfile
from collections import defaultdict

from rouge_score import rouge_scorer

TASKS = ("gov_report_summ", "meeting_summ", "news_summ", "patent_summ", "tv_show_summ")
WHOLE = re.compile(r"^(Please |Write |You are |What is the plot|Summarize the whole)")
SCORER = rouge_scorer.RougeScorer(["rouge1"], use_stemmer=True)


def lines(data, name):
    with gzip.open(os.path.join(data, name), "rt") as file:
        return [json.loads(line) for line in file]


def leval(data):
    for row in lines(data, "leval/leval.jsonl.gz"):
        if row["task"] in TASKS:
            asked = [(q, [a]) for q, a in zip(row["questions"], row["answers"])]
            yield row["task"], row["id"], row["document"], asked


def squality(data):
    for row in lines(data, "squality/stories.jsonl.gz"):
        asked = [(question["q"], question["references"]) for question in row["questions"]]
        yield "squality", row["id"], row["document"], asked


def qmsum(data):
    for row in lines(data, "qmsum/meetings.jsonl.gz"):
        text = "\n".join(f"{turn['speaker']}: {turn['content']}" for turn in row["turns"])
        asked = [(item["query"], [item["answer"]]) for item in row["general"] + row["specific"]]
        yield "qmsum", row["id"], text, asked


def scitldr(data):
    for row in lines(data, "scitldr/abstracts.jsonl.gz"):
        yield "scitldr", row["id"], " ".join(row["sentences"]), [("", row["references"])]


SETS = {"leval": leval, "squality": squality, "qmsum": qmsum, "scitldr": scitldr}


def store_of(binary, name, documents, cache):
    path = os.path.join(cache, f"{name}-{len(documents)}.store")
    if not os.path.exists(path):
        with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
            for _, identifier, text, _ in documents:
                file.write(json.dumps({"id": identifier, "text": text}) + "\n")
            file.flush()
            command = [binary, "ingest", file.name, "--store", path, "--quiet"]
            subprocess.run(command, check=True)
    return path


def summary(binary, store, identifier, words, query):
    command = [binary, "summarize", "--store", store, "--document", identifier]
    command += ["--words", str(words), "--json"] + (["--query", query] if query else [])
    result = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    quoted = " ".join(sentence["text"] for sentence in result["sentences"])
    return {"quoted": quoted, "text": result["text"]}


def split(text):
    return [part for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()]


def take(sentences, words):
    taken, count = [], 0
    for index, sentence in sentences:
        if count >= words:
            break
        taken.append((index, sentence))
        count += len(sentence.split())
    return " ".join(sentence for _, sentence in sorted(taken))


class Peers:
    def __init__(self, folder):
        from sentence_transformers import SentenceTransformer

        self.model = SentenceTransformer(folder, device="cpu")
        self.ordered = {}

    def order(self, text, limit):
        sentences = [part for part in split(text) if len(part.split()) > 3] or split(text)
        vectors = self.model.encode(sentences, normalize_embeddings=True)
        center = vectors.mean(axis=0)
        near = vectors @ (center / (center @ center) ** 0.5)
        far, order = near * 0, []
        while len(order) < min(limit, len(sentences)):
            score = 0.7 * near - 0.3 * far
            score[order] = -9
            best = int(score.argmax())
            order.append(best)
            far = far.clip(min=vectors @ vectors[best]) if len(order) > 1 else vectors @ vectors[best]
        return [(index, sentences[index]) for index in order]

    def summaries(self, identifier, text, words):
        if identifier not in self.ordered:
            self.ordered[identifier] = self.order(text, 120)
        return {
            "lead": take(enumerate(split(text)), words),
            "MMR": take(self.ordered[identifier], words),
        }


def measure(binary, documents, store, with_query, peers):
    scores = defaultdict(lambda: defaultdict(list))
    for task, identifier, text, asked in documents:
        cached = {}
        for question, references in asked:
            query = question if with_query and not WHOLE.match(question) else ""
            for reference in references:
                words = len(reference.split())
                if (words, query) not in cached:
                    texts = summary(binary, store, identifier, words, query)
                    texts |= peers.summaries(identifier, text, words) if peers else {}
                    cached[words, query] = texts
                for name, candidate in cached[words, query].items():
                    score = SCORER.score(reference, candidate)["rouge1"].fmeasure
                    scores[task][name].append(100 * score)
    return scores


def report(scores):
    names = list(next(iter(scores.values())))
    print(f"{'':16}" + "".join(f"{name:>8}" for name in names))
    means = defaultdict(list)
    for task, columns in scores.items():
        for name in names:
            means[name].append(sum(columns[name]) / len(columns[name]))
        print(f"{task:16}" + "".join(f"{means[name][-1]:8.1f}" for name in names))
    if len(scores) > 1:
        row = (sum(means[name]) / len(means[name]) for name in names)
        print(f"{'mean':16}" + "".join(f"{value:8.1f}" for value in row))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("data")
    parser.add_argument("--sets", default="leval", help="names, with commas between them")
    parser.add_argument("--query", action="store_true")
    parser.add_argument("--limit", type=int, help="documents of a set")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--models", default="models/all-MiniLM-L6-v2")
    parser.add_argument("--cache", default=tempfile.gettempdir())
    arguments = parser.parse_args()
    peers = Peers(arguments.models) if arguments.peers else None
    scores = {}
    for name in arguments.sets.split(","):
        documents = list(SETS[name](arguments.data))[: arguments.limit]
        store = store_of(arguments.binary, name, documents, arguments.cache)
        scores |= measure(arguments.binary, documents, store, arguments.query, peers)
    report(scores)


main()
