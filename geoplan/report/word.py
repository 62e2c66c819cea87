"""A document as a Word file with real styles, captions, fields and Chinese fonts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

from geoplan.report.document import (
    Document,
    Figure,
    Heading,
    Items,
    PageBreak,
    Paragraph,
    Table,
)
from geoplan.report.template import open_template, refresh_fields
from geoplan.report.word_fields import bookmark, field
from gis.say import say
from gis.toml import FrozenDict, read_toml

__all__ = ["broken_lists", "fitted", "write_word"]

_EMU_PER_TWIP = 635
_REF = re.compile(r"\{([a-z0-9_]+)\}")


def _styles() -> FrozenDict:
    return read_toml("geoplan.report", "word.toml")


def _font(target: Any, spec: FrozenDict, lang: str) -> None:  # noqa: ANN401
    """Set Latin and East Asian font: Word keeps two, python-docx sets only the first."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    font = target.font
    font.name = spec["latin"]
    font.size = Pt(spec[f"size_{lang}_pt"] if f"size_{lang}_pt" in spec else spec["size_pt"])
    font.bold = spec.get("bold", False)
    font.italic = False
    font.color.rgb = RGBColor.from_string(spec.get("color", "000000"))
    fonts = target.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), spec["east_asia"])
    for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(attribute), None)


_CHAPTER = "chapter_"


def _caption(word: Any, block: Table | Figure, number: int, document: Document) -> None:  # noqa: ANN401
    kind = "table" if isinstance(block, Table) else "figure"
    name = f"annex_{kind}" if document.is_annex else kind
    label = say(f"geoplan.report.{name}")(document.lang)
    paragraph = word.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = kind == "table"
    paragraph.add_run(label if document.is_annex and document.lang == "en" else f"{label} ")
    field(paragraph, f"SEQ {kind} \\* ARABIC", str(number), name=f"ref_{block.id}")
    paragraph.add_run(f"  {block.caption}")


def _text(paragraph: Any, text: str, numbers: dict[str, int], labels: dict[str, str]) -> None:  # noqa: ANN401
    at = 0
    for match in _REF.finditer(text):
        key = match.group(1)
        if key not in labels:
            continue
        _words(paragraph, text[at : match.start()])
        if key in numbers:
            paragraph.add_run(labels[key].removesuffix(str(numbers[key])))
            field(paragraph, f"REF ref_{key} \\h", str(numbers[key]))
        else:  # it stands in the other document
            paragraph.add_run(labels[key])
        at = match.end()
    _words(paragraph, text[at:])


_CODE = re.compile(r"(?<=[A-Z])-(?=[0-9])")  # of a rule or a site: never over two lines


def _words(paragraph: Any, text: str) -> None:  # noqa: ANN401
    """Append a run; no line ends inside a list's number or at the hyphen of a code."""
    from docx.oxml import OxmlElement

    first, *others = _CODE.split(broken_lists(text))
    run = paragraph.add_run(first)
    for part in others:
        run._r.append(OxmlElement("w:noBreakHyphen"))
        run.add_text(part)


_NO_ADDRESS = re.compile(rb"[^A-Za-z0-9/._~:#?=&%-]")  # RFC 3986


def _link(paragraph: Any, target: str) -> None:  # noqa: ANN401
    """A file, by its way from the document, as a link that shows the way."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    bare = _NO_ADDRESS.sub(lambda m: b"%%%02X" % m[0][0], target.encode())
    address = bare.decode("ascii")
    key = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), key)
    run = paragraph.add_run(_CONTROL.sub("", target))
    run.font.underline = True
    run.font.color.rgb = RGBColor.from_string("0563C1")
    link.append(run._r)
    paragraph._p.append(link)


_CONTROL = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _cell(text: str, width: int, *, bold: bool, right: bool, shade: bool, keep: bool) -> str:
    fill = '<w:shd w:val="clear" w:fill="E6EDF3"/>' if shade else ""
    align = '<w:jc w:val="right"/>' if right else ""
    stay = "<w:keepNext/>" if keep else ""
    weight = "<w:rPr><w:b/></w:rPr>" if bold else ""
    parts = (escape(x) for x in _CODE.split(broken_lists(_CONTROL.sub("", text))))
    shown = '</w:t><w:noBreakHyphen/><w:t xml:space="preserve">'.join(parts)
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{fill}</w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="TableText"/>{stay}{align}</w:pPr>'
        f'<w:r>{weight}<w:t xml:space="preserve">{shown}</w:t></w:r></w:p></w:tc>'
    )


def broken_lists(text: str) -> str:
    r"""A list of long numbers or codes with a place to break at behind each Chinese comma.

    Without it the line breaker takes ``…001、…002`` for one word and cuts a number in two.

    Examples
    --------
    >>> broken_lists("4.1 公顷、62 亩") == "4.1 公顷、62 亩"
    True
    >>> broken_lists("640221000001、640221000002") == "640221000001、\u200b640221000002"
    True
    >>> broken_lists("规则 WD-070、WD-081") == "规则 WD-070、\u200bWD-081"
    True
    """
    return _LISTED.sub("\u200b", text)


# figures of a sentence need none
_LISTED = re.compile(r"(?<=[、，；])(?=[0-9]{9}|[A-Z]+-[0-9])")
_WORD = re.compile(r"[^\s\u2e80-\uffff]+")
_LETTER, _CAPITAL, _EDGES = 0.5, 0.7, 216.0  # mean widths [em]; edges of a cell [twip]
_FEW = 3
_LONGEST = 20  # letters of a word that may not be broken


def _em() -> float:
    """Size of the type of tables [twip]."""
    return 20.0 * float(_styles()["styles"]["Table Text"]["size_pt"])


def _wide(word: str) -> float:
    """Width of a word [em]."""
    return sum(_CAPITAL if c.isupper() else _LETTER for c in word)


def fitted(widths: Sequence[float], rows: Sequence[Sequence[str]], em: float) -> list[float]:
    """Widths at which no word is broken, as far as the line has room for it.

    Parameters
    ----------
    widths : sequence of float
        As asked for [twip].
    rows : sequence of rows
        Texts of the cells, the head first.
    em : float
        Size of the type [twip].

    Examples
    --------
    "uncertainty" needs 11 letters of half an em and the edges, 216 + 11 x 90 = 1,206; in
    "ENG-009" the capitals are wider, 216 + 4 x 90 + 3 x 126 = 954:

    >>> fitted([800.0, 3200.0], [["uncertainty", "a b"]], 180.0)
    [1206.0, 2794.0]
    >>> [round(w) for w in fitted([800.0, 3200.0], [["ENG-009", "a b"]], 180.0)]
    [954, 3046]
    """
    need = [0.0] * len(widths)
    for row in rows:
        for j, text in enumerate(row):
            words = (w for w in _WORD.findall(str(text)) if len(w) <= _LONGEST)
            longest = max(map(_wide, words), default=0.0)
            need[j] = max(need[j], longest * em + _EDGES)
    lack = sum(max(0.0, n - w) for n, w in zip(need, widths, strict=True))
    spare = sum(max(0.0, w - n) for n, w in zip(need, widths, strict=True))
    if not lack or spare < lack:
        return list(widths)
    return [
        n if n > w else w - (w - n) * lack / spare for n, w in zip(need, widths, strict=True)
    ]


def _table(word: Any, block: Table, width_emu: int, *, across: bool) -> None:  # noqa: ANN401
    # as one piece of XML: cell by cell through the library takes 15 times as long
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    widths = block.wide if across and block.wide else block.widths
    share = list(widths) or [1.0] * len(block.headers)
    line = width_emu / _EMU_PER_TWIP
    given = [line * s / sum(share) for s in share]
    twips = [int(w) for w in fitted(given, [block.headers, *block.rows], _em())]
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in twips)
    rows = []
    count = len(block.rows)
    whole = count <= int(_styles()["table"][f"{'annex_' if across else ''}rows_on_one_page"])
    for i, values in enumerate([block.headers, *block.rows]):
        head = i == 0
        last = block.total_row and i == count
        # a short table stays whole; of a long one no few rows stand alone on a page
        keep = i < count and (whole or i <= _FEW or i > count - _FEW)
        cells = "".join(
            _cell(
                str(value),
                twips[j],
                bold=head or last,
                right=j in block.numeric and not head,
                shade=head,
                keep=keep,
            )
            for j, value in enumerate(values)
        )
        repeat = "<w:tblHeader/>" if head else ""
        rows.append(f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{cells}</w:tr>")
    xml = (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/>'
        f'<w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )
    after = word.add_paragraph(style="Table Text")
    after._p.addprevious(parse_xml(xml))


def _highest(document: Document) -> float:
    """Of the page: a picture and what it shows stand together, in the annex two of them."""
    return float(_styles()["picture"]["annex" if document.is_annex else "body"])


def _own_styles(word: Any) -> None:  # noqa: ANN401
    """Styles Word does not bring, where a template has none."""
    from docx.enum.style import WD_STYLE_TYPE

    known = {s.name for s in word.styles}
    for name in ("Table Text", "Note", "Banner", "TOC Heading"):
        if name not in known:
            style = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.base_style = word.styles["Normal"]


def _setup(word: Any, document: Document) -> None:  # noqa: ANN401
    """Page, styles, header and footer of the house, for a file without a template."""
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    spec = _styles()
    page = spec["page"]
    section = word.sections[0]
    section.page_width, section.page_height = Mm(page["width_mm"]), Mm(page["height_mm"])
    section.top_margin, section.bottom_margin = Mm(page["top_mm"]), Mm(page["bottom_mm"])
    section.left_margin, section.right_margin = Mm(page["left_mm"]), Mm(page["right_mm"])
    if document.is_annex or document.landscape:  # wide tables
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    if document.is_annex:
        edge = Mm(page["annex_mm"])
        section.top_margin = section.bottom_margin = edge
        section.left_margin = section.right_margin = edge
    for name, values in spec["styles"].items():
        style = word.styles[name]
        _font(style, values, document.lang)
        form = style.paragraph_format
        form.space_before = Pt(values.get("before_pt", 0))
        form.space_after = Pt(values.get("after_pt", 0))
        form.line_spacing = values.get("line", 1.0)
        if values.get("centre"):
            form.alignment = WD_ALIGN_PARAGRAPH.CENTER
        indent = values.get("indent_chars", 0) if document.lang == "zh" else 0
        form.first_line_indent = Pt(indent * values["size_pt"]) if indent else Pt(0)
        if hanging := values.get("hanging_pt"):
            form.left_indent, form.first_line_indent = Pt(hanging), Pt(-hanging)
    # fields, so that a file taken as a template shows the title of the next document
    header = section.header.paragraphs[0]
    header.style = "Table Text"
    field(header, "TITLE", document.title)
    footer = section.footer.paragraphs[0]
    footer.style = "Table Text"
    field(footer, "SUBJECT", document.footer)
    footer.add_run("    ")
    field(footer, "PAGE", "1")
    footer.add_run(" / ")
    field(footer, "NUMPAGES", "1")


def _contents(word: Any, document: Document) -> None:  # noqa: ANN401
    """The chapters and their pages.

    No field of contents: LibreOffice leaves what stands in one as it is, without pages.
    """
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER

    word.add_paragraph(say("geoplan.report.contents")(document.lang), style="TOC Heading")
    section = word.sections[0]
    width = section.page_width - section.left_margin - section.right_margin
    heads = [b for b in document.blocks if isinstance(b, Heading) and b.level == 1]
    for n, head in enumerate(heads, 1):
        line = word.add_paragraph(f"{head.text}\t", style="Table Text")
        stops = line.paragraph_format.tab_stops
        stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
        field(line, f"PAGEREF {_CHAPTER}{n} \\h", "")


def write_word(
    document: Document, out: Path, *, cover: bool = True, template: Path | None = None
) -> Path:
    """Write `document` as DOCX.

    Parameters
    ----------
    document : Document
        What to write.
    out : Path
        File to write; fonts and sizes are those of ``word.toml`` (GB/T 9704 headings).
    cover : bool
        Whether the contents stand below the title.
    template : Path, optional
        Word file whose styles, page, header and footer are taken in place of the house's.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    ConfigError
        For a template that cannot be used.
    """
    import docx
    from docx.shared import Pt

    if template is None:
        word = docx.Document()
        _own_styles(word)
        _setup(word, document)
    else:
        word = open_template(template)
        _own_styles(word)
        refresh_fields(word, {"TITLE": document.title, "SUBJECT": document.footer})
    section = word.sections[0]
    width = section.page_width - section.left_margin - section.right_margin
    height = section.page_height - section.top_margin - section.bottom_margin
    numbers, labels = document.numbers(), document.labels()
    title = word.add_paragraph(document.title, style="Title")
    subtitle = word.add_paragraph(document.subtitle, style="Subtitle")
    if cover:
        _contents(word, document)
    else:
        title.paragraph_format.space_before = subtitle.paragraph_format.space_after = Pt(0)
    last_heading = False
    chapters = count(1)
    for block in document.blocks:
        if isinstance(block, Heading):
            head = word.add_heading(block.text, level=block.level)
            if block.level == 1:
                bookmark(head, f"{_CHAPTER}{next(chapters)}")
        elif isinstance(block, Paragraph):
            style = {"body": "Normal", "note": "Note", "banner": "Banner"}[block.kind]
            paragraph = word.add_paragraph(style=style)
            paragraph.paragraph_format.keep_with_next = last_heading
            before, _, after = block.text.partition(block.link) if block.link else ("", "", "")
            _text(paragraph, before if block.link else block.text, numbers, labels)
            if block.link:
                _link(paragraph, block.link)
                _text(paragraph, after, numbers, labels)
        elif isinstance(block, Items):
            for text in block.texts:
                _text(word.add_paragraph(style="List Bullet"), text, numbers, labels)
        elif isinstance(block, Table):
            _caption(word, block, numbers[block.id], document)
            _table(word, block, width, across=document.is_annex)
        elif isinstance(block, Figure):
            _picture(word, block, width, int(height * _highest(document)))
            _caption(word, block, numbers[block.id], document)
        elif isinstance(block, PageBreak):
            word.add_page_break()
        last_heading = isinstance(block, Heading)
    if document.blocks and isinstance(document.blocks[-1], Table):
        # the line Word wants behind a table would stand on a page of its own
        last = word.paragraphs[-1].paragraph_format
        last.line_spacing, last.space_before, last.space_after = Pt(1), Pt(0), Pt(0)
    word.core_properties.title = document.title
    word.core_properties.subject = document.footer
    word.core_properties.author = "geoplan"
    word.core_properties.language = "zh-CN" if document.lang == "zh" else "en"
    word.save(out)
    return out


def _picture(word: Any, block: Figure, width: int, most: int) -> None:  # noqa: ANN401
    """A picture of the share of the line asked for, no higher than `most`."""
    from docx.shared import Emu

    paragraph = word.add_paragraph(style="Table Text")
    paragraph.paragraph_format.keep_with_next = True
    paragraph.alignment = 1  # centre
    picture = paragraph.add_run().add_picture(
        str(block.path), width=Emu(int(width * block.width_frac))
    )
    if picture.height > most:
        picture.width = Emu(int(picture.width * most / picture.height))
        picture.height = Emu(most)
    picture._inline.docPr.set("descr", block.alt)
