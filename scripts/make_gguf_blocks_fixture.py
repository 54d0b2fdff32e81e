"""Writes Tests/ModelsTests/Fixtures/gguf-blocks.json: blocks of GGUF's formats and their values.

Random bytes with finite scales, and what the package `gguf` makes of them.

    pip install gguf==0.19.0 && python scripts/make_gguf_blocks_fixture.py
"""

import base64
import json
import pathlib

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

# Where each format keeps its halves.
SCALES = {
    "F32": [], "F16": [], "BF16": [], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2],
    "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}
EDGES = [0.0, -0.0, 6e-8, -3e-5, 65504.0]
generator = np.random.default_rng(31)


def encoded(array):
    return base64.b64encode(array.tobytes()).decode()


cases = []
for name, offsets in SCALES.items():
    kind = GGMLQuantizationType[name]
    length, size = GGML_QUANT_SIZES[kind]
    count = 512 // length
    if name == "F32":
        blocks = generator.standard_normal(512).astype("<f4").view(np.uint8)
    elif name in ("F16", "BF16"):
        blocks = generator.standard_normal(512).astype("<f2").view(np.uint8).copy()
        blocks[: 2 * len(EDGES)] = np.array(EDGES, "<f2").view(np.uint8)
    else:
        blocks = generator.integers(0, 256, (count, size), dtype=np.uint8)
        for offset in offsets:
            halves = generator.standard_normal(count).astype("<f2")
            halves[: min(count // 2, len(EDGES))] = EDGES[: min(count // 2, len(EDGES))]
            blocks[:, offset : offset + 2] = halves.view(np.uint8).reshape(count, 2)
    values = dequantize(blocks.reshape(1, -1), kind) if name != "F32" else blocks.view("<f4")
    values = np.asarray(values, "<f4")
    assert values.size == 512 and np.isfinite(values).all()
    cases.append({"type": name, "blocks": encoded(blocks), "values": encoded(values)})
path = pathlib.Path(__file__).parent.parent / "Tests/ModelsTests/Fixtures/gguf-blocks.json"
path.write_text(json.dumps(cases, indent=0) + "\n")
