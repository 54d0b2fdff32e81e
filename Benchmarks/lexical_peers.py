"""Measures lexical search beside bm25s and tantivy: top 10 and top 200 by BM25, one thread.

    swift build -c release --product LexicalBenchmark
    python3 Benchmarks/lexical_peers.py .build/release/LexicalBenchmark ../shared/data [--stride 8]

The passages are windows of 45 words over all English texts of the data folder, each beginning --stride
words after the one before: 45, the default, cuts the texts once (about 240,000 passages); 8 gives more
than a million that overlap. The questions are 2,000 of squad1-train and reqa-squad that name no term
twice. Everybody gets the terms that Riverrun's analyzer makes of passages and questions, so the lists
are the same; k1 is 1.2, b 0.75 (tantivy has no other, and rounds lengths to eight bits). Riverrun
analyzes each question inside the time that is taken; the others get numbers or queries made before.
Times are processor time, the best of three rounds (of two for Riverrun, whose first has to look up each
new term, "terms new"). The scores of bm25s, whose formula is ours, are compared with ours, and the blocks
found with those found where no group is passed over.

Needs `bm25s`, `numba`, `tantivy`, `numpy`.
"""

import argparse
import gzip
import json
import pathlib
import random
import subprocess
import tempfile
import time

import numpy

WORDS = 45
LIMITS = (10, 200)
LEFT_OUT = ("udhr", "ud-sentences", "code", "golden-rules", "choi", "babi", "stsb")


def strings(value):
    """The long texts in a JSON value; a list of short ones is one text."""
    if isinstance(value, str):
        if len(value) > 200:
            yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        texts = [part for part in value if isinstance(part, str)]
        if sum(map(len, texts)) > 200:
            yield " ".join(texts)
        else:
            for part in value:
                yield from strings(part)


def texts_of(path):
    if path.name.endswith(".jsonl.gz"):
        if path.parent.name == "xquad" and not path.name.startswith("en"):
            return
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield from strings(json.loads(line))
    elif path.name.endswith(".txt.gz"):
        yield gzip.open(path, "rt", encoding="utf-8").read()


def write_passages(data, stride, path):
    seen = set()
    with open(path, "w", encoding="utf-8") as file:
        for source in sorted(data.rglob("*.gz")):
            if source.relative_to(data).parts[0] in LEFT_OUT:
                continue
            for text in texts_of(source):
                if text in seen:
                    continue
                seen.add(text)
                words = text.split()
                for start in range(0, max(1, len(words) - WORDS + stride), stride):
                    file.write(" ".join(words[start : start + WORDS]) + "\n")


def write_questions(data, path):
    rows = []
    for name, key in (("squad1-train/questions", "question"), ("reqa-squad/queries", "text")):
        with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            rows += [" ".join(json.loads(line)[key].split()) for line in file]
    random.Random(7).shuffle(rows)
    path.write_text("".join(row + "\n" for row in rows), encoding="utf-8")


def ours(binary, *arguments):
    result = subprocess.run([binary, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode != 0:
        raise SystemExit(result.stderr.decode())
    return result.stdout.decode(), result.stderr.decode()


def show(name, limit, seconds, note=""):
    rate = f"{1 / seconds:,.0f}"
    print(f"| {name} | top {limit} | {seconds * 1e6:,.0f} µs | {rate} | {note} |", flush=True)


def measure_ours(options, folder, passages, questions):
    store = folder / "store"
    _, report = ours(options.binary, "build", store, passages)
    built = json.loads(report)
    print(f"Riverrun: {built['seconds']:.1f} s, {built['bytes'] / 1e6:.1f} MB")
    found, spreads = {}, []
    for limit in LIMITS:
        for name, measured in (("Riverrun", []), ("Riverrun, all scored", ["1000000000"])):
            output, report = ours(options.binary, "ask", store, questions, str(limit), *measured)
            times = json.loads(report)
            note = f"median {times['third median'] * 1e6:,.0f}, 99 % {times['third 99 %'] * 1e6:,.0f}"
            show(f"{name}, terms new", limit, times["first mean"])
            show(name, limit, min(times["second mean"], times["third mean"]), note)
            lines = [line.split(" ") for line in output.split("\n")[:-1]]
            rows = [[pair.split(":") for pair in line[1:]] for line in lines]
            found.setdefault(limit, rows)
            if rows != found[limit]:
                raise SystemExit("scoring all gives other blocks")
            spreads.append(numpy.array([float(line[0]) for line in lines]))
    ratios = numpy.abs(spreads[0] / spreads[1] - 1)
    print(f"spread by sixteen groups: off by {numpy.median(ratios):.1%}, 99 % {numpy.quantile(ratios, 0.99):.1%}")
    return found


def measure_bm25s(terms, asked, found):
    import bm25s
    from bm25s.tokenization import Tokenized

    begin = time.process_time()
    vocabulary = {}
    ids = [[vocabulary.setdefault(term, len(vocabulary)) for term in row] for row in terms]
    middle = time.process_time()
    index = bm25s.BM25(k1=1.2, b=0.75, method="lucene", backend="numba")
    index.index(Tokenized(ids=ids, vocab=vocabulary), show_progress=False)
    end = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        index.save(folder)
        size = sum(path.stat().st_size for path in pathlib.Path(folder).iterdir())
    print(f"bm25s: {end - middle:.1f} s after {middle - begin:.1f} s for numbers, {size / 1e6:.1f} MB")
    queries = [[vocabulary[term] for term in row if term in vocabulary] for row in asked]
    for limit in LIMITS:
        best = None
        for _ in range(3):
            begin = time.process_time()
            blocks, scores = index.retrieve(queries, k=limit, n_threads=1, show_progress=False)
            seconds = (time.process_time() - begin) / len(queries)
            best = min(best or seconds, seconds)
        worst = 0.0
        for row, expected in zip(found[limit], scores):
            values = numpy.array([float(score) for _, score in row])
            worst = max(worst, numpy.abs(values - expected[: len(values)]).max(initial=0))
        show("bm25s, numba, one call", limit, best, f"scores differ by at most {worst:.1e}")


def measure_tantivy(terms, asked, folder):
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", stored=False, tokenizer_name="whitespace", index_option="freq")
    schema = builder.build()
    (folder / "tantivy").mkdir()
    index = tantivy.Index(schema, path=str(folder / "tantivy"))
    begin = time.process_time()
    writer = index.writer(heap_size=2_000_000_000, num_threads=1)
    for row in terms:
        writer.add_document(tantivy.Document(body=" ".join(row)))
    writer.commit()
    writer.wait_merging_threads()
    seconds = time.process_time() - begin
    index.reload()
    size = sum(path.stat().st_size for path in (folder / "tantivy").iterdir())
    searcher = index.searcher()
    print(f"tantivy: {seconds:.1f} s, {size / 1e6:.1f} MB, {searcher.num_segments} segments")
    queries = [
        tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(schema, "body", term, "freq"))
                for term in row
            ]
        )
        for row in asked
    ]
    for limit in LIMITS:
        times = []
        for _ in range(3):
            times.append([])
            for query in queries:
                begin = time.thread_time()
                searcher.search(query, limit, count=False)
                times[-1].append(time.thread_time() - begin)
        best = sorted(min(times, key=sum))
        note = f"median {best[len(best) // 2] * 1e6:,.0f}, 99 % {best[len(best) * 99 // 100] * 1e6:,.0f}"
        show("tantivy", limit, sum(best) / len(best), note)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--stride", type=int, default=WORDS)
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        passages, questions = folder / "passages", folder / "questions"
        write_passages(options.data, options.stride, passages)
        write_questions(options.data, questions)
        terms = [line.split(" ")[:-1] for line in ours(options.binary, "terms", passages)[0].split("\n")[:-1]]
        rows = questions.read_text(encoding="utf-8").splitlines()
        found = [line.split(" ")[:-1] for line in ours(options.binary, "terms", questions)[0].split("\n")[:-1]]
        kept = [(row, names) for row, names in zip(rows, found) if 0 < len(names) == len(set(names))]
        kept = kept[:2000]
        asked = [names for _, names in kept]
        questions.write_text("".join(row + "\n" for row, _ in kept), encoding="utf-8")
        print(f"{len(terms):,} passages, {sum(map(len, terms)):,} terms, {len(asked):,} questions")
        print("| | | mean | questions/s | |\n| --- | --- | --- | --- | --- |")
        found = measure_ours(options, folder, passages, questions)
        if not options.ours:
            measure_bm25s(terms, asked, found)
            measure_tantivy(terms, asked, folder)


if __name__ == "__main__":
    main()
