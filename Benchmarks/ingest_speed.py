"""Measures whole ingests, bytes to committed store, and the first answer from it.

    python Benchmarks/ingest_speed.py .build/release/riverrun BOOK… [--runs 5] [--minilm]

For the static encoder at its standard width and at all of its dimensions, in medians over the runs:
megabytes of text a second of the clock and a second of processor time (a core), and the size of the
store for each byte of text. Then the time of `riverrun ask`, process start included, from a store of
the first book: the first question, which MiniLM reads blocks for, and the same one again. With
--minilm the first book is read with MiniLM too and asked, once for each precision. Needs the static
encoder (`riverrun models distill`).
"""

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

QUESTION = "Who is Natasha in love with?"


def run(*command):
    """Seconds of the clock and of processor time of a command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - start, spent


def size(folder):
    return sum(file.stat().st_size for file in pathlib.Path(folder).rglob("*") if file.is_file())


def ingest(options, folder, books, *settings):
    store = folder / "store"
    total = sum(book.stat().st_size for book in books)
    clocks, cores = [], []
    for _ in range(options.runs):
        shutil.rmtree(store, ignore_errors=True)
        clock, core = run(options.binary, "ingest", *books, "--store", store, "--quiet", *settings)
        clocks.append(total / clock / 1e6)
        cores.append(total / core / 1e6)
    return statistics.median(clocks), statistics.median(cores), size(store) / total, store


def asked(options, store, runs):
    times = [run(options.binary, "ask", "--store", store, QUESTION)[0] for _ in range(runs)]
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("books", type=pathlib.Path, nargs="+")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--minilm", action="store_true")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, {sum(book.stat().st_size for book in options.books) / 1e6:.1f} MB")
    print("| ingest | MB/s | MB/s a core | store, bytes a byte |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        static = ["--model", "static"]
        for name, settings in [("static", static), ("static, 384", [*static, "--set", "embed.width=384"])]:
            clock, core, share, _ = ingest(options, folder, options.books, *settings)
            print(f"| {name} | {clock:.1f} | {core:.1f} | {share:.2f} |", flush=True)
        precisions = ["bf16", "int8", "f32"] if options.minilm else []
        stores = [("static", static)] + [(f"MiniLM {p}", ["--precision", p]) for p in precisions]
        lines = []
        for name, settings in stores:
            options.runs = 1
            clock, core, share, store = ingest(options, folder, options.books[:1], *settings)
            if name != "static":
                print(f"| {name}, the first book | {clock:.2f} | {core:.2f} | {share:.2f} |", flush=True)
            first, again = asked(options, store, 1), asked(options, store, 7)
            lines.append(f"| {name} | {first:.2f} | {again:.2f} |")
        print("\n| ask, seconds | first | again |\n| --- | --- | --- |")
        print("\n".join(lines))


main()
