"""Measures the sentence encoder against ONNX Runtime's f32 on the same sentences, side by side.

Both run on one thread, in turns, and the best round of each counts. ONNX Runtime gets the pieces
ready made, sorted by length, and its best batch size; pieces per second never count its padding.
The ONNX model is exported from the same weights into a temporary folder.

Needs `torch` (2.13), `transformers` (5.23), `onnx`, `onnxruntime` (1.32) and `tokenizers`. Run
from the package root with a file of one sentence a line, of about 23 pieces each:

    swift build -c release --product EmbeddingBenchmark
    python Benchmarks/embedding_peers.py models/all-MiniLM-L6-v2 SENTENCES
"""

import os
import subprocess
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"

import numpy
import onnxruntime
import torch
from tokenizers import Tokenizer
from transformers import BertModel

ROUNDS = 3
BATCH_SIZES = (8, 16, 32, 64)


class LastHiddenState(torch.nn.Module):
    def __init__(self, folder):
        super().__init__()
        self.model = BertModel.from_pretrained(
            folder, add_pooling_layer=False, attn_implementation="eager"
        )

    def forward(self, ids, mask):
        return self.model(input_ids=ids, attention_mask=mask).last_hidden_state


def export(folder, path):
    ids = torch.ones(2, 8, dtype=torch.long)
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        LastHiddenState(folder).eval(), (ids, ids), path, dynamo=False, opset_version=17,
        input_names=["ids", "mask"], output_names=["hidden"],
        dynamic_axes={"ids": axes, "mask": axes, "hidden": axes},
    )


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def peer_vectors(peer, sequences, batch_size):
    order = sorted(range(len(sequences)), key=lambda index: len(sequences[index]))
    vectors = numpy.zeros((len(sequences), 384), numpy.float32)
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        length = max(len(sequences[index]) for index in batch)
        ids = numpy.zeros((len(batch), length), numpy.int64)
        mask = numpy.zeros((len(batch), length), numpy.int64)
        for row, index in enumerate(batch):
            ids[row, : len(sequences[index])] = sequences[index]
            mask[row, : len(sequences[index])] = 1
        hidden = peer.run(None, {"ids": ids, "mask": mask})[0]
        weights = mask[:, :, None].astype(numpy.float32)
        means = (hidden * weights).sum(1) / weights.sum(1)
        vectors[batch] = means / numpy.linalg.norm(means, axis=1, keepdims=True)
    return vectors


def our_rate(folder, sentences, output):
    printed = subprocess.run(
        [".build/release/EmbeddingBenchmark", folder, sentences, "1", output],
        check=True, capture_output=True, text=True,
    ).stdout
    return int(dict(line.split() for line in printed.splitlines())["pieces_per_second"])


def main():
    folder, path = sys.argv[1:3]
    tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    with open(path) as file:
        sentences = [line for line in file.read().split("\n") if line]
    sequences = [encoding.ids for encoding in tokenizer.encode_batch(sentences)]
    pieces = sum(map(len, sequences))
    print(f"{len(sequences)} sentences, {pieces / len(sequences):.1f} pieces each")
    with tempfile.TemporaryDirectory() as temporary:
        export(folder, temporary + "/model.onnx")
        peer = session(temporary + "/model.onnx")
        ours, theirs = 0, {size: 0 for size in BATCH_SIZES}
        for _ in range(ROUNDS):
            ours = max(ours, our_rate(folder, path, temporary + "/vectors.f32"))
            for size in BATCH_SIZES:
                start = time.perf_counter()
                vectors = peer_vectors(peer, sequences, size)
                theirs[size] = max(theirs[size], pieces / (time.perf_counter() - start))
        mine = numpy.fromfile(temporary + "/vectors.f32", "<f4").reshape(-1, 384)
    size = max(theirs, key=theirs.get)
    print(f"ours {ours} pieces/s, ONNX Runtime {theirs[size]:.0f} pieces/s (batches of {size})")
    print(f"ratio {ours / theirs[size]:.2f}, least cosine {(mine * vectors).sum(1).min():.7f}")


main()
