"""Which rows of several lists are one plant: by name, by land, by place and capacity."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely

from gis.crs.systems import transform_points
from gis.say import Sentence, say
from gis.toml import read_toml
from layers.open.county import plan_crs
from layers.plan.model import Plan
from layers.spec import Text
from siting.connection.registered import Project

__all__ = [
    "Found",
    "Parts",
    "grouped",
    "later_generation",
    "mw_words",
    "on_one_land",
    "other_stages",
    "plain_name",
]

Parts: TypeAlias = tuple[tuple[int, float], ...]
"""Year and MW of what a plant was built of, where that was not in one year."""


@dataclass(frozen=True)
class Found:
    """A row of a list: the plant, which list, its land where known, and MW by year.

    Under `others` it is drawn on the same land as well.
    """

    project: Project
    where: str
    shape: shapely.Geometry | None
    parts: Parts = ()
    others: frozenset[str] = frozenset()


def plain_name(name: str) -> str:
    """A name as it is compared: without spaces, remarks in brackets and case.

    What is in brackets stays where it tells two stages of one plant apart.

    Examples
    --------
    >>> plain_name("五堆子 风电场（机位为合成）"), plain_name("甲电站（二期）")
    ('五堆子风电场', '甲电站二期')
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    stages = "|".join(
        map(re.escape, read_toml("siting.connection", "connection.toml")["stages"])
    )
    text = re.sub(rf"\((?![^)]*(?:{stages}|\d))[^)]*\)", "", text)
    return re.sub(r"[^\w]", "", text)


def _place(found: Found, plan: Plan) -> shapely.Geometry | None:
    p = found.project
    if found.shape is not None or p.lon is None or p.lat is None:
        return found.shape
    x, y = transform_points(np.array([p.lon]), np.array([p.lat]), "EPSG:4326", plan_crs(plan))
    return shapely.Point(float(x[0]), float(y[0]))


def on_one_land(a: shapely.Geometry, b: shapely.Geometry) -> bool:
    """Whether the smaller of two shapes lies on the other for the most part.

    Neighbours that touch, phases of one park side by side, are two plants.
    """
    small, large = sorted((a, b), key=lambda g: float(shapely.area(g)))
    if shapely.get_dimensions(small) < 2:  # one turbine, or a row of them
        return bool(shapely.intersects(large, small))
    return float(shapely.area(shapely.intersection(a, b))) > float(shapely.area(small)) / 2


def other_stages(a: Text, b: Text) -> bool:
    """Whether both names say a stage, and not the same one: such neighbours are two plants.

    Examples
    --------
    >>> one, two = (Text(zh=f"甲电站{n}期", en=f"Jia {n}") for n in "一二")
    >>> other_stages(one, two), other_stages(one, one)
    (True, False)
    """
    mine, theirs = ({s for n in (p.zh, p.en) for s in _stages_in(n)} for p in (a, b))
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def later_generation(a: int | None, b: int | None) -> int:
    """Which of two years on one land is of a later plant: -1 the first, 1 the second, 0 none.

    Years as near as those of one plant drawn again are of one generation, unknown ones too.

    Examples
    --------
    >>> later_generation(1990, 2024), later_generation(2024, 1990), later_generation(2018, 2020)
    (1, -1, 0)
    """
    same = read_toml("siting.connection", "connection.toml")["same"]
    if a is None or b is None or abs(a - b) <= same["redrawn_yr"]:
        return 0
    return 1 if b > a else -1


def _stages_in(name: str) -> list[str]:
    """Numbers of the stages a name says."""
    words = read_toml("siting.connection", "connection.toml")
    found = re.findall(words["stage_pattern"], plain_name(name))
    return [words["numerals"].get(before or after, before or after) for before, after in found]


def _names(found: Found) -> set[str]:
    name = found.project.name
    return ({plain_name(name.zh), plain_name(name.en)} | found.others) - {""}


def _likeness(a: Found, b: Found, plan: Plan) -> int:
    """How surely two rows are one plant: 2 by name or land, 1 by MW and rough place, 0 not."""
    one, other = a.project, b.project
    if one.kind != other.kind:
        return 0
    if _names(a) & _names(b):
        return 2
    if "projects" in {a.where, b.where} and a.shape is not None and b.shape is not None:
        return 2 if on_one_land(a.shape, b.shape) else 0
    here, there = _place(a, plan), _place(b, plan)
    if here is None or there is None or other_stages(one.name, other.name):
        return 0
    same = read_toml("siting.connection", "connection.toml")["same"]
    apart = float(shapely.distance(here, there))
    if one.exact and other.exact and apart <= same["exact_m"]:
        return 2
    alike = math.isclose(one.capacity_mw, other.capacity_mw, rel_tol=same["capacity_frac"])
    return int(alike and apart <= same["approximate_m"])


def _one_stage(a: Project, b: Project) -> bool:
    """Whether both stand, or neither does; an id in common says that they are one plant."""
    return a.id == b.id or (a.stage == "operating") == (b.stage == "operating")


def mw_words(mw: float) -> Sentence:
    """A capacity as a list gives it; that it gives none where that is so.

    Examples
    --------
    >>> mw_words(60.0)("en"), mw_words(0.0)("en")
    ('60 MW', 'capacity not given')
    """
    return (
        say("siting.connection.mw_given", mw=mw)
        if mw > 0
        else say("siting.connection.mw_not_given")
    )


def _told_both(key: str, a: Found, b: Found) -> Sentence:
    return say(
        f"siting.connection.{key}",
        name=a.project.name,
        first=say(f"siting.connection.list_{a.where}"),
        stage=say(f"siting.connection.stage_{a.project.stage}"),
        mw=mw_words(a.project.capacity_mw),
        other=b.project.name,
        second=say(f"siting.connection.list_{b.where}"),
        other_stage=say(f"siting.connection.stage_{b.project.stage}"),
        other_mw=mw_words(b.project.capacity_mw),
    )


_Group: TypeAlias = list[Found]


def grouped(found: Iterable[Found], plan: Plan) -> tuple[list[list[Found]], list[Sentence]]:
    """Rows of all lists by plant, the one that counts first in front; and what is to be told.

    A row is compared with every row of a plant. One that is surely two plants found before, by
    the name of the one and the land of the other, shows that they are one; not where that
    would make one plant of two rows of one list. What stands and what does not are two plants.

    Parameters
    ----------
    found : iterable of Found
        In the order in which lists count.
    plan : Plan
    """
    groups: list[_Group] = []
    told: list[Sentence] = []
    for one in found:
        likely = [(g, m, n) for g in groups for m, n in [_likest(g, one, plan)] if n]
        own = [x for x in likely if _one_stage(x[0][0].project, one.project)]
        if not own:
            groups.append([one])
            told.extend(_told_both("two_stages", m, one) for _, m, _ in likely)
            continue
        sure = [g for g, _, n in own if n > 1] or [own[0][0]]
        first, again = sure[0], list[Found]()
        for other in sure[1:]:
            if _drawn_as_one(first, other, one, plan):
                first[:], dropped = _ranked(first, other, one)
                again += dropped
                groups = [g for g in groups if g is not other]
                told.append(_told_both("drawn_as_one", first[0], dropped[0]))
            elif {m.where for m in first}.isdisjoint(m.where for m in other):
                first.extend(other)
                groups = [g for g in groups if g is not other]
                told.append(_told_both("plant_twice", first[0], other[0]))
        first.append(one)
        told.append(_told_both("plant_twice", first[0], one))
        first.extend(again)  # behind the drawing: its year counts before theirs
    return groups, told


def _drawn_as_one(a: _Group, b: _Group, drawn: Found, plan: Plan) -> bool:
    """Whether two rows of one list name two drawings of one land, and lie nowhere else."""
    if not drawn.others or a[0].where != b[0].where or other_stages(*_two_names(a, b)):
        return False
    names = {plain_name(drawn.project.name.zh)} | drawn.others
    far = read_toml("siting.connection", "connection.toml")["same"]["approximate_m"]
    own = [g[0].shape for g in (a, b) if g[0].shape is not None]
    if len(own) > 1 and not on_one_land(*own):
        return False
    for row in (a[0], b[0]):
        place = _place(row, plan)
        if not _names(row) & names:
            return False
        if place is not None and shapely.distance(place, drawn.shape) > far:
            return False
    return True


def _two_names(a: _Group, b: _Group) -> tuple[Text, Text]:
    return a[0].project.name, b[0].project.name


def _ranked(a: _Group, b: _Group, drawn: Found) -> tuple[_Group, _Group]:
    """Of two rows that are one plant the later one, else the one the drawing counts under."""
    later = later_generation(a[0].project.year, b[0].project.year)
    own = plain_name(drawn.project.name.zh)
    named = own in _names(b[0]) and own not in _names(a[0])
    return (b, a[:]) if later > 0 or (not later and named) else (a[:], b)


def _likest(group: _Group, one: Found, plan: Plan) -> tuple[Found, int]:
    """The row of a plant that is most like another list's row, and how surely they are one."""
    others = [(m, _likeness(m, one, plan)) for m in group if m.where != one.where]
    return max(others, key=lambda x: x[1], default=(group[0], 0))
