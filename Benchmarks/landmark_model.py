#!/usr/bin/env python3
"""Trains stories260K further, so that it attends to blocks by their landmarks.

    python3 -m venv peers && peers/bin/pip install torch numpy gguf
    peers/bin/python Benchmarks/landmark_model.py stories260K-F32.gguf WORK STEPS
    .build/release/DecoderBenchmark WORK/landmark.gguf 2 WORK/stories.ids landmark 256
    .build/release/DecoderBenchmark WORK/landmark.gguf 2 recur WORK/stories.ids 256

As in Mohtashami and Jaggi 2023, "Landmark Attention", arXiv:2305.16300, §3.1 and §4.2: a landmark after every
63 tokens, 512 tokens with their landmarks, plain loss of language models without that of landmarks. The texts
are the model's own stories; in half of them a part comes again later, so that there is something to find.

WORK gets `landmark.gguf`, `stories.ids`, stories that were not trained on, and `stories.pt`, all of them for another run.
"""
import math
import os
import sys
import time

import gguf
import numpy as np
import torch
from torch.nn import functional as F

LENGTH, PERIOD, BATCH, RATE = 512, 64, 8, 2e-3
STORIES, HELD = 1600, 200
LANDMARK = "<landmark>"


class Model:
    """A Llama of a GGUF file: its tensors, by name, and what it gives for tokens."""

    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.reader = reader
        self.tensors = {
            tensor.name: torch.from_numpy(np.array(tensor.data, dtype=np.float32)).reshape(
                tuple(int(size) for size in reversed(tensor.shape))
            )
            for tensor in reader.tensors
        }
        self.layers = self.number("block_count")
        self.heads = self.number("attention.head_count")
        self.key_heads = self.number("attention.head_count_kv")
        self.width = self.number("embedding_length")
        self.size = self.width // self.heads
        self.epsilon = self.number("attention.layer_norm_rms_epsilon")
        base = self.number("rope.freq_base") or 10_000.0
        rates = base ** (-torch.arange(0, self.size, 2) / self.size)
        angles = torch.arange(4 * LENGTH)[:, None] * rates
        self.turns = torch.polar(torch.ones_like(angles), angles)

    def number(self, name):
        field = self.reader.fields.get("llama." + name)
        return None if field is None else field.parts[field.data[0]][0].item()

    def norm(self, states, name):
        scale = torch.rsqrt(states.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return states * scale * self.tensors[name]

    def turned(self, rows, first):
        """Rows [batch, heads, length, size] turned by their positions."""
        pairs = torch.view_as_complex(rows.reshape(*rows.shape[:-1], -1, 2).contiguous())
        return torch.view_as_real(pairs * self.turns[first : first + rows.shape[2]]).flatten(-2)

    def forward(self, tokens, attend, first=0):
        """Logits [batch, length, vocabulary]; `attend` gets a layer, queries, keys and values."""
        t = self.tensors
        states = t["token_embd.weight"][tokens]
        batch, length = tokens.shape
        for layer in range(self.layers):
            name = f"blk.{layer}."
            rows = self.norm(states, name + "attn_norm.weight")

            def heads(part, count, name=name, rows=rows):
                product = rows @ t[f"{name}attn_{part}.weight"].T
                return product.view(batch, length, count, self.size).transpose(1, 2)

            q = self.turned(heads("q", self.heads), first)
            k = self.turned(heads("k", self.key_heads), first)
            mixed = attend(layer, q, k, heads("v", self.key_heads))
            mixed = mixed.transpose(1, 2).reshape(batch, length, self.width)
            states = states + mixed @ t[name + "attn_output.weight"].T
            rows = self.norm(states, name + "ffn_norm.weight")
            gate = F.silu(rows @ t[name + "ffn_gate.weight"].T)
            up = rows @ t[name + "ffn_up.weight"].T
            states = states + (gate * up) @ t[name + "ffn_down.weight"].T
        output = t.get("output.weight", t["token_embd.weight"])
        return self.norm(states, "output_norm.weight") @ output.T

    def repeated(self, keys):
        return keys.repeat_interleave(self.heads // self.key_heads, dim=1)

    def attend_by_landmarks(self, layer, q, k, v):
        """The grouped softmax: what a landmark gets its block's tokens share out among themselves."""
        k, v = self.repeated(k), self.repeated(v)
        batch, heads, length, size = q.shape
        blocks = length // PERIOD

        def cut(rows):
            return rows.view(batch, heads, blocks, PERIOD, size)

        own = cut(q) @ cut(k).transpose(-1, -2) / math.sqrt(size)
        hidden = torch.ones(PERIOD, PERIOD, dtype=torch.bool).triu(1)
        hidden[:, -1] = True
        own = own.masked_fill(hidden, -math.inf)
        gates = cut(q) @ cut(k)[:, :, :, -1].transpose(-1, -2)[:, :, None] / math.sqrt(size)
        later = torch.ones(blocks, blocks, dtype=torch.bool).triu(0)
        gates = gates.masked_fill(later[:, None, :], -math.inf)
        shares = torch.softmax(torch.cat([own, gates], dim=-1), dim=-1)
        result = shares[..., :PERIOD] @ cut(v)
        for block in range(blocks - 1):
            queries = cut(q)[:, :, block + 1 :].reshape(batch, heads, -1, size)
            inner = F.scaled_dot_product_attention(
                queries, cut(k)[:, :, block, :-1], cut(v)[:, :, block, :-1]
            )
            gate = shares[:, :, block + 1 :, :, PERIOD + block, None]
            found = gate * inner.view(batch, heads, -1, PERIOD, size)
            result = torch.cat([result[:, :, : block + 1], result[:, :, block + 1 :] + found], dim=2)
        return result.reshape(batch, heads, length, size)

    @torch.no_grad()
    def stories(self, count, length, seed):
        """Texts of the model itself, [count, length], each from a beginning on."""
        draw = torch.Generator().manual_seed(seed)
        parts = []
        for start in range(0, count, 200):
            size = min(200, count - start)
            shape = (self.layers, 2, size, self.key_heads, length, self.size)
            past, text = torch.zeros(shape), torch.ones(size, length, dtype=torch.long)
            for place in range(length - 1):

                def attend(layer, q, k, v, place=place):
                    past[layer, 0, :, :, place], past[layer, 1, :, :, place] = k[:, :, 0], v[:, :, 0]
                    keys, values = past[layer, :, :, :, : place + 1]
                    rows = q.reshape(size, self.key_heads, -1, self.size) / math.sqrt(self.size)
                    mixed = torch.softmax(rows @ keys.transpose(-1, -2), -1) @ values
                    return mixed.reshape(q.shape)

                logits = self.forward(text[:, place : place + 1], attend, place)[:, 0]
                text[:, place + 1] = torch.multinomial(
                    torch.softmax(logits, -1), 1, generator=draw
                )[:, 0]
            parts.append(text)
        return torch.cat(parts)


def batch_of(texts, draw, landmark):
    """Tokens and what comes next, -100 behind landmarks."""
    length = LENGTH // PERIOD * (PERIOD - 1)
    rows = []
    for _ in range(BATCH):
        # Two beginnings of texts, as a stream has them.
        first = draw.integers(64, length)
        row = torch.cat(
            [
                texts[draw.integers(len(texts))][:first],
                texts[draw.integers(len(texts))][: length + 1 - first],
            ]
        )
        if draw.random() < 0.5:
            size = draw.integers(48, 160)
            source = draw.integers(0, length + 1 - 2 * size)
            target = draw.integers(source + size, length + 2 - size)
            row[target : target + size] = row[source : source + size].clone()
        rows.append(row)
    rows = torch.stack(rows)
    tokens, wanted = rows[:, :-1], rows[:, 1:]
    # What follows a block is told by its last token, not by its landmark, as with the authors' fused kernel.
    shape = (BATCH, LENGTH // PERIOD, PERIOD - 1)
    tokens = F.pad(tokens.reshape(shape), (0, 1), value=landmark).reshape(BATCH, LENGTH)
    return tokens, F.pad(wanted.reshape(shape), (0, 1), value=-100).reshape(BATCH, LENGTH)


def train(model, texts, steps, landmark):
    tensors = list(model.tensors.values())
    for tensor in tensors:
        tensor.requires_grad_(True)
    optimizer = torch.optim.AdamW(tensors, lr=RATE, betas=(0.9, 0.95), weight_decay=0)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / 100, 0.05 + 0.95 * (1 + math.cos(math.pi * step / steps)) / 2),
    )
    draw = np.random.default_rng(1)
    start, losses = time.time(), []
    for step in range(steps):
        tokens, wanted = batch_of(texts, draw, landmark)
        loss = F.cross_entropy(model.forward(tokens, model.attend_by_landmarks).flatten(0, 1), wanted.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tensors, 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % 100 == 99:
            mean = sum(losses[-100:]) / 100
            print(f"step {step + 1} loss {mean:.4f} seconds {time.time() - start:.0f}", flush=True)


def write(model, path):
    reader = model.reader
    writer = gguf.GGUFWriter(path, "llama", use_temp_file=False)
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        value, kind = field.contents(), field.types[0]
        if name == "tokenizer.ggml.tokens":
            value = value + [LANDMARK]
        if name == "tokenizer.ggml.scores":
            value = value + [0.0]
        if name == "tokenizer.ggml.token_type":
            value = value + [int(gguf.TokenType.CONTROL)]
        if name.endswith(".vocab_size"):
            value = value + 1
        if kind == gguf.GGUFValueType.ARRAY:
            writer.add_array(name, value)
        else:
            writer.add_key_value(name, value, kind)
    for name, tensor in model.tensors.items():
        writer.add_tensor(name, np.ascontiguousarray(tensor.detach().numpy()))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    source, folder, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(1)
    model = Model(source)
    if os.path.exists(f"{folder}/stories.pt"):
        texts = torch.load(f"{folder}/stories.pt")
    else:
        texts = model.stories(STORIES + HELD, LENGTH, seed=1)
        torch.save(texts, f"{folder}/stories.pt")
    with open(f"{folder}/stories.ids", "w") as file:
        file.write(" ".join(str(token) for token in texts[STORIES:].flatten().tolist()))
    landmark = len(model.tensors["token_embd.weight"])
    for name in ("token_embd.weight", "output.weight"):
        if name in model.tensors:
            table = model.tensors[name]
            mean = table.mean(0, keepdim=True)
            model.tensors[name] = torch.cat([table, mean + 0.01 * torch.randn_like(mean)])
    train(model, texts[:STORIES], steps, landmark)
    write(model, f"{folder}/landmark.gguf")


main()
