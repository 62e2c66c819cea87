"""Columns of a document are as wide as their words."""

from __future__ import annotations

from geoplan.report.frames import column_widths

LINE, EDGE = 92, 3  # signs of a line of the page; what a cell loses to its edges


def test_a_word_is_not_broken():
    long = "a sentence of many words that may be broken over the lines of its cell " * 3
    headers = ["target", "answer", "value (interval)", "quote", "what closes the gap", "year"]
    rows = [[long, "Uncertain", "12 (11 to 14)", long, long, "2025"]]
    found = column_widths(headers, rows, frozenset({5}))
    # "Uncertain" is 9 signs, "(interval)" 10: with the edges 12 and 13
    assert found[1] >= 9 + EDGE
    assert found[2] >= 10 + EDGE
    # widths are shares of the line: none of it may be lost again
    assert sum(found) <= LINE
    # what is left goes to the sentences, alike
    assert found[0] == found[3] == found[4] > found[2]


def test_the_head_of_a_number_is_not_broken_within_a_word():
    # 10 signs of "(interval)" and the edges, though the numbers take two
    assert column_widths(["mid (interval)"], [["12"]], frozenset({0})) == [10.0 + EDGE]


def test_a_chinese_text_breaks_after_any_sign():
    rows = [["不确定（区间跨过目标值）" * 9, "一" * 200]]
    found = column_widths(["结论", "依据"], rows, frozenset())
    assert found == [40.0, 40.0]


def test_narrow_columns_of_a_full_line_keep_their_words():
    # eight columns of a word of 9 signs each: 8 x 12 = 96 are more than the line, all alike
    found = column_widths(["x"] * 8, [["Uncertain"] * 8], frozenset())
    assert found == [12.0] * 8
