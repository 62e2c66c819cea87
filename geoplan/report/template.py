"""A Word file of the user's as a template: its styles, page, header and footer are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gis.errors import ConfigError, DataError
from gis.files.archive import unpacked
from gis.say import Sentence, listed, say

__all__ = ["NEEDED", "open_template", "refresh_fields"]

NEEDED = ("Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3", "Caption", "List Bullet")
"""Built-in styles a template has to have."""


_MACROS = "vbaproject.bin"


def _refused(where: str, got: str | Sentence) -> ConfigError:
    return ConfigError(
        say("geoplan.faults.not_a_template"),
        where=where,
        got=got,
        expected="*.docx",
        todo=say("geoplan.faults.take_the_report"),
    )


def open_template(path: Path, where: str = "") -> Any:  # noqa: ANN401 - of python-docx
    """The template with its text taken out.

    Parameters
    ----------
    path : Path
        A Word file: most simply ``report.docx`` of an earlier run, with its styles, page,
        header and footer changed as wanted.
    where : str
        What it is called in a refusal; by default the option of the command line.

    Returns
    -------
    docx.document.Document
        Without paragraphs and tables; the last section's page, header and footer are left.

    Raises
    ------
    ConfigError
        When it is no Word file, is damaged, holds macros, lacks a style, or loads parts from
        elsewhere.
    """
    where = where or f"--template {path}"
    word = _opened(path, where)
    from docx.oxml.ns import qn

    for part in _parts(word):
        away = [r.reltype.rpartition("/")[2] for r in part.rels.values() if r.is_external]
        if found := [kind for kind in away if kind != "hyperlink"]:
            raise _refused(where, say("geoplan.faults.template_outside", kinds=listed(found)))
    names = {s.name for s in word.styles}
    if missing := [n for n in NEEDED if n not in names]:
        raise _refused(where, say("geoplan.faults.styles_missing", names=listed(missing)))
    body = word.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)
    return word


def _opened(path: Path, where: str) -> Any:  # noqa: ANN401
    """The file as Word would read it; refused with what keeps it from that."""
    import docx

    if not path.is_file():
        raise _refused(where, say("gis.system.ENOENT"))
    if path.suffix.lower() != ".docx":
        raise _refused(where, path.suffix.lower() or path.name)
    try:
        with unpacked(path) as folder:  # its size and its members, before anything reads them
            names = {p.relative_to(folder).as_posix().lower() for p in folder.rglob("*")}
    except DataError as err:
        raise _refused(where, err.faults[0].what) from err
    if any(n.rpartition("/")[2] == _MACROS for n in names):
        raise _refused(where, say("geoplan.faults.template_macros"))
    if "word/document.xml" not in names:
        raise _refused(where, say("geoplan.faults.template_no_text"))
    try:
        return docx.Document(str(path))
    except (OSError, KeyError, ValueError, SyntaxError) as err:
        raise _refused(where, say("geoplan.faults.template_unread")) from err


def _parts(word: Any) -> Iterator[Any]:  # noqa: ANN401
    yield word.part
    yield from (
        r.target_part
        for r in word.part.rels.values()
        if not r.is_external and hasattr(r.target_part, "rels")
    )


def refresh_fields(word: Any, shown: dict[str, str]) -> None:  # noqa: ANN401
    """Give the fields of header and footer the texts of this document.

    Parameters
    ----------
    word : docx.document.Document
    shown : dict
        Name of the field (``TITLE``, ``SUBJECT``) -> its text. A field is recomputed by
        Word when it prints; this is what it shows before.
    """
    from docx.oxml.ns import qn

    for section in word.sections:
        for frame in (section.header, section.footer):
            for p in frame._element.iter(qn("w:p")):
                _refresh(p, shown)


def _refresh(paragraph: Any, shown: dict[str, str]) -> None:  # noqa: ANN401
    from docx.oxml.ns import qn

    name, inside, told = "", False, False
    for run in paragraph.iter(qn("w:r")):
        mark = run.find(qn("w:fldChar"))
        kind = None if mark is None else mark.get(qn("w:fldCharType"))
        if kind == "begin":
            name, inside, told = "", False, False
        elif kind == "separate":
            inside = True
        elif kind == "end":
            inside = False
        elif (code := run.find(qn("w:instrText"))) is not None:
            name = (code.text or "").split()[0] if (code.text or "").split() else ""
        elif inside and name in shown:
            for text in run.findall(qn("w:t")):
                text.text = "" if told else shown[name]
                told = True
