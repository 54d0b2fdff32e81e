"""Measures how often the words that `riverrun ask` points at are the answer.

The contexts of a question set are ingested, its questions asked, and the first answer of each that
quotes a gold answer counts. Of those, `given` have a span (the field `answer`); `exact` is the share
of spans that are a gold answer but for articles, marks and a unit's or preposition's place at its
ends, `overlap` of those that share a word with one. The last column counts spans on answers that
quote no gold answer: the sentence was wrong, and so is the span.

Run from the package root, Python's own library suffices:

    swift build -c release --product riverrun
    python Benchmarks/span_quality.py .build/release/riverrun ../shared/data
"""

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile

ARTICLES = re.compile(r"\b(a|an|the)\b")


def lines(data, name):
    with gzip.open(os.path.join(data, name), "rt") as file:
        return [json.loads(line) for line in file]


def squad2(data):
    contexts = {row["id"]: row["text"] for row in lines(data, "squad2/contexts.jsonl.gz")}
    questions = lines(data, "squad2/questions.jsonl.gz")
    asked = [(q["question"], q["answers"]) for q in questions if not q["impossible"]]
    return contexts, asked


def xquad(data):
    rows = lines(data, "xquad/en.jsonl.gz")
    contexts = {text: text for text in dict.fromkeys(row["context"] for row in rows)}
    named = {f"p{index}": text for index, text in enumerate(contexts)}
    return named, [(row["question"], row["answers"]) for row in rows]


def covidqa(data):
    contexts = {row["id"]: row["text"] for row in lines(data, "covidqa/docs.jsonl.gz")}
    rows = lines(data, "covidqa/questions.jsonl.gz")
    return contexts, [(row["question"].strip(), row["answers"]) for row in rows]


def normal(text):
    return ARTICLES.sub(" ", re.sub(r"[^\w%$£€. ]+", " ", text.lower())).strip(" .").split()


def answers(binary, contexts, questions):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("texts.ndjson", "asked.ndjson", "store")]
        with open(paths[0], "w") as file:
            for identifier, text in contexts.items():
                file.write(json.dumps({"id": identifier, "text": text}) + "\n")
        with open(paths[1], "w") as file:
            for index, (question, _) in enumerate(questions):
                file.write(json.dumps({"id": str(index), "text": question}) + "\n")
        ingest = [binary, "ingest", paths[0], "--store", paths[2], "--quiet"]
        subprocess.run(ingest, check=True)
        ask = [binary, "ask", "--store", paths[2], "--questions", paths[1], "--json", "-k", "1"]
        printed = subprocess.run(ask, capture_output=True, text=True).stdout
    return {row["question"]: row for row in map(json.loads, printed.splitlines())}


def main():
    binary, data = sys.argv[1:3]
    print(f"{'':10}{'quoted':>8}{'given':>8}{'exact':>8}{'overlap':>9}{'astray':>8}")
    for name, read in (("squad2", squad2), ("xquad en", xquad), ("covidqa", covidqa)):
        contexts, questions = read(data)
        found = answers(binary, contexts, questions)
        quoted = given = exact = overlap = astray = 0
        for index, (question, gold) in enumerate(questions):
            row = found.get(question) or found.get(str(index))
            if row is None:
                continue
            golds = [item["text"] for item in gold if item["text"] in row["text"]]
            span = normal(row.get("answer") or "")
            quoted += bool(golds)
            if not span:
                continue
            astray += not golds
            given += bool(golds)
            exact += any(normal(text) == span for text in golds)
            overlap += any(set(normal(text)) & set(span) for text in golds)
        shares = [100 * count / max(given, 1) for count in (exact, overlap)]
        print(f"{name:10}{quoted:8}{given:8}{shares[0]:7.0f}%{shares[1]:8.0f}%{astray:8}")


main()
