"""Writes Tests/GenerationTests/Fixtures/sampling.json: what `transformers` leaves of logits.

    pip install torch transformers && python scripts/make_sampling_fixture.py
"""

import json
import pathlib

import torch
from transformers import (
    MinPLogitsWarper, RepetitionPenaltyLogitsProcessor, TemperatureLogitsWarper, TopKLogitsWarper,
    TopPLogitsWarper,
)

generator = torch.Generator().manual_seed(17)
SETTINGS = [
    dict(temperature=1.0), dict(temperature=0.5), dict(temperature=1.7, topK=5),
    dict(temperature=1.0, topK=1), dict(temperature=1.0, topP=0.9), dict(temperature=0.7, topP=0.3),
    dict(temperature=1.0, topP=0.01), dict(temperature=1.0, minP=0.1),
    dict(temperature=1.3, minP=0.5), dict(temperature=1.0, penalty=1.3),
    dict(temperature=0.8, topK=20, topP=0.9, minP=0.05, penalty=1.1),
    dict(temperature=1.5, topK=12, topP=0.8, minP=0.2, penalty=0.8),
]
cases = []
for settings in SETTINGS:
    logits = torch.randn(40, generator=generator) * 3
    past = torch.randint(0, 40, (8,), generator=generator)
    scores = logits.double()[None]
    if "penalty" in settings:
        scores = RepetitionPenaltyLogitsProcessor(settings["penalty"])(past[None], scores)
    scores = TemperatureLogitsWarper(settings["temperature"])(past[None], scores)
    if "topK" in settings:
        scores = TopKLogitsWarper(settings["topK"])(past[None], scores)
    if "topP" in settings:
        scores = TopPLogitsWarper(settings["topP"])(past[None], scores)
    if "minP" in settings:
        scores = MinPLogitsWarper(settings["minP"])(past[None], scores)
    cases.append({
        "temperature": settings["temperature"], "topK": settings.get("topK", 0),
        "topP": settings.get("topP", 1.0), "minP": settings.get("minP", 0.0),
        "penalty": settings.get("penalty", 1.0), "past": past.tolist(),
        "logits": [float(x) for x in logits],
        "probabilities": scores.softmax(-1)[0].tolist(),
    })
path = pathlib.Path(__file__).parent.parent / "Tests/GenerationTests/Fixtures/sampling.json"
path.write_text(json.dumps(cases, indent=0) + "\n")
