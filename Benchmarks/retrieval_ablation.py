"""Measures what each part of the retriever gives: nDCG@10 of every set under several settings.

    swift build -c release --product RetrievalBenchmark
    python3 Benchmarks/retrieval_quality.py .build/release/riverrun ../shared/data
    python3 Benchmarks/retrieval_ablation.py .build/release/RetrievalBenchmark ../shared/data \\
        models/all-MiniLM-L6-v2 --sets cranfield,cisi -- feedback.blockCount=0 clustering.weight=0

The stores are those that `retrieval_quality.py` left in its cache. A setting is `name=value`, several
joined by commas (`Benchmarks/RetrievalBenchmark/RetrieverSetting.swift` has the names); the defaults
come first. Nothing is refused here. The last columns are the mean over all sets, and how many
standard errors of the paired difference lie between the setting and the defaults, pooled over sets.
"""

import argparse
import collections
import math
import pathlib
import subprocess
import sys

import retrieval_quality as quality


def scores(options, name):
    """For each setting the nDCG@10 of each question."""
    _, questions, grades = quality.load(name, options.data)
    if options.first and len(questions) > options.first:
        questions = questions[: options.first]
    file = options.cache / f"{name}.ablation.ndjson"
    quality.write(file, questions)
    command = [options.benchmark, options.model, options.cache / f"{name}.store", file]
    result = subprocess.run(
        [*command, str(options.limit), *options.settings],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    if result.returncode:
        sys.exit(result.stderr)
    found = collections.defaultdict(dict)
    for line in result.stdout.splitlines():
        setting, question, _, _, *documents = line.split("\t")
        ranking = list(dict.fromkeys(documents))
        found[setting][question] = quality.ndcg(ranking, grades[question])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benchmark", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("settings", nargs="*", metavar="SETTING")
    parser.add_argument("--sets", default=",".join(quality.BARS))
    parser.add_argument("--cache", type=pathlib.Path, default=".build/retrieval-quality")
    parser.add_argument("--limit", type=int, default=50, help="answers asked for")
    parser.add_argument("--first", type=int, default=1500, help="questions of a set at most")
    options = parser.parse_args()
    options.settings = ["", *options.settings]
    names = options.sets.split(",")
    tables = {name: scores(options, name) for name in names}
    print("| setting | " + " | ".join(names) + " | mean | z |")
    print("| --- " * (len(names) + 3) + "|")
    for setting in options.settings:
        means, errors, differences = [], [], []
        for name in names:
            ours, default = tables[name][setting], tables[name][""]
            means.append(quality.mean(ours.values()))
            gains = [ours[question] - default[question] for question in default]
            centre = quality.mean(gains)
            variance = quality.mean((gain - centre) ** 2 for gain in gains)
            differences.append(centre)
            errors.append(variance / len(gains))
        spread = math.sqrt(sum(errors))
        cells = [setting or "defaults", *(f"{value:.4f}" for value in means)]
        cells += [f"{quality.mean(means):.4f}", f"{sum(differences) / spread:+.1f}" if spread else ""]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
