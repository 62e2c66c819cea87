"""Quotes stand word for word in the article they cite, in the text of their own edition.

Compared is everything but white space and the width of punctuation; an ellipsis joins parts of
one article. The texts of statutes are no part of the toolkit: the test that reads them asks
for the shared folder.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from siting.rules import rule_books
from siting.rules.law import edition

QUOTED = [
    (entry.id, version)
    for book in rule_books()
    for entry in book.entries
    for version in entry.versions
    if version.quote
]
NUMBERS = "一二三四五六七八九十百千零〇"
ARTICLE = re.compile(rf"^\W*(第[{NUMBERS}]+条)(?:之[{NUMBERS}]+)?\W", re.MULTILINE)


def plain(text: str) -> str:
    """Without white space and marks, punctuation in one width."""
    text = unicodedata.normalize("NFKC", re.sub(r"[*#\[\]]", "", text))
    for mark, other in {"“": '"', "”": '"', "—": "-", "～": "~", "。": "."}.items():
        text = text.replace(mark, other)
    return re.sub(r"\s+", "", text)


@cache
def articles(path: Path) -> dict[str, str]:
    """Text of every article of a statute, by its number."""
    text = path.read_text(encoding="utf-8")
    starts = list(ARTICLE.finditer(text))
    ends = [m.start() for m in starts[1:]] + [len(text)]
    return {m[1]: plain(text[m.start() : e]) for m, e in zip(starts, ends, strict=True)}


def cited(article: str) -> list[str]:
    return re.findall(rf"第[{NUMBERS}]+条", article)


def test_articles_are_told_apart(tmp_path):
    law = tmp_path / "law.md"
    law.write_text(
        "# 法\n\n第一条 甲。\n\n乙，参照第二条。\n\n**第二条**　丙（一）；\n", encoding="utf-8"
    )
    assert articles(law) == {"第一条": "第一条甲.乙,参照第二条.", "第二条": "第二条丙(一);"}


def test_quotes_are_in_the_cited_article_of_their_edition(shared):
    wrong, read = [], set()
    for rule_id, version in QUOTED:
        if not version.law or not edition(version.law).file:
            continue
        path = shared / "laws" / edition(version.law).file
        if not path.exists():
            continue
        found = articles(path)
        named = cited(version.article)
        text = "".join(found.get(a, "") for a in named)
        parts = [plain(p) for p in version.quote.split("…")]
        read.add(version.law)
        if not named or not set(named) <= set(found) or not all(p in text for p in parts):
            wrong.append((rule_id, version.law, version.article, version.quote))
    assert not wrong
    assert len(read) >= 30  # of the 38 texts, so that a moved folder is noticed


def test_quotes_are_in_simplified_characters():
    # the simplified characters are those of GB 2312, and one that the laws write besides
    other = {
        (rule_id, c)
        for rule_id, version in QUOTED
        for c in re.findall(r"[\u4e00-\u9fff]", version.quote)
        if c not in "瞭" and c.encode("gb2312", errors="replace") == b"?"
    }
    assert not other


def test_a_version_of_a_statute_names_its_article():
    bare = [
        (rule_id, version.law)
        for rule_id, version in QUOTED
        if version.law and version.step == "primary" and not version.article
    ]
    assert not bare


# How laws write a number that a test reads: in words, in another unit, as a fraction.
WRITTEN = {
    0.2: ["0.2"],
    0.75: ["0.75"],
    1.0: ["1"],
    1.5: ["1.5"],
    2.0: ["2", "二"],
    3.0: ["3", "3.0"],
    5.0: ["5", "五"],
    50.0: ["50", "五十"],
    100.0: ["100", "一百"],
    200.0: ["200", "二百", "20万"],
}
# Numbers that a quote gives in another form: rule -> the sum.
WORKED = {
    "PV-065": "25,000 mu are 1,666.7 ha, for 1,000 MW",
    "WD-006": "not more than before is a ratio of 1",
    "WT-008": "as much as was taken is a ratio of 1",
}


def numbers(test: Any) -> set[float]:
    """Every number a rule tests land or a project against."""
    found = set()
    for t in test.nested():
        for name in ("distance_m", "limit", "value"):
            if (value := getattr(t, name, None)) is not None:
                found.add(float(value))
        for condition in getattr(t, "where", {}).values():
            for name in ("min", "max", "gt", "lt"):
                if (value := getattr(condition, name, None)) is not None:
                    found.add(float(value))
    return found


def test_a_quote_carries_the_number_it_stands_for():
    """Or there is no quote, or the rule says that the number is not the text's."""
    bare = []
    for book in rule_books():
        for entry in book.entries:
            for version in entry.versions:
                said = version.no_quote or version.review or entry.review
                if said or entry.id in WORKED:
                    continue
                for number in numbers(entry.test):
                    forms = WRITTEN.get(number, [f"{number:g}"])
                    if not any(
                        re.search(rf"(?<![\d.]){re.escape(f)}(?![\d.])", version.quote)
                        for f in forms
                    ):
                        bare.append((entry.id, number, version.quote))
    assert not bare


# What makes a sentence a ban or a bound; a fragment without one of them forbids nothing.
BANS = re.compile("禁止|不得|严禁|应当避让|应当避开|仅允许|严格保护|不予|禁建|可使用")


def test_words_that_take_land_forbid_something():
    """law_audit.md 2.5: quotes that forbid nothing stood under hard rules."""
    empty = {
        entry.id: v.quote
        for book in rule_books()
        for entry in book.entries
        for v in entry.versions
        if entry.test.is_filter
        and not entry.engineering
        and entry.strength_of(v, "base") == "hard"
        and not BANS.search(v.quote)
    }
    assert empty == {}
