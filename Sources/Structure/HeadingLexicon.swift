internal import Chunking

/// Words of headings in the larger languages.
enum HeadingLexicon {
    /// Labels that stand before a number, with their rank.
    static let labels: [PackedWord: Int] = {
        let lists: [(Int, String)] = [
            (HeadingRank.volume, "volume vol tome tomo band bd том deel volumen"),
            (HeadingRank.title, "title titel titre título titolo"),
            (
                HeadingRank.book,
                "book buch livre libro livro libri книга boek bog bok appendix anhang"
            ),
            (
                HeadingRank.book,
                "annex annexe apéndice apêndice appendice приложение schedule exhibit"
            ),
            (HeadingRank.part, "part teil partie parte часть parts division subtitle"),
            (HeadingRank.act, "act akt acte acto atto ato действие"),
            (HeadingRank.chapter, "chapter kapitel chapitre capítulo capitulo capitolo глава"),
            (HeadingRank.chapter, "hoofdstuk kapittel rozdział kapitola fejezet luku bölüm letter"),
            (
                HeadingRank.chapter,
                "canto stave adventure lecture lesson brief lettre carta κεφάλαιο"
            ),
            (HeadingRank.chapter, "अध्याय الفصل فصل פרק psalm story tale episode unit module"),
            (HeadingRank.scene, "scene szene scène escena scena cena сцена явление subchapter"),
            (HeadingRank.section, "section sec abschnitt sección seção sezione раздел article"),
            (
                HeadingRank.section,
                "artikel artículo artigo articolo статья paragraph § clause rule"
            ),
            (HeadingRank.section, "subsection subpart step phase question item المادة"),
        ]
        return table(lists)
    }()

    /// Labels that head a part without a number.
    static let appendices = PackedWord.set(
        "appendix anhang annex annexe apéndice apêndice appendice приложение"
    )

    /// Section names that are headings when they stand alone on a line, with their rank.
    static let names: [PackedWord: Int] = {
        let lists: [(Int, String)] = [
            (HeadingRank.epilogue, "prologue epilogue prolog epilog пролог эпилог prólogo epílogo"),
            (HeadingRank.chapter, "preface foreword vorwort préface prefacio prefácio prefazione"),
            (HeadingRank.chapter, "предисловие afterword nachwort postscript dedication preamble"),
            (
                HeadingRank.chapter,
                "contents inhalt sommaire índice indice содержание index glossary"
            ),
            (
                HeadingRank.named,
                "abstract introduction einleitung introducción introdução введение"
            ),
            (
                HeadingRank.named,
                "background summary zusammenfassung résumé resumen resumo riassunto"
            ),
            (
                HeadingRank.named,
                "conclusion conclusions fazit schluss conclusión conclusão заключение"
            ),
            (
                HeadingRank.named,
                "references bibliography literatur bibliographie bibliografía notes"
            ),
            (
                HeadingRank.named,
                "acknowledgments acknowledgements danksagung remerciements results"
            ),
            (HeadingRank.named, "discussion methods methodology evaluation experiments overview"),
            (
                HeadingRank.named,
                "definitions recitals witnesseth limitations installation usage license"
            ),
            (HeadingRank.named, "摘要 引言 绪论 結論 结论 参考文献 參考文獻 目录 目錄 前言 序言 概要 はじめに おわりに 目次"),
        ]
        return table(lists)
    }()

    /// Words that head a table of contents.
    static let contents = PackedWord.set(
        "contents inhalt inhaltsverzeichnis sommaire índice indice содержание оглавление 目录 目錄 目次"
    )

    /// Numbers as words, cardinal and ordinal.
    static let numberWords = PackedWord.set(
        """
        one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty thirty forty fifty first second third fourth fifth sixth
        seventh eighth ninth tenth eleventh twelfth last final
        eins zwei drei vier fünf sechs sieben acht neun zehn erster erste erstes zweiter zweite zweites
        dritter dritte drittes vierter vierte viertes fünfte fünftes sechstes siebtes achtes neuntes
        premier première deuxième second seconde troisième quatrième cinquième sixième septième
        primero primera segundo segunda tercero tercera cuarto cuarta quinto quinta
        primo prima secondo seconda terzo terza quarto quarta primeiro primeira terceiro terceira
        первый первая первое второй вторая второе третий третья третье четвертая четвёртая пятая шестая
        الأول الثاني الثالث الرابع الخامس السادس
        """
    )

    /// Small words that title case leaves small.
    static let minor = PackedWord.set(
        """
        a an the of in on at to for from with by and or nor but as into onto upon over via vs per is its
        der die das des dem den und von zu zum zur im am für mit de la le les du et en el los las y del
        """
    )

    private static func table(_ lists: [(Int, String)]) -> [PackedWord: Int] {
        var table: [PackedWord: Int] = [:]
        for (rank, list) in lists {
            for word in PackedWord.words(list) { table[word] = rank }
        }
        return table
    }
}
