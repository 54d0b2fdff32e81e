"""Writes Tests/TextTests/Fixtures/wordpiece.json: texts and the pieces that Hugging Face makes.

The texts are written for the purpose or drawn from scalar ranges with a fixed seed. Needs the
package `tokenizers` (0.22). Run from the package root:

    python scripts/make_wordpiece_fixture.py models/all-MiniLM-L6-v2/tokenizer.json
"""

import json
import random
import sys

from tokenizers import Tokenizer

OUTPUT = "Tests/TextTests/Fixtures/wordpiece.json"

WRITTEN = [
    "", " ", "\n\t \r", "a", "Hello, world!", "The river runs through it, unhurried.",
    "don't can't o'clock rock'n'roll", "e-mail: someone@example.org (preferred)",
    "C++ & C# cost $3.50 -- or 100%?", "<b>bold</b> `code` ~tilde~ {braces} [brackets] |pipe|",
    "MiXeD CaSe and ALLCAPS and camelCase and snake_case", "1234567890 3.14159 1,000,000 0xFF",
    "All human beings are born free and equal in dignity and rights.",
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Straße, ẞ, Öl, Ärger",
    "Tous les êtres humains naissent libres et égaux en dignité et en droits. Œuvre, ça, Noël",
    "Todos los seres humanos nacen libres e iguales. ¿Qué? ¡Sí! El niño, pingüino",
    "Tutti gli esseri umani nascono liberi ed eguali. Perché, città, così",
    "Todas as pessoas nascem livres. Ação, coração, pão, avô", "İstanbul ıssız ĞÜŞÖÇ ğüşöç Iğdır",
    "Wszyscy ludzie rodzą się wolni. Łódź, źdźbło, ćma, żółw", "Všichni lidé se rodí svobodní. Žluťoučký kůň",
    "Minden emberi lény szabadon születik. Őrült, fűz", "Toate ființele umane se nasc libere. țară, şi, și",
    "Kaikki ihmiset syntyvät vapaina. Älä, yö", "Alla människor är födda fria. Åäö", "Allir menn eru fæddir frjálsir. Þórr, Ðað",
    "Tất cả mọi người sinh ra đều được tự do. Nguyễn, Phở, ường", "Visi cilvēki piedzimst brīvi. Ķ ģ ņ š",
    "Все люди рождаются свободными и равными. Ёлка, йод, ЩУКА", "Всі люди народжуються вільними. Їжак, ґанок, є",
    "Сите човечки суштества се раѓаат слободни. Ќ Ѓ Љ Њ Џ", "Бүх хүн төрж мэндлэхэд эрх чөлөөтэй",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι. ΣΊΣΥΦΟΣ Σίσυφος; ἀρχή ᾧ ᾳ", "Բոլոր մարդիկ ծնվում են ազատ։ ԵՒ և",
    "ყველა ადამიანი იბადება თავისუფალი. ᲐᲑᲒ Ⴀ", "כל בני האדם נולדו בני חורין. שָׁלוֹם עֲלֵיכֶם",
    "يولد جميع الناس أحراراً متساوين في الكرامة. السَّلامُ عَلَيْكُم، أهلاً؟ ١٢٣", "تمام انسان‌ها آزاد به دنیا می‌آیند. ک گ چ پ ۱۲۳",
    "تمام انسان آزاد پیدا ہوئے ہیں۔", "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता। क़ ख़ ज़ फ़ १२३",
    "সমস্ত মানুষ স্বাধীনভাবে জন্মগ্রহণ করে। ড় ঢ় য় কো কৌ", "ਸਾਰਾ ਮਨੁੱਖੀ ਪਰਿਵਾਰ ਆਜ਼ਾਦ ਹੈ। ਸ਼ ਖ਼", "બધા માણસો જન્મથી સ્વતંત્ર છે.",
    "மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர். கொ கோ கௌ", "ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును", "ಎಲ್ಲಾ ಮಾನವರೂ ಸ್ವತಂತ್ರರಾಗಿಯೇ ಜನಿಸಿದ್ದಾರೆ. ಕೊ ಕೋ",
    "മനുഷ്യരെല്ലാവരും തുല്യാവകാശങ്ങളോടും. കൊ കോ കൌ", "සියලු මනුෂ්‍යයෝ නිදහස්ව උපත ලබා ඇත. කො කෝ", "มนุษย์ทั้งหลายเกิดมามีอิสระ น้ำ กำ ๑๒๓",
    "ມະນຸດເກີດມາມີສິດ", "လူတိုင်းသည် တူညီ လွတ်လပ်သော။ ဦ", "មនុស្សទាំងអស់ កើតមកមានសេរីភាព។", "འགྲོ་བ་མིའི་རིགས་རྒྱུད། གྷ ཌྷ",
    "人人生而自由,在尊严和权利上一律平等。", "すべての人間は、生れながらにして自由であり。ガギグゲゴ パピプペポ ｶﾞﾊﾟ", "モデルは東京で走る々〆ヶ",
    "모든 인간은 태어날 때부터 자유로우며 한글 각 갂", "ᄒᆞᆫ글 ㄱㄴㄷ ㅏㅑ", "mixed中文and日本語text한국어here", "豈更車 丽丸乁 \U00020000\U0002A6D6 〇 ㊀ ㍿",
    "ሰው ሁሉ ነጻ ሁኖ ይወለዳል። ሀ፣ ለ", "ⵉⵎⴷⴰⵏⵏ ⴰⴽⴽⵯ", "ᎣᏏᏲ ꭰꭱ Ꭰ", "ᐃᓄᐃᑦ ᙭", "𐌰𐌱 𐐀𐐨 𝐀𝐁 𝕏 ℵ ℝ K Å Ω",
    "emoji 😀 👩‍👩‍👧‍👦 👍🏽 🇩🇪 ❤️ ☺ ✈️ 1️⃣ #️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 flags and tags", "café cafe\u0301 caf\u0065\u0301\u0302 e\u0327\u0301 q\u0307\u0323",
    "Z̸̢̛͓a̵l̶g̷o̴ text", "\u0301 alone \u0301\u0301 x\u0301", "ﬁ ﬂ ﬀ ﬆ ĳ Ǆ ǅ ǆ Ⅷ ⅷ ① ½ ² ³ ™ ℃ №",
    "“curly” ‘quotes’ «guillemets» „low“ ‹single› – — … · • ‽ ⁇ 、。「」『』【】《》！？：；，．（）",
    "€ £ ¥ ₿ ¢ § ¶ © ® ° ± × ÷ ¬ ≠ ≤ ∑ √ ∞ → ⇒ ★ ♥ ♪ ■", "zero\u200bwidth\u200cjoin\u200der\ufeffbom soft\u00adhyphen word\u2060joiner",
    "no\u00a0break thin\u2009space ideographic\u3000space line\u2028sep para\u2029sep nel\u0085end ogham\u1680mark",
    "nul\x00inside bell\x07 esc\x1b[0m vt\x0bff\x0c del\x7f c1\x80\x9f", "\ufffd replacement \ufffdx", "private \ue000 \U000f0000 \U0010fffd non \ufdd0 \uffff \U0010ffff",
    "bidi \u202eoverride\u202c \u2066isolate\u2069 \u200e\u200f", "tab\tseparated\tvalues\r\nwindows lines\rold mac",
    "[CLS] start [SEP] mid [MASK] pad [PAD] unk [UNK] end", "[[SEP]] [cls] [ SEP ] [SEP", "x[MASK]y [MASK][MASK]", "##ing # ## ###",
    "x" * 99, "x" * 100, "x" * 101, "a" * 5000, "é" * 100, "é" * 101, "字" * 150, "кот" * 33, "кот" * 34, "가" * 33 + "x", "각" * 34,
    "pneumonoultramicroscopicsilicovolcanoconiosis antidisestablishmentarianism", "https://www.example.com/path/to?query=1&b=two#frag",
    "user_name123@mail-server.co.uk", "2024-02-29T23:59:59Z", "192.168.0.1:8080", "\\LaTeX $\\alpha^2_{i}$ \\frac{1}{2}",
    "def f(x): return x**2  # comment", '{"key": [1, 2.5e-3, null, true]}', "AAACGTACGT nqwrtzxcv bbbbb zzzzq", "ΑΒΓ mixed АВС mixed ABC",
    "´ ` ^ ~ ¨ ¯ ¸ ˆ ˜ ʼ ʻ ′ ″", "ª º µ ſ ſt ß ẞ SS", "ა ჿ Ა ꙮ Ꙁ ꙁ Ⱥ ⱥ Ꞌ Ɐ", "ⓐ Ⓐ ａ Ａ ｚ Ｚ ！ ～ ｡ ､", "٪ ٫ ٬ ؛ ؟ ۔ ܀ ߸ ࠰ । ॥ ๏ ๚ ༄ ༅ ། ༎ ၊ ။ ჻ ፠",
]

POOLS = {
    "latin": [(0x20, 0x250)], "marks": [(0x41, 0x7B), (0x300, 0x370)], "greek-cyrillic": [(0x370, 0x530)],
    "right-to-left": [(0x590, 0x8A0)], "indic": [(0x900, 0xE00)], "southeast": [(0xE00, 0x1200)],
    "wide": [(0x1200, 0x2000)], "symbols": [(0x2000, 0x2E80)], "cjk": [(0x2E80, 0x3400), (0x4E00, 0x4F00), (0xAC00, 0xAD00)],
    "compatibility": [(0xA000, 0xAC00), (0xF900, 0x10000)], "astral": [(0x10000, 0x12000), (0x1D000, 0x1FB00), (0x2F800, 0x2FA20), (0xE0000, 0xE0200)],
    "anything": [(0x0, 0xD800), (0xE000, 0x110000)],
}


def drawn(random):
    for ranges in POOLS.values():
        for _ in range(25):
            text = ""
            for _ in range(random.randrange(1, 60)):
                low, high = random.choice(ranges)
                text += random.choice([chr(random.randrange(low, high))] * 4 + [" ", "a", "ing", "."])
            yield text


def main():
    tokenizer = Tokenizer.from_file(sys.argv[1])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts = WRITTEN + list(drawn(random.Random(20240601)))
    cases = [
        {"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids} for text in texts
    ]
    with open(OUTPUT, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(len(cases), "texts,", sum(len(case["ids"]) for case in cases), "pieces")


main()
