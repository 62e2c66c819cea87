"""Texts of statutes, article by article: from a folder, and the cited articles kept here.

An article goes from its number to the next one; its paragraphs and items stay with it, headings
of parts and chapters do not. What is compared is the text without white space, with punctuation
in one width and quotation marks of one form; nothing else is made alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from gis.errors import DataError
from gis.files.coordinate_txt import read_text
from gis.say import say
from gis.toml import read_toml
from siting.rules.article import NUMERAL, numeral_value
from siting.rules.law import Calendar, Edition

__all__ = [
    "Statute",
    "abolished_in",
    "articles_of",
    "commencement_in",
    "file_of",
    "plain",
    "read_statute",
    "read_statutes",
    "stored_statutes",
    "unused_files",
]

_HEADING = re.compile(rf"^[\s*_>]*(第({NUMERAL})条(?:之({NUMERAL}))?)[*_]*(?=(\s|$)?)")
_PART = re.compile(rf"^\s*(?:#|第{NUMERAL}[编分章节](?:\s|$)|<!--)")
# what follows a number inside a sentence and never opens an article
_GOES_ON = "、，。；：和与至及或所第的之款项规（）"
_DAY = re.compile(r"自(\d{4})年(\d{1,2})月(\d{1,2})日起(?:施行|实施)")
_TITLE = re.compile(r"《(?:中华人民共和国)?([^》]+)》")
_ENDS = "废止"

_SUFFIXES = (".md", ".txt")
_MARKS = {
    **{chr(0xFF01 + i): chr(0x21 + i) for i in range(94) if not chr(0x21 + i).isalnum()},
    **dict.fromkeys("“”„‟〝〞「」『』", '"'),
    **dict.fromkeys("‘’‚‛", "'"),
    **dict.fromkeys("。｡", "."),
    "､": "、",
}
_TABLE = str.maketrans(_MARKS)
_MARKUP = re.compile(r"\*\*|\[\[|\]\]")


@dataclass(frozen=True)
class Statute:
    """What is at hand of the text of one edition.

    Attributes
    ----------
    law
        Edition of the law calendar.
    source, read_on
        Where it was read, and when.
    whole
        Articles are whole; False when only some of their words are at hand.
    complete
        Every article is there, so that one that is not does not exist.
    articles
        Number as written, such as ``第十一条``, to text; ``""`` is a text without articles.
    """

    law: str
    source: str
    read_on: date | None
    whole: bool
    complete: bool
    articles: Mapping[str, str]


def plain(text: str) -> str:
    """`text` as it is compared.

    Examples
    --------
    >>> plain("“甲”，  乙；") == plain('"甲", 乙;')
    True
    >>> plain("３米") == plain("3米")
    False
    """
    return re.sub(r"[\s\u200b\ufeff]+", "", text.translate(_TABLE))


def articles_of(text: str) -> dict[str, str]:
    r"""The articles of a statute by their number, in order.

    Parameters
    ----------
    text : str
        Markdown or plain text.

    Examples
    --------
    >>> articles_of("# 法\n第一条 甲。\n第九条所称的乙。\n**第二条**　（一）丙；")
    {'第一条': '甲。\n第九条所称的乙。', '第二条': '（一）丙；'}
    """
    out: dict[str, list[str]] = {}
    name, last = "", (0, 0)
    for line in text.splitlines():
        found = _HEADING.match(line)
        rest = line[found.end() :] if found else ""
        if found:
            at = (numeral_value(found[2]), numeral_value(found[3] or "零"))
            # a number set off by a blank opens an article unless an earlier one follows it;
            # without the blank only the very next one does
            following = at == (last[0] + 1, 0) or at == (last[0], last[1] + 1)
            blank = found[4] is not None
            opens = at > last if blank else following and rest[:1] not in _GOES_ON
            if opens:
                name, last = found[1], at
                out[name] = [_MARKUP.sub("", rest).strip()]
                continue
        if _PART.match(line):
            continue
        if name and line.strip():
            out[name].append(_MARKUP.sub("", line).strip())
    return {k: "\n".join(x for x in v if x) for k, v in out.items()}


def commencement_in(text: str) -> date | None:
    """The day a text says it comes into force on; None where it says none.

    Examples
    --------
    >>> commencement_in("本法自2026年8月15日起施行。")
    datetime.date(2026, 8, 15)
    """
    found = _DAY.search(re.sub(r"\s+", "", text))
    return date(*map(int, found.groups())) if found else None


def abolished_in(text: str) -> tuple[str, ...]:
    """Titles of the documents a text repeals.

    Examples
    --------
    >>> abolished_in("本法自2026年8月15日起施行。《中华人民共和国甲法》、《乙条例》同时废止。")
    ('甲法', '乙条例')
    """
    sentences = re.split(r"[。；\n]", text)
    return tuple(t for s in sentences if _ENDS in s for t in _TITLE.findall(s))


def file_of(edition: Edition, folder: Path) -> Path | None:
    """Text of an edition in a folder: by the calendar's file name, or title and day in it."""
    stems = [Path(edition.file).stem] if edition.file else []
    if edition.passed:
        stems.append(f"{edition.title.zh}({edition.passed.isoformat()})")
    for stem in stems:
        for suffix in _SUFFIXES:
            if (folder / f"{stem}{suffix}").is_file():
                return folder / f"{stem}{suffix}"
    return None


def read_statute(edition: Edition, path: Path) -> Statute:
    """The text of an edition from a file.

    Raises
    ------
    DataError
        When it cannot be read, is empty, or is neither UTF-8 nor GB18030.
    """
    text, _ = read_text(path)
    if not text.strip():
        raise DataError(say("siting.audit.text_is_empty"), where=str(path))
    found = articles_of(text)
    return Statute(edition.id, path.name, None, True, True, found or {"": text})


def read_statutes(folder: Path, calendar: Calendar) -> dict[str, Statute]:
    """Texts of a folder by edition.

    Raises
    ------
    DataError
        When the folder is not there, or holds no text of any edition.
    """
    pairs = ((e, file_of(e, folder)) for e in calendar.editions)
    out = {e.id: read_statute(e, path) for e, path in pairs if path is not None}
    if not out:
        raise DataError(
            say("siting.audit.no_texts_in_folder"),
            where=str(folder),
            expected=say("siting.audit.file_names"),
        )
    return out


def unused_files(folder: Path, calendar: Calendar) -> tuple[str, ...]:
    """Names of texts in a folder that are the text of no edition."""
    used = {file_of(e, folder) for e in calendar.editions}
    own = (p for p in folder.iterdir() if p.suffix in _SUFFIXES and p not in used)
    return tuple(sorted(p.name for p in own))


@cache
def stored_statutes() -> Mapping[str, Statute]:
    """The articles that rules cite, as they come with the toolkit.

    Examples
    --------
    >>> "第十一条" in stored_statutes()["roads_2011"].articles
    True
    """
    doc = read_toml("siting.rules", "articles.toml")
    return {
        t["law"]: Statute(
            t["law"],
            t["source"],
            t["read_on"],
            t["whole"],
            complete=False,
            articles=t["articles"],
        )
        for t in doc["texts"]
    }


def within(parts: Iterable[str], text: str) -> bool:
    """Whether every part stands in a text, as they are compared."""
    whole = plain(text)
    return all(plain(p) in whole for p in parts)
