"""Writes Tests/ModelsTests/Fixtures/attention.json: what InfLLM's and StreamingLLM's attention gives.

The implementation is that of github.com/thunlp/InfLLM at 12b7079, run on the CPU: its checks for a
GPU and its streams are taken out. Queries, keys and values are uniform numbers from SplitMix64, which
the tests make again; heads and rotary base are those of Fixtures/llama/qwen2.gguf.

    pip install torch numpy && python scripts/make_attention_fixture.py CHECKOUT-OF-INFLLM
"""

import base64
import contextlib
import json
import pathlib
import sys
import types

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).parent.parent / "Tests/ModelsTests/Fixtures"
HEADS, KEY_HEADS, SIZE, BASE = 4, 2, 8, 1000000.0
MASK = 2**64 - 1


def load(checkout):
    """The package `inf_llm.attention` without what needs a GPU."""
    folder = pathlib.Path(checkout) / "inf_llm/attention"
    torch.cuda.stream = lambda stream: contextlib.nullcontext()
    torch.cuda.current_stream = lambda: None
    torch.cuda.Event = lambda: types.SimpleNamespace(record=lambda stream: None, wait=lambda: None)
    for name in ["inf_llm", "inf_llm.attention", "inf_llm.attention.dot_production_attention"]:
        package = types.ModuleType(name)
        package.__path__ = []
        sys.modules[name] = package
    for name in [
        "rope", "utils", "dot_production_attention.base", "dot_production_attention.torch_impl",
        "dot_production_attention.__init__", "context_manager", "stream_llm",
    ]:
        text = (folder / (name.replace(".", "/") + ".py")).read_text()
        text = text.replace("assert _t.is_cuda", "pass")
        for quote in "\"'":
            text = text.replace(f"{quote}cuda{quote}", f"{quote}cpu{quote}")
        full = "inf_llm.attention." + name.removesuffix(".__init__")
        module = sys.modules.get(full) or types.ModuleType(full)
        module.__package__ = full if name.endswith("__init__") else full.rsplit(".", 1)[0]
        sys.modules[full] = module
        exec(compile(text, name, "exec"), module.__dict__)
    return sys.modules


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
    values = torch.tensor(uniform(seed, length * heads * SIZE)).view(1, length, heads, SIZE)
    return values.permute(0, 2, 1, 3).contiguous()


def passes(length, prompt):
    """The first tokens in one call, the others one by one."""
    return [(0, prompt)] + [(token, token + 1) for token in range(prompt, length)]


def packed(tensor):
    """[1, heads, tokens, size] as tokens, heads, size."""
    values = tensor.permute(0, 2, 1, 3).contiguous().numpy().astype("<f4")
    return base64.b64encode(values.tobytes()).decode()


def main():
    modules = load(sys.argv[1])
    Rotary = modules["inf_llm.attention.rope"].RotaryEmbeddingESM
    Manager = modules["inf_llm.attention.context_manager"].ContextManager
    stream = modules["inf_llm.attention.stream_llm"].stream_llm_forward
    cases = []
    for initial, window, block, representatives, top, step, length, prompt in [
        (8, 32, 8, 2, 3, 16, 230, 200), (0, 24, 12, 3, 2, 7, 190, 120), (5, 48, 16, 1, 16, 48, 260, 256),
        (8, 256, 8, 2, 3, 16, 150, 120), (4, 16, 4, 4, 5, 1, 160, 150),
    ]:
        q, k, v = rows(1, length, HEADS), rows(2, length, KEY_HEADS), rows(3, length, KEY_HEADS)
        manager = Manager(
            Rotary(SIZE, BASE), initial, window, block, max(top, 4), top, step,
            repr_topk=representatives,
        )
        selected = []
        topk = manager.calc_block_topk

        def record(query):
            found = topk(query)
            selected.append(sorted(found[0]))
            return found

        manager.calc_block_topk = record
        outputs = []
        for start, end in passes(length, prompt):
            part = [x[:, :, start:end].contiguous() for x in (q, k, v)]
            outputs.append(manager.append(*part, *part))
        cases.append({
            "way": "infllm", "initial": initial, "window": window, "block": block,
            "representatives": representatives, "retrieved": top, "step": step, "length": length,
            "prompt": prompt, "selected": selected, "result": packed(torch.cat(outputs, dim=2)),
        })
    for initial, window, length, prompt in [(4, 32, 150, 120), (0, 20, 100, 60), (7, 16, 120, 1)]:
        q, k, v = rows(1, length, HEADS), rows(2, length, KEY_HEADS), rows(3, length, KEY_HEADS)
        forward, rotary, past, outputs = stream(window, initial), Rotary(SIZE, BASE), None, []
        for start, end in passes(length, prompt):
            flat = [
                x[:, :, start:end].permute(0, 2, 1, 3).reshape(1, end - start, -1) for x in (q, k, v)
            ]
            pick = [lambda _, part=part: part for part in flat]
            output, past = forward(
                None, flat[0], flat[0], rotary, True, past, *pick, lambda x: x, SIZE, HEADS, KEY_HEADS
            )
            outputs.append(output.view(1, end - start, HEADS, SIZE).permute(0, 2, 1, 3))
        cases.append({
            "way": "window", "initial": initial, "window": window, "block": 0, "representatives": 0,
            "retrieved": 0, "step": 0, "length": length, "prompt": prompt, "selected": [],
            "result": packed(torch.cat(outputs, dim=2)),
        })
    (FOLDER / "attention.json").write_text(json.dumps(cases) + "\n")


with torch.no_grad():
    main()
