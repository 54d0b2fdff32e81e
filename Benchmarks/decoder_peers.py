#!/usr/bin/env python3
"""The decoder beside llama.cpp on the same files, in one run, taking turns.

    swift build -c release --product DecoderBenchmark
    python3 -m venv peers && peers/bin/pip install numpy gguf llama-cpp-python
    peers/bin/python Benchmarks/decoder_peers.py .build/release/DecoderBenchmark WORK SHAPE ROUNDS [NAME...]

SHAPE is 15M, 110M or 1.1B, or one of them with another length of the prompt, such as 110M:2000. WORK gets a file of random weights for each NAME, a type of llama.cpp's quantizer:
Q8_0, Q4_0 and Q4_K_M unless given. A round reads a prompt of 256 tokens, unless said, and then 64 tokens one
by one, on 1 and on 2 threads; both keep keys and values as halves. Prints tokens a second by the clock (the median of the rounds), of llama.cpp and ours, and
the median of the rounds' ratios, by the clock and by processor time. On two threads llama.cpp waits
for its threads busily, as ours do for a moment, so there the clock is what counts.
"""
import ctypes
import os
import statistics
import subprocess
import sys
import time

import gguf
import llama_cpp
import numpy as np

SHAPES = {
    "15M": dict(width=288, layers=6, heads=6, kv_heads=6, inner=768),
    "110M": dict(width=768, layers=12, heads=12, kv_heads=12, inner=2048),
    "1.1B": dict(width=2048, layers=22, heads=32, kv_heads=4, inner=5632),
}
VOCABULARY, NEW = 32000, 64


def make_half(path, width, layers, heads, kv_heads, inner):
    """A file of random weights in F16."""
    rng = np.random.default_rng(1)
    writer = gguf.GGUFWriter(path, "llama", use_temp_file=False)
    writer.add_context_length(16384)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_tokenizer_model("llama")
    tokens = [b"<unk>", b"<s>", b"</s>"] + [b"<0x%02X>" % byte for byte in range(256)]
    kinds = [2, 3, 3] + [6] * 256
    tokens += [b"piece%d" % place for place in range(len(tokens), VOCABULARY)]
    kinds += [1] * (VOCABULARY - len(kinds))
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(place) for place in range(VOCABULARY)])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)

    def matrix(name, rows, columns):
        values = rng.standard_normal((rows, columns), dtype=np.float32) * columns**-0.5
        writer.add_tensor(f"{name}.weight", values.astype(np.float16))

    def gain(name):
        writer.add_tensor(f"{name}.weight", np.ones(width, dtype=np.float32))

    matrix("token_embd", VOCABULARY, width)
    gain("output_norm")
    matrix("output", VOCABULARY, width)
    kv_width = width // heads * kv_heads
    for layer in range(layers):
        prefix = f"blk.{layer}."
        gain(prefix + "attn_norm")
        gain(prefix + "ffn_norm")
        matrix(prefix + "attn_q", width, width)
        matrix(prefix + "attn_k", kv_width, width)
        matrix(prefix + "attn_v", kv_width, width)
        matrix(prefix + "attn_output", width, width)
        matrix(prefix + "ffn_gate", inner, width)
        matrix(prefix + "ffn_up", inner, width)
        matrix(prefix + "ffn_down", width, inner)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def file(folder, shape, name):
    """The file of a type, made if it is not there."""
    path = f"{folder}/{shape}-{name}.gguf"
    if os.path.exists(path):
        return path
    half = f"{folder}/{shape}-F16.gguf"
    if not os.path.exists(half):
        make_half(half, **SHAPES[shape])
    if name != "F16":
        settings = llama_cpp.llama_model_quantize_default_params()
        settings.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{name}")
        settings.nthread = 2
        status = llama_cpp.llama_model_quantize(
            half.encode(), path.encode(), ctypes.byref(settings)
        )
        if status != 0:
            raise SystemExit(f"llama.cpp cannot make {path}")
    return path


def rates(count, body):
    clock, processor = time.perf_counter(), time.process_time()
    body()
    return count / (time.perf_counter() - clock), count / (time.process_time() - processor)


class Theirs:
    def __init__(self, path, threads, prompt):
        self.prompt = prompt
        settings = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_load_model_from_file(path.encode(), settings)
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = prompt + NEW
        settings.n_batch = settings.n_ubatch = min(prompt, 512)
        settings.n_threads = settings.n_threads_batch = threads
        self.context = llama_cpp.llama_new_context_with_model(self.model, settings)
        self.decode([1, 2, 3])

    def decode(self, tokens):
        array = (llama_cpp.llama_token * len(tokens))(*tokens)
        if llama_cpp.llama_decode(
            self.context, llama_cpp.llama_batch_get_one(array, len(tokens))
        ):
            raise SystemExit("llama.cpp cannot decode")
        llama_cpp.llama_get_logits(self.context)

    def prefill(self, tokens):
        for start in range(0, len(tokens), 512):
            self.decode(tokens[start : start + 512])

    def round(self):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        prompt = [(3 + 7 * place) % VOCABULARY for place in range(self.prompt)]
        prefill = rates(self.prompt, lambda: self.prefill(prompt))
        decode = rates(NEW, lambda: [self.decode([3 + place]) for place in range(NEW)])
        return prefill, decode

    def close(self):
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_free_model(self.model)


def our_round(binary, path, threads, prompt):
    text = subprocess.run(
        [binary, path, str(threads), str(prompt), str(NEW), "1"],
        check=True, capture_output=True, text=True,
    ).stdout
    values = dict(line.split() for line in text.splitlines())
    return tuple(
        (
            float(values[f"{part}_tokens_per_second"]),
            float(values[f"{part}_tokens_per_processor_second"]),
        )
        for part in ("prefill", "decode")
    )


def main():
    binary, folder, shape, rounds, *names = sys.argv[1:]
    shape, _, prompt = shape.partition(":")
    prompt = int(prompt or 256)
    os.makedirs(folder, exist_ok=True)
    print("| file | threads | what | llama.cpp | ours | ratio | by processor time |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in names or ["Q8_0", "Q4_0", "Q4_K_M"]:
        path = file(folder, shape, name)
        for threads in (1, 2):
            theirs = Theirs(path, threads, prompt)
            pairs = [
                (theirs.round(), our_round(binary, path, threads, prompt))
                for _ in range(int(rounds))
            ]
            theirs.close()
            for part, what in enumerate(("prefill", "decode")):
                median = statistics.median
                print(
                    f"| {shape} {name} | {threads} | {what}"
                    f" | {median(a[part][0] for a, _ in pairs):.1f}"
                    f" | {median(b[part][0] for _, b in pairs):.1f}"
                    f" | {median(b[part][0] / a[part][0] for a, b in pairs):.2f}"
                    f" | {median(b[part][1] / a[part][1] for a, b in pairs):.2f} |",
                    flush=True,
                )


def silence(level, text, data):
    pass


quiet = llama_cpp.llama_log_callback(silence)
llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
if __name__ == "__main__":
    main()
