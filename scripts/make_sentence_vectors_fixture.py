"""Writes Tests/ModelsTests/Fixtures/sentences.json and sentence-vectors.f32.

The vectors are sentence-transformers' for all-MiniLM-L6-v2, [sentences, 384] as little-endian
float32; the sentences are written for the purpose. Needs the package `sentence-transformers` (6.2).
Run from the package root:

    python scripts/make_sentence_vectors_fixture.py models/all-MiniLM-L6-v2
"""

import json
import sys

import numpy
from sentence_transformers import SentenceTransformer

FOLDER = "Tests/ModelsTests/Fixtures/"

SENTENCES = [
    "", " ", "River", "a", "?", "42", "Yes.", "Rain fell.", "The river rose overnight.", "No, never.",
    "The committee approved the budget by a narrow margin on Tuesday.",
    "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.",
    "She sold her shares just before the company announced its losses.",
    "Boil the pasta for nine minutes, then drain it and keep a cup of the water.",
    "What is the tallest mountain in South America?", "How do I reset the password of my account?",
    "The bridge, which had stood for two centuries, collapsed without warning.",
    "In 1969, two people walked on the Moon while a third circled above them.",
    "The patient was given 250 mg of amoxicillin three times a day for a week.",
    "E = mc^2 relates energy, mass and the speed of light (299,792,458 m/s).",
    "def add(a, b): return a + b  # adds two numbers", "SELECT name FROM users WHERE age > 30 ORDER BY name;",
    "https://www.example.org/path?query=river&lang=en", "Contact us at someone@example.org, or call +1-555-0100.",
    "ALL CAPITALS ARE SHOUTING", "naïve café façade jalapeño Ångström", "Der Fluss trat über die Ufer.",
    "La rivière déborde chaque printemps.", "El río crece cuando se derrite la nieve.", "Река вышла из берегов.",
    "Ο ποταμός φούσκωσε τη νύχτα.", "洪水淹没了村庄。", "川が氾濫した。", "강이 범람했다.", "فاض النهر على ضفتيه.",
    "नदी में बाढ़ आ गई।", "แม่น้ำท่วมหมู่บ้าน", "הנהר עלה על גדותיו.", "😀 😀 what a lovely day ❤️", "[MASK] is a piece, and so is [SEP].",
    "antidisestablishmentarianism and pneumonoultramicroscopicsilicovolcanoconiosis",
    "The cat sat on the mat.", "A cat was sitting on a rug.", "Stock markets fell sharply on Monday.",
    "“Well,” he said, “that’s that — isn’t it?”", "1. First 2. Second 3. Third", "* a list item with `code` and **bold**",
    "The quick brown fox jumps over the lazy dog. " * 3, "Water. " * 60, "very " * 120 + "long",
    "The river carried silt to the sea, and the sea carried salt to the air. " * 16,
    "one two three four five six seven eight nine ten " * 30, "x" * 100, "x" * 101 + " word", "supercalifragilistic " * 40,
    "word " * 253 + "last", "word " * 254 + "last", "To be, or not to be: that is the question.",
    "Copyright law protects the expression of an idea, not the idea itself.",
    "The licensee may convey verbatim copies of the source code in any medium.",
    "If the temperature drops below freezing, the pipes may burst; wrap them before winter.",
    "Neural networks with attention weigh every part of the input against every other part.",
]


def main():
    model = SentenceTransformer(sys.argv[1], device="cpu")
    # One at a time: padding changes the last bits.
    vectors = numpy.stack([model.encode(s, normalize_embeddings=True) for s in SENTENCES])
    vectors.astype("<f4").tofile(FOLDER + "sentence-vectors.f32")
    with open(FOLDER + "sentences.json", "w") as file:
        file.write(json.dumps(SENTENCES, indent=0) + "\n")
    print(vectors.shape, "longest", max(len(model.tokenizer.encode(s)) for s in SENTENCES))


main()
