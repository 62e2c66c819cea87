"""Write siting/rules/articles.toml: the articles that rules cite, from texts of the statutes.

State laws are not subject to copyright. Kept are the cited articles alone, the articles that
repeal a law of the calendar, and those that say when a law comes into force; of laws whose text
is not in the folder, what _texts.toml holds, and the exact words of a table of corrections.
"""

from __future__ import annotations

import argparse
import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from siting.rules import calendar, rule_books
from siting.rules.article import article_numbers
from siting.rules.audit.statute import (
    commencement_in,
    file_of,
    read_statute,
)
from siting.rules.law import Edition

READ = Path(__file__).resolve().parent / "_texts.toml"
OUT = Path(__file__).resolve().parent.parent / "siting" / "rules" / "articles.toml"
HEAD = """\
# The articles that rules cite, word for word, so that quotes are compared without a folder of
# texts. Made by `make articles` (docs/_articles.py); not written by hand.
#
# whole = true: whole articles. whole = false: some words of them, one piece a line.
"""


def cited() -> dict[str, set[str]]:
    """Numbers of articles that rules or the calendar cite, by edition."""
    out: dict[str, set[str]] = {}
    for book in rule_books():
        for entry in book.entries:
            for v in entry.versions:
                if v.law:
                    out.setdefault(v.law, set()).update(article_numbers(v.article))
    for e in calendar().editions:
        if e.repealed_by:
            out.setdefault(e.repealed_by, set()).update(article_numbers(e.repealing_article))
    return out


def whole_articles(edition: Edition, path: Path, wanted: set[str]) -> dict[str, str]:
    """Articles of a text that are cited, or say from when the law holds."""
    found = read_statute(edition, path).articles
    return {k: v for k, v in found.items() if k in wanted or (k and commencement_in(v))}


def _means(edition: Edition, citation: str) -> bool:
    """Whether a citation of the table names an edition that has no text of its own."""
    days = [d.isoformat() for d in (edition.passed, edition.in_force) if d]
    titled = re.search(
        rf"《(?:中华人民共和国|自治区)?{re.escape(edition.title.zh)}》", citation
    )
    numbers = [x for x in re.split(r"[，,]", edition.number) if x]
    numbered = bool(numbers) and numbers[0] in citation
    if any(d in citation for d in days):
        return bool(titled or numbered)
    return numbered and "国务院令" not in edition.number


def words_of(rows: list[dict[str, str]], edition: Edition) -> tuple[dict[str, str], list[str]]:
    """Words the table has of an edition, by article, and where they were read."""
    out: dict[str, list[str]] = {}
    sources: list[str] = []
    for row in rows:
        citation, quote = row["citation_zh"], row["exact_quote_zh"]
        # of which of several documents the words are is not said
        several = re.search(r";[^《]{0,4}《", citation)
        if several or row["status"] == "unverified" or not quote:
            continue
        if not _means(edition, citation):
            continue
        words = [x.strip() for x in re.split(r"…|\s/\s", quote)]
        for number in article_numbers(citation.split("》")[-1]) or ("",):
            own = words[0].removeprefix(number).strip()
            for piece in (own, *words[1:]):
                if piece and piece not in out.setdefault(number, []):
                    out[number].append(piece)
        if row["source_title"] not in sources:
            sources.append(row["source_title"])
    return {k: "\n".join(v) for k, v in out.items()}, sources


def texts(
    folder: Path, rows: list[dict[str, str]]
) -> Iterator[tuple[Edition, str, bool, Mapping[str, str]]]:
    """Edition, source, whether whole, and articles."""
    wanted = cited()
    read = {t["law"]: t for t in tomllib.loads(READ.read_text(encoding="utf-8"))["texts"]}
    for e in calendar().editions:
        path = file_of(e, folder)
        own = read.get(e.id)
        if path is not None:
            yield e, e.source, True, whole_articles(e, path, wanted.get(e.id, set()))
        elif own is not None and own["whole"]:
            yield e, own["source"], True, own["articles"]
        elif e.id in wanted:
            words, sources = words_of(rows, e)
            if own is not None:
                sources.append(own["source"])
                for k, v in own["articles"].items():
                    words[k] = f"{words[k]}\n{v}" if k in words else v
            if words:
                yield e, "；".join(sources), False, words


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def toml(folder: Path, rows: list[dict[str, str]]) -> str:
    """The whole file."""
    out = [HEAD]
    for e, source, whole, articles in texts(folder, rows):
        out += [
            "[[texts]]",
            f'law = "{e.id}"',
            f"source = {_quoted(source)}",
            f"read_on = {e.checked.isoformat()}",
            f"whole = {str(whole).lower()}",
            "[texts.articles]",
            *(f"{_quoted(k)} = {_quoted(v)}" for k, v in articles.items()),
            "",
        ]
    return "\n".join(out)


def main() -> None:
    """Write the file from a folder of texts and a table of corrections."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--words", type=Path)
    args = parser.parse_args()
    rows: list[dict[str, str]] = []
    if args.words:
        with args.words.open(encoding="utf-8-sig", newline="") as f:
            rows = list(csv.DictReader(f))
    OUT.write_text(toml(args.texts, rows), encoding="utf-8")


if __name__ == "__main__":
    main()
