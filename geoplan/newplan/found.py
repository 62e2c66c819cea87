"""What a folder holds, as tables of a plan with a remark for each guess."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from geoplan.newplan.base_maps import base_maps
from geoplan.newplan.wind_files import wind_files
from gis.errors import GeoplanError
from gis.files.read import read_features
from gis.say import Lang, Sentence, listed, say
from layers.catalogue import layers
from layers.fetch.into_plan import origin_table
from layers.fetch.source import sources
from layers.recognise.choose import Findings, Taken
from layers.recognise.fields import field_fit
from layers.recognise.guess import level
from layers.recognise.place import county_ground
from layers.recognise.search import NotTaken
from siting.pv.plant.plant import PvPlant

__all__ = [
    "Parts",
    "found_as_dict",
    "found_parts",
    "merged",
    "rank_of",
    "root_of",
    "told_of_found",
]

Table = dict[str, Any]
"""A table of a plan, as TOML holds it."""
_HEIGHT = re.compile(r"(?<!\d)(\d{2,3})\s*(?:m|\u7c73)(?![a-z])", re.IGNORECASE)
_ORDER = ("core", "needed", "later")
_MOST_ZONES = 40
_LISTED = 60  # files that were not taken, named one by one
_PURPOSE = {"pv": "pv", "wind": "wind", "carbon": "carbon"}


@dataclass
class Parts:
    """Tables of a plan, and what stands above and below them.

    Attributes
    ----------
    layers
        ``[layers.*]`` of what was found, in the order of the catalogue's priorities.
    tables
        Other tables by name (``pv``, ``wind``), and what ``[area]`` gets.
    zones
        ``[[zones]]``.
    remarks
        Place -> lines.
    foot
        What was not understood.
    """

    layers: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    area: dict[str, Any] = field(default_factory=dict)
    zones: list[dict[str, Any]] = field(default_factory=list)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    foot: list[str] = field(default_factory=list)


def root_of(folder: Path, out: Path) -> str:
    """The data folder as a plan at `out` names it."""
    try:
        return Path(os.path.relpath(folder.resolve(), out.resolve().parent)).as_posix()
    except ValueError:  # another drive
        return folder.resolve().as_posix()


def _below(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def rank_of(layer_id: str) -> tuple[int, int, str]:
    """Place of a layer among all: the core first, in its order."""
    supply = layers()[layer_id].supply
    if supply is None:
        return len(_ORDER), 0, layer_id
    return _ORDER.index(supply.priority), supply.rank or 99, layer_id


def _paths(found: Taken, folder: Path) -> str | list[str]:
    """The file, or the files, of a layer as a plan names them."""
    first = _below(folder, found.path)
    return [first, *(_below(folder, p) for p in found.others)] if found.others else first


def _layer(found: Taken, folder: Path) -> Table:
    table: Table = {
        "path": _paths(found, folder),
        "layer": found.table,
        "variable": found.variable,
        "crs": found.crs,
        "vocabulary": found.vocabulary,
        "scale": found.guess.scale,
        "date": found.date,
        "fields": dict(found.guess.fields),
        "constants": dict(found.guess.constants),
        "values": {k: dict(v) for k, v in found.guess.values.items()},
    }
    if origin := found.guess.origin:
        source = sources()[origin]
        table |= {"source": f"{source.title.zh} / {source.title.en}"} | origin_table(source)
    return {k: v for k, v in table.items() if v}


def _said(found: Taken, lang: Lang) -> list[str]:
    """The guess, its confidence, and why; then what a person has to look at."""
    spec = layers()[found.layer_id]
    head = say(
        "geoplan.newplan.guess",
        title=spec.title,
        level=say(f"geoplan.newplan.level_{level(found.guess.score)}"),
        score=found.guess.score,
        reasons=listed(found.guess.reasons),
    )
    lines = [head(lang), *(r(lang) for r in found.remarks)]
    for name, strange in found.guess.strange.items():
        text = say(
            "geoplan.newplan.strange",
            field=spec.field(name).title,
            n=len(strange),
            values=listed([*strange[:12], *(["..."] if len(strange) > 12 else [])]),
        )
        lines.append(text(lang))
    lines += [
        say("geoplan.newplan.constant", field=spec.field(name).title)(lang)
        for name in found.guess.constants
    ]
    if origin := found.guess.origin:
        text = say("geoplan.newplan.open_origin", source=sources()[origin].title)
        lines.append(text(lang))
    if not found.date:
        lines.append(say("geoplan.newplan.no_date")(lang))
    return lines


def found_parts(findings: Findings, lang: Lang) -> Parts:
    """Everything a folder gave, as parts of a plan.

    Parameters
    ----------
    findings : Findings
    lang : {"zh", "en"}
        Of the remarks.
    """
    out = Parts()
    folder = findings.folder
    for key in sorted(findings.taken, key=rank_of):
        found = findings.taken[key]
        if key == "zones":
            _zones(out, found, folder, lang)
            continue
        out.layers[key] = _layer(found, folder)
        out.remarks[f"layers.{key}"] = _said(found, lang)
    _boundary(out, findings, lang)
    # keys of a table stand before its own tables
    _equipment(out, findings, lang)
    _weather(out, findings, lang)
    _wind_speed(out, findings, lang)
    _wind_files(out, findings, lang)
    out.foot = _foot(findings, lang)
    _base_maps(out, findings, lang)
    return out


def _boundary(out: Parts, findings: Findings, lang: Lang) -> None:
    own = findings.boundary
    if own is None:
        return
    found: dict[str, Any] = {"path": _below(findings.folder, own.path)}
    if own.table:
        found["layer"] = own.table
    if own.crs:
        found["crs"] = own.crs
    out.area = {"boundary": found, "adcode": findings.county.adcode}
    text = say(
        "geoplan.newplan.own_boundary",
        share=100 * own.covers_frac,
        name=own.table or own.path.name,
    )
    out.remarks["area.boundary"] = [text(lang)]


def _weather(out: Parts, findings: Findings, lang: Lang) -> None:
    series = findings.weather
    if series is None:
        return
    path = _below(findings.folder, series.path)
    text = say(
        "geoplan.newplan.weather",
        kind=series.kind,
        hours=series.hours,
        away_km=series.away_km,
        lon=series.lon,
        lat=series.lat,
    )
    out.tables.setdefault("pv", {})["weather"] = {"path": path}
    out.remarks["pv.weather"] = [text(lang)]
    if any(c.startswith("wind_speed") for c in series.columns):
        out.tables["wind"] = {"weather": {"path": path}}


def _equipment(out: Parts, findings: Findings, lang: Lang) -> None:
    """The module and the inverter, where there is one file of each that can be used."""
    kinds: tuple[tuple[Literal["module", "inverter"], str], ...] = (
        ("module", ".pan"),
        ("inverter", ".ond"),
    )
    for key, suffix in kinds:
        files = [p for p in findings.equipment if p.suffix.lower() == suffix]
        good = [p for p in files if _usable(p, key)]
        if not files:
            continue
        names = listed(_below(findings.folder, p) for p in (good or files))
        if len(good) == 1:
            out.tables.setdefault("pv", {})[key] = _below(findings.folder, good[0])
            text = say(f"geoplan.newplan.one_{key}", name=names)
        else:
            text = say(f"geoplan.newplan.{'several' if good else 'no'}_{key}", names=names)
        out.remarks.setdefault("pv", []).append(text(lang))


def _usable(path: Path, kind: Literal["module", "inverter"]) -> bool:
    """Whether a plan with this file would be read."""
    try:
        PvPlant(**{kind: str(path)})
    except GeoplanError:
        return False
    return True


def _wind_speed(out: Parts, findings: Findings, lang: Lang) -> None:
    """The atlas is of one height, which stands in its name or nowhere."""
    found = findings.taken.get("wind_speed")
    if found is None:
        return
    height = _HEIGHT.search(found.path.stem)
    if height is None:
        out.remarks["layers.wind_speed"].append(say("geoplan.newplan.no_height")(lang))
        return
    table = out.tables.setdefault("wind", {})
    table["atlas_layer"] = "wind_speed"
    table["mean_speed_height_m"] = float(height.group(1))


def _wind_files(out: Parts, findings: Findings, lang: Lang) -> None:
    """WAsP files; keys of a table stand before its own tables."""
    has_series = "weather" in out.tables.get("wind", {})
    keys, remarks = wind_files(findings.folder, findings.equipment, lang, has_series=has_series)
    if keys:
        out.tables["wind"] = keys | out.tables.get("wind", {})
    if remarks:
        out.remarks.setdefault("wind", []).extend(remarks)


def _base_maps(out: Parts, findings: Findings, lang: Lang) -> None:
    west, south, east, north = county_ground(findings.county).shape_ll.bounds
    box = (west, south, east, north)
    rows, left = base_maps(findings.folder, findings.equipment, box, lang)
    if rows:
        out.tables["map"] = {"tiles": rows}
        out.remarks["map.tiles.0"] = [say("geoplan.newplan.base_maps")(lang)]
    out.foot += left


def _zones(out: Parts, found: Taken, folder: Path, lang: Lang) -> None:
    """Each area of the tables of zones as a zone of the plan."""
    for path in (found.path, *found.others):
        _zones_of(out, found, path, folder, lang)
    if out.zones:
        out.remarks["zones.0"] = _said(found, lang)


def _zones_of(out: Parts, found: Taken, path: Path, folder: Path, lang: Lang) -> None:
    try:
        table = read_features(path, layer=found.table, crs=found.crs, kind="polygon")
    except GeoplanError as err:
        out.foot.append(f"{_below(folder, path)}: {err.faults[0].text(lang)}")
        return
    spec = layers()["zones"]
    fit = field_fit(spec, [c for c in table.columns if c != table.geometry.name])
    column = {**fit.columns, **found.guess.fields}.get("name", "")
    names = [str(v).strip() for v in table[column]] if column else []
    distinct = [n for n in dict.fromkeys(names) if n and n not in ("None", "nan")]
    source = {"path": _below(folder, path)}
    source |= {"layer": found.table} if found.table else {}
    source |= {"crs": found.crs} if found.crs else {}
    by_name = len(distinct) > 1 or (distinct and len(names) == 1)
    for name in distinct[:_MOST_ZONES] if by_name else [path.stem]:
        zone: dict[str, Any] = {"id": f"zone_{len(out.zones) + 1}", "title": name, **source}
        if by_name and len(names) > 1:
            zone["where"] = {column: name}
        zone["purpose"] = _purpose(name, path)
        out.zones.append(zone)


def _purpose(name: str, path: Path) -> str:
    spec = layers()["zones"].field("purpose")
    text = f"{name} {path.stem}"
    held = {k for k, words in spec.values.items() if any(w in text for w in words)}
    return _PURPOSE.get(held.pop(), "general") if len(held) == 1 else "general"


def _why(findings: Findings, miss: NotTaken, lang: Lang) -> str:
    """The reason without the address of the file, which stands before it."""
    text = miss.why(lang)
    for address in (str(miss.path), str(findings.folder) + os.sep):
        text = text.replace(address, "")
    return text.lstrip(" :\uff1a")


def _foot(findings: Findings, lang: Lang) -> list[str]:
    lines: list[str] = []
    if findings.not_taken:
        lines.append(say("geoplan.newplan.not_taken", n=len(findings.not_taken))(lang))
        for miss in findings.not_taken[:_LISTED]:
            name = _below(findings.folder, miss.path)
            name += f" [{miss.table}]" if miss.table else ""
            lines.append(f"  {name}: {_why(findings, miss, lang)}")
        if len(findings.not_taken) > _LISTED:
            n = len(findings.not_taken) - _LISTED
            lines.append(say("geoplan.newplan.and_more", n=n)(lang))
    if findings.other:
        each = [f"{k} {n}" for k, n in sorted(findings.other.items())]
        lines.append(say("geoplan.newplan.no_data", kinds=listed(each, 20))(lang))
    return lines


def told_of_found(findings: Findings, missing: Iterable[str], lang: Lang) -> list[str]:
    """What a person reads on the screen after a folder was looked through.

    Parameters
    ----------
    missing : iterable of str
        Layers no file was found for, most wanted first.
    """
    levels = [level(t.guess.score) for t in findings.taken.values()]
    core = [m for m in missing if rank_of(m)[0] == 0]
    lines = [
        say(
            "geoplan.newplan.summary",
            name=findings.county.title,
            adcode=findings.county.adcode,
            n=len(levels),
            high=levels.count("high"),
            medium=levels.count("medium"),
            low=levels.count("low"),
        )(lang)
    ]
    for key in sorted(findings.taken, key=rank_of):
        found = findings.taken[key]
        lines.append(
            say(
                "geoplan.newplan.taken_line",
                title=layers()[key].title,
                name=_shown(found, findings.folder),
                level=say(f"geoplan.newplan.level_{level(found.guess.score)}"),
            )(lang)
        )
    if findings.weather is not None:
        name = _below(findings.folder, findings.weather.path)
        lines.append(say("geoplan.newplan.weather_line", name=name)(lang))
    lines += _foot(findings, lang)
    if core:
        titles = listed(layers()[m].title for m in core)
        lines.append(say("geoplan.newplan.core_missing", titles=titles)(lang))
    return lines


def _shown(found: Taken, folder: Path) -> Sentence | str:
    """The first file of a layer, its table, and how many files more there are."""
    table = found.table or found.variable
    name = _below(folder, found.path) + (f" [{table}]" if table else "")
    if not found.others:
        return name
    return say("geoplan.newplan.and_parts", name=name, n=len(found.others))


def found_as_dict(findings: Findings, lang: Lang) -> Table:
    """The findings for machines: each guess with score, reasons and mappings."""

    def where(path: Path) -> str:
        return _below(findings.folder, path)

    weather = findings.weather
    return {
        "county": {
            "adcode": findings.county.adcode,
            "name": findings.county.name,
            "title": findings.county.title.en,
        },
        "layers": {
            key: {
                **_layer(found, findings.folder),
                "score": round(found.guess.score, 3),
                "level": level(found.guess.score),
                "rows": found.rows,
                "reasons": [r(lang) for r in found.guess.reasons],
                "remarks": [r(lang) for r in found.remarks],
                "not_understood": {k: list(v) for k, v in found.guess.strange.items()},
            }
            for key, found in findings.taken.items()
        },
        "weather": None
        if weather is None
        else {
            "path": where(weather.path),
            "format": weather.kind,
            "lon": weather.lon,
            "lat": weather.lat,
            "away_km": None if np.isnan(weather.away_km) else round(weather.away_km, 1),
            "hours": weather.hours,
        },
        "boundary": None if findings.boundary is None else where(findings.boundary.path),
        "not_taken": [
            {
                "path": where(m.path),
                "table": m.table,
                "layer": m.layer_id,
                "why": _why(findings, m, lang),
            }
            for m in findings.not_taken
        ],
        "other": dict(findings.other),
    }


def merged(one: Mapping[str, Any], two: Mapping[str, Any]) -> Table:
    """Tables of `one` with those of `two` over them, to the bottom."""
    out = dict(one)
    for key, value in two.items():
        below = out.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            out[key] = merged(below, value)
        else:
            out[key] = value
    return out
