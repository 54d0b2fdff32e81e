"""Writes Tests/ModelsTests/Fixtures/landmark.json: what Landmark Attention's layer gives.

The implementation is that of github.com/epfml/landmark-attention at d963e50 (`llama/llama_mem.py`), run on
the CPU without its fused kernel, a block a call as it has it for one that has been read before. Queries,
keys and values are uniform numbers from SplitMix64, which the tests make again; heads and rotary base are
those of Fixtures/llama/qwen2.gguf.

    pip install torch transformers && python scripts/make_landmark_fixture.py CHECKOUT
"""

import base64
import json
import math
import pathlib
import sys
import types

import numpy as np
import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent.parent / "Tests/ModelsTests/Fixtures"
HEADS, KEY_HEADS, SIZE, BASE = 4, 2, 8, 1000000.0
MASK = 2**64 - 1


def uniform(seed, count):
    """Numbers between -2 and 2 with 24 random bits each, as the tests make them."""
    state, values = seed, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        values.append(((z ^ (z >> 31)) >> 40) / 2**22 - 2)
    return np.array(values, dtype=np.float32)


def rows(seed, length, heads):
    return torch.tensor(uniform(seed, length * heads * SIZE)).view(1, length, heads, SIZE)


def load(checkout):
    """The attention of the reference, without the rest of its model."""
    text = (pathlib.Path(checkout) / "llama/llama_mem.py").read_text()
    names = {
        "torch": torch, "nn": nn, "math": math, "LlamaLandmarkConfig": object,
        **{name: getattr(__import__("typing"), name) for name in ("List", "Optional", "Tuple", "Union")},
    }
    for start, end in [
        ("class LlamaRotaryEmbedding", "class LlamaMLP"),
        ("class LandmarkGroupedSoftmaxFunction", "class LlamaDecoderLayer"),
    ]:
        exec(text[text.index(start) : text.index(end)], names)
    return names


def attention(names, k):
    """A layer that takes queries, keys and values side by side as its input."""
    width = HEADS * SIZE
    config = types.SimpleNamespace(
        hidden_size=width, num_attention_heads=HEADS, max_position_embeddings=4096
    )
    layer = names["LlamaAttention"](config)
    layer.rotary_emb = names["LlamaRotaryEmbedding"](SIZE, 4096, base=BASE)
    for place, name in enumerate(["q_proj", "k_proj", "v_proj"]):
        setattr(layer, name, Part(place * width, width))
    layer.o_proj = nn.Identity()
    return layer


class Part(nn.Module):
    def __init__(self, start, width):
        super().__init__()
        self.range = slice(start, start + width)

    def forward(self, states):
        return states[..., self.range]


def case(names, block, k, length):
    repeats = HEADS // KEY_HEADS
    parts = [rows(1, length, HEADS)]
    parts += [rows(seed, length, KEY_HEADS).repeat_interleave(repeats, dim=2) for seed in (2, 3)]
    states = torch.cat([part.reshape(1, length, HEADS * SIZE) for part in parts], dim=-1)
    layer, past, results = attention(names, k), None, []
    period = block + 1
    for start in range(0, length, period):
        count = min(period, length - start)
        # What the reference's model makes for a window of one block: all is of the last section, the
        # landmark's own key is hidden, and no landmark is left in it.
        least = torch.finfo(torch.float32).min
        mask = torch.full((count, count), least).triu(1)
        if count == period:
            mask[:, -1] = least
        mask = mask[None, None]
        visible = mask > -1
        if past is None:
            full = mask
        else:
            past_length = past[0].shape[2]
            full = torch.cat([torch.zeros(1, 1, count, past_length), mask], dim=-1)
        output, _, past = layer_forward(
            layer, states[:, start : start + count], full, visible, past, start, block, k
        )
        results.append(output)
    return torch.cat(results, dim=1)


def layer_forward(layer, states, mask, visible, past, start, block, k):
    count = states.shape[1]
    # The reference checks the mask's shape against the keys of the window and all before it.
    positions = torch.arange(start, start + count)[None]
    return layer(
        states,
        attention_mask=mask,
        position_ids=positions,
        past_key_value=past,
        use_cache=True,
        is_mem=torch.zeros(1, 1, count, count, dtype=torch.bool),
        last_section_mask=visible,
        cache_top_k=k,
        mem_freq=block,
    )


def main():
    torch.set_grad_enabled(False)
    names = load(sys.argv[1])
    cases = []
    # The last one attends to all blocks.
    for block, k, length in [(7, 3, 100), (4, 2, 64), (12, 1, 90), (5, 40, 60)]:
        result = case(names, block, k, length).contiguous().numpy().astype("<f4")
        cases.append(
            dict(
                block=block, retrieved=k, length=length,
                result=base64.b64encode(result.tobytes()).decode(),
            )
        )
    (FOLDER / "landmark.json").write_text(json.dumps(cases) + "\n")


main()
