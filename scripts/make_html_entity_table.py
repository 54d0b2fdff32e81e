"""Makes Sources/Ingestion/HTMLEntityTable.swift: HTML's named characters, from Python's library.

    python3 scripts/make_html_entity_table.py > Sources/Ingestion/HTMLEntityTable.swift
"""

from html.entities import html5

records = []
for name in sorted(name for name in html5 if name.endswith(";")):
    bare = name.removesuffix(";")
    code_points = "+".join(f"{ord(character):X}" for character in html5[name])
    # Some names of HTML 4 are also known without a semicolon.
    records.append(f"{bare}{'?' if bare in html5 else '='}{code_points}")

print('''/// HTML's named characters: `name=code points`, or `name?` for those that need no semicolon.
///
/// - Source: WHATWG HTML, §13.5, made by `scripts/make_html_entity_table.py`.
enum HTMLEntityTable {
    static let records = """''')
line = ""
for record in records:
    if len(line) + len(record) + 1 > 90:
        print(f"        {line} \\")
        line = ""
    line = f"{line} {record}".strip()
print(f'        {line}\n        """\n}}')
