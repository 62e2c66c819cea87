"""What the report on one plant says: its blocks, from ``summary.json`` and the run's tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from geoplan.lender.chapters import (
    Chapter,
    Kind,
    TableSpec,
    chapters,
    farm_layer,
    plant_table,
    prefix_of,
)
from geoplan.lender.derived import DERIVED, OfPlant
from geoplan.lender.figures import plant_figure
from geoplan.lender.place import photo_of
from geoplan.report.document import (
    Block,
    Document,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Table,
)
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import frame_table, known, number
from geoplan.summary import RunSummary, read_run_summary
from gis.errors import ConfigError
from gis.say import listed, say, sentences
from layers.plan.model import Plan
from layers.result import optional_table
from siting.money.plants import plants_of
from siting.wind.summary import RepowerSummary

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HYBRID", "data_of", "lender_document", "plant_kind", "plant_kinds"]

HYBRID = "hybrid"
_UNNAMED = frozenset({HYBRID, "repower"})  # ids of the run, no names
_REVISIONS = 4  # empty lines of the revision list
_SIGNED = ("written", "checked", "reviewed", "approved")
_PCT = 100.0
_SAME = "〃"
_Z90 = NormalDist().inv_cdf(0.9)


def plant_kinds(run: Path) -> Mapping[str, Kind]:
    """Plants of the run that can be reported on, with their kind.

    The station of wind and PV behind one connection is called ``"hybrid"``.
    """
    found: dict[str, Kind] = {p.id: p.tech for p in plants_of(run)}
    if optional_table(run, "hybrid_split") is not None:
        found[HYBRID] = "hybrid"
    return found


def plant_kind(run: Path, plant: str) -> Kind:
    """Kind of a plant of the run.

    Raises
    ------
    ConfigError
        When the run has no such plant; the message names those it has.
    """
    kinds = plant_kinds(run)
    if plant not in kinds:
        raise ConfigError(
            say("geoplan.lender.no_such_plant"),
            where="--plant",
            got=plant,
            expected=listed(kinds) or say("geoplan.lender.no_plant"),
            todo=say("geoplan.lender.run_yields_first"),
        )
    return kinds[plant]


def data_of(run: Path, plant: str, kind: Kind) -> str:
    """The plant whose tables are shown: those of a hybrid station are its wind farm's."""
    if kind != "hybrid":
        return plant
    farms = [p.id for p in plants_of(run) if p.tech == "wind"]
    return farms[0] if farms else plant


def lender_document(
    plan: Plan,
    run: Path,
    plant: str,
    folder: Path,
    lang: str,
    *,
    more: Mapping[str, pd.DataFrame] | None = None,
) -> Document:
    """The report on `plant`, a site of PV, a farm or ``"hybrid"``.

    Parameters
    ----------
    plan : Plan
    run : Path
        Run folder with ``summary.json`` and ``steps/``.
    plant : str
    folder : Path
        Of the plant's files, with its pictures drawn.
    lang : {"zh", "en"}
    more : mapping, optional
        Tables that were made for the report and are not in the run.

    Raises
    ------
    ConfigError
        When the run has no such plant; the message names those it has.
    """
    s, kind = read_run_summary(run), plant_kind(run, plant)
    at = OfPlant(plan, run, plant, data_of(run, plant, kind), kind, lang)
    blocks: list[Block] = [
        *_head(s, at),
        PageBreak(),
        *_site(s, at, folder),
    ]
    for chapter in chapters():
        if kind in chapter.kinds:
            blocks += [PageBreak(), *_chapter(chapter, at, folder, more)]
    blocks += [
        PageBreak(),
        *_method(kind, lang),
        *_warnings(s, run, kind, lang),
        *_provenance(s, lang),
    ]
    kind_title = say(f"geoplan.lender.title_{kind}")(lang)
    return Document(
        title=kind_title if plant in _UNNAMED else f"{kind_title} · {plant}",
        subtitle=plan.plan.title(lang),
        lang=lang,
        footer=f"{say('geoplan.report.run_id')(lang)} {s.run.id[:12]} · {s.plan.as_of}",
        blocks=blocks,
    )


def _head(s: RunSummary, at: OfPlant) -> Iterator[Block]:
    lang = at.lang
    yield Heading(1, say("geoplan.lender.h_result")(lang))
    if s.plan.synthetic:
        yield Paragraph(say("geoplan.cli.synthetic")(lang), "banner")
    yield Paragraph(say("geoplan.lender.note_result")(lang))
    headers = [say(f"geoplan.report.{k}")(lang) for k in ("quantity", "value", "unit")]
    rows = [
        [say(f"geoplan.lender.key_{key}")(lang), value, _unit(unit, lang)]
        for key, value, unit in _key_figures(s, at)
    ]
    yield Table(
        "key_figures",
        say("geoplan.lender.c_key_figures")(lang),
        headers,
        rows,
        frozenset({1}),
        (5, 2, 2),
    )
    yield Heading(2, say("geoplan.lender.h_signed")(lang))
    columns = ("role", "name", "signature", "day")
    yield Table(
        "signed",
        say("geoplan.lender.c_signed")(lang),
        [say(f"geoplan.lender.{c}")(lang) for c in columns],
        [[say(f"geoplan.lender.role_{r}")(lang), "", "", ""] for r in _SIGNED],
    )
    columns = ("revision", "day", "changed", "name")
    first = ["0", s.plan.as_of, say("geoplan.lender.first_issue", run=s.run.id[:12])(lang), ""]
    yield Table(
        "revisions",
        say("geoplan.lender.c_revisions")(lang),
        [say(f"geoplan.lender.{c}")(lang) for c in columns],
        [first, *([["", "", "", ""]] * _REVISIONS)],
        widths=(1, 2, 5, 2),
    )


def _unit(unit: str, lang: str) -> str:
    return (
        say("geoplan.common.header_unit.million_CNY")(lang) if unit == "million_cny" else unit
    )


def _row(at: OfPlant, name: str, of: str) -> dict[Any, Any]:
    table = at.table(name, of)
    return {} if table is None else table.to_dict("records")[0]


def _key_figures(s: RunSummary, at: OfPlant) -> Iterator[tuple[str, str, str]]:
    """Figures of the first page: key of the words, value, unit."""
    kind, life = at.kind, at.table("plant_life")
    site = _row(at, "pv_sites", "site_id") if kind == "pv" else {}
    money = _row(at, "money_plants", "plant")
    mw = float(life["capacity_mw"].iloc[0]) if life is not None else site.get("capacity_mw")
    if kind != "hybrid":
        yield "capacity_ac", number(mw, 2), "MW AC"
    if kind == "pv":
        yield "capacity_dc", number(site.get("dc_mw"), 2), "MWp DC"
    if kind == "hybrid" and isinstance(s.repower, RepowerSummary):
        yield from _hybrid_figures(s.repower)
    for row in _levels(at):
        for column, span in (
            ("one_year_mwh", "one"), ("ten_year_mwh", "ten"), ("life_mean_mwh", "life"),
        ):  # fmt: skip
            if row["level"] in _FIRST_PAGE and known(row.get(column)):
                yield f"p_{span}", f"{row['level']}: {number(row[column], 0)}", "MWh/a"
    if life is not None and mw:
        p50 = float(life["p50_mwh"].iloc[0])
        key = "hours_limit" if kind == "hybrid" else "hours_ac"
        yield key, number(p50 / mw, 0), "h (AC)"
    if kind == "pv":
        yield "specific_dc", number(site.get("specific_kwh_kwp"), 0), "kWh/kWp (DC)"
        yield "ratio", number(_percent(site.get("performance_ratio")), 1), "%"
        yield "light", number(site.get("poa_kwh_m2"), 0), "kWh/m²"
        yield "uncertainty", number(_percent(site.get("uncertainty_frac")), 1), "%"
    elif life is not None:
        first = life.iloc[0]
        sd = (1.0 - float(first["p90_mwh"]) / float(first["p50_mwh"])) / _Z90
        yield "uncertainty", number(_percent(sd), 1), "%"
    for key, digits, unit in (
        ("lcoe_real_cny_mwh", 1, "CNY/MWh"),
        ("npv_mcny", 1, "million_cny"),
        ("least_dscr_p50", 2, "-"),
        ("least_dscr_p90", 2, "-"),
    ):
        if known(money.get(key)):
            yield key, number(money[key], digits), unit
    for key in ("irr_frac", "equity_irr_frac", "curtailed_frac"):
        if known(money.get(key)):
            yield key, number(_percent(money[key]), 2), "%"


def _levels(at: OfPlant) -> list[dict[Any, Any]]:
    """Rows of the P-table of a plant."""
    table = at.table(_P_TABLE[at.kind], "site_id" if at.kind == "pv" else "plant")
    return [] if table is None else table.to_dict("records")


_FIRST_PAGE = ("P50", "P90")
_P_TABLE: Mapping[Kind, str] = {
    "pv": "pv_p_values",
    "wind": "farm_p_values",
    "hybrid": "hybrid_p_values",
}


def _percent(value: Any) -> Any:  # noqa: ANN401 - a cell of a table
    return value * _PCT if known(value) else None


def _hybrid_figures(s: RepowerSummary) -> Iterator[tuple[str, str, str]]:
    from siting.wind.summary import HybridSummary

    h = s.hybrid
    if isinstance(h, HybridSummary):
        yield "hybrid_wind", number(h.wind_mw, 2), "MW AC"
        yield "hybrid_pv", number(h.pv_mw, 2), "MW AC"
        yield "hybrid_limit", number(h.limit_mw, 2), "MW AC"
        if h.battery is not None:
            size = f"{number(h.battery.power_mw, 1)} / {number(h.battery.energy_mwh, 1)}"
            yield "hybrid_battery", size, "MW / MWh"
        yield "hybrid_sent", number(h.sent_mwh_yr, 0), "MWh/a"
        yield "hybrid_curtailed", number(_percent(h.curtailed_frac), 2), "%"


def _site(s: RunSummary, at: OfPlant, folder: Path) -> Iterator[Block]:
    from geoplan.report.annex.sites import site_facts

    run, lang = at.run, at.lang
    yield Heading(1, say("geoplan.lender.h_site")(lang))
    site = next((x for x in s.sites or () if x.site_id == at.plant), None)
    if site is None:
        key = "site_new" if prefix_of(run, at.farm) == "greenfield" else f"site_{at.kind}"
        yield Paragraph(say(f"geoplan.lender.{key}")(lang))
    yield from _pictures(run, folder, "plant_map", lang)
    if site is None:
        yield from _farm_facts(s, at)
    else:
        yield site_facts(site, None, "plant", lang)
    photo = photo_of(folder)
    caption = say("geoplan.lender.f_plant_photo")(lang)
    if photo is not None:
        yield Figure("fig_plant_photo", caption, photo, caption)
    else:
        yield from _pictures(run, folder, "plant_photo", lang)
    if site is None:
        return
    for name, columns, digits in (
        ("sites_approvals", ("rule_id", "title_", "area_ha", "share_frac", "citation"), 2),
        ("sites_dlbm", ("dlbm", "dlmc", "area_ha", "area_mu"), 2),
        ("sites_overlaps", ("layer_", "name", "area_ha"), 2),
    ):
        table = plant_table(run, TableSpec(name=name, of="site_id"), at.plant)
        if table is not None:
            caption = say(f"geoplan.report.c_{_SITE_CAPTIONS[name]}")(lang)
            yield frame_table(name, caption, table, columns, lang, digits=digits)


def _farm_facts(s: RunSummary, at: OfPlant) -> Iterator[Block]:
    """Where a farm stands and on what land."""
    layer = farm_layer(at.run, at.farm)
    if layer is None or not len(layer):
        return
    lang = at.lang
    w, south, e, n = (number(float(v), 4) for v in layer.to_crs("EPSG:4326").total_bounds)
    rows = [
        [say("geoplan.report.position")(lang), f"{w} – {e} E, {south} – {n} N"],
        [say("geoplan.lender.turbines_of")(lang), f"{len(layer)}"],
    ]
    new = s.greenfield
    if new is not None and new.name == at.farm:
        rows += [
            [say("geoplan.report.area")(lang), f"{number(new.area_ha, 1)} ha"],
            [say("geoplan.lender.usable")(lang), f"{number(new.usable_ha, 1)} ha"],
            [say("geoplan.lender.class_of")(lang), f"IEC {new.iec_class}"],
        ]
    if "land_state" in layer:
        rules = sorted({r for t in layer["conditional_rules"] for r in str(t).split()})
        rows.append([say("geoplan.lender.land_rules")(lang), listed(rules)(lang) or "—"])
    heads = [say(f"geoplan.report.{k}")(lang) for k in ("quantity", "value")]
    caption = say("geoplan.lender.c_farm_facts")(lang)
    yield Table("farm_facts", caption, heads, rows, widths=(3, 5))


_SITE_CAPTIONS = {
    "sites_approvals": "approvals",
    "sites_dlbm": "classes",
    "sites_overlaps": "overlaps",
}


def _chapter(
    chapter: Chapter,
    at: OfPlant,
    folder: Path,
    more: Mapping[str, pd.DataFrame] | None,
) -> Iterator[Block]:
    run, kind, lang = at.run, at.kind, at.lang
    yield Heading(1, say(f"geoplan.lender.h_{chapter.id}")(lang))
    yield Paragraph(say(f"geoplan.lender.note_{chapter.id}")(lang))
    for spec in chapter.tables:
        if spec.kinds and kind not in spec.kinds:
            continue
        for name in spec.figures:
            yield from _pictures(run, folder, name, lang)
        if spec.name in DERIVED:
            yield from DERIVED[spec.name](at)
            continue
        who = at.farm if spec.name.startswith("farm_") else at.plant
        table = plant_table(run, spec, who, more)
        if table is None:
            if spec.needed:
                name = say(_caption(spec.name))(lang)
                yield Paragraph(say("geoplan.lender.not_in_run", name=name)(lang), "note")
            continue
        if "tech" in table and spec.name == "money_inputs":
            table = table[table["tech"] == kind]
        if spec.name.endswith("equipment"):
            table = _ditto(table, f"source_{lang}")
        if spec.columns and len(table):
            caption = say(_caption(spec.name))(lang)
            yield frame_table(
                spec.name, caption, table, spec.columns, lang,
                digits=spec.digits, most=spec.most,
            )  # fmt: skip


def _ditto(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """A source that is that of the row above stands once."""
    if column not in table:
        return table
    same = table[column].eq(table[column].shift())
    return table.assign(**{column: table[column].where(~same, _SAME)})


def _caption(name: str) -> str:
    own = f"geoplan.lender.c_{name}"
    return own if own in sentences("geoplan") else f"geoplan.report.c_{name}"


def _pictures(run: Path, folder: Path, name: str, lang: str) -> Iterator[Block]:
    path = plant_figure(folder, name, lang)
    if path.exists():
        own = f"geoplan.lender.f_{name}"
        known_as = own if own in sentences("geoplan") else f"geoplan.report.f_{name[6:]}"
        caption = say(known_as)(lang)
        yield Figure(f"fig_{name}", caption, path, caption)
    else:
        yield from figure_blocks(run, name, lang)


def _method(kind: Kind, lang: str) -> Iterator[Block]:
    yield Heading(1, say("geoplan.lender.h_method")(lang))
    for key in ("land", kind, "p_values", "money", "limits"):
        yield Paragraph(say(f"geoplan.lender.method_{key}")(lang))


_STEPS: Mapping[Kind, frozenset[str]] = {
    "pv": frozenset({"screen", "sites", "pv", "money"}),
    "wind": frozenset({"screen", "wind", "repower", "greenfield", "money"}),
    "hybrid": frozenset({"screen", "sites", "pv", "wind", "repower", "money"}),
}
"""Steps whose remarks a reader of a plant has to know; those of the plan always are."""


def _warnings(s: RunSummary, run: Path, kind: Kind, lang: str) -> Iterator[Block]:
    from geoplan.report.annex.chapters import warning_items

    yield Heading(1, say("geoplan.lender.h_warnings")(lang))
    others = {
        (w["code"], w["where"])
        for path in sorted((run / "steps").glob("*/step.json"))
        if path.parent.name not in _STEPS[kind]
        for w in json.loads(path.read_text(encoding="utf-8"))["warnings"]
    }
    told = [w for w in s.warnings if (w.code, w.where) not in others]
    if not told:
        yield Paragraph(say("geoplan.report.none")(lang))
        return
    yield warning_items(told, lang)


def _provenance(s: RunSummary, lang: str) -> Iterator[Block]:
    from geoplan.report.annex.chapters import provenance

    yield from provenance(s, lang)
