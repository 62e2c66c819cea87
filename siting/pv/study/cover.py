"""What an assessment rests on, in words: place, equipment, weather."""

from __future__ import annotations

from gis.say import Sentence, say
from siting.pv.study.assess import Assessment

__all__ = ["cover_rows", "place_text"]


def place_text(lon: float, lat: float) -> str:
    """A place without signs, which a spreadsheet would take for formulas.

    Examples
    --------
    >>> place_text(-79.95, 36.1)
    '79.95000 W, 36.10000 N'
    """
    east, north = "E" if lon >= 0 else "W", "N" if lat >= 0 else "S"
    return f"{abs(lon):.5f} {east}, {abs(lat):.5f} {north}"


def cover_rows(a: Assessment) -> list[tuple[Sentence, str]]:
    """Title and value of everything a reader asks for first; values may be sentences."""
    plant, res = a.design.plant, a.result.resource
    rows: list[tuple[str, str]] = []
    if a.lonlat is not None:
        rows.append(("place", place_text(*a.lonlat)))
    rows += [("module", plant.module.id), ("inverter", plant.inverter_used.id)]
    if res is not None:
        weather, n = res.weather, len(res.years)
        typical = say("siting.pv_study.cover.typical_year")
        where = f"{place_text(weather.lon, weather.lat)}, {weather.altitude_m:.0f} m"
        years = typical if weather.typical_year else ", ".join(str(y) for y in res.years)
        rows += [
            ("weather", weather.source),
            ("weather_years", years),
            ("weather_place", where),
            ("ghi", f"{res.ghi_w_m2.sum() / 1000.0 / n:.0f}"),
        ]
    told = len({w.text("en") for w in a.warnings} | {f.text("en") for f in a.findings})
    rows.append(("told", f"{told}"))
    return [(say(f"siting.pv_study.cover.{key}"), value) for key, value in rows]
