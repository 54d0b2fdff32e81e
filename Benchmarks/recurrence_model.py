#!/usr/bin/env python3
"""A decoder that can do one thing: say what followed a token when it stood before.

    python3 -m venv peers && peers/bin/pip install numpy gguf
    peers/bin/python Benchmarks/recurrence_model.py WORK
    .build/release/DecoderBenchmark WORK/recurrence.gguf 2 recur WORK/recurrence.ids 256

Its weights are set by hand. The first layer attends to the token before, by position alone, and writes down
which it was; the second attends to tokens behind the same token, by what they are, and says them (an induction
head: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"). The ids are random, so a passage that
comes again can be told from what was read and from nothing else.
"""
import os
import random
import sys

import gguf
import numpy as np

VOCABULARY, SPECIAL, COUNT = 1024, 259, 24_000
# A state has the token, the one before, what follows, and a number that is always 1.
PART, WIDTH, HEADS = 64, 256, 2
HEAD = WIDTH // HEADS
BASE = 1e8
TOKEN, BEFORE, NEXT = (slice(start, start + PART) for start in (0, PART, 2 * PART))
ONE = 3 * PART
# Pairs that turn fast tell positions, those that hardly turn within a window tell tokens.
POSITION_PAIRS, CONTENT = 12, slice(HEAD - PART, HEAD)


def layers():
    """The matrices of both layers, [outputs, inputs]; a state is divided by its root mean square first."""
    rms = [np.sqrt((count * PART + 1) / WIDTH) for count in (1, 2)]
    first = {name: np.zeros((WIDTH, WIDTH), np.float32) for name in "qkvo"}
    strength = np.sqrt(25 * np.sqrt(HEAD)) * rms[0]
    for pair in range(POSITION_PAIRS):
        angle = BASE ** (-2 * pair / HEAD)
        first["q"][2 * pair, ONE] = strength
        first["k"][2 * pair : 2 * pair + 2, ONE] = (
            strength * np.cos(angle),
            strength * np.sin(angle),
        )
    first["v"][:PART, TOKEN] = np.eye(PART) * rms[0]
    first["o"][BEFORE, :PART] = np.eye(PART)
    second = {name: np.zeros((WIDTH, WIDTH), np.float32) for name in "qkvo"}
    strength = np.sqrt(14 * np.sqrt(HEAD) / PART) * rms[1]
    second["q"][CONTENT, TOKEN] = np.eye(PART) * strength
    second["k"][CONTENT, BEFORE] = np.eye(PART) * strength
    second["v"][:PART, TOKEN] = np.eye(PART) * rms[1]
    second["o"][NEXT, :PART] = np.eye(PART)
    return [first, second]


def write_model(path):
    tokens = np.random.default_rng(1).choice([-1.0, 1.0], (VOCABULARY, PART))
    writer = gguf.GGUFWriter(path, "llama", use_temp_file=False)
    writer.add_name("recurrence")
    writer.add_context_length(1 << 16)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(2)
    writer.add_feed_forward_length(64)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(BASE)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    pieces = [b"<unk>", b"<s>", b"</s>"] + [b"<0x%02X>" % byte for byte in range(256)]
    pieces += [b"piece%d" % place for place in range(SPECIAL, VOCABULARY)]
    writer.add_token_list(pieces)
    writer.add_token_scores([-float(place) for place in range(VOCABULARY)])
    writer.add_token_types([2, 3, 3] + [6] * 256 + [1] * (VOCABULARY - SPECIAL))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)

    def add(name, values):
        writer.add_tensor(f"{name}.weight", np.ascontiguousarray(values, dtype=np.float32))

    embedding = np.zeros((VOCABULARY, WIDTH))
    embedding[:, TOKEN] = tokens
    embedding[:, ONE] = 1
    output = np.zeros((VOCABULARY, WIDTH))
    output[:, NEXT] = tokens * (12 / PART) * np.sqrt((3 * PART + 1) / WIDTH)
    add("token_embd", embedding)
    add("output_norm", np.ones(WIDTH))
    add("output", output)
    for index, matrices in enumerate(layers()):
        prefix = f"blk.{index}."
        add(prefix + "attn_norm", np.ones(WIDTH))
        add(prefix + "ffn_norm", np.ones(WIDTH))
        for name, part in [("q", "q"), ("k", "k"), ("v", "v"), ("o", "output")]:
            add(f"{prefix}attn_{part}", matrices[name])
        add(prefix + "ffn_gate", np.zeros((64, WIDTH)))
        add(prefix + "ffn_up", np.zeros((64, WIDTH)))
        add(prefix + "ffn_down", np.zeros((WIDTH, 64)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    write_model(f"{folder}/recurrence.gguf")
    ids = random.Random(2)
    with open(f"{folder}/recurrence.ids", "w") as file:
        file.write(" ".join(str(ids.randrange(SPECIAL, VOCABULARY)) for _ in range(COUNT)))


main()
