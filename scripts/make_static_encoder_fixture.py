"""Writes Tests/ModelsTests/Fixtures/static-tiny: tiny-bert distilled into a static encoder.

`rows.json` holds the weighted vectors of the pieces before they are quantized, `static.safetensors`
the table as `StaticEncoder` reads it, and `texts.json` texts with the vectors that the table gives,
for each of the nested widths. Needs `numpy`, `torch` (2.15), `transformers` (5.24), `tokenizers`,
`safetensors` and `xxhash`. Run from the package root:

    python scripts/make_static_encoder_fixture.py
"""

import json
import os

import numpy as np
import torch
import xxhash
from safetensors.numpy import save, save_file
from tokenizers import BertWordPieceTokenizer
from transformers import BertModel

TEACHER = "Tests/ModelsTests/Fixtures/tiny-bert/"
FOLDER = "Tests/ModelsTests/Fixtures/static-tiny/"
WIDTHS = [16, 32]
TEXTS = [
    "river", "The river runs to the sea.", "running water, flowed over!", "a b c d e", "it is a river!",
    "zzz unknown", "the sea and the river and the water " * 8,
]


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def distilled(pieces):
    model = BertModel.from_pretrained(TEACHER, add_pooling_layer=False).double().eval()
    begin, end = pieces.index("[CLS]"), pieces.index("[SEP]")
    with torch.no_grad():
        ids = torch.tensor([[begin, piece, end] for piece in range(len(pieces))])
        taught = unit(model(input_ids=ids).last_hidden_state.mean(1).numpy())
    is_text = np.array([not (p[0] == "[" and p[-1] == "]" and len(p) > 2) for p in pieces])
    mean = taught[is_text].mean(0)
    variances, axes = np.linalg.eigh(np.cov(taught[is_text].T))
    variances, axes = variances[::-1], axes[:, ::-1]
    axes = axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])])
    rows = (taught - mean) @ axes / np.sqrt(np.maximum(variances, 1e-3 * variances[0]))
    first = next(i for i, p in enumerate(pieces) if is_text[i] and len(p) > 1)
    ranks = np.maximum(1, np.arange(len(pieces)) - first + 1)
    return unit(rows) * np.log(1 + ranks / 15)[:, None]


def main():
    os.makedirs(FOLDER, exist_ok=True)
    pieces = open(TEACHER + "vocab.txt").read().split("\n")[:-1]
    rows = distilled(pieces)
    scales = np.abs(rows).max(1).astype(np.float32) / np.float32(127)
    table = {
        "scales": scales,
        "vectors": np.round(rows / scales[:, None]).astype(np.int8),
        "vocabulary": np.frombuffer("".join(p + "\n" for p in pieces).encode(), np.uint8),
    }
    plain = save(table)
    content = plain[8 + int.from_bytes(plain[:8], "little"):]
    digest = xxhash.xxh3_128_hexdigest(content)
    metadata = {"format": "riverrun-static-1", "digest": digest, "teacher": "tiny-bert"}
    save_file(table, FOLDER + "static.safetensors", metadata)

    quantized = table["vectors"].astype(np.float64) * scales[:, None]
    tokenizer = BertWordPieceTokenizer(TEACHER + "vocab.txt", lowercase=True)
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids[1:-1]
        total = quantized[ids].sum(0)
        vectors = {str(width): unit(total[:width]).tolist() for width in WIDTHS}
        cases.append({"text": text, "pieceCount": len(ids), "vectors": vectors})
    with open(FOLDER + "texts.json", "w") as file:
        json.dump(cases, file)
    with open(FOLDER + "rows.json", "w") as file:
        json.dump(rows.tolist(), file)


main()
