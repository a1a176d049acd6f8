import CensusModel
import Testing

@testable import CensusReport

@Suite("Numbers, times and widths as people read them")
struct NumberFormatTests {
    @Test("counts have separators every three digits")
    func counts() {
        #expect(NumberFormat.count(0) == "0")
        #expect(NumberFormat.count(999) == "999")
        #expect(NumberFormat.count(1_000) == "1,000")
        #expect(NumberFormat.count(-1_234_567) == "-1,234,567")
        #expect(NumberFormat.count(.max) == "9,223,372,036,854,775,807")
        #expect(NumberFormat.count(.min) == "-9,223,372,036,854,775,808")
    }

    @Test("a share never reads as nothing or all when it is not")
    func percent() {
        #expect(NumberFormat.percent(0) == "0.0 %")
        #expect(NumberFormat.percent(0.0004) == "<0.1 %")
        #expect(NumberFormat.percent(0.0005) == "0.1 %")
        #expect(NumberFormat.percent(0.761) == "76.1 %")
        #expect(NumberFormat.percent(0.9996) == ">99.9 %")
        #expect(NumberFormat.percent(1) == "100.0 %")
        #expect(NumberFormat.percent(nil) == "–")
        #expect(NumberFormat.percent(.nan) == "–")
    }

    @Test("volumes keep what matters of a fraction")
    func volume() {
        #expect(NumberFormat.volume(1_000_000) == "1,000,000")
        #expect(NumberFormat.volume(1_234.5) == "1,235")
        #expect(NumberFormat.volume(12.5) == "12.5")
        #expect(NumberFormat.volume(1.004) == "1")
        #expect(NumberFormat.volume(0.25) == "0.25")
        #expect(NumberFormat.volume(0.00001) == "1e-05")
        #expect(NumberFormat.volume(1e30) == "1e+30")
        #expect(NumberFormat.volume(.infinity) == "–")
    }

    @Test("durations have their two largest units")
    func durations() {
        #expect(NumberFormat.duration(0.84) == "0.8 s")
        #expect(NumberFormat.duration(42.4) == "42 s")
        #expect(NumberFormat.duration(200) == "3 min 20 s")
        #expect(NumberFormat.duration(7_500) == "2 h 5 min")
        #expect(NumberFormat.duration(3_600) == "1 h")
        #expect(NumberFormat.duration(273_600) == "3 d 4 h")
        #expect(NumberFormat.duration(-1) == "–")
    }

    @Test("wide characters take two columns, combining ones none")
    func widths() {
        #expect(TextLayout.width("abc") == 3)
        #expect(TextLayout.width("例え") == 4)
        #expect(TextLayout.width("e\u{301}") == 1)
        #expect(TextLayout.width("🙂") == 2)
        #expect(TextLayout.padRight("例", 4) == "例  ")
        #expect(TextLayout.truncate("例え例え", 5) == "例え…")
        #expect(TextLayout.wrap("aaa bbb cccccccc", 5) == ["aaa", "bbb", "ccccc", "ccc"])
        #expect(TextLayout.wrap("", 5) == [""])
    }

    @Test("control and format characters are made visible, escaped text stays as it is")
    func visible() {
        #expect(TextLayout.visible("a\u{1b}[0m\u{7}\n") == "a\\x1b[0m\\x07\\x0a")
        #expect(TextLayout.visible("\u{9b}") == "\\xc2\\x9b")
        #expect(TextLayout.visible("\u{202e}x") == "\\xe2\\x80\\xaex")
        #expect(TextLayout.visible("\\x1b ünï 名") == "\\x1b ünï 名")
    }
}
