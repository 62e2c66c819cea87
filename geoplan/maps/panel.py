"""The side panel of the map: the summary as blocks the page only has to draw.

Numbers are formatted here, once, from ``summary.json``; the page adds nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from geoplan.glossary import state_word, tech_word
from geoplan.maps.contents import RunContents, either, text_of
from gis.say import both, say

__all__ = ["number", "panel_blocks"]

Block = dict[str, Any]


def number(value: Any, decimals: int = 1) -> str:  # noqa: ANN401 - JSON
    """A number with thousands separators; empty where there is none.

    Examples
    --------
    >>> number(12345.678), number(2, 0), number(None)
    ('12,345.7', '2', '')
    """
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if not math.isfinite(value):
        return ""
    return f"{value:,.{decimals}f}"


def _stat(key: str, text: str, unit: str = "") -> Block | None:
    if not text:
        return None
    return {
        "kind": "stat",
        "label": both(say(f"geoplan.map.panel.{key}")),
        "value": text,
        "unit": unit,
    }


def _energy(value: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON
    """MWh/yr as GWh/yr."""
    return (number(value / 1000, 1), "GWh/yr") if isinstance(value, int | float) else ("", "")


def _tech_text(tech: str) -> dict[str, str]:
    return both(tech_word(tech))


def _screening(contents: RunContents, palette: Mapping[str, Any]) -> list[Block]:
    out: list[Block] = []
    for tech, body in contents.get("screening", {}).items():
        if not isinstance(body, Mapping):
            continue
        areas = body.get("area_ha") or {}
        words = _tech_text(tech)
        out.append(
            {
                "kind": "stack",
                "title": both(say("geoplan.map.panel.screening", tech=words.__getitem__)),
                "parts": [
                    {
                        "label": both(state_word(state, tech)),
                        "value": float(areas.get(state) or 0.0),
                        "text": f"{number((areas.get(state) or 0.0) / 100, 1)} km²",
                        "colour": palette[state],
                    }
                    for state in ("left", "conditional", "taken", "unknown")
                ],
                "note": (
                    both(
                        say(
                            "geoplan.common.provisional",
                            n=body.get("not_judged", "?"),
                            m=body.get("of", "?"),
                        )
                    )
                    if body.get("provisional")
                    else None
                ),
            }
        )
    return out


def _sites(contents: RunContents) -> list[Block]:
    sites = contents.get("sites") or []
    if isinstance(sites, Mapping):
        sites = sites.get("sites") or []
    sites = [s for s in sites if isinstance(s, Mapping)]
    if not sites:
        return []
    mw = [s.get("capacity_mw") or 0.0 for s in sites]
    blocks = [
        {"kind": "heading", "title": both(say("geoplan.map.panel.sites"))},
        _stat("n_sites", number(len(sites), 0)),
        _stat("capacity", number(sum(mw), 1), "MW"),
    ]
    return [b for b in blocks if b]


def _yield(contents: RunContents, key: str, title: dict[str, str]) -> list[Block]:
    body = contents.get(key)
    if not isinstance(body, Mapping):
        return []
    p50, p90 = (
        either(body, "p50_mwh_yr", "total_p50_mwh_yr"),
        either(body, "p90_mwh_yr", "total_p90_mwh_yr"),
    )
    blocks = [
        _stat("turbines", number(either(body, "n_turbines", "turbines"), 0)),
        _stat("capacity", number(either(body, "capacity_mw", "total_capacity_mw"), 1), "MW"),
        _stat("p50", *_energy(p50)),
        _stat("p90", *_energy(p90)),
        _stat("hours", number(either(body, "full_load_hours_h"), 0), "h"),
        _stat("mean_speed", number(either(body, "mean_speed_m_s"), 2), "m/s"),
    ]
    found = [b for b in blocks if b]
    return [{"kind": "heading", "title": title}, *found] if found else []


def _carbon(contents: RunContents) -> list[Block]:
    body = contents.get("carbon")
    if not isinstance(body, Mapping):
        return []
    total = either(body, "total_tc", "stock_tc", "total")
    low, high = either(body, "low_tc", "total_low_tc"), either(body, "high_tc", "total_high_tc")
    if isinstance(total, Mapping):
        low, high = either(total, "low", "low_tc"), either(total, "high", "high_tc")
        total = either(total, "value", "tc", "value_tc")
    if not isinstance(total, int | float):
        return []
    text = number(total / 1e4, 1)
    if isinstance(low, int | float) and isinstance(high, int | float):
        text += f" ({number(low / 1e4, 1)}–{number(high / 1e4, 1)})"
    return [
        {"kind": "heading", "title": both(say("geoplan.map.panel.carbon"))},
        {
            "kind": "stat",
            "label": both(say("geoplan.map.panel.stock")),
            "value": text,
            "unit": both(say("geoplan.map.panel.wan_tc")),
        },
    ]


_SIGNS = {">=": "≥ ", "<=": "≤ ", ">": "> ", "<": "< ", "=": "= "}
_MET = {"yes": True, "no": False, "uncertain": None, "unknown": None}


def _repower(contents: RunContents) -> list[Block]:
    """Before and after repowering, side by side."""
    before, after = contents.get("repower.before"), contents.get("repower.after")
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return _yield(contents, "repower", both(say("geoplan.map.panel.repower")))
    rows = (
        ("turbines", "turbines", 0, "", 1.0),
        ("capacity", "capacity", 1, "MW", 1.0),
        ("p50", "p50", 1, "GWh/yr", 1e-3),
        ("p90", "p90", 1, "GWh/yr", 1e-3),
        ("hours", "hours", 0, "h", 1.0),
        ("noise", "noise", 1, "dB(A)", 1.0),
    )
    out: list[Block] = [{"kind": "heading", "title": both(say("geoplan.map.panel.repower"))}]
    for key, label, decimals, unit, factor in rows:
        a, b = before.get(key), after.get(key)
        if isinstance(a, int | float) and isinstance(b, int | float):
            text = f"{number(a * factor, decimals)} → {number(b * factor, decimals)}"
            block = _stat(label, text, unit)
            if block:
                out.append(block)
    return out


def _indicators(contents: RunContents) -> list[Block]:
    rows = contents.get("indicators") or []
    out: list[Block] = []
    for row in rows if isinstance(rows, Sequence) else ():
        if not isinstance(row, Mapping):
            continue
        title = row.get("title") or {
            "zh": row.get("title_zh") or row.get("id"),
            "en": row.get("title_en") or row.get("id"),
        }
        value, target = row.get("value"), row.get("target")
        decimals = 2
        largest = [abs(v) for v in (value, target) if isinstance(v, int | float)]
        if largest and max(largest) >= 1000:
            decimals = 0
        out.append(
            {
                "kind": "bullet",
                "title": text_of(title),
                "value": value,
                "low": row.get("low"),
                "high": row.get("high"),
                "target": target,
                "met": _MET.get(str(row.get("met")), row.get("met")),
                "text": number(value, decimals) or None,
                "unit": str(row.get("unit") or "").replace("m3", "m³").replace("m2", "m²"),
                "target_text": (
                    f"{_SIGNS.get(str(row.get('relation')), '')}{number(target, decimals)}"
                    if isinstance(target, int | float)
                    else ""
                ),
                "year": row.get("year"),
                "caliber": (
                    text_of(row.get("caliber_title") or row.get("caliber"))
                    if row.get("caliber")
                    else None
                ),
            }
        )
    return (
        [{"kind": "heading", "title": both(say("geoplan.map.panel.indicators"))}, *out]
        if out
        else []
    )


def panel_blocks(contents: RunContents, palette: Mapping[str, Any]) -> list[Block]:
    """Blocks of the summary panel in reading order; a part the run has not is left out.

    Parameters
    ----------
    contents : RunContents
    palette : mapping
        State -> colour.
    """
    area = contents.get("county.area_km2")
    head = _stat("county_area", number(area, 1), "km²")
    return [
        *([head] if head else []),
        *_screening(contents, palette),
        *_sites(contents),
        *_yield(contents, "pv", _tech_text("pv")),
        *_yield(contents, "wind", _tech_text("wind")),
        *_repower(contents),
        *_carbon(contents),
        *_indicators(contents),
    ]
