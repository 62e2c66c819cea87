"""Screening as tables: rules with what they take, codes with their rules, areas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gis.cells.area import to_ha, to_km2, to_mu
from gis.say import Sentence, listed, say
from layers.catalogue import layer as layer_of
from siting.rules.in_force import law_cells
from siting.rules.listing import parameter_text
from siting.rules.model import Rule
from siting.rules.outcome import HIT, UNKNOWN
from siting.screen.attribution import attribute, pairwise_m2
from siting.screen.coded import STATES, Screening, areas_by_state
from siting.screen.judged.share import judged_codes
from siting.screen.program import Verdict
from siting.screen.summary import LawSummary

__all__ = [
    "areas_table",
    "codes_table",
    "law_tables",
    "not_judged",
    "overlap_table",
    "part_of_county",
    "reason",
    "rules_table",
]

_LOOK_UPS = [
    *("tech", "law", "document", "source_step", "validity", "rule_ids"),
    *("if_void_ha", "if_confirmed_ha"),
]
_CHANGES = ["tech", "rule_id", "day", "law_change", "text"]


def part_of_county(key: str) -> tuple[str, str]:
    """Kind and name of a part of the county that a screening totals.

    Examples
    --------
    >>> part_of_county(""), part_of_county("高仁乡"), part_of_county("zone:gaoren")
    (('county', ''), ('township', '高仁乡'), ('zone', 'gaoren'))
    """
    kind, found, name = key.partition(":")
    if found and kind in ("zone", "park"):
        return kind, name
    return ("township" if key else "county"), key


def reason(verdict: Verdict) -> Sentence | None:
    """Why a rule was not judged; None when it was.

    Examples
    --------
    >>> reason(Verdict("missing", ("road",), ("road",)))
    'layer roads is missing; not judged'
    """
    if verdict.state == "judged" and not verdict.all_nodata:
        return None
    key = "all_nodata" if verdict.all_nodata else verdict.state
    names = verdict.all_nodata or verdict.missing
    if key in ("no_turbine", "law_unknown"):
        return say(f"siting.screen.reason.{key}")
    layers = listed(layer_of(n).title for n in names)
    if key == "missing" and verdict.turbine:
        return say("siting.screen.reason.missing_and_turbine", layers=layers)
    if key == "assumed_absent":
        return say("siting.screen.reason.assumed_absent", layers=layers)
    if key == "all_nodata":
        return say("siting.screen.reason.all_nodata", layers=layers)
    if key == "incomplete":
        return say("siting.screen.reason.incomplete", layers=layers)
    return say("siting.screen.reason.missing", layers=layers)


def not_judged(found: Screening) -> tuple[Rule, ...]:
    """Rules in force that could not be judged, and might exclude land."""
    return tuple(
        r
        for r, v, e in zip(found.rules, found.verdicts, found.effects, strict=True)
        if v.state != "judged" and e != "none"
    )


def rules_table(found: Screening) -> pd.DataFrame:
    """One row a filter rule: the law, whether it was judged, and what it takes.

    Returns
    -------
    DataFrame
        ``gross_ha``, ``exclusive_ha`` (no other rule in force) and ``sole_ha`` (no other of
        the same effect) are 0 where nothing is hit; ``judged`` says whether that means
        anything.
    """
    areas = attribute(found)
    names = ("gross_m2", "exclusive_m2", "sole_m2", "unknown_m2")
    columns = [to_ha(areas[c].to_numpy(float)) for c in names]
    rows = []
    parts = zip(found.rules, found.verdicts, found.effects, *columns, strict=True)
    for rule, verdict, effect, gross, exclusive, sole, unknown in parts:
        why = reason(verdict)
        rows.append(
            {
                "rule_id": rule.id,
                "title_zh": rule.title.zh,
                "title_en": rule.title.en,
                "kind": rule.shown_kind,
                "stated_kind": "engineering"
                if rule.engineering
                else rule.stated_kind or rule.kind,
                "effect": effect,
                "source_step": rule.source_step,
                "needs_review": rule.needs_review,
                "parameter": str(parameter_text(rule)),
                "layer": ", ".join(verdict.layers),
                "citation": rule.citation,
                "quote": rule.quote or rule.no_quote,
                "judged": verdict.state == "judged",
                "state": verdict.state,
                "reason_zh": why("zh") if why else "",
                "reason_en": why("en") if why else "",
                "gross_ha": float(gross),
                "exclusive_ha": float(exclusive),
                "sole_ha": float(sole),
                "unknown_ha": float(unknown),
                "approval_zh": rule.approval.zh if rule.approval else "",
                "approval_en": rule.approval.en if rule.approval else "",
                "overridden": rule.overridden,
                **law_cells(rule.in_force),
            }
        )
    return pd.DataFrame(rows)


def codes_table(found: Screening) -> pd.DataFrame:
    """One row a code of the screening raster: its state, its rules, its area.

    Returns
    -------
    DataFrame
        ``hard`` (engineering rules among them), ``conditional``, ``preference`` and
        ``unknown`` list rule ids, separated by semicolons. Row 0 stands for cells outside
        the county. ``judged_n`` counts the hard and conditional rules judged there,
        ``judged_frac`` and ``judged_hard_frac`` weigh them and the hard ones alone by the land
        they usually take (`siting.screen.judged.share`).
    """
    judged = judged_codes(found)
    kinds = np.array([r.kind for r in found.rules], dtype=object)
    ids = np.array([r.id for r in found.rules], dtype=object)
    force = np.array([e != "none" for e in found.effects], dtype=bool)
    rows: list[dict[str, Any]] = []
    for code in range(len(found.table)):
        hit = found.outcomes[code] == HIT
        row: dict[str, Any] = {"code": code, "state": STATES[found.state[code]]}
        for kind in ("hard", "conditional", "preference"):
            row[kind] = ";".join(ids[hit & (kinds == kind)]) if code else ""
        doubtful = (found.outcomes[code] == UNKNOWN) & force
        row["unknown"] = ";".join(ids[doubtful]) if code else ""
        row["area_ha"] = to_ha(float(found.area_m2[code]))
        row["judged_n"] = int(judged.n[code]) if code else 0
        row["judged_frac"] = float(judged.frac[code])
        row["judged_hard_frac"] = float(judged.hard_frac[code])
        rows.append(row)
    return pd.DataFrame(rows)


def law_tables(laws: Mapping[str, LawSummary]) -> dict[str, pd.DataFrame]:
    """Documents to look up, and changes of law known to come, for every technology.

    Returns
    -------
    dict of DataFrame
        ``law_look_ups``: the one that moves most land first; ``law_changes``: the nearest
        first.
    """
    look_ups = [
        {
            "tech": tech,
            "law": x.law,
            "document": x.document,
            "source_step": x.source_step,
            "validity": x.validity,
            "rule_ids": "; ".join(x.rules),
            "if_void_ha": x.if_void_ha,
            "if_confirmed_ha": x.if_confirmed_ha,
        }
        for tech, law in laws.items()
        for x in law.look_ups
    ]
    changes = [
        {
            "tech": tech,
            "rule_id": c.rule_id,
            "day": c.day.isoformat(),
            "law_change": c.change,
            "text": c.text,
        }
        for tech, law in laws.items()
        for c in law.changes
    ]
    return {
        "law_look_ups": pd.DataFrame(look_ups, columns=_LOOK_UPS),
        "law_changes": pd.DataFrame(changes, columns=_CHANGES),
    }


def overlap_table(found: Screening) -> pd.DataFrame:
    """Pairs of rules that hit the same land, with the area; pairs without any are left out."""
    pairs = pairwise_m2(found).to_numpy()
    ids = [r.id for r in found.rules]
    rows = [
        {"rule_id": ids[i], "other_id": ids[j], "area_ha": to_ha(float(pairs[i, j]))}
        for i in range(len(ids))
        for j in range(i + 1, len(ids))
        if pairs[i, j] > 0
    ]
    return pd.DataFrame(rows, columns=["rule_id", "other_id", "area_ha"])


def areas_table(found: Screening) -> pd.DataFrame:
    """Area by state, of the county (zone ``""``), every township, zone and park.

    ``zone_kind`` tells them apart: county, township, zone (``zone`` is its id) or park (its
    name).
    """
    rows = []
    for zone in ("", *found.zones):
        kind, name = part_of_county(zone)
        for state, m2 in areas_by_state(found, zone).items():
            rows.append(
                {
                    "tech": found.tech,
                    "zone": name,
                    "zone_kind": kind,
                    "state": state,
                    "area_m2": m2,
                    "area_ha": to_ha(m2),
                    "area_mu": to_mu(m2),
                    "area_km2": to_km2(m2),
                }
            )
    return pd.DataFrame(rows)
