"""Measures the sentence splitter against pysbd, blingfire and a regular expression, side by side.

The expression splits behind terminators and their closing quotes, and at line ends.

Speed: all read the same book in one run, one after the other, in processor seconds of one thread;
the median of the rounds counts, and pysbd, which is slow, gets the first 200 kB only. Quality: F1 of
the boundaries inside documents, on files of documents with `text` and `sentences`.

Needs `pysbd` (0.3.4), `blingfire` (0.1.8) and `regex`. Run from the package root, where DATA holds
`books/NAME.txt.gz` and `ud-sentences/NAME.jsonl.gz`:

    swift build -c release --product ChunkingBenchmark
    python Benchmarks/chunking_peers.py DATA [BOOK]
"""

import gzip
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import blingfire
import pysbd
import regex

BINARY = ".build/release/ChunkingBenchmark"
VOCABULARY = "models/all-MiniLM-L6-v2/vocab.txt"
ROUNDS = 5
SLOW_BYTES = 200_000
TREEBANKS = {
    "en_ewt": "en", "en_pud": "en", "de_gsd": "de", "zh_gsd": "zh", "ru_pud": "ru",
    "hi_pud": "hi", "fr_pud": "fr", "es_pud": "es", "ar_pud": "ar",
}
BOUNDARY = regex.compile(r"""[.!?।؟]["'”’»)\]]*\s+|[。！？][」』”’）]*|\n+""")


def ours(texts):
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    run = subprocess.run([BINARY, "boundaries", VOCABULARY], input=lines, text=True,
                         capture_output=True, check=True)
    results = []
    for text, line in zip(texts, run.stdout.splitlines()):
        utf8, start, parts = text.encode(), 0, []
        for end in json.loads(line)["ends"]:
            parts.append(utf8[start:end].decode())
            start = end
        results.append(parts)
    return results


def pattern(text):
    """Sentences by one expression, whose matches are the boundaries."""
    parts, start = [], 0
    for match in BOUNDARY.finditer(text):
        parts.append(text[start:match.end()])
        start = match.end()
    return parts + [text[start:]]


def blingfire_sentences(text):
    return blingfire.text_to_sentences(text).split("\n")


def inner_ends(parts):
    """Where parts end, counted in characters that are no whitespace; the last end is left out."""
    ends, end = set(), 0
    for part in parts:
        end += sum(not character.isspace() for character in part)
        ends.add(end)
    return ends - {0, end}


def f1(documents, results):
    hits = found = wanted = 0
    for document, parts in zip(documents, results):
        mine, theirs = inner_ends(parts), inner_ends(document["sentences"])
        hits += len(mine & theirs)
        found += len(mine)
        wanted += len(theirs)
    return 2 * hits / (found + wanted)


def speed(split, text):
    seconds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        split(text)
        seconds.append(time.process_time() - begin)
    return len(text.encode()) / 1e6 / statistics.median(seconds)


def our_speed(text):
    with tempfile.NamedTemporaryFile() as file:
        file.write(text.encode())
        file.flush()
        run = subprocess.run([BINARY, "speed", file.name, VOCABULARY], text=True,
                             capture_output=True, check=True)
    return float(run.stdout.split("median ")[1].split()[0])


def main(folder, book="war_and_peace"):
    folder = pathlib.Path(folder)
    text = gzip.open(folder / f"books/{book}.txt.gz", "rt", encoding="utf-8", newline="").read()
    english = pysbd.Segmenter(language="en", clean=False)
    speeds = {
        "pysbd": speed(english.segment, text[:SLOW_BYTES]),
        "blingfire": speed(blingfire_sentences, text),
        "regex": speed(pattern, text),
    }
    mine = our_speed(text)
    print(f"{book}: MB/s of processor time, and how many times faster riverrun is")
    print(f"  {'riverrun':12}{mine:8.1f}")
    for name, value in speeds.items():
        print(f"  {name:12}{value:8.2f}{mine / value:8.1f} x")

    print("F1 of inner boundaries")
    print(f"  {'':8}{'riverrun':>10}{'pysbd':>10}{'blingfire':>10}{'regex':>10}")
    for name, language in TREEBANKS.items():
        path = folder / f"ud-sentences/{name}.jsonl.gz"
        documents = [json.loads(line) for line in gzip.open(path, "rt", encoding="utf-8")]
        texts = [document["text"] for document in documents]
        segmenter = pysbd.Segmenter(language=language, clean=False)
        scores = [
            f1(documents, ours(texts)),
            f1(documents, [segmenter.segment(text) for text in texts]),
            f1(documents, [blingfire_sentences(text) for text in texts]),
            f1(documents, [pattern(text) for text in texts]),
        ]
        print(f"  {name:8}" + "".join(f"{score:10.4f}" for score in scores))


if __name__ == "__main__":
    main(*sys.argv[1:])
