import Chunking
import Foundation
import Testing

/// Where sentences end inside a line; `‖` marks the boundaries.
@Suite struct SentenceRulesTests {
    /// Checks that a text is cut where `marked` has a bar, spaces aside.
    private func check(
        _ marked: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = marked.split(separator: "‖").map {
            $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let text = Array(marked.replacing("‖", with: "").utf8)
        let segments = try cut(text, counter: NoPieceCounter()).map(\.trimmed)
        #expect(segments == expected, sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        "The boat left. ‖It came back? ‖It did! ‖Good.",
        "He asked: \"Is it far?\" and rowed on. ‖It was.",
        "She said, \"It is far.\" ‖He nodded.",
        "(It rained.) ‖Then it stopped.",
        "“Row!” she cried. ‖“Faster!”",
        "It stopped [12]. ‖It went on.[3] ‖It ended.",
        "It was *far.* ‖It was _late._ ‖They slept.",
        "Wait... what? ‖Nothing. ‖It was . . . odd.",
        "It never came.... ‖They left.",
        "Well ... I row. ‖It is . . . I swim.",
        "“The river [...] ran [...]” (Reed 41).",
        "What?! ‖No way!!! ‖Yes.",
        "you go!!! ‖i stay",
        "Why?\"\" ‖\"Because.\"",
    ])
    func terminatorsAndWhatClosesThem(marked: String) throws { try check(marked) }

    @Test(arguments: [
        "Mr. Tide met Dr. Reed at St. Ives. ‖They spoke.",
        "It works, e.g. in Bonn, i.e. at home. ‖Fine.",
        "The U.S. Navy sailed. ‖It is in the U.S. ‖The end is near.",
        "At 5 a.m. Mr. Tide rose. ‖He left at 6 p.m. ‖She stayed until 9 p.m. ‖Mr. Tide slept.",
        "Ask Dr. A. B. Reed. ‖A boat came.",
        "Reeds Inc. grew. ‖They bought Tide Co. ‖It shrank.",
        "See p. 12 and Fig. 3 in vol. 2. ‖Then stop.",
        "J. R. Reed wrote it. ‖Was it E. Tide?",
        "It is on Main St. near the quay. ‖Go there.",
        "The answer is no. ‖Five boats came.",
        "In Jan. 1843 it froze. ‖It thawed in Mar. 1844.",
        "Boats, nets, ropes, etc. were sold. ‖Then they left.",
    ])
    func abbreviationsGoOn(marked: String) throws { try check(marked) }

    @Test(arguments: [
        "It cost 3.50 or 1,000.25 in all. ‖It was version 2.1.3. ‖Cheap.",
        "Ask ada@river.org or see www.river.org/a.html today. ‖Thanks.",
        "Run main.swift or read notes.txt first. ‖Then build.",
        "The boat left.It came back. ‖",
        "News from rivers.Com came. ‖It was old.",
    ])
    func numbersAndAddressesStayWhole(marked: String) throws {
        try check(marked.replacing("left.It", with: "left.‖It"))
    }

    @Test(arguments: [
        "Am 3. Oktober fuhr er los. ‖Er kam am 5. an.",
        "Das gilt z. B. für Boote. ‖Es gilt immer.",
        "Hr. Fluss kam. ‖Frau Dr. Ufer ging.",
        "M. Fleuve est venu. ‖Mme. Rive est partie.",
        "« Il vient ? » ‖Oui.",
        "El Sr. Río llegó. ‖¿Quién? ‖¡Nadie!",
        "В 700 г. до н. э. ‖Люди жили у реки и т. д. ‖Потом ушли.",
        "Улица им. Пушкина длинная. ‖Она тиха.",
        "नदी बहती है। ‖नाव आई।",
        "जाओ! ‖क्यों?",
        "وصل القارب. ‖هل عاد؟ ‖نعم.",
        "河は流れる。‖舟が来た！‖「誰？」と聞いた。‖",
        "船来了。‖人走了？‖是的！",
        "ນ້ຳໄຫຼ. ‖ເຮືອມາ.",
        "Նավը եկավ։ ‖Նա գնաց։",
    ])
    func languagesHaveTheirOwnMarks(marked: String) throws { try check(marked) }

    @Test(arguments: [
        "1) row the boat ‖2) mend the net ‖3) sleep",
        "a. row the boat ‖b. mend the net",
        "• row the boat ‖• mend the net",
        "3. row the boat",
        "Dear Ada, ‖The boat is here. ‖Kind regards, ‖Byron",
        "Ada, ‖Are you there?",
        "Tomorrow, Byron sails.",
        "Here it is: ada@river.org ‖Call me.",
        "See https://a.org/x ‖https://b.org/y",
        "Read it. ‖Ada Byron ‖08/17/2000 11:21 AM ‖I agree.",
        "Byron wrote on 08/17/2000 11:21 AM ‖Please come.",
        "That is all ‖----- ‖Next one",
        "Email: b...@river.org ‖Groups: boats",
    ])
    func signsOfListsAndLettersEndSegments(marked: String) throws { try check(marked) }
}
