import Ingestion
import Testing

private struct MarkupCase: Decodable {
    let html: String
    let text: String
}

@Suite struct HTMLTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func check(
        _ page: String,
        _ expected: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let found = text(of: try scratch.file("x.html", page))
        #expect(found == expected, sourceLocation: sourceLocation)
    }

    @Test func headingsAreKept() throws {
        try check(
            "<body><h1 id=a>Moby  Dick</h1><p>Call me\nIshmael.</p><h3>\n<a>Loomings</a></h3>x",
            "# Moby Dick\n\nCall me Ishmael.\n\n### Loomings\n\nx\n"
        )
        try check("<h2>CHAPTER I<br>Loomings</h2>x", "## CHAPTER I Loomings\n\nx\n")
        try check("<h2><p>A</p></h2><h2></h2><p>x", "## A\n\nx\n")
        try check("<h1>Not closed<p>x", "# Not closed\n\nx\n")
        try check("<ul><li><h4>T</h4>x</ul>", "#### T\n\nx\n")
    }

    @Test func listsAndQuotations() throws {
        try check(
            "<ul><li>a<li><p>b</p></li><li></li><ol><li>c</li><li>d</ol></ul><p>e",
            "- a\n- b\n\n  1. c\n  2. d\n\ne\n"
        )
        try check("a<blockquote><p>b<p>c<br>d</blockquote>e", "a\n\n> b\n>\n> c\n> d\n\ne\n")
        try check("</ul></blockquote></pre></table></li>x", "x\n")
    }

    @Test func codeKeepsItsSpace() throws {
        try check("<pre>\na  b\r\n\n  c\n</pre>d", "```\na  b\n\n  c\n```\n\nd\n")
        try check("<pre>a", "```\na\n```\n")
    }

    @Test func tablesOfDataKeepTheirCells() throws {
        let rows = "<tr><th>a<th>b</tr><tr><td><p>1</p></td><td>2<br>3</td></tr>"
        try check("x<table>\(rows)</table>y", "x\n\n| a | b |\n| --- | --- |\n| 1 | 2 3 |\n\ny\n")
        try check("<table><tr><td>a<td>b<tr><td><td>d</table>e", "| a | b |\n| | d |\n\ne\n")
    }

    @Test func tablesThatLayOutAPageKeepItsHeadings() throws {
        try check(
            "<table><tr><td><h1>T</h1><p>a</p><p>b</p></td><td>c</td></tr></table>d",
            "# T\n\na\n\nb\n\nc\n\nd\n"
        )
    }

    @Test func theTitleIsNotText() throws {
        let path = try scratch.file("x.html", "<title>A &amp;\n B</title><p>x<title>y</title>")
        let document = documents(of: [path])[0]
        #expect(document.description.title == "A & B")
        #expect(document.text == "x\n")
        try check("<title>Never closed<body><p>x", "x\n")
    }

    @Test(arguments: [
        "<script>if (a < b) { x = '</p>' }</script>", "<STYLE>p > a {}</StYlE >", "<script/>",
        "<!-- > -- > -->", "<!---->", "<!-->", "<!--x--!>", "<!--x--!--!y-->", "<!DOCTYPE html>",
        "<?xml version='1'?>", "<svg><text>t</text></svg>", "<template><p>t</template>", "</>",
        "<a title='>' href=\">\">", "<script>a</scripty></script x=\"\">",
    ])
    func whatIsNoTextIsDropped(markup: String) throws {
        try check("a\(markup)b", "ab\n")
    }

    @Test(arguments: [
        ("a<", "a<\n"), ("a<b", "a\n"), ("a&", "a&\n"), ("a&am", "a&am\n"), ("a&amp", "a&\n"),
        ("1 < 2 <3", "1 < 2 <3\n"), ("a<!--b", "a\n"), ("a<script>b", "a\n"), ("a<i x='b", "a\n"),
    ])
    func pagesMayEndAnywhere(page: String, expected: String) throws {
        try check(page, expected)
    }

    /// All names of HTML 5, numbers, and what is nearly a reference, held against Python's `html`.
    @Test func referencesAreReadAsPythonReadsThem() throws {
        let cases: [MarkupCase] = try fixture("references.json")
        let page = "<pre>\n" + cases.map(\.html).joined(separator: "\n") + "\n</pre>"
        let lines = text(of: try scratch.file("x.html", page))?.split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        let found = try #require(lines).dropFirst().dropLast(2)
        try #require(found.count == cases.count && cases.count > 2000)
        for (line, expected) in zip(found, cases) {
            #expect(line.utf8.elementsEqual(expected.text.utf8), "\(expected.html)")
        }
    }

    /// Malformed markup within lines, held against html5lib.
    @Test func wordsAreFoundAsHTML5LibFindsThem() throws {
        for page in try fixture("soups.json", as: MarkupCase.self) {
            let found = text(of: try scratch.file("x.html", page.html))
            #expect(found == page.text + "\n", "\(page.html)")
        }
    }

    @Test(arguments: [
        ("<meta charset=iso-8859-1>", [0x93, 0xE9, 0x94], "“é”\n"),
        ("<meta http-equiv=x content='text/html; charset=\"Windows-1252\"'>", [0x80], "€\n"),
        ("<meta charset=utf-8>", [0xC3, 0xA9], "é\n"),
        ("\u{FEFF}<meta charset=latin1>", [0xC3, 0xA9], "é\n"),
    ])
    func encodingsAreReadFromThePage(head: String, bytes: [UInt8], expected: String) throws {
        let path = try scratch.file("x.html", Array(head.utf8) + bytes)
        #expect(text(of: path) == expected)
    }
}
