"""Columns of a page in landscape are as wide as their words."""

from __future__ import annotations

from geoplan.report.frames import column_widths

LINE, EDGE = 142, 3  # signs of a line of the page; what a cell loses to its edges


def test_a_word_is_not_broken_and_sentences_share_what_is_left():
    long = "a sentence of many words that may be broken over the lines of its cell " * 3
    headers = ["target", "answer", "value (interval)", "quote", "what closes the gap", "year"]
    rows = [[long, "Uncertain", "12 (11 to 14)", long, long, "2025"]]
    found = column_widths(headers, rows, frozenset({5}), landscape=True)
    # "Uncertain" is 9 signs, "(interval)" 10: with the edges 12 and 13
    assert found[1] >= 9 + EDGE
    assert found[2] >= 10 + EDGE
    assert sum(found) <= LINE * 1.05
    assert found[0] == found[3] == found[4] > 2 * found[5]


def test_the_head_of_a_number_is_not_broken_within_a_word():
    found = column_widths(["mid (interval)"], [["12"]], frozenset({0}), landscape=True)
    assert found == [10.0 + EDGE]


def test_a_chinese_text_breaks_after_any_sign():
    rows = [["不确定（区间跨过目标值）" * 9, "一" * 200]]
    assert column_widths(["结论", "依据"], rows, frozenset(), landscape=True) == [40.0, 40.0]
