"""Writes Tests/ModelsTests/Fixtures/tiny-bert: a BERT with small random weights, and its vectors.

Texts and vectors, [texts, 32], are in texts.json beside the model's files; the vectors are the
unit-length means of transformers' last layer. Needs `torch` (2.13), `transformers` (5.23) and
`tokenizers`. Run from the package root:

    python scripts/make_tiny_bert_fixture.py
"""

import json
import os

import torch
from safetensors.torch import save_file
from tokenizers import BertWordPieceTokenizer
from transformers import BertConfig, BertModel

FOLDER = "Tests/ModelsTests/Fixtures/tiny-bert/"
PIECES = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] . , ! a b c d e the river runs ##ning run sea to ##s ##e ##d flow "
    "over water and it is 字 ##r ##n ##g"
).split()
TEXTS = [
    "", "river", "The river runs to the sea.", "running water, flowed over!", "unknown words and it is a",
    "a b c d e", "字 is a river", "the sea and the river and the water " * 8, "a " * 100,
]
LONGEST = 40


def main():
    os.makedirs(FOLDER + "1_Pooling", exist_ok=True)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(PIECES), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=48, max_position_embeddings=48, type_vocab_size=2, initializer_range=0.4,
        hidden_act="gelu", layer_norm_eps=1e-12,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    for name, parameter in model.named_parameters():
        if "LayerNorm" in name or "bias" in name:
            torch.nn.init.normal_(parameter, 1.0 if "LayerNorm.weight" in name else 0.0, 0.2)
    with open(FOLDER + "vocab.txt", "w") as file:
        file.write("\n".join(PIECES) + "\n")
    written = config.to_dict()
    written["position_embedding_type"] = "absolute"
    with open(FOLDER + "config.json", "w") as file:
        json.dump({key: value for key, value in sorted(written.items())}, file, indent=1)
    with open(FOLDER + "sentence_bert_config.json", "w") as file:
        json.dump({"max_seq_length": LONGEST}, file)
    with open(FOLDER + "1_Pooling/config.json", "w") as file:
        modes = {"cls_token": False, "mean_tokens": True, "max_tokens": False}
        json.dump({"pooling_mode_" + key: value for key, value in modes.items()}, file)
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(state, FOLDER + "model.safetensors", metadata={"format": "pt"})

    tokenizer = BertWordPieceTokenizer(FOLDER + "vocab.txt")
    tokenizer.enable_truncation(LONGEST)
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        with torch.no_grad():
            hidden = model(torch.tensor([ids])).last_hidden_state[0]
        vector = torch.nn.functional.normalize(hidden.mean(dim=0), dim=0)
        cases.append({"text": text, "ids": ids, "vector": [round(v, 7) for v in vector.tolist()]})
    with open(FOLDER + "texts.json", "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


main()
