"""Writes Tests/ModelsTests/Fixtures/llama/: tiny random decoders as GGUF with their logits.

The logits are those of `transformers` in double precision, with the weights rounded to the format in
which the file has them.

    pip install torch transformers gguf==0.19.0 && python scripts/make_llama_fixtures.py
"""

import base64
import json
import math
import pathlib

import gguf
import numpy as np
import torch
from transformers import (
    LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, Qwen2Config,
    Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM,
)

FOLDER = pathlib.Path(__file__).parent.parent / "Tests/ModelsTests/Fixtures/llama"
COMMON = dict(
    hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, vocab_size=72,
    attn_implementation="eager", initializer_range=0.3,
)
LLAMA3 = dict(
    rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0,
    high_freq_factor=4.0, original_max_position_embeddings=16,
)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=16)
LINEAR = dict(rope_type="linear", rope_theta=50000.0, factor=4.0)
PLAIN = dict(rope_type="default", rope_theta=1000000.0)
NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
WHOLE = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def interleaved(weights, heads):
    """From halves of a head, as Hugging Face turns them, to neighbours, as Llama's GGUF has them."""
    shape = weights.shape
    halves = weights.reshape(heads, 2, shape[0] // heads // 2, *shape[1:])
    return halves.swapaxes(1, 2).reshape(shape)


def vocabulary(size):
    """Bytes and, as far as there is room, letters with and without a space before them."""
    tokens = [b"<unk>", b"<s>", b"</s>"]
    kinds = [2, 3, 3]
    if size > 259:
        tokens += [b"<0x%02X>" % byte for byte in range(256)]
        kinds += [6] * 256
    letters = ["\u2581"] + ["\u2581" + c for c in "thaoiswcbpfmdrlegn"] + list("etaoinshrdlucmfwypvbgk")
    while len(tokens) < size:
        place = len(tokens) - (259 if size > 259 else 3)
        tokens.append(letters[place].encode() if place < len(letters) else b"piece%d" % place)
        kinds.append(1)
    return tokens, [-float(place) for place in range(size)], kinds


def write(name, architecture, model, config, permuted, rope):
    generator = torch.Generator().manual_seed(len(name))
    with torch.no_grad():
        for key, weights in model.named_parameters():
            if weights.dim() == 1:
                noise = torch.randn(weights.shape, generator=generator) * 0.2
                weights.copy_(noise if key.endswith("bias") else 1 + noise)
            else:
                noise = torch.randn(weights.shape, generator=generator) * 0.3
                weights.copy_(noise.to(torch.float16).float())
    writer = gguf.GGUFWriter(FOLDER / f"{name}.gguf", architecture)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(rope["rope_theta"])
    headSize = model.model.layers[0].self_attn.head_dim
    if headSize != config.hidden_size // config.num_attention_heads:
        writer.add_key_length(headSize)
        writer.add_value_length(headSize)
        writer.add_rope_dimension_count(headSize)
    if rope["rope_type"] in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(rope["rope_type"]))
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    tokens, scores, kinds = vocabulary(config.vocab_size)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    if rope["rope_type"] == "llama3":
        base = rope["rope_theta"] ** -(np.arange(0, headSize, 2) / headSize)
        plain = 2 * math.pi / base
        length = rope["original_max_position_embeddings"]
        low, high = length / rope["low_freq_factor"], length / rope["high_freq_factor"]
        smooth = (length / plain - rope["low_freq_factor"]) / (
            rope["high_freq_factor"] - rope["low_freq_factor"]
        )
        between = 1 / ((1 - smooth) / rope["factor"] + smooth)
        factors = np.where(plain < high, 1, np.where(plain > low, rope["factor"], between))
        writer.add_tensor("rope_freqs.weight", factors.astype(np.float32))
    for key, weights in model.state_dict().items():
        if key == "lm_head.weight" and config.tie_word_embeddings:
            continue
        stem, suffix = key.rsplit(".", 1)
        if stem in WHOLE:
            target = WHOLE[stem]
        else:
            layer, part = stem.removeprefix("model.layers.").split(".", 1)
            target = f"blk.{layer}.{NAMES[part]}"
        values = weights.numpy()
        if permuted and target.endswith(("attn_q", "attn_k")):
            isQuery = target.endswith("attn_q")
            heads = config.num_attention_heads if isQuery else config.num_key_value_heads
            values = interleaved(values, heads)
        values = values.astype(np.float16 if values.ndim == 2 else np.float32)
        writer.add_tensor(f"{target}.{suffix}", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    ids = torch.randint(3, config.vocab_size, (1, 40), generator=generator)
    with torch.no_grad():
        logits = model.double()(ids).logits[0].float().numpy()
    kept = logits[[0, 1, 7, 15, 31, 32, 39]]
    return {
        "name": name, "tokens": ids[0].tolist(), "positions": [0, 1, 7, 15, 31, 32, 39],
        "logits": base64.b64encode(kept.astype("<f4").tobytes()).decode(),
    }


FOLDER.mkdir(exist_ok=True)
cases = []
for name, architecture, Config, Model, permuted, rope, extra in [
    ("llama3", "llama", LlamaConfig, LlamaForCausalLM, True, LLAMA3, dict(vocab_size=300)),
    ("llama-yarn", "llama", LlamaConfig, LlamaForCausalLM, True, YARN, dict(attention_bias=True)),
    (
        "llama-linear", "llama", LlamaConfig, LlamaForCausalLM, True, LINEAR,
        dict(tie_word_embeddings=True),
    ),
    ("mistral", "mistral", MistralConfig, MistralForCausalLM, True, PLAIN, dict(head_dim=16)),
    (
        "qwen2", "qwen2", Qwen2Config, Qwen2ForCausalLM, False, PLAIN,
        dict(tie_word_embeddings=True),
    ),
    ("qwen3", "qwen3", Qwen3Config, Qwen3ForCausalLM, False, PLAIN, dict(head_dim=16)),
]:
    config = Config(**(COMMON | extra), rope_parameters=rope)
    cases.append(write(name, architecture, Model(config).float(), config, permuted, rope))
(FOLDER / "logits.json").write_text(json.dumps(cases, indent=0) + "\n")
