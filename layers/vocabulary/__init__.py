"""Code lists of land classes, and what each code may be in the toolkit's own classes.

A code of a coarse list may be several ecosystem classes (WorldCover 10 is forest or
orchard); nothing downstream may pick one in silence.

Examples
--------
>>> dlbm = vocabulary("dlbm")
>>> len(dlbm.entries)
77
>>> dlbm["1106"].title("en"), sorted(dlbm["1106"].ecosystem)
('inland flat', ['floodplain'])
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.say import listed, say
from gis.toml import read_toml
from layers.spec import Text
from layers.vocabulary.survey_groups import dlbm_group, dlbm_groups

__all__ = [
    "Ecosystem",
    "Entry",
    "Vocabulary",
    "check_codes",
    "dlbm_group",
    "dlbm_groups",
    "ecosystems",
    "groups",
    "of_second_survey",
    "vocabularies",
    "vocabulary",
]

_FACTS = ("level1", "base_code", "ipcc_land_use", "category", "note")
_FLAGS = ("wetland_sandiao", "wetland_broad", "wetland_law")


@dataclass(frozen=True)
class Entry:
    """One code.

    Attributes
    ----------
    code, title
        As in the source; leading zeros are part of the code.
    ecosystem
        Ecosystem classes the code may be; empty when none of the toolkit's fits.
    group
        Groups the code may be in (forest, grassland, wetland ...).
    wetland_sandiao, wetland_broad, wetland_law
        Whether it is wetland by the land survey's class 00, by the broad (second wetland
        survey, Ramsar) caliber, and by the broad caliber without what article 2 of the
        Wetland Protection Law leaves out (paddy, aquaculture). None where the list cannot
        say.
    facts
        Further columns of the list: ``level1``, ``base_code``, ``ipcc_land_use``,
        ``category`` (agricultural, construction, unused), ``note``.
    raster_value
        Value in the list's rasters where it is not the code itself.
    """

    code: str
    title: Text
    ecosystem: frozenset[str]
    group: frozenset[str]
    wetland_sandiao: bool | None = None
    wetland_broad: bool | None = None
    wetland_law: bool | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    raster_value: int | None = None


@dataclass(frozen=True)
class Ecosystem:
    """One of the toolkit's ecosystem classes and the group it belongs to."""

    id: str
    title: Text
    group: str


@dataclass(frozen=True)
class Vocabulary:
    """A code list.

    Attributes
    ----------
    entries
        Code -> Entry, in the order of the list.
    collisions
        Code -> what another list in use calls the same code.
    other
        Name of that other list.
    nodata
        Raster value that means no data.
    """

    name: str
    title: Text
    source: str
    quality: str
    entries: Mapping[str, Entry]
    collisions: Mapping[str, str]
    other: str = ""
    nodata: int | None = None

    def __getitem__(self, code: str | int) -> Entry:
        """The entry of `code`; an integer may be a raster value.

        Raises
        ------
        KeyError
            When the list has no such code.

        Examples
        --------
        >>> vocabulary("corine")[12].code
        '211'
        >>> vocabulary("worldcover2021")[40].title("en")
        'cropland'
        """
        if not isinstance(code, str):
            for entry in self.entries.values():
                if entry.raster_value == int(code):
                    return entry
            code = str(int(code))
        return self.entries[code]

    def raster_values(self, codes: Iterable[str]) -> tuple[int, ...]:
        """Raster values of `codes`.

        Raises
        ------
        KeyError
            When the list has no such code.
        ValueError
            When a code has no raster value (``05H1``).
        """
        found = [self.entries[c] for c in codes]
        return tuple(int(e.code) if e.raster_value is None else e.raster_value for e in found)

    def codes(self, *, ecosystem: str = "", group: str = "") -> tuple[str, ...]:
        """Codes that may be `ecosystem` and may be in `group`.

        Examples
        --------
        >>> vocabulary("dlbm").codes(group="forest")
        ('0301', '0301K', '0302', '0302K')
        """
        return tuple(
            e.code
            for e in self.entries.values()
            if (not ecosystem or ecosystem in e.ecosystem) and (not group or group in e.group)
        )


def _rows(name: str) -> list[dict[str, str]]:
    text = files("layers.vocabulary").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def _heads() -> Mapping[str, dict[str, object]]:
    return read_toml("layers.vocabulary", "vocabularies.toml")


def vocabularies() -> tuple[str, ...]:
    """Names of the code lists.

    Examples
    --------
    >>> vocabularies()
    ('dlbm', 'worldcover2021', 'clcd', 'mcd12_igbp', 'corine')
    """
    return tuple(_heads())


def _entry(row: Mapping[str, str]) -> Entry:
    flags = {k: row[k] == "1" for k in _FLAGS if k in row}
    return Entry(
        code=row["code"],
        title=Text(zh=row["title_zh"], en=row["title_en"]),
        ecosystem=frozenset(row["ecosystem"].split()),
        group=frozenset(row["group"].split()),
        facts=MappingProxyType({k: row[k] for k in _FACTS if row.get(k)}),
        raster_value=int(row["raster_value"]) if row.get("raster_value") else None,
        wetland_sandiao=flags.get("wetland_sandiao"),
        wetland_broad=flags.get("wetland_broad"),
        wetland_law=flags.get("wetland_law"),
    )


@cache
def vocabulary(name: str) -> Vocabulary:
    """The code list called `name`.

    Parameters
    ----------
    name : str
        ``dlbm``, ``worldcover2021``, ``clcd``, ``mcd12_igbp`` or ``corine``.

    Raises
    ------
    ConfigError
        When there is no such list.
    """
    heads = _heads()
    if name not in heads:
        raise ConfigError(
            say("layers.vocabulary.no_such_vocabulary"),
            where=say("layers.vocabulary.at_vocabulary", name=repr(name)),
            expected=listed(heads),
        )
    head = heads[name]
    collisions: dict[str, str] = {}
    other = ""
    clash = head.get("collisions")
    if isinstance(clash, dict):
        other = str(clash["other"])
        stem = str(clash["file"]).removesuffix(".csv")
        collisions = {r["code"]: r["other_title_zh"] for r in _rows(stem)}
    nodata = head.get("nodata")
    return Vocabulary(
        name=name,
        title=Text.model_validate(head["title"]),
        source=str(head["source"]),
        quality=str(head["quality"]),
        entries=MappingProxyType({r["code"]: _entry(r) for r in _rows(name)}),
        collisions=MappingProxyType(collisions),
        other=other,
        nodata=nodata if isinstance(nodata, int) else None,
    )


@cache
def _ecosystems() -> Mapping[str, Ecosystem]:
    return MappingProxyType(
        {
            r["id"]: Ecosystem(r["id"], Text(zh=r["title_zh"], en=r["title_en"]), r["group"])
            for r in _rows("ecosystems")
        }
    )


def ecosystems() -> Mapping[str, Ecosystem]:
    """The toolkit's ecosystem classes by id.

    Examples
    --------
    >>> ecosystems()["forest_arbor"].group
    'forest'
    """
    return _ecosystems()


@cache
def groups() -> Mapping[str, Text]:
    """Titles of the groups ecosystem classes are summed by.

    Examples
    --------
    >>> groups()["wetland"]("zh")
    '湿地'
    """
    return MappingProxyType(
        {r["id"]: Text(zh=r["title_zh"], en=r["title_en"]) for r in _rows("groups")}
    )


def check_codes(
    codes: Iterable[str | int | None],
    names: Sequence[str | None] | None,
    vocabulary: Vocabulary,
    *,
    where: str = "",
    field: str = "",
) -> None:
    """Refuse codes the list does not know, and codes of another list in disguise.

    The land survey (三调) and the newer land-and-sea use classification (用地用海) share 19
    four-digit codes with different meanings; only the name beside the code tells them
    apart.

    Parameters
    ----------
    codes : iterable of str or int
        One per feature, or the distinct values of a raster. None and blank are faults.
    names : sequence of str or None
        Class name beside each code; None when the data carry no names.
    vocabulary : Vocabulary
        The list the codes are said to be in.
    where : str
        Layer and field, for the message.
    field : str
        The field of a layer of features, whose codes a plan can explain.

    Raises
    ------
    DataError
        With every distinct fault and how often it occurs.

    Examples
    --------
    >>> check_codes(["0101", "1204"], ["水田", "盐碱地"], vocabulary("dlbm"))
    >>> check_codes(["1204"], ["港口码头用地"], vocabulary("dlbm"))
    Traceback (most recent call last):
    ...
    gis.errors.DataError: 1204 is 盐碱地 here, but the data call it 港口码头用地, \
its name in 国土空间调查、规划、用途管制用地用海分类; got 1 features; \
recode the layer to dlbm before any area is summed
    """
    seen: dict[tuple[str, str], int] = {}
    listed = list(codes)
    beside = list(names) if names is not None else [None] * len(listed)
    if len(beside) != len(listed):
        raise ValueError(say("layers.vocabulary.codes_names_differ_length"))
    for code, name in zip(listed, beside, strict=True):
        key = (_text(code), _text(name))
        seen[key] = seen.get(key, 0) + 1
    raise_faults(DataError, _faults_of(seen, vocabulary, where, field))


# three digits that begin with a zero: arable, garden, forest, grass of GB/T 21010-2007, the
# list of the second land survey; no code of the third survey without its zero looks so
_SECOND_SURVEY = re.compile(r"0[1-4][1-7]")


def of_second_survey(codes: Iterable[str]) -> list[str]:
    """Codes that only the list of the second land survey has.

    No zero is put in front of any code beside them: it would make railways (101) paddy (0101).

    Examples
    --------
    >>> of_second_survey(["013", "101", "0101"])
    ['013']
    """
    return sorted(c for c in codes if _SECOND_SURVEY.fullmatch(c))


def _text(value: object) -> str:
    if value is None or value != value:  # NaN is the one value unequal to itself
        return ""
    return str(value).strip()


def _known(code: str, vocabulary: Vocabulary) -> Entry | None:
    if code in vocabulary.entries:
        return vocabulary.entries[code]
    try:
        return vocabulary[int(code)]
    except (KeyError, ValueError):
        return None


def _faults_of(
    seen: Mapping[tuple[str, str], int], vocabulary: Vocabulary, where: str, field: str
) -> list[Fault]:
    faults: list[Fault] = []
    unknown: dict[str, int] = {}
    for (code, name), n in seen.items():
        entry = _known(code, vocabulary)
        if entry is None:
            unknown[code] = unknown.get(code, 0) + n
            continue
        if not name or name == entry.title.zh:
            continue
        what = say("layers.vocabulary.name_differs", code=code, own=entry.title.zh, given=name)
        todo = say("layers.vocabulary.correct_code_or_name")
        if vocabulary.collisions.get(code) == name:
            what = say(
                "layers.vocabulary.name_of_another_list",
                code=code,
                own=entry.title.zh,
                given=name,
                other=vocabulary.other,
            )
            todo = say("layers.vocabulary.recode", name=vocabulary.name)
        got = say("layers.vocabulary.n_features", n=n)
        faults.append(Fault(what, where=where, got=got, todo=todo))
    if unknown:
        todo = say("layers.vocabulary.check_classification")
        if field:
            code = min(unknown)
            todo = say("layers.vocabulary.say_what_code_means", name=field, code=code)
        second = of_second_survey(unknown)
        if vocabulary.name == "dlbm" and second:
            todo = say("layers.vocabulary.second_survey", codes=listed(second, 6))
        elif any(c and c.rjust(4, "0") in vocabulary.entries for c in unknown):
            todo = say("layers.vocabulary.leading_zero_lost")
        shown = [
            say("layers.vocabulary.code_times", code=c or say("layers.vocabulary.blank"), n=n)
            for c, n in sorted(unknown.items())
        ]
        if len(shown) > 12:
            shown[12:] = [say("layers.vocabulary.more", n=len(shown))]
        faults.append(
            Fault(
                say("layers.vocabulary.codes_not", title=vocabulary.title),
                where=where,
                got=listed(shown),
                expected=say(
                    "layers.vocabulary.codes",
                    n_vocabulary=len(vocabulary.entries),
                    title=vocabulary.title,
                ),
                todo=todo,
            )
        )
    return faults
