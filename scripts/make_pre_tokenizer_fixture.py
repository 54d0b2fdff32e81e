"""Writes Tests/TextTests/Fixtures/pre-tokenizers.json: words that the package `tokenizers` cuts out.

The expressions are those of the models' own tokenizer.json files.

    pip install tokenizers && python scripts/make_pre_tokenizer_fixture.py
"""

import json
import pathlib
import random
import unicodedata

from tokenizers import Regex
from tokenizers.pre_tokenizers import Digits, Sequence, Split

MODERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def isolated(expression):
    return Split(Regex(expression), "isolated")


RULES = {
    "gpt-2": isolated(
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    ),
    "llama-bpe": isolated(MODERN % "{1,3}"),
    "qwen2": isolated(MODERN % ""),
    "deepseek-coder": Sequence([
        isolated(r"[\r\n]"), isolated(r"\s?\p{L}+"), isolated(r"\s?\p{P}+"),
        isolated("[一-龥ࠀ-一가-퟿]+"), Digits(individual_digits=True),
    ]),
}
TEXTS = [
    "Hello world", "  Hello   World!  ", "I've 'told HE'S there'LL 'RE we'D", "don't can''t '", "",
    "3 33 333 3333 33333 3.14 1,000,000 ½ Ⅻ ٣٤ x2y 2nd", "\n\n a\r\n\r\nb \t\n c\t\td\n ", " \n", "\r\r",
    "def f(x):\n    return x**2  # ok\n\n\nclass A:\n\tpass\n", "!!!???...\n\n--==-->>  ({[", "$x+=`y`~|^<>",
    "Führer Cửa Việt naïve cafe\u0301", "нещо на Български", "កាន់តែពិសេសអាចខលចេញ", "हिन्दी में लिखा",
    "我想在apple工作1314151天～ 「日本語」カタカナ 한국어 조선말", "🚀 (normal) 😶‍🌫️ ✅🦙", "a\u00a0b\u2003\u2003c\u3000\u200bd",
    "שלום עולם مرحبا بالعالم", "a_b__c 'S'T 'ſ", "\u0085x\u2028y\u2029z", "ﬁ Ǆ ʰ ª º ⁵ ₃ ㊿",
]


def assigned(scalar):
    return unicodedata.category(chr(scalar)) not in ("Cn", "Cs", "Co")


generator = random.Random(9)
pools = [
    [s for s in pool if assigned(s)]
    for pool in (
        range(0x20, 0x7F), range(0x80, 0x500), range(0x500, 0x2000), range(0x2000, 0x3100),
        range(0x4E00, 0x9FA0), range(0xAC00, 0xD7A0), range(0x1F300, 0x1F600),
    )
] + [[9, 10, 13, 32, 32, 32, 39, 0xA0]]
for _ in range(60):
    chosen = generator.sample(pools, 3)
    count = generator.randrange(1, 40)
    TEXTS.append("".join(chr(generator.choice(generator.choice(chosen))) for _ in range(count)))
cases = []
for name, rule in RULES.items():
    for text in TEXTS:
        words = [word for word, _ in rule.pre_tokenize_str(text)]
        assert "".join(words) == text
        cases.append({"rule": name, "words": words})
path = pathlib.Path(__file__).parent.parent / "Tests/TextTests/Fixtures/pre-tokenizers.json"
path.write_text(json.dumps(cases, ensure_ascii=True, indent=None).replace("}, ", "},\n") + "\n")
