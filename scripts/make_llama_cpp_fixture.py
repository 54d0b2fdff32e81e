"""Writes Tests/ModelsTests/Fixtures/llama-cpp.json: llama.cpp's logits for every format of GGUF's.

The models are those of Tests/ModelFiles/BlockModel.swift: random blocks, made here from the same seeds, so
that no model needs to be kept. A checksum of each tells whether both sides made the same.

    pip install llama-cpp-python==0.3.36 gguf==0.19.0 && python scripts/make_llama_cpp_fixture.py
"""

import base64
import json
import pathlib
import tempfile

import gguf
import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from llama_cpp import Llama

HIDDEN, KEYS = 256, 128
TOKENS = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % byte for byte in range(256)]
TOKENS += ["\u2581t", "he", "\u2581a", "\u2581the", "in", "\u2581", "é", "\u2581é"]
TOKENS += list("etaoinshrdlucm")
MATRICES = [
    ("token_embd", len(TOKENS)), ("output", len(TOKENS)), ("blk.0.attn_q", HIDDEN),
    ("blk.0.attn_k", KEYS), ("blk.0.attn_v", KEYS), ("blk.0.attn_output", HIDDEN),
    ("blk.0.ffn_gate", HIDDEN), ("blk.0.ffn_up", HIDDEN), ("blk.0.ffn_down", HIDDEN),
]
NORMS = ["blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"]
# About how large a block's scale is, where it lies, and what the second half is of it.
SCALES = {
    "Q8_0": (0.001, 0, None), "Q4_0": (0.0136, 0, None), "Q5_0": (0.0068, 0, None),
    "Q4_1": (0.0136, 0, -7.5), "Q5_1": (0.0068, 0, -15.5), "Q4_K": (0.00025, 0, 7.5),
    "Q5_K": (0.00013, 0, 15.5), "Q6_K": (0.00005, 208, None),
}
TYPES = ["F32", "F16", "BF16"] + list(SCALES)
PROMPT = [1, 262, 5, 270, 100, 280, 33, 259, 3, 200, 265, 271]
POSITIONS = [0, 6, 11]


def random_bytes(tensor, count):
    """SplitMix64's numbers, little-endian."""
    golden, words = 0x9E3779B97F4A7C15, (count + 7) // 8
    with np.errstate(over="ignore"):
        z = np.uint64(1000 + tensor) + np.uint64(golden) * np.arange(1, words + 1, dtype=np.uint64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return z.astype("<u8").view(np.uint8)[:count].copy()


def signed(data):
    return data.view("<i4").astype(np.float32) / np.float32(2**31)


def blocks(tensor, rows, name):
    """The bytes of a matrix, [rows, bytes of a row]."""
    count = rows * HIDDEN
    if name not in SCALES:
        values = signed(random_bytes(tensor, 4 * count)) * np.float32(0.11)
        if name == "F16":
            values = values.astype("<f2")
        if name == "BF16":
            values = (values.view("<u4") >> 16).astype("<u2")
        return values.view(np.uint8).reshape(rows, -1)
    length, size = GGML_QUANT_SIZES[GGMLQuantizationType[name]]
    data = random_bytes(tensor, count // length * size).reshape(-1, size)
    about, offset, least = SCALES[name]
    scales = np.float32(about) * (np.float32(0.5) + data[:, 0].astype(np.float32) / np.float32(256))
    if least is None:
        scales = np.where(data[:, 1] % 2 == 1, -scales, scales)
    halves = scales.astype("<f2")
    data[:, offset : offset + 2] = halves.view(np.uint8).reshape(-1, 2)
    if least is not None:
        second = (halves.astype(np.float32) * np.float32(least)).astype("<f2")
        data[:, offset + 2 : offset + 4] = second.view(np.uint8).reshape(-1, 2)
    return data.reshape(rows, -1)


def weighted_sum(data):
    """The sum of bytes, each times its place from one on, modulo 2^64."""
    places = np.arange(1, data.size + 1, dtype=np.uint64)
    return int((data.reshape(-1).astype(np.uint64) * places).sum(dtype=np.uint64))


def write(path, name):
    """The model of a format; the checksum of its tensors."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(48)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(TOKENS)
    writer.add_token_scores([0.0 if i < 259 else 258.0 - i for i in range(len(TOKENS))])
    kinds = [2 if i == 0 else 3 if i < 3 else 6 if i < 259 else 1 for i in range(len(TOKENS))]
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    checksum = 0
    for index, (matrix, rows) in enumerate(MATRICES):
        data = blocks(index, rows, name)
        checksum += weighted_sum(data)
        kind = GGMLQuantizationType[name]
        writer.add_tensor(matrix + ".weight", data, raw_dtype=kind)
    for index, norm in enumerate(NORMS):
        values = 1 + signed(random_bytes(100 + index, 4 * HIDDEN)) * np.float32(0.2)
        checksum += weighted_sum(values.astype("<f4").view(np.uint8))
        writer.add_tensor(norm + ".weight", values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return checksum % 2**64


def main():
    cases = []
    for name in TYPES:
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/{name}.gguf"
            checksum = write(path, name)
            # Keys and values as floats, as ours are.
            model = Llama(
                path, n_ctx=48, logits_all=True, n_threads=1, type_k=0, type_v=0, verbose=False,
            )
            model.eval(PROMPT)
            logits = np.array(model.scores[: len(PROMPT)])[POSITIONS].astype("<f4")
        assert np.isfinite(logits).all()
        print(name, "spread", logits.std())
        cases.append({
            "type": name, "tokens": PROMPT, "positions": POSITIONS,
            "checksum": str(checksum),
            "logits": base64.b64encode(logits.tobytes()).decode(),
        })
    path = pathlib.Path(__file__).parent.parent / "Tests/ModelsTests/Fixtures/llama-cpp.json"
    path.write_text(json.dumps(cases, indent=0) + "\n")


if __name__ == "__main__":
    main()
