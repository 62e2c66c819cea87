"""A document as one HTML file that needs no network."""

from __future__ import annotations

import base64
import re
from html import escape
from importlib import resources
from pathlib import Path

from geoplan.report.document import (
    Block,
    Document,
    Figure,
    Heading,
    Items,
    PageBreak,
    Paragraph,
    Table,
)
from gis.say import say

__all__ = ["write_html"]

# pictures and styles of the file itself; no script, no form, nothing from elsewhere
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; "
    "base-uri 'none'"
)
_REF = re.compile(r"\{([a-z0-9_]+)\}")


def _text(text: str, labels: dict[str, str]) -> str:
    def link(match: re.Match[str]) -> str:
        key = match.group(1)
        if key not in labels:
            return match.group(0)
        return f'<a href="#{key}">{escape(labels[key])}</a>'

    return _REF.sub(link, escape(text))


def _table(block: Table, label: str) -> str:
    def cells(tag: str, row: object) -> str:
        out = []
        for j, value in enumerate(row):  # type: ignore[arg-type, var-annotated]
            scope = ' scope="col"' if tag == "th" else ""
            number = ' class="n"' if j in block.numeric and tag == "td" else ""
            out.append(f"<{tag}{scope}{number}>{escape(str(value))}</{tag}>")
        return "<tr>" + "".join(out) + "</tr>"

    body = "".join(cells("td", row) for row in block.rows)
    total = ' class="total"' if block.total_row else ""
    return (
        f'<div class="wide"><table id="{block.id}"{total}>'
        f"<caption>{escape(label)}  {escape(block.caption)}</caption>"
        f"<thead>{cells('th', block.headers)}</thead><tbody>{body}</tbody></table></div>"
    )


def _figure(block: Figure, label: str) -> str:
    vector = block.path.with_suffix(".svg")
    path, kind = (vector, "svg+xml") if vector.exists() else (block.path, "png")
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return (
        f'<figure id="{block.id}"><img alt="{escape(block.alt)}" '
        f'style="width:{100 * block.width_frac:.0f}%" src="data:image/{kind};base64,{data}">'
        f"<figcaption>{escape(label)}  {escape(block.caption)}</figcaption></figure>"
    )


def _block(block: Block, labels: dict[str, str], number: int) -> str:
    if isinstance(block, Heading):
        level = block.level + 1
        return f'<h{level} id="h{number}">{escape(block.text)}</h{level}>'
    if isinstance(block, Paragraph):
        role = ' role="note"' if block.kind == "banner" else ""
        return f'<p class="{block.kind}"{role}>{_text(block.text, labels)}</p>'
    if isinstance(block, Items):
        return "<ul>" + "".join(f"<li>{_text(i, labels)}</li>" for i in block.texts) + "</ul>"
    if isinstance(block, Table):
        return _table(block, labels[block.id])
    if isinstance(block, Figure):
        return _figure(block, labels[block.id])
    assert isinstance(block, PageBreak)  # noqa: S101 - the union ends here
    return '<div class="page"></div>'


def write_html(document: Document, out: Path) -> Path:
    """Write `document` as one self-contained HTML file.

    Parameters
    ----------
    document : Document
        What to write; every text is escaped.
    out : Path
        File to write.

    Returns
    -------
    Path
        `out`.
    """
    style = resources.files("geoplan.report").joinpath("report.css").read_text("utf-8")
    labels = document.labels()
    blocks = [*document.blocks, *document.annex]
    heads = [(i, b) for i, b in enumerate(blocks) if isinstance(b, Heading)]
    contents = "".join(
        f'<li class="l{h.level}"><a href="#h{i}">{escape(h.text)}</a></li>'
        for i, h in heads
        if h.level <= 2
    )
    body = "\n".join(_block(b, labels, i) for i, b in enumerate(blocks))
    title = escape(document.title)
    lang = "zh-CN" if document.lang == "zh" else "en"
    word = say("geoplan.report.contents")(document.lang)
    out.write_text(
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head><body>"
        f'<header><h1>{title}</h1><p class="note">{escape(document.subtitle)}</p></header>'
        f'<nav aria-label="{word}"><ul>{contents}</ul></nav><main>{body}</main>'
        f"<footer>{escape(document.footer)}</footer></body></html>\n",
        encoding="utf-8",
    )
    return out
