"""One source a layer: the better candidate is taken, each other is told with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gis.files.look.rasters import RasterLook
from gis.files.look.tables import TableLook
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.catalogue import layer as layer_of
from layers.open.county import boundary_least_frac
from layers.recognise.boundary import Outline, OwnBoundary, is_county, is_outline, own_boundary
from layers.recognise.counties import County
from layers.recognise.elsewhere import elsewhere_of, share_inside
from layers.recognise.fields import field_fit, unused_columns
from layers.recognise.guess import Guess, level, list_of_classes
from layers.recognise.parts import Candidate, alike, beside, one_source
from layers.recognise.place import Ground, county_ground
from layers.recognise.search import NotTaken, Seen, Series, search
from layers.recognise.walk import Held, Said
from layers.recognise.whole import joined_guess, whole_values
from layers.result import Progress
from layers.spec import Text

__all__ = ["Findings", "Taken", "recognise"]

_UNUSED = 8  # columns that are named
_CLOSE = 0.2  # of score: nearer than that the newer one is better
_SAME = 0.05  # of score: two layers one table may be


@dataclass(frozen=True)
class Taken:
    """A layer and what it is read from.

    Attributes
    ----------
    crs
        What the plan must name; empty where the file declares it.
    remarks
        What must be said of it besides the reasons of its guess.
    others
        Files that are the same layer elsewhere in the county; `path` is the first.
    variable
        Of a file of several variables, the one it is.
    """

    layer_id: str
    path: Path
    table: str
    guess: Guess
    crs: str
    date: str
    vocabulary: str = ""
    rows: int = 0
    remarks: tuple[Sentence, ...] = ()
    others: tuple[Path, ...] = ()
    variable: str = ""


@dataclass(frozen=True)
class Findings:
    """What a folder holds for a county.

    Attributes
    ----------
    taken
        Layer id -> its source.
    not_taken
        Files and tables no layer is read from, with the reason.
    other
        Suffix -> how many files are no data the house reads.
    weather
        The series of the nearest place; None without one.
    boundary
        From the survey's own divisions; None where they do not cover the county.
    equipment
        Makers' files of modules (``.pan``) and inverters (``.ond``), and WAsP's files of wind
        (``.tab``, ``.wrg``, ``.rsf``, ``.map``).
    """

    folder: Path
    county: County
    taken: Mapping[str, Taken]
    not_taken: tuple[NotTaken, ...]
    other: Mapping[str, int]
    weather: Series | None = None
    boundary: OwnBoundary | None = None
    equipment: tuple[Path, ...] = ()


_COUNTY = say("layers.recognise.county_itself")
_DIVISIONS = ("townships", "villages")
_EQUIPMENT = frozenset({".pan", ".ond", ".tab", ".wrg", ".rsf", ".map", ".mbtiles", ".pmtiles"})


def recognise(folder: Path, county: County, progress: Progress | None = None) -> Findings:
    """Recognise what a folder holds for a county.

    Parameters
    ----------
    folder : Path
        Read only; nothing in it is changed.
    county : County
    progress : callable, optional
        Is told how many files were looked at: ``("new", done, of)``.

    Returns
    -------
    Findings

    Raises
    ------
    ConfigError
        When there is no such folder, or it holds too many files.
    """
    ground = county_ground(county)
    missed: list[NotTaken] = []
    other: dict[str, int] = {}
    series: list[Series] = []
    equipment: list[Path] = []
    candidates: dict[str, list[Candidate]] = {}
    outlines: list[Seen] = []
    for found in search(folder, ground, progress):
        if isinstance(found, NotTaken):
            missed.append(found)
        elif isinstance(found, Held) and found.path.suffix.lower() in _EQUIPMENT:
            equipment.append(found.path)
        elif isinstance(found, Held):
            key = found.path.suffix.lower() or found.path.name
            other[key] = other.get(key, 0) + 1
        elif isinstance(found, Series):
            series.append(found)
        else:
            one = _placed(found, ground)
            if isinstance(one, NotTaken):
                missed.append(one)
                if one.why == _COUNTY or is_outline(found, county):
                    outlines.append(found)
            else:
                candidates.setdefault(one.guess.layer_id, []).append(one)
    taken = {}
    for key, several in sorted(candidates.items()):
        chosen = _best(several)
        taken[key] = _taken(chosen, ground)
        missed += [_passed(c, chosen.parts[0], why) for c, why in chosen.rest]
    weather, far = _nearest(series)
    missed += far
    boundary = own_boundary(_outlined(taken, outlines, county), ground)
    if boundary is not None:
        missed = [m for m in missed if m.layer_id or not _is_it(m, boundary)]
    return Findings(
        folder, county, taken, tuple(missed), other, weather, boundary, tuple(equipment)
    )


def _is_it(missed: NotTaken, boundary: OwnBoundary) -> bool:
    """Whether a table no layer is read from is the boundary."""
    tables = ("", boundary.table)
    return missed.path == boundary.path and (missed.table in tables or missed.why == _COUNTY)


def _outlined(
    taken: Mapping[str, Taken], outlines: Iterable[Seen], county: County
) -> list[Outline]:
    """What may be the county's boundary: a file called so, then its divisions."""
    divisions = map(taken.get, _DIVISIONS)
    return [
        *(
            Outline(
                s.path,
                s.table,
                "" if s.where.declared else s.where.crs,
                s.look.rows,
                is_county(s, county),
            )
            for s in outlines
            if isinstance(s.look, TableLook)
        ),
        *(Outline(t.path, t.table, t.crs, t.rows) for t in divisions if t is not None),
    ]


# ---------------------------------------------------------------- one table


def _miss(seen: Seen, why: Said, layer_id: str = "") -> NotTaken:
    name = (
        seen.table
        or seen.variable
        or (seen.look.name if isinstance(seen.look, TableLook) else "")
    )
    shown = name if name != seen.path.stem else ""
    return NotTaken(seen.path, shown, why, layer_id)


def _placed(seen: Seen, ground: Ground) -> Candidate | NotTaken:
    """The layer a table is, when it is one and lies here."""
    good = [g for g in seen.guesses if level(g.score)]
    open_ = [g for g in good if not g.barred]
    if not good:
        return _miss(seen, _nothing(seen), seen.guesses[0].layer_id if seen.guesses else "")
    if not open_:
        why = good[0].barred or _nothing(seen)
        return _miss(seen, why, good[0].layer_id)
    if len(open_) > 1 and open_[0].score - open_[1].score < _SAME:
        # the same names of fields: what the survey writes into them decides
        decided = _by_division(seen, open_)
        if decided is None:
            titles = listed(layer_of(g.layer_id).title for g in open_[:3])
            return _miss(seen, say("layers.recognise.two_layers", titles=titles))
        open_ = [decided]
    guess = open_[0]
    if guess.layer_id in _DIVISIONS and is_county(seen, ground.county):
        return _miss(seen, _COUNTY)
    elsewhere = elsewhere_of(seen, guess, ground)
    if elsewhere:
        return _miss(seen, elsewhere, guess.layer_id)
    return Candidate(seen, guess)


def _nothing(seen: Seen) -> Said:
    """Why a table is no layer: what it shows, so that a person can say what it is."""
    if seen.guesses and seen.guesses[0].barred and seen.guesses[0].named:
        return seen.guesses[0].barred
    if isinstance(seen.look, RasterLook):
        v = seen.look.values
        low, high = (float(v.min()), float(v.max())) if v.size else (float("nan"),) * 2
        return say("layers.recognise.raster_unknown", low=low, high=high, n=seen.look.count)
    standard = read_toml("layers.recognise", "evidence.toml")["unused"]
    for word in re.findall("[A-Z]+", seen.look.name.upper()):
        if word in standard:
            return say("layers.recognise.unused", code=word, title=Text(**standard[word]))
    if seen.path.suffix.lower() == ".txt":
        return say("layers.recognise.parcel_text", rows=seen.look.rows)
    columns = [str(c) for c in seen.look.sample.columns][:12]
    if seen.guesses:
        first = seen.guesses[0]
        return say(
            "layers.recognise.too_little",
            title=layer_of(first.layer_id).title,
            score=first.score,
            reasons=listed(first.reasons),
        )
    return say(
        "layers.recognise.nothing_speaks",
        kind=say(f"layers.recognise.kind_{seen.look.kind}"),
        rows=seen.look.rows,
        columns=listed(columns),
    )


def _by_division(seen: Seen, guesses: Iterable[Guess]) -> Guess | None:
    """Townships by codes of nine digits, villages by twelve."""
    if not isinstance(seen.look, TableLook):
        return None
    digits = {"townships": 9, "villages": 12}
    for column in seen.look.sample.columns:
        codes = seen.look.sample[column].dropna().astype(str).str.strip()
        lengths = set(codes[codes.str.fullmatch(r"[1-9]\d{8}(\d{3})?")].str.len())
        if len(lengths) == 1:
            wanted = lengths.pop()
            for guess in guesses:
                if digits.get(guess.layer_id) == wanted:
                    return guess
    return None


# ---------------------------------------------------------------- several


def _extent(seen: Seen) -> float:
    return seen.look.rows if isinstance(seen.look, TableLook) else -seen.look.cell


def _key(
    c: Candidate, newest: str, top: float
) -> tuple[bool, bool, float, float, float, float]:
    close = c.guess.score > top - _CLOSE
    covered = min(c.seen.where.covered_frac, 1.0)
    return (
        close,
        close and bool(newest) and c.seen.date[:4] == newest[:4],
        round(c.guess.score, 2),
        round(covered, 2),
        # the county's own before the whole city's
        0.0 if np.isnan(c.seen.where.own_frac) else round(c.seen.where.own_frac, 1),
        _extent(c.seen),
    )


@dataclass(frozen=True)
class _Chosen:
    """The better candidate with the other parts of its layer, and the rest with the reason.

    A part that one table of a plan cannot name with the others is of the rest, without reason.
    """

    parts: tuple[Candidate, ...]
    rest: tuple[tuple[Candidate, Said | None], ...]


def _best(several: list[Candidate]) -> _Chosen:
    top = max(c.guess.score for c in several)
    newest = max(c.seen.date for c in several if c.guess.score > top - _CLOSE)
    order = sorted(several, key=lambda c: _key(c, newest, top), reverse=True)
    parts = order[:1]
    rest: list[tuple[Candidate, Said | None]] = []
    for c in order[1:]:
        twice = next((p for p in parts if not beside(c, p)), None)
        if twice is not None or not alike(c, parts[0]):
            rest.append((c, _worse(c, twice or parts[0])))
        elif one_source(c, parts[0]):
            parts.append(c)
        else:
            rest.append((c, None))
    return _Chosen(tuple(parts), tuple(rest))


def _worse(c: Candidate, best: Candidate) -> Said:
    name = best.seen.table or best.seen.path.name
    if c.seen.date and best.seen.date and c.seen.date < best.seen.date:
        return say("layers.recognise.older", name=name, own=c.seen.date, other=best.seen.date)
    if c.guess.score < best.guess.score - 0.005:
        return say(
            "layers.recognise.less_sure",
            name=name,
            own=c.guess.score,
            other=best.guess.score,
        )
    if best.seen.date and not c.seen.date:
        return say("layers.recognise.undated", name=name, other=best.seen.date)
    covers = best.seen.where.covered_frac >= c.seen.where.covered_frac
    if covers and _extent(best.seen) >= _extent(c.seen):
        return say("layers.recognise.smaller", name=name)
    return say("layers.recognise.another", name=name)


def _passed(c: Candidate, best: Candidate, why: Said | None) -> NotTaken:
    name = best.seen.table or best.seen.path.name
    return _miss(c.seen, why or say("layers.recognise.part", name=name), c.guess.layer_id)


def _taken(chosen: _Chosen, ground: Ground) -> Taken:
    best, *others = chosen.parts
    seen, guess = best.seen, whole_values(best.seen, best.guess)
    for c in others:
        guess = joined_guess(guess, whole_values(c.seen, c.guess))
    remarks: list[Sentence] = []
    if others:
        names = listed([c.seen.path.name for c in chosen.parts])
        text = say("layers.recognise.together", n=len(chosen.parts), names=names)
        remarks.append(text)
    parts = [c for c, why in chosen.rest if not why]
    if parts:
        names = listed([c.seen.table or c.seen.path.name for c in parts])
        remarks.append(say("layers.recognise.split", n=len(parts), names=names))
    if not seen.where.declared:
        inside = "system_found" if seen.where.away_km == 0 else "system_taken"
        key = "system_replaced" if seen.look.crs else inside
        text = say(f"layers.recognise.{key}", crs=seen.where.crs, name=ground.county.name)
        remarks.append(text)
    if seen.where.away_km > 0:
        remarks.append(
            say(
                "layers.recognise.beside",
                away_km=seen.where.away_km,
                name=ground.county.name,
            )
        )
    if isinstance(seen.look, TableLook):
        columns = [str(c) for c in seen.look.sample.columns]
        fit = field_fit(layer_of(guess.layer_id), columns)
        # what values told apart is read as well as what headings did
        left = unused_columns(columns, (*fit.columns.values(), *guess.fields.values()))
        if left:
            shown = listed(left, _UNUSED)
            remarks.append(say("layers.recognise.unused_columns", n=len(left), names=shown))
    limits = read_toml("layers.recognise", "evidence.toml")["place"]
    own = seen.where.own_frac
    meets = seen.where.away_km == 0  # else its distance is told
    if meets and own < limits["own_frac"] and seen.where.covered_frac < boundary_least_frac():
        name, share = ground.county.name, 100 * share_inside(seen, ground)
        remarks.append(say("layers.recognise.little_inside", share=share, name=name))
    words = ""
    if isinstance(seen.look, RasterLook) and layer_of(guess.layer_id).kind == "classes":
        words = list_of_classes(seen.look)
    return Taken(
        guess.layer_id,
        seen.path,
        seen.table,
        guess,
        "" if all(c.seen.where.declared for c in chosen.parts) else seen.where.crs,
        # of parts the oldest: a layer is as old as its oldest part
        min((c.seen.date for c in chosen.parts if c.seen.date), default=""),
        words,
        sum(c.seen.look.rows for c in chosen.parts if isinstance(c.seen.look, TableLook)),
        tuple(remarks),
        tuple(c.seen.path for c in others),
        seen.variable,
    )


# ---------------------------------------------------------------- weather


def _nearest(series: list[Series]) -> tuple[Series | None, list[NotTaken]]:
    """The series nearest to the county with light in it, and why not the others."""
    limit = read_toml("layers.recognise", "evidence.toml")["place"]["weather_km"]
    missed = []
    good = []
    for s in series:
        if s.away_km > limit:
            why = say("layers.recognise.weather_far", away_km=s.away_km, most=float(limit))
            missed.append(NotTaken(s.path, "", why, "weather"))
        elif "ghi_w_m2" not in s.columns:
            why = say("layers.recognise.weather_dark", columns=listed(s.columns))
            missed.append(NotTaken(s.path, "", why, "weather"))
        else:
            good.append(s)
    good.sort(key=lambda s: (s.away_km, -s.hours, str(s.path)))
    for s in good[1:]:
        why = say("layers.recognise.weather_farther", name=good[0].path.name, away_km=s.away_km)
        missed.append(NotTaken(s.path, "", why, "weather"))
    return (good[0] if good else None), missed
