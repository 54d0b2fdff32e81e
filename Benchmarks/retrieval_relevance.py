"""Measures when the retriever says that nothing relevant is stored.

The questions of each set are asked of its own store, where nearly all have an answer, and of the other
sets' stores, where next to none has. Prints, for each threshold, the share of the former that would be
refused (false refusals) and of the latter that would be answered (false acceptances).

    python3 Benchmarks/retrieval_relevance.py .build/release/RetrievalBenchmark ../shared/data \\
        models/all-MiniLM-L6-v2 --thresholds 0.4,0.45,0.5

The stores are those that `retrieval_quality.py` left in its cache. `--option` changes the retriever's
settings as in `retrieval_ablation.py`.
"""

import argparse
import pathlib
import random
import subprocess
import sys

import retrieval_quality as quality


def relevances(options, store, questions):
    file = options.cache / "relevance.ndjson"
    quality.write(file, questions)
    result = subprocess.run(
        [options.benchmark, options.model, options.cache / f"{store}.store", file, "1", options.option],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    if result.returncode:
        sys.exit(result.stderr)
    return [float(line.split("\t")[2]) for line in result.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benchmark", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--sets", default=",".join(quality.BARS))
    parser.add_argument("--thresholds", default="0.35,0.4,0.45,0.5,0.55,0.6,0.65")
    parser.add_argument("--cache", type=pathlib.Path, default=".build/retrieval-quality")
    parser.add_argument("--first", type=int, default=200, help="questions of a set at most")
    parser.add_argument("--option", default="")
    options = parser.parse_args()
    names = options.sets.split(",")
    thresholds = [float(text) for text in options.thresholds.split(",")]
    print("| questions | store | number | " + " | ".join(f"< {value}" for value in thresholds) + " |")
    print("| --- " * (len(thresholds) + 3) + "|")
    for own in (True, False):
        shares = []
        for name in names:
            _, questions, _ = quality.load(name, options.data)
            questions = random.Random(7).sample(questions, min(options.first, len(questions)))
            for store in names:
                # Both are made of the same encyclopedia's text.
                kin = {name, store} == {"xquad", "reqa-squad"}
                if (name == store) != own or kin:
                    continue
                found = relevances(options, store, questions)
                row = [quality.mean(value < limit for value in found) for limit in thresholds]
                shares.append(row)
                cells = [name, store, str(len(found)), *(f"{share:.1%}" for share in row)]
                print("| " + " | ".join(cells) + " |", flush=True)
        means = [quality.mean(column) for column in zip(*shares)]
        kind = "answerable" if own else "foreign"
        print("| mean | " + kind + " | | " + " | ".join(f"{share:.1%}" for share in means) + " |")


if __name__ == "__main__":
    main()
