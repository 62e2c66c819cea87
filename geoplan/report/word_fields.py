"""Fields and bookmarks of a Word file."""

from __future__ import annotations

import zlib
from typing import Any

__all__ = ["bookmark", "field"]


def bookmark(paragraph: Any, name: str, first: int = 0) -> None:  # noqa: ANN401
    """A bookmark around what stands in the paragraph from child `first` on."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    # one number a name: counting those before would go through the whole document
    number = str(zlib.crc32(name.encode()) & 0x7FFFFFFF)
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (start, end):
        mark.set(qn("w:id"), number)
    start.set(qn("w:name"), name)
    children = list(paragraph._p)
    properties = 1 if children and children[0].tag == qn("w:pPr") else 0
    paragraph._p.insert(max(first, properties), start)
    paragraph._p.append(end)


def field(paragraph: Any, instruction: str, shown: str, name: str = "") -> None:  # noqa: ANN401
    """Append a Word field with its cached result, inside a bookmark called `name`."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    def char(kind: str) -> Any:  # noqa: ANN401
        run = paragraph.add_run()
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        if kind == "begin" and not shown:
            mark.set(qn("w:dirty"), "true")  # Word works it out when the file is opened
        run._r.append(mark)
        return run

    first = len(paragraph._p)
    char("begin")
    run = paragraph.add_run()
    text = OxmlElement("w:instrText")
    text.set(qn("xml:space"), "preserve")
    text.text = f" {instruction} "
    run._r.append(text)
    char("separate")
    paragraph.add_run(shown)
    char("end")
    if name:
        bookmark(paragraph, name, first)
