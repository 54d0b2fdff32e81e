"""Makes Tests/IngestionTests/Fixtures and Tests/TextTests/Fixtures/utf8.json from references.

    pip install html5lib
    python3 scripts/make_ingestion_fixtures.py

What bytes mean comes from Python's codecs, what a JSON line means from its `json`, what a character
reference means from its `html`, and what text malformed HTML holds from html5lib.
"""

import html
import json
import pathlib
import random
import re

import html5lib

ROOT = pathlib.Path(__file__).parent.parent / "Tests"
random.seed(20)


def write(path, value):
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in value)
    (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
    (ROOT / path).write_text(f"[\n{lines}\n]\n")


def utf8_cases():
    """Bytes, their text by `errors="replace"`, and where and how often that replaced."""
    atoms = ["a", "é", "€", "𝄞", "\u0800", "\ud7ff", "\ue000", "\U0010ffff", "\0", "\r\n"]
    atoms = [atom.encode() for atom in atoms]
    atoms += [bytes([byte]) for byte in (0x80, 0xBF, 0xC0, 0xC1, 0xF5, 0xFF, 0xFE)]
    for text in ("é", "€", "𝄞", "\u0800", "\U0010ffff"):
        encoded = text.encode()
        atoms += [encoded[:length] for length in range(1, len(encoded))]
    atoms += [b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf0\x80\x80\x80", b"\xc0\xaf"]
    cases = [[atom] for atom in atoms]
    cases += [random.choices(atoms, k=random.randint(2, 12)) for _ in range(300)]
    cases += [[bytes(random.choices(range(0x70, 0x100), k=random.randint(1, 24)))] for _ in range(100)]
    for case in cases:
        data = b"".join(case)
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            continue
        count, first = 0, None
        position = 0
        while True:
            try:
                data[position:].decode()
                break
            except UnicodeDecodeError as error:
                first = position + error.start if first is None else first
                count += 1
                position += error.end
        yield {"bytes": data.hex(), "text": data.decode(errors="replace"), "first": first, "count": count}


def json_value(depth):
    kind = random.randrange(9 if depth < 4 else 6)
    if kind < 2:
        return json_string()
    if kind == 2:
        return random.choice(["0", "-1", "12.5", "1e9", "-0.25E-3", "123456789012345678901234567890"])
    if kind < 6:
        return random.choice(["true", "false", "null"])
    values = [json_value(depth + 1) for _ in range(random.randrange(4))]
    if kind == 6:
        return "[" + json_space().join(f"{value}," for value in values)[:-1] + "]"
    return "{" + ",".join(f"{json_string()}{json_space()}:{value}" for value in values) + "}"


def json_string():
    parts = ["a", "text", "é", "𝄞", "\\n", "\\\\", "\\\"", "\\/", "\\u00e9", "\\ud834\\udd1e", "\\ud834",
             "\\udd1e", "\\u0000", "\\uFFFF", "\x7f", "\\b\\f\\r\\t", " "]
    return '"' + "".join(random.choices(parts, k=random.randrange(6))) + '"'


def json_space():
    return random.choice(["", "", " ", "\t", "  "])


def json_line():
    members = [f'"text"{json_space()}:{json_space()}{json_string()}']
    for index in range(random.randrange(4)):
        members.insert(random.randrange(len(members) + 1), f'"key{index}":{json_value(0)}')
    return "{" + f"{json_space()},".join(members) + json_space() + "}"


def mutated(line):
    position = random.randrange(len(line))
    insert = random.choice(list('{}[]",:\\u0eE.-+1tn/ \x01\x0b\x0c\xa0é'))
    return random.choice([
        line[:position] + line[position + 1:],
        line[:position] + insert + line[position:],
        line[:position] + insert + line[position + 1:],
        line[:position],
    ])


def refuse(constant):
    raise ValueError(constant)


def json_cases():
    """Lines, and the text of those that are objects with a text."""
    for index in range(700):
        line = json_line()
        if index >= 200:
            line = mutated(line)
        if not line.strip(" \t") or "\n" in line or "\r" in line:
            continue
        try:
            value = json.loads(line, parse_constant=refuse)
            text = value["text"] if isinstance(value, dict) else None
        except (ValueError, KeyError):
            text = None
        if isinstance(text, str):
            text = re.sub("[\ud800-\udfff]", "\ufffd", text)
        yield {"line": line, "text": text if isinstance(text, str) else None}


def reference_cases():
    """Text with character references, and what it means."""
    names = sorted(html.entities.html5)
    for name in names:
        yield f"&{name}"
        if not name.endswith(";"):
            yield f"&{name}x"
    codes = [1, 65, 0x20AC, 0x1D11E, 0xD800, 0x10FFFF, 0x110000, 10**12, *range(0x80, 0xA0)]
    for code in codes:
        for written in (f"&#{code};", f"&#x{code:x};", f"&#X{code:X}", f"&#0{code} "):
            yield written
    parts = ["&", "#", ";", "amp", "not", "notin", "copy", "2", "x", "X", "lt", "é", "-", "A", "00"]
    for _ in range(300):
        yield "".join(random.choices(parts, k=random.randint(1, 8)))


def references():
    for case in reference_cases():
        meaning = html.unescape(case)
        # Python drops what the standard keeps: controls and noncharacters.
        codes = [int(c, 16) for c in re.findall("&#[xX]0*([0-9a-fA-F]+)", case)]
        codes += [int(c) for c in re.findall("&#0*([0-9]+)", case)]
        if any(c in html._invalid_codepoints and not 0x80 <= c < 0xA0 or c == 13 for c in codes):
            continue
        if not re.search("[\t\n\r]", meaning):
            yield {"html": case, "text": meaning}


def soups():
    """Malformed pages of elements within lines, and the words in them."""
    parts = ["word ", "<b>", "</b>", "<i class='a>b'>", "<a href=\"x>y\" title='z'>", "</a>", "<a href=x>",
             "<!-- no -->", "<!-->", "<!--->", "<!-- a -- b --!>", "<!--a>b-->", "<!doctype html>", "<?pi x?>",
             "<script>no <b> '</scripty' </script>", "<script >if (a<b) {}</script\n>", "<style>p{}</STYLE >",
             "<SCRIPT>no</sCript x='y'>", "&amp;", "&lt;b&gt;", "&nosuch;", "&copy", "1 < 2 ", "a<3 ", "</ x>", "</>",
             "<>", "é ", "日本", "<span\nid=1\n>", "<em/>", "</em>", "<b<i>", "<a b='c'd>", "<!x>", "<!-x>", "\n"]
    for _ in range(250):
        page = "".join(random.choices(parts, k=random.randint(3, 25)))
        tree = html5lib.parse(page, treebuilder="etree", namespaceHTMLElements=False)
        words = " ".join("".join(text_of(tree.find("body"))).split())
        if words:
            yield {"html": page, "text": words}


def text_of(element):
    if isinstance(element.tag, str) and element.tag not in ("script", "style"):
        yield element.text or ""
        for child in element:
            yield from text_of(child)
            yield child.tail or ""


write("TextTests/Fixtures/utf8.json", utf8_cases())
write("IngestionTests/Fixtures/json-lines.json", json_cases())
write("IngestionTests/Fixtures/references.json", references())
write("IngestionTests/Fixtures/soups.json", soups())
