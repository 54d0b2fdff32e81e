"""Makes the dictionary that blocks of text are compressed with.

    python scripts/make_text_dictionary.py DATA Sources/BlockStorage/text.dictionary

DATA is the evaluation data: six books of Project Gutenberg and the speeches of presidents of the
United States, all in the public domain, of which blocks are drawn by a fixed seed. War and Peace is left
out, since the figures are measured with it. Another dictionary is another format of the store: then
its number and the store's version go up by one. Needs zstandard 0.25.
"""

import gzip
import json
import pathlib
import random
import sys

import zstandard

BOOKS = (
    "dracula",
    "frankenstein",
    "great_expectations",
    "pride_and_prejudice",
    "sherlock_holmes",
    "two_cities",
)
BLOCK_BYTES = 640
SIZE = 16 << 10
# Numbers below 32,768 are kept for a registry.
NUMBER = 32_769


def blocks(text, count, seed):
    draw = random.Random(seed)
    for _ in range(count):
        start = draw.randrange(len(text) - BLOCK_BYTES)
        yield text[start : start + BLOCK_BYTES]


def speeches(file):
    with gzip.open(file, "rt") as lines:
        return "\n\n".join(json.loads(line)["text"] for line in lines)


def main():
    data = pathlib.Path(sys.argv[1])
    books = b"".join(gzip.open(data / "books" / f"{book}.txt.gz").read() for book in BOOKS)
    speech = "\n\n".join(
        speeches(data / folder / "texts.jsonl.gz") for folder in ("inaugural", "state-union")
    ).encode()
    samples = [*blocks(books, 3000, 1), *blocks(speech, 3000, 2)]
    dictionary = zstandard.train_dictionary(SIZE, samples, k=64, d=8, dict_id=NUMBER, level=1)
    pathlib.Path(sys.argv[2]).write_bytes(dictionary.as_bytes())
    print(f"{len(dictionary.as_bytes())} bytes, number {dictionary.dict_id()}")


main()
