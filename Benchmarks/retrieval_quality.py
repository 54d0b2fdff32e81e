"""Measures what `riverrun ask` finds against judged questions, set by set.

Each set becomes NDJSON (`id`, `title`, `text`), is read into a store, and all its questions are asked
in one run. Answers are collapsed to documents by first appearance. nDCG@10 has the discount
log2(rank + 1) and is the mean over all questions with a judgement; a question that is refused counts 0.
A relevant document's gain is 1, whatever its grade: so the bars and the peers' figures were made (bm25s
gives 0.3919 on cranfield with these gains, 0.3738 with grades); `graded` is the same with the grade as
the gain, as in trec_eval. `rank 1` is the share of questions whose first document is relevant.

    swift build -c release --product riverrun
    python3 Benchmarks/retrieval_quality.py .build/release/riverrun ../shared/data [SET…]

Stores are kept in the folder given by --cache, so that a second run only asks; remove it when segments,
vectors or blocks changed. `--halves` shows the spread, `--dump` keeps each question's score, and
`--peers` measures sentence-transformers' MiniLM (on title and text), bm25s (Snowball, k1 1.2, b 0.75,
Lucene's idf) and their reciprocal rank fusion (k = 60) on the same documents; it needs `numpy`,
`sentence-transformers`, `bm25s` and `PyStemmer`.
"""

import argparse
import collections
import gzip
import json
import math
import pathlib
import random
import subprocess
import sys
import time

DEPTH = 10

# nDCG@10 that has to be reached, and the peers' (MiniLM, BM25, fusion) on the open half.
BARS = {
    "cranfield": (0.46, 0.4141, 0.3919, 0.4460),
    "cisi": (0.46, 0.3988, 0.4130, 0.4500),
    "scifact": (0.72, 0.6620, 0.6958, 0.7145),
    "pubmedqa": (0.990, 0.9867, 0.9825, 0.9897),
    "xquad": (0.982, 0.9702, 0.9747, 0.9804),
    "reqa-squad": (0.735, 0.6759, 0.6970, 0.7268),
}


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def collection(folder):
    """A set with a corpus, queries and judgements."""
    documents = [
        {"id": row["id"], "title": row.get("title", ""), "text": row["text"]}
        for row in lines(folder / "corpus.jsonl.gz")
    ]
    questions = [{"id": row["id"], "text": row["text"]} for row in lines(folder / "queries.jsonl.gz")]
    grades = collections.defaultdict(dict)
    for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
        question, document, grade = line.split("\t")
        grades[question][document] = int(grade)
    return documents, questions, grades


def pubmedqa(folder):
    rows = lines(folder / "pqal.jsonl.gz")
    documents = [{"id": row["id"], "text": "\n".join(row["contexts"])} for row in rows]
    questions = [{"id": row["id"], "text": row["question"]} for row in rows]
    return documents, questions, {row["id"]: {row["id"]: 1} for row in rows}


def contexts(rows, titled=False):
    """Rows that each hold a question and its context: every different context is a document."""
    numbers, documents, questions, grades = {}, [], [], {}
    for row in rows:
        if row["context"] not in numbers:
            numbers[row["context"]] = f"c{len(numbers)}"
            title = {"title": row["title"]} if titled else {}
            documents.append({"id": numbers[row["context"]], **title, "text": row["context"]})
        questions.append({"id": row["id"], "text": row["question"]})
        grades[row["id"]] = {numbers[row["context"]]: 1}
    return documents, questions, grades


def squad2(folder):
    documents = lines(folder / "contexts.jsonl.gz")
    rows = [row for row in lines(folder / "questions.jsonl.gz") if not row["impossible"]]
    questions = [{"id": row["id"], "text": row["question"]} for row in rows]
    return documents, questions, {row["id"]: {row["context_id"]: 1} for row in rows}


def covidqa(folder):
    rows = lines(folder / "questions.jsonl.gz")
    questions = [{"id": row["id"], "text": row["question"]} for row in rows]
    return lines(folder / "docs.jsonl.gz"), questions, {row["id"]: {row["doc"]: 1} for row in rows}


def hotpotqa(folder):
    documents, questions, grades = {}, [], {}
    for row in lines(folder / "hotpot.jsonl.gz"):
        for paragraph in row["paragraphs"]:
            title = paragraph["title"]
            text = "".join(paragraph["sentences"])
            documents[title] = {"id": title, "title": title, "text": text}
        questions.append({"id": row["id"], "text": row["question"]})
        grades[row["id"]] = {title: 1 for title, _ in row["supporting"]}
    return list(documents.values()), questions, grades


READERS = {
    "cranfield": collection, "cisi": collection, "scifact": collection, "pubmedqa": pubmedqa,
    "xquad": lambda folder: contexts(lines(folder / "en.jsonl.gz")), "reqa-squad": collection,
    "cacm": collection, "npl": collection, "squad2": squad2, "covidqa": covidqa,
    "policyqa": lambda folder: contexts(lines(folder / "questions.jsonl.gz"), titled=True),
    "hotpotqa": hotpotqa,
}


def load(name, data):
    documents, questions, grades = READERS[name](pathlib.Path(data) / name)
    for document in documents:
        document["id"] = str(document["id"])
        # A document of a title alone is still a document.
        document["text"] = document["text"].strip() and document["text"] or document.get("title", "")
    documents = [document for document in documents if document["text"].strip()]
    return documents, [row for row in questions if row["id"] in grades], grades


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def riverrun(arguments, statuses=(0,)):
    result = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode not in statuses:
        sys.exit(f"{' '.join(map(str, arguments))}: {result.stderr.decode()}")
    return result.stdout


def store_of(binary, name, documents, cache):
    """The set's store, made if the cache has none."""
    store, finished = cache / f"{name}.store", cache / f"{name}.finished"
    if not finished.exists():
        write(cache / f"{name}.ndjson", documents)
        riverrun([binary, "ingest", cache / f"{name}.ndjson", "--store", store, "--quiet"])
        finished.touch()
    return store


def ask(binary, store, questions, file, limit, extra=()):
    """The answers to each question, best first, and the seconds that all took."""
    write(file, questions)
    begin = time.perf_counter()
    output = riverrun(
        [binary, "ask", "--store", store, "--questions", file, "--json", "-k", str(limit), *extra],
        statuses=(0, 1),
    )
    seconds = time.perf_counter() - begin
    answers = collections.defaultdict(list)
    for line in output.splitlines():
        answer = json.loads(line)
        answers[answer["question"]].append(answer)
    return answers, seconds


def documents_of(answers):
    return list(dict.fromkeys(answer["document"] for answer in answers))


def ndcg(ranking, grades, graded=False):
    values = grades if graded else {document: min(grade, 1) for document, grade in grades.items()}
    gains = [values.get(document, 0) for document in ranking[:DEPTH]]
    ideal = sorted(values.values(), reverse=True)[:DEPTH]
    return discounted(gains) / discounted(ideal)


def discounted(gains):
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def mean(values):
    values = list(values)
    return sum(values) / max(len(values), 1)


def halves(values, rounds=200):
    """The standard error of the mean over half as many questions, by random halves."""
    generator = random.Random(7)
    size = len(values) // 2
    means = [mean(generator.sample(values, size)) for _ in range(rounds)]
    centre = mean(means)
    return math.sqrt(mean((value - centre) ** 2 for value in means))


def peers(documents, questions):
    """The rankings of MiniLM, BM25 and their fusion."""
    import bm25s
    import numpy
    import Stemmer
    from sentence_transformers import SentenceTransformer

    texts = [f"{row.get('title', '')} {row['text']}".strip() for row in documents]
    asked = [row["text"] for row in questions]
    model = SentenceTransformer("models/all-MiniLM-L6-v2")
    vectors = model.encode(texts, normalize_embeddings=True, batch_size=32)
    dense = model.encode(asked, normalize_embeddings=True) @ vectors.T
    stemmer = Stemmer.Stemmer("english")
    index = bm25s.BM25(k1=1.2, b=0.75)
    words = dict(stopwords="en", stemmer=stemmer, show_progress=False)
    index.index(bm25s.tokenize(texts, **words), show_progress=False)
    count = min(1000, len(texts))
    found, _ = index.retrieve(bm25s.tokenize(asked, **words), k=count, show_progress=False)
    rankings = [[], [], []]
    for row in range(len(asked)):
        by_vector = numpy.argsort(-dense[row], kind="stable")[:count]
        fused = collections.defaultdict(float)
        for ranking in (by_vector, found[row]):
            for rank, document in enumerate(ranking):
                fused[int(document)] += 1 / (60 + rank + 1)
        best = sorted(fused, key=fused.get, reverse=True)
        for ranking, order in zip(rankings, (by_vector, found[row], best)):
            ranking.append([documents[int(document)]["id"] for document in order[:DEPTH]])
    return rankings


def report(options, name):
    documents, questions, grades = load(name, options.data)
    if options.first:
        questions = questions[: options.first]
    store = store_of(options.binary, name, documents, options.cache)
    # One document of one sentence gives one answer; others may give several.
    limit = DEPTH if name == "reqa-squad" else options.limit
    file = options.cache / f"{name}.questions.ndjson"
    answers, seconds = ask(options.binary, store, questions, file, limit)
    rankings = [documents_of(answers.get(row["id"], [])) for row in questions]
    scores = [ndcg(ranking, grades[row["id"]]) for ranking, row in zip(rankings, questions)]
    if options.dump:
        dump = {row["id"]: score for row, score in zip(questions, scores)}
        (options.cache / f"{name}.scores.json").write_text(json.dumps(dump))
    first = mean(
        bool(ranking) and grades[row["id"]].get(ranking[0], 0) > 0
        for ranking, row in zip(rankings, questions)
    )
    refused = sum(not ranking for ranking in rankings)
    bar, *figures = BARS.get(name, (None, None, None, None))
    if options.peers:
        figures = [
            mean(ndcg(ranking, grades[row["id"]]) for ranking, row in zip(peer, questions))
            for peer in peers(documents, questions)
        ]
    cells = [name, str(len(questions)), f"{mean(scores):.4f}"]
    if options.halves:
        cells[-1] += f" ±{halves(scores):.4f}"
    cells += ["" if figure is None else f"{figure:.4f}" for figure in [bar, *figures]]
    has_grades = any(grade > 1 for judged in grades.values() for grade in judged.values())
    graded = mean(ndcg(ranking, grades[row["id"]], True) for ranking, row in zip(rankings, questions))
    cells += [f"{graded:.4f}" if has_grades else ""]
    cells += [f"{first:.1%}", str(refused), f"{len(questions) / seconds:.0f}"]
    print("| " + " | ".join(cells) + " |", flush=True)
    return bar is None or mean(scores) >= bar


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("sets", nargs="*", default=list(READERS), metavar="SET")
    parser.add_argument("--cache", type=pathlib.Path, default=".build/retrieval-quality")
    parser.add_argument("--limit", type=int, default=50, help="answers asked for")
    parser.add_argument("--first", type=int, help="ask only so many questions of each set")
    parser.add_argument("--halves", action="store_true", help="the spread between random halves")
    parser.add_argument("--dump", action="store_true", help="keep each question's nDCG in the cache")
    parser.add_argument("--peers", action="store_true", help="measure the peers, too")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    print("| set | queries | ours | bar | MiniLM | BM25 | fusion | graded | rank 1 | refused | queries/s |")
    print("| --- " * 11 + "|")
    reached = [report(options, name) for name in options.sets or list(READERS)]
    sys.exit(0 if all(reached) else 1)


if __name__ == "__main__":
    main()
