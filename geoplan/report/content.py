"""What the report of a run says: its blocks, from ``summary.json`` and the run's tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.report.document import (
    Block,
    Document,
    Heading,
    Items,
    PageBreak,
    Paragraph,
    Table,
)
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import frame_table
from geoplan.text import t
from gis.errors import DataError
from layers.plan.model import Plan
from layers.result import read_table
from siting.screen.section import ScreeningSection

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["number", "report_document", "words"]

SITE_APPROVALS = ("rule_id", "title_", "area_ha", "share_frac", "citation")
STATES = ("left", "conditional", "unknown", "taken")


def number(value: Any, digits: int = 1) -> str:  # noqa: ANN401
    """A number for a table: grouped, fixed digits, an em dash when there is none.

    Examples
    --------
    >>> number(1234.56), number(None), number(float("nan")), number(2, 0)
    ('1,234.6', '—', '—', '2')
    """
    if value is None or (isinstance(value, float) and value != value):
        return "—"
    return f"{value:,.{digits}f}"


def words(lang: str) -> Any:  # noqa: ANN401
    """The strings of ``report.toml`` in `lang`, as a function of key and values."""

    def say(key: str, **values: Any) -> str:  # noqa: ANN401
        return t(key if "." in key else f"report.{key}", lang, **values)

    return say


def _optional(run: Path, name: str) -> pd.DataFrame | None:
    try:
        return read_table(run, name)
    except DataError:
        return None


def _overview(s: Mapping[str, Any], say: Any) -> Iterator[Block]:  # noqa: ANN401
    yield Heading(1, say("h_overview"))
    if s["plan"]["synthetic"]:
        yield Paragraph(say("cli.synthetic"), "banner")
    for tech, part in s.get("screening", {}).items():
        if part.get("provisional"):
            line = say("cli.provisional", n=part["not_judged"], m=part["of"])
            yield Paragraph(f"{say('cli.tech_' + tech)}：{line}", "banner")
    rows = []
    if county := s.get("county"):
        rows.append([say("cli.county_area"), number(county["area_km2"], 2), "km²"])
    for tech, part in s.get("screening", {}).items():
        for state in STATES:
            label = f"{say('cli.tech_' + tech)} · {say('cli.state_' + state)}"
            rows.append([label, number(part["area_ha"][state] / 100, 2), "km²"])
    if (sites := s.get("sites")) is not None:
        rows.append([say("sites"), str(len(sites)), ""])
        rows.append(
            [say("sites_mw"), number(sum(x["capacity_mw"] or 0 for x in sites), 0), "MW"]
        )
    headers = [say("quantity"), say("value"), say("unit")]
    yield Table("overview", say("c_overview"), headers, rows, frozenset({1}), (5, 2, 1))


def _data(s: Mapping[str, Any], plan: Plan, say: Any, lang: str) -> Iterator[Block]:  # noqa: ANN401
    from layers.catalogue import layer
    from layers.open.plan_layers import layer_state

    yield Heading(1, say("h_data"))
    rows = []
    for key, source in sorted(plan.layers.items()):
        state = layer_state(plan, key)
        note = source.assumed_absent or source.required_from_user
        if source.synthetic or plan.plan.synthetic:
            note = note or say("synthetic_short")
        about = " · ".join(x for x in (source.source, source.licence) if x) or "—"
        rows.append(
            [layer(key).title(lang), say("cli." + state), source.date or "—", about, note]
        )
    headers = [say("layer"), say("cli.state"), say("date"), say("source"), say("cli.note")]
    yield Table("data", say("c_data"), headers, rows, widths=(3, 1.6, 1.6, 4, 3))
    yield Heading(2, say("warnings"))
    if s["warnings"]:
        yield Items(
            [
                w["text"][lang] + (f" ({w['where']})" if w["where"] else "")
                for w in s["warnings"]
            ]
        )
    else:
        yield Paragraph(say("none"))


def _law(plan: Plan, say: Any, lang: str) -> Iterator[Block]:  # noqa: ANN401
    from siting.rules import overrides_table, pending_law

    section = plan.section(ScreeningSection)
    if section.overrides:
        frame = overrides_table(section.overrides, lang)
        rows = [[str(v) for v in row] for row in frame.itertuples(index=False)]
        yield Heading(2, say("h_overrides"))
        yield Table("overrides", say("c_overrides"), list(map(str, frame.columns)), rows)
    yield Heading(2, say("h_law_pending"))
    yield Items([f"{p.title(lang)}：{p.state(lang)}" for p in pending_law()])


def _rules(s: Mapping[str, Any], run: Path, say: Any, lang: str) -> Iterator[Block]:  # noqa: ANN401
    yield Heading(1, say("h_rules"))
    yield Paragraph(say("rules_note"))
    for tech, part in s.get("screening", {}).items():
        yield Heading(2, say("cli.tech_" + tech))
        total = sum(part["area_ha"].values())
        rows = [
            [
                say("cli.state_" + k),
                number(part["area_ha"][k], 2),
                number(part["area_ha"][k] * 15, 1),
                number(100 * part["area_ha"][k] / total if total else None, 2),
            ]
            for k in STATES
        ]
        rows.append([say("total"), number(total, 2), number(total * 15, 1), number(100.0, 2)])
        headers = [say("cli.state"), "ha", say("mu"), "%"]
        yield Table(
            f"state_{tech}",
            say("c_state"),
            headers,
            rows,
            frozenset({1, 2, 3}),
            (3, 2, 2, 1),
            True,
        )
        yield from figure_blocks(run, f"waterfall_{tech}", say, lang)
        yield from _rule_table(part, tech, say, lang)


def _rule_table(part: Mapping[str, Any], tech: str, say: Any, lang: str) -> Iterator[Block]:  # noqa: ANN401
    rows = []
    waiting = []
    for r in part["rules"]:
        title = r["title"][lang]
        if r["confidence"] == "recalled":
            title += f" [{say('cli.needs_review')}]"
        law = f"{r['citation']}「{r['quote']}」"
        if r["judged"]:
            rows.append(
                [
                    r["rule_id"],
                    title,
                    say("kind_" + r["kind"]),
                    law,
                    number(r["gross_ha"]),
                    number(r["exclusive_ha"]),
                ]
            )
        else:
            waiting.append([r["rule_id"], title, say("kind_" + r["kind"]), str(r["reason"])])
    head = [say("id"), say("rule"), say("kind")]
    yield Table(
        f"rules_{tech}",
        say("c_rules"),
        [*head, say("article"), say("gross"), say("exclusive")],
        rows,
        frozenset({4, 5}),
        (1.2, 2.6, 1.1, 5, 1.4, 1.4),
    )
    if waiting:
        yield Table(
            f"waiting_{tech}",
            say("c_waiting"),
            [*head, say("reason")],
            waiting,
            widths=(1.2, 4, 1.2, 4),
        )


def _sites(s: Mapping[str, Any], run: Path, say: Any, lang: str) -> Iterator[Block]:  # noqa: ANN401
    sites: Sequence[Mapping[str, Any]] = s.get("sites") or ()
    yield Heading(1, say("h_sites"))
    if not sites:
        yield Paragraph(say("no_sites"))
        return
    headers = [say("site"), say("technology"), say("zone"), "ha", say("mu"), "MW"]
    rows = [
        [
            x["site_id"],
            say("cli.tech_" + x["tech"]),
            x.get("zone") or "—",
            number(x["area_ha"], 2),
            number(x["area_mu"], 1),
            number(x["capacity_mw"], 1),
        ]
        for x in sites
    ]
    yield Table(
        "sites", say("c_sites"), headers, rows, frozenset({3, 4, 5}), (2, 1, 2, 2, 2, 2)
    )
    yields: dict[Any, Mapping[Any, Any]] = {
        r["site_id"]: r
        for name in ("pv_sites", "wind_sites")
        if (table := _optional(run, name)) is not None
        for r in table.to_dict("records")
    }
    approvals = _optional(run, "sites_approvals")
    classes = _optional(run, "sites_dlbm")
    overlaps = _optional(run, "sites_overlaps")
    for x in sites:
        key = x["site_id"].lower().replace("-", "_")
        yield PageBreak()
        yield Heading(3, say("c_site", site=x["site_id"]))
        yield from figure_blocks(run, f"site_{x['site_id']}", say, lang)
        yield _site_facts(x, yields.get(x["site_id"]), key, say)
        for name, table, columns in (
            (
                "approvals",
                approvals,
                ("rule_id", "title_", "area_ha", "share_frac", "citation"),
            ),
            ("classes", classes, ("dlbm", "dlmc", "area_ha", "area_mu")),
            ("overlaps", overlaps, ("layer_", "name", "area_ha")),
        ):
            if table is None:
                continue
            own = table[table["site_id"] == x["site_id"]]
            if len(own):
                yield frame_table(
                    f"{name}_{key}", say(f"c_{name}"), own, columns, lang, digits=2
                )


def _site_facts(x: Mapping[str, Any], y: Mapping[Any, Any] | None, key: str, say: Any) -> Table:  # noqa: ANN401
    area = f"{number(x['area_ha'], 4)} ha = {number(x['area_mu'], 2)} {say('mu')}"
    slope = f"{number(x.get('slope_mean_deg'))}° / {number(x.get('slope_p95_deg'))}°"
    rows = [
        [say("position"), f"{number(x['lon'], 5)} E, {number(x['lat'], 5)} N"],
        [say("township"), str(x.get("township") or "—")],
        [say("area"), area],
        [say("capacity"), f"{number(x['capacity_mw'], 1)} MW"],
        [say("slope"), slope],
        [say("ghi"), f"{number(x.get('ghi_kwh_m2'), 0)} kWh/m²"],
    ]
    if x.get("substation"):
        line = f"{x['substation']}, {number(x.get('substation_distance_m'), 0)} m"
        rows.append([say("substation"), line])
        rows.append([say("route"), f"{number(x.get('route_length_m'), 0)} m"])
    if y is not None:
        rows += [
            ["P50", f"{number(y['p50_mwh_yr'], 0)} MWh/a"],
            ["P90", f"{number(y['p90_mwh_yr'], 0)} MWh/a"],
            [say("full_load_hours"), f"{number(y.get('full_load_hours_h'), 0)} h/a"],
        ]
    headers = [say("quantity"), say("value")]
    caption = say("c_site", site=x["site_id"])
    return Table(f"site_{key}", caption, headers, rows, widths=(1, 3))


def _indicators(s: Mapping[str, Any], run: Path, say: Any, lang: str) -> Iterator[Block]:  # noqa: ANN401
    yield Heading(1, say("h_targets"))
    rows = []
    for i in s.get("indicators", ()):
        unit = i.get(f"unit_{lang}") or i["unit"]
        low, high = i.get("low"), i.get("high")
        between = f"{number(low, 2)} – {number(high, 2)}" if low is not None else "—"
        value = say("not_estimated") if i["value"] is None else number(i["value"], 2)
        rows.append(
            [
                i["title"][lang],
                str(i["year"]),
                f"{value} {unit}" if i["value"] is not None else value,
                between,
                f"{i['relation']} {number(i['target'], 2)} {unit}",
                str(i.get("caliber") or "—"),
                f"{i['section']}「{i['quote']}」",
            ]
        )
    headers = [say(k) for k in ("indicator", "year", "value", "interval", "target")]
    headers += [say("caliber"), say("quote")]
    if rows:
        yield Table(
            "targets",
            say("c_targets"),
            headers,
            rows,
            frozenset({2, 3, 4}),
            (2, 0.8, 1.6, 1.6, 1.6, 1.6, 4),
        )
    else:
        yield Paragraph(say("no_targets"))
    yield from figure_blocks(run, "targets", say, lang)


def _provenance(s: Mapping[str, Any], say: Any) -> Iterator[Block]:  # noqa: ANN401
    prov = s["provenance"]
    yield Heading(1, say("h_provenance"))
    yield Paragraph(say("provenance_note", run=s["run"]["id"], version=s["run"]["geoplan"]))
    rows = [[k, v] for k, v in prov["inputs"].items()]
    yield Table("inputs", say("c_inputs"), [say("input"), "SHA-256"], rows, widths=(2, 4))
    rows = [[k, str(v)] for k, v in prov["rule_books"].items()]
    yield Table(
        "books", say("c_books"), [say("rule_book"), say("version")], rows, widths=(3, 2)
    )
    rows = [[k, v] for k, v in prov["versions"].items()]
    yield Table("versions", say("c_versions"), [say("package"), say("version")], rows)


def report_document(plan: Plan, run: Path, lang: str) -> Document:
    """The report of the finished run at `run`.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Run folder with ``summary.json`` and ``steps/``.
    lang : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    Document
        Every number in it comes from the run, none is typed.
    """
    from geoplan.report.carbon_part import carbon_blocks
    from geoplan.report.energy_part import energy_blocks

    s = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    say = words(lang)
    blocks: list[Block] = [
        *_overview(s, say),
        Heading(1, say("h_method")),
        *(Paragraph(say(f"method_{k}")) for k in ("screen", "area", "yield", "carbon")),
        *_data(s, plan, say, lang),
        *_rules(s, run, say, lang),
        *_law(plan, say, lang),
        *_sites(s, run, say, lang),
        *energy_blocks(s, run, say, lang),
        *carbon_blocks(s, run, say, lang),
        *_indicators(s, run, say, lang),
        *_provenance(s, say),
    ]
    return Document(
        title=f"{s['plan']['title'][lang]} {say('title')}",
        subtitle=f"{say('run_id')} {s['run']['id']} · {s['run']['finished'][:10]}",
        lang=lang,
        footer=f"{say('internal')} · {say('run_id')} {s['run']['id']}",
        blocks=blocks,
    )
