"""Writes Tests/TextTests/Fixtures/stems.json: words and their stems by PyStemmer.

The version is that of Debian 12's libstemmer: Snowball 3 changed a few stems (university).

    pip install PyStemmer==2.2.0.3 && python scripts/make_stem_fixture.py
"""

import json
import pathlib

import Stemmer

WORDS = {
    "english": """
        rivers running runner ran flies flying died dying generously national nationally
        nationalize universities university relational conditional digitizer conformably
        hopefulness goodness hopping tanned falling hissing fizzed failing filing controlling
        rolling happy sky news inning outing cannings early only bias atlas cosmos skis skies
        tying lying communism community arsenal consign consigned consigning consignment
        knack knackeries knaves kneeling knightly aeroelastic hypersonic boundary layers
        theoretical theories theory experimentally wing-body paradox's children's dogs' a 42 x2
    """,
    "french": """
        continu continua continuait continuant continuation majestueusement malades mélancolie
        yeux journaux chevaux nationalité élève élèves où naïve
    """,
    "german": """
        aufeinander aufeinanderfolgen kategorischen kätzchen häuser straße straßen bäume
        verständlicherweise freundlichkeit
    """,
    "spanish": """
        torneado torneados cheques chicas niños corazón corazones rápidamente hablábamos
    """,
    "russian": """
        важная важнейший вместе городах книгами читающий противоестественном
    """,
}

cases = {}
for language, words in WORDS.items():
    stemmer = Stemmer.Stemmer(language)
    cases[language] = [[word, stemmer.stemWord(word)] for word in words.split()]
path = pathlib.Path(__file__).parent.parent / "Tests/TextTests/Fixtures/stems.json"
path.write_text(json.dumps(cases, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
