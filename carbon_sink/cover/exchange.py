"""The indicators as a document another platform can read (schema ``geoplan-indicators/1``).

No exchange format of the province's sensing platform is published; this one is our own and
documented in the user guide. Every figure carries unit, caliber, date, source and quality, so
that the receiver can refuse to join series of different calibers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from carbon_sink.cover.indicators import indicators
from gis.say import LANGS, in_lang
from layers.answers.figure import Comparison, Figure
from layers.plain_json import to_json
from layers.plan.model import Plan

__all__ = ["SCHEMA", "check_document", "exchange_document"]

SCHEMA = "geoplan-indicators/1"
_REQUIRED = ("id", "value", "unit", "caliber", "year", "quality", "source")


def _figure(i: Figure) -> dict[str, object]:
    return {
        "id": i.id,
        "title": {"zh": i.title.zh, "en": i.title.en},
        "value": i.value,
        "interval_95": [i.low, i.high],
        "unit": i.unit,
        "numerator": i.numerator,
        "denominator": i.denominator,
        "numerator_unit": i.numerator_unit,
        "caliber": i.caliber,
        "year": i.year,
        "quality": i.quality,
        "source": i.source,
    }


def exchange_document(
    plan: Plan, comparisons: Sequence[Comparison], figures: Sequence[Figure]
) -> dict[str, object]:
    """Indicators and targets of a plan as plain JSON values.

    Returns
    -------
    dict
        ``schema, plan, figures, targets``; NaN is null.
    """
    found = {
        "schema": SCHEMA,
        "plan": {
            "id": plan.plan.id,
            "title": {"zh": plan.plan.title.zh, "en": plan.plan.title.en},
            "adcode": plan.area.code,
            "as_of": plan.plan.as_of.isoformat(),
            "synthetic": plan.plan.synthetic,
            "plan_sha256": plan.sha256,
        },
        "figures": [_figure(i) for i in figures],
        "targets": [
            {
                "id": c.target.id,
                "indicator": c.target.indicator,
                "year": c.target.year,
                "relation": c.target.relation,
                "target": c.target.value,
                "unit": c.target.unit,
                "section": c.target.section,
                "quote": c.target.quote,
                "caliber": c.indicator.caliber,
                "value": c.indicator.value,
                "gap": c.gap,
                "gap_ha": c.gap_ha,
                "met": c.met,
                "caliber_meant": c.meant,
                "caliber_reason": {
                    lang: in_lang(c.target.caliber_reason, lang) for lang in LANGS
                },
                "calibers": [
                    {
                        "caliber": o.indicator.caliber,
                        "value": o.indicator.value,
                        "gap": o.gap,
                        "met": o.met,
                    }
                    for o in c.calibers
                ],
            }
            for c in comparisons
        ],
    }
    out: dict[str, object] = to_json(found)
    return out


def check_document(document: Mapping[str, Any]) -> list[str]:
    """What is wrong with a document, for those who read one; empty when nothing is.

    Examples
    --------
    >>> check_document({"schema": "x"})
    ['schema is not geoplan-indicators/1', 'figures is missing', 'targets is missing']
    """
    faults = []
    if document.get("schema") != SCHEMA:
        faults.append(f"schema is not {SCHEMA}")
    faults += [f"{k} is missing" for k in ("figures", "targets") if k not in document]
    for n, figure in enumerate(document.get("figures", [])):
        faults += [f"figures[{n}] has no {k}" for k in _REQUIRED if k not in figure]
        if figure.get("id") not in indicators():
            faults.append(f"figures[{n}] is no indicator: {figure.get('id')}")
    return faults
