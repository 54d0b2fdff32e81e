"""Writes Tests/TextTests/Fixtures/byte-pairs.json: texts with their tokens as `tokenizers` cuts them.

A small vocabulary of byte pairs behind Qwen2's normalizer (NFC) and its rule for words. Texts have
characters with their marks apart and together. The package's tables of Unicode are older than others':
marks assigned after Unicode 9 are left out.

    pip install tokenizers==0.23.3 && python scripts/make_byte_pair_fixture.py
"""

import json
import pathlib
import random
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, trainers

RULE = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CORPUS = [
    "the café is très bon, à côté de l'école", "die Brücke über den Fluß, schöne Grüße",
    "tiếng Việt có nhiều dấu", "한국어 조선말 강 강물", "がぎぐげご ガギグゲゴ", "naïve résumé, déjà vu",
]
TEXTS = [
    "e\u0301", "é", "caf\u00e9 cafe\u0301", "the cafe\u0301 is tre\u0300s bon", "a\u0323\u0302 \u1ead a\u0302\u0323",
    "q\u0307\u0323 q\u0323\u0307", "\u1100\u1161\u11a8 \uac00\u11a8 \uac01", "\u304b\u3099 \u30ab\u3099",
    "\u212b \u2126 \u212a", "\u0344 \u0958 \u2adc \uf900", "\u0301 a", " \u0301\u0301", "x\n\u0301y",
    "e\u0301's 'T e\u0301'S", "\U0001d15e \U000110ab", "Gr\u0075\u0308\u00dfe u\u0308ber", "plain text only",
    "ti\u00ea\u0301ng Vi\u1ec7t tie\u0302\u0301ng Vie\u0323\u0302t", "e<|im_end|>\u0301", "e\u0301<|im_end|>e\u0301",
    "1\u0301 \u06c1\u0654", "\u0e01\u0e33 \u0f71\u0f72", "", "\U0001306f\u3099",
]


def main():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(RULE), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, min_frequency=1, initial_alphabet=alphabet, show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens([AddedToken("<|im_end|>", special=True, normalized=False)])
    generator = random.Random(4)
    older = [
        chr(s) for s in range(0x300, 0x3100)
        if unicodedata.combining(chr(s)) and unicodedata.ucd_3_2_0.combining(chr(s))
    ]
    composed = [
        chr(s) for s in list(range(0xC0, 0x3100)) + list(range(0xAC00, 0xD7A4, 97))
        if unicodedata.normalize("NFD", chr(s)) != chr(s)
        and unicodedata.ucd_3_2_0.normalize("NFD", chr(s)) != chr(s)
    ]
    for _ in range(120):
        pieces = []
        for _ in range(generator.randrange(1, 6)):
            pieces.append(generator.choice(generator.choice([composed, "aeou \u304b"])))
            pieces += generator.choices(older, k=generator.randrange(3))
            pieces += generator.choices("\u0301\u0308\u0323\u3099\u11a8", k=generator.randrange(2))
        text = "".join(pieces)
        TEXTS.append(unicodedata.normalize("NFD", text) if generator.random() < 0.5 else text)
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        normal = tokenizer.decode(ids)
        plain = text.replace("<|im_end|>", "")
        assert unicodedata.normalize("NFC", plain) == unicodedata.normalize("NFC", normal), text
        cases.append({"text": text, "tokens": ids, "normal": normal})
    model = json.loads(tokenizer.to_str())["model"]
    names = sorted(model["vocab"], key=model["vocab"].get) + ["<|im_end|>"]
    merges = [" ".join(merge) for merge in model["merges"]]
    fixture = {"names": names, "merges": merges, "cases": cases}
    path = pathlib.Path(__file__).parent.parent / "Tests/TextTests/Fixtures/byte-pairs.json"
    path.write_text(json.dumps(fixture, ensure_ascii=True).replace("}, ", "},\n") + "\n")


if __name__ == "__main__":
    main()
