"""Measures what the memory does: boundaries, surprise, and landmarks.

    python Benchmarks/memory_quality.py .build/release/riverrun ../shared/data [--only NAME,…]
        [--documents NAME=COUNT,…] [--set encode.KEY=VALUE …] [--keep FOLDER]

Needs numpy. Each document is read once by `riverrun run` with a pipeline that ends at `encode`; its
rows hold vectors, p_t, surprises and landmarks. Other landmark mixes and other ways to cut blocks are
computed here from the same vectors, after the same formula has been held against the landmarks that
riverrun itself gave. `--keep` stores the rows of a run and uses them again.

- Boundaries (choi, wiki-seg; sentences joined by spaces, so that no line break gives them away): Pk and
  WindowDiff, lower is better, when all methods are told the set's true share of boundaries.
- Surprise: the area under the curve for telling segments that begin a topic from the others, in each
  document, averaged; 0.5 is chance.
- Landmarks (covidqa, squad2, hotpotqa, qmsum): the share of questions for which a block that holds the
  answer is among the first 1, 5 and 10 of all blocks of the set, by the cosine of question and landmark.
"""

import argparse
import gzip
import json
import pathlib
import shutil
import subprocess
import tempfile

import numpy as np

SEGMENTATION = {"choi": "choi/choi.jsonl.gz", "wiki-seg": "wiki-seg/wiki.jsonl.gz"}
ENCODE = "stages:\n  - ingest: {format: ndjson}\n  - chunk\n  - structurize\n  - embed\n  - encode\n"
EMBED = "stages:\n  - ingest: {format: ndjson}\n  - embed\n"
RATE, START = 0.03, 0.55


# MARK: documents and questions; offsets are bytes of the text


def size(text):
    return len(text.encode())


def records(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def topics(path, limit):
    """Documents of a segmentation set, and where each of their topics begins."""
    documents = []
    for record in spread(records(path), limit):
        text, starts = "", []
        for sentences in record["segments"]:
            text += " " if text else ""
            starts.append(size(text))
            text += " ".join(sentences)
        documents.append((record["id"], text, starts))
    return documents


def spread(items, limit):
    step = max(1, len(items) // limit) if limit else 1
    return items[::step][: limit or None]


def covidqa(data, limit):
    texts = {d["id"]: d["text"] for d in spread(records(data / "covidqa/docs.jsonl.gz"), limit)}
    asked = []
    for question in records(data / "covidqa/questions.jsonl.gz"):
        if question["doc"] not in texts:
            continue
        text = texts[question["doc"]]
        spans = []
        for answer in question["answers"]:
            start = size(text[: answer["start"]])
            spans.append((start, start + size(answer["text"])))
        asked.append((question["question"], question["doc"], spans))
    return texts, asked


def squad2(data, limit):
    texts, offsets, contexts = {}, {}, {}
    for context in records(data / "squad2/contexts.jsonl.gz"):
        title = context["title"]
        text = texts.get(title, "# " + title.replace("_", " ") + "\n\n")
        offsets[context["id"]] = size(text)
        contexts[context["id"]] = context["text"]
        texts[title] = text + context["text"] + "\n\n"
    asked = []
    for question in records(data / "squad2/questions.jsonl.gz"):
        key = question["context_id"]
        spans = []
        for answer in question["answers"]:
            start = offsets[key] + size(contexts[key][: answer["start"]])
            spans.append((start, start + size(answer["text"])))
        if spans:
            asked.append((question["question"], question["title"], spans))
    return texts, asked


def hotpotqa(data, limit):
    texts, asked = {}, []
    for record in records(data / "hotpotqa/hotpot.jsonl.gz"):
        supporting = {tuple(pair) for pair in record["supporting"]}
        text, spans = "", []
        for paragraph in record["paragraphs"]:
            text += "# " + paragraph["title"] + "\n\n"
            for index, sentence in enumerate(paragraph["sentences"]):
                start = size(text)
                text += sentence.strip() + " "
                if (paragraph["title"], index) in supporting:
                    spans.append((start, size(text) - 1))
            text += "\n\n"
        texts[record["id"]] = text
        asked.append((record["question"], record["id"], spans))
    return texts, asked


def qmsum(data, limit):
    texts, asked = {}, []
    for meeting in spread(records(data / "qmsum/meetings.jsonl.gz"), limit):
        text, starts = "", []
        for turn in meeting["turns"]:
            starts.append(size(text))
            text += turn["speaker"] + ": " + turn["content"] + "\n\n"
        starts.append(size(text))
        texts[meeting["id"]] = text
        for query in meeting["specific"]:
            turns = [(int(first), min(int(last) + 1, len(starts) - 1)) for first, last in query["spans"]]
            spans = [(starts[first], starts[last]) for first, last in turns]
            asked.append((query["query"], meeting["id"], spans))
    return texts, asked


QUESTIONS = {"covidqa": covidqa, "squad2": squad2, "hotpotqa": hotpotqa, "qmsum": qmsum}


# MARK: riverrun


class Rows:
    """The rows of a run: vectors as arrays, the rest as lists of dictionaries."""

    VECTORS = ("vector", "path_vector", "landmark")

    def __init__(self, lines):
        self.fields, vectors = [], {name: [] for name in self.VECTORS}
        for line in lines:
            row = json.loads(line)
            row.pop("text", None)
            for name in self.VECTORS:
                vectors[name].append(np.array(row.pop(name, []), dtype=np.float32))
            self.fields.append(row)
        for name in self.VECTORS:
            setattr(self, name, np.stack(vectors[name]))
        self.documents = {}
        for index, row in enumerate(self.fields):
            self.documents.setdefault(row["document"], []).append(index)

    def column(self, name, indices):
        return np.array([self.fields[index][name] for index in indices])


def run(options, name, pipeline, texts):
    """The rows that riverrun makes of texts by id."""
    keep = options.keep / f"{name}.ndjson" if options.keep else None
    if keep and keep.exists():
        with keep.open() as lines:
            return Rows(lines)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "pipeline.yaml").write_text("name: measured\ndescription: Measured\n" + pipeline)
        lines = [json.dumps({"id": id, "text": text}) for id, text in texts.items()]
        (folder / "texts.ndjson").write_text("\n".join(lines) + "\n")
        command = [options.binary, "run", "--quiet", folder / "pipeline.yaml", folder / "texts.ndjson"]
        if pipeline == ENCODE:
            for setting in options.set:
                command += ["--set", setting]
        result = folder / "rows.ndjson"
        with result.open("w") as rows:
            subprocess.run(command, stdout=rows, check=True)
        if keep:
            shutil.copy(result, keep)
        with result.open() as rows:
            return Rows(rows)


# MARK: boundaries


def by_share(scores, share):
    """Boundaries as the router sets them: a threshold that holds a share."""
    found, threshold = [True], START
    for score in scores[1:]:
        found.append(score > threshold)
        threshold += RATE * (found[-1] - share)
    return np.array(found)


def greatest(scores, share):
    """Boundaries at the greatest scores of the whole document, which a stream cannot know."""
    return np.r_[True, scores[1:] > np.quantile(scores[1:], 1 - share)]


def neighbours(vectors, window):
    """Half of one minus the cosine of the means of windows before and behind, after TextTiling."""
    scores = np.ones(len(vectors))
    for index in range(1, len(vectors)):
        left = vectors[max(0, index - window) : index].mean(axis=0)
        right = vectors[index : index + window].mean(axis=0)
        scores[index] = (1 - left @ right / np.linalg.norm(left) / np.linalg.norm(right)) / 2
    return scores


def window_errors(true, found):
    """Pk and WindowDiff, with the window of half a mean topic."""
    true, found = np.cumsum(true), np.cumsum(found)
    window = max(2, round(len(true) / true[-1] / 2))
    if len(true) <= window:
        return None
    true, found = true[window:] - true[:-window], found[window:] - found[:-window]
    return np.mean((true == 0) != (found == 0)), np.mean(true != found)


def area(positive, negative):
    """The share of pairs of which the positive one is greater; ties count half."""
    order = np.sort(negative)
    below = np.searchsorted(order, positive, "left") + np.searchsorted(order, positive, "right")
    return below.mean() / 2 / len(negative)


def segmentation(options):
    for name in [name for name in SEGMENTATION if name in options.only]:
        documents = topics(options.data / SEGMENTATION[name], options.documents.get(name))
        rows = run(options, name, ENCODE, {id: text for id, text, _ in documents})
        generator = np.random.default_rng(1)
        cases = []
        for id, _, starts in documents:
            indices = rows.documents[id]
            middles = (rows.column("start", indices) + rows.column("end", indices)) / 2
            true = np.r_[True, np.diff(np.searchsorted(starts, middles)) > 0]
            if true[1:].any():
                cases.append((true, indices))
        share = np.concatenate([true[1:] for true, _ in cases]).mean()
        print(f"\n{name}: {len(cases)} documents, {len(rows.fields)} segments, share {share:.3f}\n")
        every = round(1 / share)
        methods = {
            "none": lambda i: np.r_[True, np.zeros(len(i) - 1, bool)],
            "every n-th": lambda i: np.arange(len(i)) % every == 0,
            "random": lambda i: np.r_[True, generator.random(len(i) - 1) < share],
            "cosine of neighbours": lambda i: by_share(neighbours(rows.vector[i], 1), share),
            "the same, whole document's quantile": lambda i: greatest(neighbours(rows.vector[i], 1), share),
            "windows of 3 (looks ahead), likewise": lambda i: greatest(neighbours(rows.vector[i], 3), share),
            "router": lambda i: by_share(rows.column("boundary", i), share),
            "router, whole document's quantile": lambda i: greatest(rows.column("boundary", i), share),
        }
        print("| boundaries | Pk | WindowDiff |\n| --- | --- | --- |")
        for label, method in methods.items():
            errors = [window_errors(true, method(indices)) for true, indices in cases]
            means = np.mean([error for error in errors if error], axis=0)
            print(f"| {label} | {means[0]:.3f} | {means[1]:.3f} |")
        signals = {
            "cosine to the last (copy last)": lambda i: neighbours(rows.vector[i], 1),
            "router's p": lambda i: rows.column("boundary", i),
            "surprise": lambda i: rows.column("surprise", i),
        }
        print("\n| a topic begins | AUC |\n| --- | --- |")
        for label, signal in signals.items():
            areas = []
            for true, indices in cases:
                scores, begins = signal(indices)[1:], true[1:]
                areas.append(area(scores[begins], scores[~begins]))
            print(f"| {label} | {np.mean(areas):.3f} |")


# MARK: landmarks


def unit(vector):
    return vector / max(np.linalg.norm(vector), 1e-12)


def given_blocks(rows):
    """The blocks as riverrun closed them: lists of row indices."""
    blocks = {}
    for index, row in enumerate(rows.fields):
        blocks.setdefault((row["document"], row["block"]), []).append(index)
    return list(blocks.values())


def cut_blocks(rows, maximum):
    """Blocks filled up to a count of word pieces, wherever that cuts."""
    blocks = []
    for indices in rows.documents.values():
        pieces = maximum + 1
        for index in indices:
            count = rows.fields[index]["pieces"]
            if pieces + count > maximum:
                blocks.append([])
                pieces = 0
            blocks[-1].append(index)
            pieces += count
    return blocks


def landmarks(rows, blocks, path=0.3, recall=0.0, surprise=0.0):
    """The landmark of each block, by the formula of `MemoryEncoder`."""
    found, queue, document = [], [], None
    for block in blocks:
        if rows.fields[block[0]]["document"] != document:
            document, queue = rows.fields[block[0]]["document"], []
        pieces = np.maximum(1, rows.column("pieces", block))
        weights = pieces * np.exp(surprise * np.minimum(4, rows.column("surprise", block)))
        summary = unit(weights @ rows.vector[block] / weights.sum())
        mixed = summary + path * (pieces @ rows.path_vector[block] / pieces.sum())
        if recall and queue:
            memory = np.stack(queue[-300:])
            attention = np.exp(12 * (memory @ summary - 1))
            mixed = mixed + recall * unit(attention @ memory)
        queue.append(summary)
        found.append(unit(mixed))
    return np.stack(found)


def holders(rows, blocks, asked):
    """For each question, the blocks that hold some of its answer."""
    ranges = {}
    for number, block in enumerate(blocks):
        first, last = rows.fields[block[0]], rows.fields[block[-1]]
        ranges.setdefault(first["document"], []).append((first["start"], last["end"], number))
    return [
        {n for a, b, n in ranges.get(id, []) if any(a < end and start < b for start, end in spans)}
        for _, id, spans in asked
    ]


def recalled(rows, blocks, marks, queries, asked):
    """Whether a holder is among the first 1, 5 and 10, [questions, 3]."""
    order = np.argsort(-(queries @ marks.T), axis=1)[:, :10]
    wanted = holders(rows, blocks, asked)
    hits = [[bool(w & set(o[:k].tolist())) for k in (1, 5, 10)] for w, o in zip(wanted, order) if w]
    return np.array(hits, dtype=float)


def retrieval(options):
    sets = {}
    for name in [name for name in QUESTIONS if name in options.only]:
        texts, asked = QUESTIONS[name](options.data, options.documents.get(name))
        rows = run(options, name, ENCODE, texts)
        questions = {str(number): text for number, (text, _, _) in enumerate(asked)}
        sets[name] = (rows, run(options, name + "-questions", EMBED, questions).vector, asked)
    if not sets:
        return
    print("\nLandmark recall at 1, 5, 10:", end=" ")
    for name, (rows, _, asked) in sets.items():
        blocks = given_blocks(rows)
        error = np.abs(rows.landmark[[b[0] for b in blocks]] - landmarks(rows, blocks)).max()
        if not options.set and error > 1e-4:
            raise SystemExit(f"the formula here is not riverrun's: landmarks of {name} differ by {error}")
        print(f"{name} {len(asked)} questions, {len(blocks)} blocks;", end=" ")
    print("\n\n| landmark | " + " | ".join(sets) + " | mean | all questions |")
    print("| --- |" + " --- |" * (len(sets) + 2))
    mixes = {"as riverrun gave it": None, "segments alone": {"path": 0.0}}
    mixes |= {f"path {weight}": {"path": weight} for weight in (0.15, 0.3, 0.45, 0.6, 1.0)}
    mixes |= {f"path 0.3, recall {weight}": {"recall": weight} for weight in (0.1, 0.2, 0.4)}
    mixes |= {f"path 0.3, surprise {w}": {"surprise": w} for w in (-1.0, -0.5, 0.5, 1.0)}
    for label, mix in mixes.items():
        results = []
        for rows, queries, asked in sets.values():
            blocks = given_blocks(rows)
            if mix is None:
                marks = rows.landmark[[block[0] for block in blocks]]
            else:
                marks = landmarks(rows, blocks, **mix)
            results.append(recalled(rows, blocks, marks, queries, asked))
        print_row(label, results)
    results = []
    for rows, queries, asked in sets.values():
        count = len(given_blocks(rows))
        # As many blocks as riverrun closed, or the comparison would be one of sizes.
        maximum = min(range(60, 400, 5), key=lambda m: abs(len(cut_blocks(rows, m)) - count))
        blocks = cut_blocks(rows, maximum)
        results.append(recalled(rows, blocks, landmarks(rows, blocks), queries, asked))
    print_row("path 0.3, blocks cut by count alone", results)


def print_row(label, results):
    cells = [" ".join(f"{value:.3f}" for value in hits.mean(axis=0)) for hits in results]
    mean = np.mean([hits.mean() for hits in results])
    print(f"| {label} | " + " | ".join(cells) + f" | {mean:.4f} | {np.concatenate(results).mean():.4f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--documents", default="", help="at most so many documents of a set, evenly spread; squad2 and hotpotqa are read whole")
    parser.add_argument("--only", default=",".join([*SEGMENTATION, *QUESTIONS]))
    parser.add_argument("--set", action="append", default=[], metavar="encode.KEY=VALUE")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the rows of the run")
    options = parser.parse_args()
    options.only = options.only.split(",")
    limits = dict(limit.split("=") for limit in options.documents.split(",") if limit)
    options.documents = {name: int(count) for name, count in limits.items()}
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    segmentation(options)
    retrieval(options)


main()
