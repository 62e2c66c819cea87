"""A table of a run as a sheet says it: words for ids, ids that are needed at the end."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from geoplan.maps.contents import named_ids
from geoplan.maps.values import Words
from geoplan.report.cell_words import WORDED, cell_word, columns_in
from geoplan.summary import RunSummary
from gis.say import say
from layers.plan.model import Plan
from layers.spec import Text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["called", "sheet_columns", "spoken_table"]

# ids that a title says in the same row; the CSV has them
_TITLED = frozenset(
    {
        *("category", "check", "component", "ecosystem", "gas", "id", "indicator", "item"),
        *("measure", "name", "source_id", "step", "target_id", "work"),
    }
)
# of plants and of coefficients, which have no title: a plan may need them
_AT_THE_END = ("id", "coefficient", "coefficients")
_NAMED = frozenset({"zone", "facility_case", "target_id", "figure"})
_TARGET = "target_title"


def called(plan: Plan, summary: RunSummary) -> dict[str, Words]:
    """What the ids of a plan are called: its zones, targets and cases of facilities.

    Examples
    --------
    >>> from geoplan.demo import sample_plan
    >>> from geoplan.maps.contents import plan_summary
    >>> plan = sample_plan("tiny")
    >>> found = called(plan, plan_summary(plan))
    >>> found["gaoren"]["zh"], found["forest_cover_2025"]["en"]
    ('高仁乡光伏产业园区', 'forest cover (2025)')
    """
    own: dict[str, Text] = {z.id: z.title for z in plan.zones}
    own |= {t.id: t.title for t in plan.targets}
    return {k: {"zh": v.zh, "en": v.en} for k, v in own.items()} | named_ids(summary)


def _said(name: str, columns: Iterable[str], lang: str) -> bool:
    """Whether another column of the row says in words what `name` is the id of."""
    there = frozenset(columns)
    titled = f"title_{lang}" in there or lang in there
    if name in _TITLED and titled:
        return True
    return (
        f"{name}_{lang}" in there
        or (name.endswith("_id") and f"{name[:-2]}{lang}" in there)
        or (name == "id" and lang in there)
        or (name == "law" and "document" in there)
        or (name == "parameter" and f"how_{lang}" in there)
        or (name == "kind" and "measure" in there)
        or (name == "zone" and "zone_kind" in there and titled)
    )


def sheet_columns(columns: Iterable[Hashable], lang: str) -> list[str]:
    """Columns of a sheet: no id beside its title, those without one at the end.

    Examples
    --------
    >>> sheet_columns(["id", "indicator", "title_zh", "title_en", "value"], "zh")
    ['title_zh', 'value']
    >>> sheet_columns(["caliber", "caliber_zh", "caliber_en", "unit"], "en")
    ['caliber_en', 'unit']
    """
    names = columns_in(lang, map(str, columns))
    shown = [n for n in names if not _said(n, names, lang)]
    last = [n for n in _AT_THE_END if n in shown]
    return [n for n in shown if n not in last] + last


def spoken_table(table: pd.DataFrame, lang: str, names: Mapping[str, Words]) -> pd.DataFrame:
    """The table as a reader of one language wants it; the CSV keeps both and the ids.

    Parameters
    ----------
    table : DataFrame
        A table of a run.
    lang : {"zh", "en"}
    names : mapping
        Ids of the plan -> what they are called, from `called`.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"zone": ["a"], "roof": ["flat"], "used": [True]})
    >>> spoken_table(table, "zh", {"a": {"zh": "甲园区", "en": "park A"}}).iloc[0].tolist()
    ['甲园区', '平屋面', '是']
    """
    shown = sheet_columns(table.columns, lang)
    out = table[shown].copy()
    rows = table.to_dict("records")
    for name in shown:
        if name in _NAMED:
            out[name] = [names[v][lang] if v in names else v for v in table[name]]
        elif name in WORDED:
            out[name] = [cell_word(name, r[name], r, lang) for r in rows]
        elif any(isinstance(v, bool) for v in table[name]):
            out[name] = [_yes_no(v, lang) for v in table[name]]
    return out.rename(columns={"target_id": _TARGET})


def _yes_no(value: Any, lang: str) -> Any:  # noqa: ANN401
    if not isinstance(value, bool):
        return value
    return say(f"geoplan.common.{'yes' if value else 'no'}")(lang)
