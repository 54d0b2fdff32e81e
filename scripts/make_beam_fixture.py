"""Writes Tests/GenerationTests/Fixtures/beams.json or beam-groups.json: what `transformers` finds.

Releases from 5 on search with beams in one group, releases up to 4.46 in several as well; each
writes its own file. The decoders are those of Tests/ModelsTests/Fixtures/llama. Their
probabilities are flat, so that a few of their commonest tokens are made the ends of a text.

    pip install torch transformers gguf==0.19.0 && python scripts/make_beam_fixture.py
    pip install torch transformers==4.46.3 gguf==0.19.0 && python scripts/make_beam_fixture.py
"""

import json
import pathlib

import gguf
import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

isOld = int(transformers.__version__.split(".")[0]) < 5
TESTS = pathlib.Path(__file__).parent.parent / "Tests"
NAMES = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
WHOLE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
COMMON = dict(
    hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, vocab_size=72,
    rope_theta=1000000.0, attn_implementation="eager",
)


def halves(weights, heads):
    """From neighbours, as Llama's GGUF has them, to halves of a head."""
    shape = weights.shape
    pairs = weights.reshape(heads, shape[0] // heads // 2, 2, *shape[1:])
    return pairs.transpose(1, 2).reshape(shape)


def load(name, Config, Model, permuted, **extra):
    config = Config(**(COMMON | extra))
    if hasattr(config, "rope_parameters"):
        config.rope_parameters = dict(rope_type="default", rope_theta=1000000.0)
    # The old search takes no other logits than floats.
    model = Model(config).to(torch.float32 if isOld else torch.float64).eval()
    weights = {}
    for tensor in gguf.GGUFReader(TESTS / f"ModelsTests/Fixtures/llama/{name}.gguf").tensors:
        values = torch.tensor(tensor.data.astype("float64"))
        stem, suffix = tensor.name.rsplit(".", 1)
        if permuted and stem.endswith(("attn_q", "attn_k")):
            values = halves(values, 4 if stem.endswith("attn_q") else 2)
        if stem not in WHOLE:
            _, layer, part = stem.split(".")
            stem = f"model.layers.{layer}.{NAMES[part]}"
        else:
            stem = WHOLE[stem]
        weights[f"{stem}.{suffix}"] = values
    if config.tie_word_embeddings:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_state_dict(weights)
    return model


MODELS = {
    "mistral": load("mistral", LlamaConfig, LlamaForCausalLM, True, head_dim=16),
    "qwen2": load("qwen2", Qwen2Config, Qwen2ForCausalLM, False, tie_word_embeddings=True),
}
PLAIN = [
    dict(beams=2), dict(beams=3, lengthPenalty=0.0), dict(beams=4, lengthPenalty=2.0),
    dict(beams=5, stopping="early"), dict(beams=4, stopping="exhaustive"),
    dict(beams=3, lengthPenalty=-1.0), dict(beams=3, lengthPenalty=-0.5, stopping="exhaustive"),
    dict(beams=6, lengthPenalty=0.6, stopping="early"),
    dict(beams=8, lengthPenalty=0.3, stopping="exhaustive"), dict(beams=16),
]
GROUPS = [
    dict(beams=4, groups=2, diversity=0.5), dict(beams=4, groups=4, diversity=0.2),
    dict(beams=6, groups=3, diversity=2.0, lengthPenalty=0.5, stopping="early"),
    dict(beams=6, groups=2, diversity=0.8, stopping="early"),
    dict(beams=8, groups=4, diversity=0.4, stopping="exhaustive"),
    dict(beams=6, groups=3, diversity=1.0, lengthPenalty=0.0, stopping="exhaustive"),
]
STOPPING = {"heuristic": False, "early": True, "exhaustive": "never"}


def search(model, prompt, settings, ends, tokenLimit, extra):
    """What is found, if it is the same whatever a group is padded with that looks no further.

    The old search counts such a token as chosen by the group; nothing is chosen there.
    """
    results = []
    for pad in [token for token in range(8, 72, 9) if token not in ends] if extra else [0]:
        with torch.no_grad():
            found = model.generate(
                prompt, do_sample=False, num_beams=settings["beams"],
                num_return_sequences=settings["beams"], max_new_tokens=tokenLimit,
                length_penalty=settings.get("lengthPenalty", 1.0),
                early_stopping=STOPPING[settings.get("stopping", "heuristic")],
                pad_token_id=pad, eos_token_id=ends or None, return_dict_in_generate=True,
                output_scores=True, **extra,
            )
        sequences = []
        for sequence, score in zip(found.sequences, found.sequences_scores):
            tokens = sequence[prompt.shape[1]:].tolist()
            # Older releases write the first of the ends in place of each.
            end = next((i for i, t in enumerate(tokens) if t in ends), len(tokens) - 1)
            sequences.append({"tokens": tokens[:end + 1], "score": score.item()})
        results.append(sequences)
    commonest = max(results, key=results.count)
    return commonest if 2 * results.count(commonest) > len(results) else None


generator = torch.Generator().manual_seed(5)
cases = []
for settings in GROUPS if isOld else PLAIN:
    for name, model in MODELS.items():
        for endCount, tokenLimit in [(1, 12), (3, 16), (0, 7)]:
            prompt = torch.randint(3, 72, (1, 9), generator=generator)
            with torch.no_grad():
                greedy = model.generate(
                    prompt, do_sample=False, max_new_tokens=tokenLimit, eos_token_id=None,
                    pad_token_id=0,
                )[0, 9:].tolist()
            ends = sorted(set(greedy[4:]))[:endCount]
            extra = {}
            if "groups" in settings:
                extra = dict(
                    num_beam_groups=settings["groups"], diversity_penalty=settings["diversity"],
                )
            sequences = search(model, prompt, settings, ends, tokenLimit, extra)
            if sequences is None:
                continue
            cases.append({
                "model": name, "prompt": prompt[0].tolist(), "ends": ends,
                "tokenLimit": tokenLimit, "beams": settings["beams"],
                "groups": settings.get("groups", 1), "diversity": settings.get("diversity", 0.0),
                "lengthPenalty": settings.get("lengthPenalty", 1.0),
                "stopping": settings.get("stopping", "heuristic"), "sequences": sequences,
            })
path = TESTS / f"GenerationTests/Fixtures/{'beam-groups' if isOld else 'beams'}.json"
path.write_text(json.dumps(cases, indent=None).replace('{"model"', '\n{"model"') + "\n")
print(path, len(cases), sum(len(s["tokens"]) < c["tokenLimit"] for c in cases for s in c["sequences"]))
