"""Why a place is in or out, small enough to carry: the rules and the code table of a screen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.maps.contents import RunContents
from geoplan.maps.values import RuleText
from gis.say import LANGS
from siting.rules.citation import cited_text
from siting.rules.in_force import InForce, law_from_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["STATES", "code_table", "ids_of", "law_texts", "rule_texts", "techs_of"]

STATES = ("outside", "left", "conditional", "taken", "unknown", "provisional")
"""Names of the states 0-5 of the eligibility raster."""

_KINDS = ("hard", "conditional", "preference", "unknown")


def ids_of(value: Any) -> list[str]:  # noqa: ANN401 - a cell of a table
    """Rule ids of a cell that holds a list, or text with separators.

    Examples
    --------
    >>> ids_of("PV-001; PV-014")
    ['PV-001', 'PV-014']
    >>> ids_of(np.array(["PV-001"])), ids_of(None)
    (['PV-001'], [])
    """
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return []
    if isinstance(value, str):
        return [v for v in re.split(r"[;,|\s]+", value) if v]
    return [str(v) for v in value]


def techs_of(contents: RunContents) -> list[str]:
    """Technologies the run screened, as the summary orders them."""
    found = list(contents.summary.screening or {})
    for name in contents.tables:
        if name.startswith("rules_") and name.removeprefix("rules_") not in found:
            found.append(name.removeprefix("rules_"))
    return found


def _state(value: Any) -> int:  # noqa: ANN401 - a cell of a table
    if isinstance(value, str):
        return STATES.index(value) if value in STATES else 0
    return int(value)


def code_table(table: pd.DataFrame) -> dict[str, list[Any]]:
    """The code table as columns: per code its state and the rule ids by kind.

    Parameters
    ----------
    table : DataFrame
        Columns ``code``, ``state`` and one column of rule ids a kind, whose name starts
        with hard, conditional, preference or unknown.
    """
    columns = {
        kind: next((c for c in table.columns if str(c).startswith(kind)), None)
        for kind in _KINDS
    }
    judged = {
        name: [None if v != v else round(float(v), 4) for v in table[f"judged_{name}"]]
        for name in ("n", "frac", "hard_frac")
        if f"judged_{name}" in table.columns
    }
    return {
        "code": [int(v) for v in table["code"]],
        "state": [_state(v) for v in table["state"]],
        **{
            kind: [ids_of(v) for v in table[column]]
            if column
            else [[] for _ in range(len(table))]
            for kind, column in columns.items()
        },
        **{f"judged_{k}": v for k, v in judged.items()},
    }


def _both(row: Mapping[Any, Any], stem: str) -> dict[str, str]:
    zh = str(row.get(f"{stem}_zh") or row.get(stem) or row.get(f"{stem}_en") or "")
    return {"zh": zh, "en": str(row.get(f"{stem}_en") or zh)}


def law_texts(law: InForce | None) -> dict[str, list[str]]:
    """What the page says of the law behind a rule, line by line, by language."""
    if law is None:
        return {}
    return {lang: [line(lang) for line in law.lines()] for lang in LANGS}


def rule_texts(contents: RunContents) -> dict[str, RuleText]:
    """Rule id -> title, kind, citation, quote, law of the day and whether it was judged."""
    out: dict[str, RuleText] = {}
    for tech in techs_of(contents):
        if f"rules_{tech}" not in contents.tables:
            continue
        for row in contents.table(f"rules_{tech}").to_dict("records"):
            judged = row.get("judged")
            out[str(row["rule_id"])] = {
                "title": _both(row, "title"),
                "kind": str(row.get("kind") or ""),
                "citation": cited_text(str(row.get("citation") or "")).model_dump(),
                "quote": str(row.get("quote") or ""),
                "law": law_texts(law_from_cells(row)),
                "review": bool(row.get("needs_review", True)),
                "judged": judged in (True, 1, "true", "yes", "judged"),
                "reason": _both(row, "reason"),
                "layer": str(row.get("layer") or ""),
            }
    return out
