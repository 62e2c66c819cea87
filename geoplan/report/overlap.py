"""Overlap analysis of a boundary (压占分析) as text, workbook, Word file, map and layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.glossary import labelled
from geoplan.maps.overlap import write_overlap_map
from geoplan.report.document import Block, Document, Heading, Items, Paragraph, headed
from geoplan.report.frames import named_table, number
from geoplan.report.word import write_word
from geoplan.report.workbook import write_workbook
from gis.cells.area import to_mu
from gis.files.write import write_features
from gis.say import Sentence, listed, say
from layers.plan.model import Plan
from siting.check.inner_outline import InnerOutline
from siting.check.law_cells import LAW_CELLS
from siting.check.overlap import Overlap, parts_words
from siting.check.waiting import share_values
from siting.rules.citation import cited

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "conclusion_sheet",
    "overlap_blocks",
    "overlap_lines",
    "pack_conclusion",
    "plant_lines",
    "write_overlap",
]

_MARK = {"fail": "✗", "conditional": "!", "unknown": "?", "assumed": "~", "favourable": "+"}


def overlap_lines(found: Overlap, lang: str) -> Iterator[str]:
    """The answer in a few lines, for the terminal."""
    n, of = found.provisional
    area = number(found.area_m2, 2)
    size = f"{area} m² = {number(found.area_m2 / 1e4, 4)} ha"
    name = say("geoplan.common.as_it_is", it=Path(found.path).name)
    yield labelled(name, size)(lang)
    yield say("geoplan.check.verdict", result=say(f"geoplan.check.{found.result}"))(lang)
    yield say("siting.check.explain.as_of", day=found.as_of)(lang)
    if n:
        yield say("geoplan.common.provisional", n=n, m=of)(lang)
        yield say("geoplan.check.judged", **share_values(found.judged))(lang)
    for finding in found.outline.findings:
        yield "  " + labelled(say("geoplan.check.boundary"), finding)(lang)
    for r in found.rules:
        if r.result in _MARK:
            overlap = f"{number(r.overlap_m2, 2)} m²" if r.overlap_m2 else ""
            yield f"  {_MARK[r.result]} {r.rule.id} {r.rule.title(lang)} {overlap}"
            law = r.rule.in_force
            text = cited(law.citation, lang)
            yield say("siting.check.explain.law", day=law.day_words(), text=text)(lang)
            if r.result in ("fail", "conditional") or not law.known:
                for remark in law.remarks():
                    yield say("siting.check.explain.remark", remark=remark)(lang)
            if r.part_m2:
                on = say("siting.check.hit_parts", parts=listed(parts_words(r.part_m2)))
                yield say("siting.check.explain.remark", remark=on)(lang)
    approvals = found.approvals(lang)
    if approvals:
        joint = say("geoplan.common.semicolon")(lang)
        yield labelled(say("geoplan.report.approvals"), joint.join(approvals))(lang)
    for warn in found.law_warnings():
        yield f"! {warn.text(lang)}"
    yield from (f"! {w.text(lang)}" for w in found.told)
    for key, ids in found.left_out.items():
        if ids:
            yield say(f"siting.rules.{key}", n=len(ids), ids=listed(ids))(lang)


def overlap_blocks(found: Overlap, lang: str) -> list[Block]:
    """The analysis as blocks of a document."""
    n, of = found.provisional
    blocks: list[Block] = [Heading(1, say("geoplan.check.h_result")(lang))]
    if n:
        blocks.append(Paragraph(say("geoplan.common.provisional", n=n, m=of)(lang), "banner"))
        share = say("geoplan.check.judged", **share_values(found.judged))
        blocks.append(Paragraph(share(lang)))
    text = say(
        "geoplan.check.summary",
        name=Path(found.path).name,
        ha=number(found.area_m2 / 1e4, 4),
        mu=number(to_mu(found.area_m2), 2),
        result=say("geoplan.check." + found.result)(lang),
    )(lang)
    blocks.append(Paragraph(text))
    blocks += [Paragraph(w.text(lang), "banner") for w in found.law_warnings()]
    if approvals := found.approvals(lang):
        blocks += [Heading(2, say("geoplan.report.approvals")(lang)), Items(approvals)]
    # the wide table of all rules is split: numbers first, law second
    table = found.rule_table(lang)
    columns = list(table.columns)
    blocks.append(Heading(1, say("geoplan.check.h_rules")(lang)))
    blocks.append(
        named_table("rules", say("geoplan.check.c_rules")(lang), table[columns[:8]], digits=2)
    )
    told = _told(table, lang)
    law = [columns[0], columns[1], *columns[13:15], *told.columns[-1:]]
    hit = told[(table[columns[5]] > 0) | _unknown_law(found, table[columns[0]])]
    if len(hit):
        blocks.append(named_table("law", say("geoplan.check.c_law")(lang), hit[law]))
    for i, (name, part) in enumerate(found.tables(lang).items()):
        if i and len(part):
            blocks += [Heading(1, name), named_table(f"part{i}", name, _told(part, lang))]
    return blocks


def plant_lines(tech: str, capacity_mw: float, turbines_mw: Sequence[float]) -> list[Sentence]:
    """What a run has put on a site: capacity, and of a wind farm its turbines.

    Parameters
    ----------
    tech : str
    capacity_mw : float
        NaN where the run gives none.
    turbines_mw : sequence of float
        Capacity of each turbine that stands on the site.

    Examples
    --------
    >>> [x("en") for x in plant_lines("wind", 100.0, [5.0, 6.0])][1]
    'The run places 2 turbines, 11.0 MW, on the site'
    """
    known = isfinite(capacity_mw)
    told = [
        say("geoplan.pack.says_capacity", mw=capacity_mw)
        if known
        else say("geoplan.pack.says_no_capacity")
    ]
    if tech != "wind":
        return told
    placed = say("geoplan.pack.says_turbines", n=len(turbines_mw), mw=sum(turbines_mw))
    none = say("geoplan.pack.says_no_turbines")
    return [*told, placed if len(turbines_mw) else none, say("geoplan.pack.says_wind_land")]


def pack_conclusion(
    found: Overlap, simple: InnerOutline, plant: Sequence[Sentence], lang: str
) -> list[Block]:
    """What an approval pack says first: size, verdict, plant, proof, boundary, procedures."""
    hard = [r for r in found.rules if r.rule.kind == "hard" and r.result != "unknown"]
    n, _ = found.provisional
    key = "says_simple" if simple.deviation_m else "says_exact"
    told = [
        say(
            "geoplan.pack.says_size",
            ha=found.area_m2 / 1e4,
            mu=float(to_mu(found.area_m2)),
            result=say(f"geoplan.check.{found.result}"),
        ),
        *plant,
        say(
            "geoplan.pack.says_certificate",
            n=len(hard),
            overlap=sum(r.overlap_m2 or 0.0 for r in hard),
        ),
        say(
            f"geoplan.pack.{key}",
            before=simple.points_before,
            after=simple.points,
            tolerance=simple.deviation_m,
            loss_ha=simple.loss_m2 / 1e4,
            loss_m2=simple.loss_m2,
            drawn_mm=simple.drawn_in_m * 1e3,
        ),
    ]
    if n:
        told.append(say("geoplan.pack.says_open", n=n))
    blocks: list[Block] = [Items([x(lang) for x in told])]
    asked = found.approvals(lang)
    if not asked:
        return [*blocks, Paragraph(say("geoplan.pack.says_no_procedures")(lang))]
    head = say("geoplan.pack.says_procedures", n=len(asked))(lang)
    return [*blocks, Paragraph(head), Items(asked)]


def conclusion_sheet(blocks: Sequence[Block], lang: str) -> pd.DataFrame:
    """The sentences of `pack_conclusion`, one a row."""
    import pandas as pd

    told: list[str] = []
    for b in blocks:
        told += (
            b.texts if isinstance(b, Items) else [b.text] if isinstance(b, Paragraph) else []
        )
    return pd.DataFrame({say("geoplan.pack.h_conclusion")(lang): told})


def _told(table: Any, lang: str) -> Any:  # noqa: ANN401 - a data frame
    """A table with its columns of law as one, the last: paper is not as wide as a workbook."""
    names = [
        n for n in (say(f"siting.check.column.{c}")(lang) for c in LAW_CELLS) if n in table
    ]
    if not names:
        return table
    joint = say("siting.rules.in_force.joint")(lang)
    cells = [joint.join(v for v in row if v) for row in table[names].itertuples(index=False)]
    return table.drop(columns=names).assign(**{names[0]: cells})


def _unknown_law(found: Overlap, ids: Any) -> Any:  # noqa: ANN401 - a column
    """Rows of rules whose law on the day is not known."""
    return ids.isin([r.rule.id for r in found.rules if not r.rule.law_known])


def write_overlap(found: Overlap, plan: Plan, out: Path, *, lang: str) -> list[Path]:
    """Write the analysis into the folder `out`: XLSX, DOCX, GeoPackage and map.

    Parameters
    ----------
    found : Overlap
        Of `siting.check.boundary.check_boundary`.
    plan : Plan
        The plan it was checked against.
    out : Path
        Folder; made when it is not there.
    lang : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    list of Path
        The files written.
    """
    out.mkdir(parents=True, exist_ok=True)
    stem = Path(found.path).stem or "boundary"
    name = say("geoplan.check.file", name=stem)(lang)
    book = write_workbook(out / f"{name}.xlsx", found.tables(lang))
    subtitle = plan.plan.title(lang)
    if plan.plan.synthetic:
        subtitle += f" · {say('geoplan.cli.synthetic')(lang)}"
    document = Document(
        title=say("geoplan.check.title", name=stem)(lang),
        subtitle=subtitle,
        lang=lang,
        footer=say("geoplan.report.internal")(lang),
        blocks=headed(overlap_blocks(found, lang), lang),
    )
    word = write_word(document, out / f"{name}.docx")
    layers = out / f"{name}.gpkg"
    layers.unlink(missing_ok=True)
    write_features(layers, "boundary", found.outline.parcels)
    parts = found.parts()
    if len(parts):
        write_features(layers, "overlaps", parts)
    page = write_overlap_map(found, plan, out / f"{stem}_map.html", lang=lang)
    return [book, word, layers, page]
