"""Prints sentence-transformers' Spearman correlation on the STS benchmark, in percent.

SentenceEncoderTests holds ours against this number. Needs `sentence-transformers` (6.2) and
`scipy`. Run from the package root:

    python scripts/stsb_spearman.py models/all-MiniLM-L6-v2 ../shared/data/stsb/en.jsonl.gz
"""

import gzip
import json
import sys

from scipy.stats import spearmanr
from sentence_transformers import SentenceTransformer


def main():
    model = SentenceTransformer(sys.argv[1], device="cpu")
    pairs = [json.loads(line) for line in gzip.open(sys.argv[2], "rt")]
    first = model.encode([pair["a"] for pair in pairs], normalize_embeddings=True)
    second = model.encode([pair["b"] for pair in pairs], normalize_embeddings=True)
    cosines = (first * second).sum(axis=1)
    print(len(pairs), spearmanr(cosines, [pair["score"] for pair in pairs]).statistic)


main()
