"""A project of the register, and the words its fields are written in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from gis.errors import ConfigError, Fault
from gis.files.plain_text import washed
from gis.say import LANGS, say
from gis.toml import FrozenDict, read_toml
from layers.model_faults import model_faults
from layers.numbers import NotNegative, Year
from layers.spec import Frozen, Text

__all__ = [
    "FIELDS",
    "STAGES",
    "Line",
    "Project",
    "checked_row",
    "document_path",
    "field_of",
    "group_of",
    "id_of",
    "kind_title",
    "one_line",
    "stage_of",
    "stage_title",
    "tech_of",
    "verdict_of",
    "verdict_title",
]

R = TypeVar("R", bound=Frozen)

STAGES = ("planned", "started", "commissioned", "full")
"""Stages in their order: 谋划, 开工, 投产, 达效."""
Stage = Literal["planned", "started", "commissioned", "full"]

_MANY = 50  # documents of one project


@cache
def _words() -> FrozenDict:
    return read_toml("geoplan.register", "words.toml")


@cache
def _known(group: str) -> dict[str, str]:
    """Every word of a group -> what it means."""
    found = _words()[group]
    out = {key: key for key in found}
    out |= {w.casefold(): key for key, one in found.items() for w in one["words"]}
    return out


@cache
def _headings() -> dict[str, str]:
    out = {w.casefold(): key for key, names in _words()["fields"].items() for w in names}
    for key in _words()["fields"]:  # what we write ourselves is read again
        own = say(f"geoplan.register.column.{key}")
        out |= {own(lang).casefold(): key for lang in LANGS}
    return out


def field_of(heading: str) -> str:
    """The field a heading of a table stands for; empty for none.

    Examples
    --------
    >>> field_of("责任单位"), field_of(" Capacity_MW "), field_of("备注")
    ('unit', 'capacity_mw', '')
    >>> field_of("装机容量 MW"), field_of("declared area ha")
    ('capacity_mw', 'area_ha')
    """
    return _headings().get(heading.strip().casefold(), "")


def _meant(group: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _known(group).get(value.strip().casefold())
    if found is None:
        expected = ", ".join(f"{v['zh']} ({k})" for k, v in _words()[group].items())
        raise ValueError(say(f"geoplan.register.no_such_{group}"), expected)
    return found


def one_line(value: str) -> str:
    """One line of text that any document can hold.

    Examples
    --------
    >>> one_line(" G  01 ")
    'G 01'
    """
    return " ".join(washed(value).split())


def id_of(value: str) -> str:
    """An id as it is kept and compared: on one line, full width as the usual characters.

    Examples
    --------
    >>> id_of(" Ｇ０１ "), id_of("G  01")
    ('G01', 'G 01')
    """
    return one_line(unicodedata.normalize("NFKC", value))


def document_path(text: str) -> str:
    r"""A path below the folder of the register, with ``/``.

    Raises
    ------
    ValueError
        For one that leads out of it.

    Examples
    --------
    >>> document_path("批文\\2025.pdf")
    '批文/2025.pdf'
    """
    path = text.strip().replace("\\", "/")
    parts = path.split("/")
    leads_out = path.startswith("/") or ".." in parts or ":" in path or "\0" in path
    if leads_out or not path or washed(path) != path:
        raise ValueError(
            say("geoplan.register.document_outside"),
            say("geoplan.register.document_expected"),
        )
    return "/".join(p for p in parts if p not in ("", "."))


def _documents(value: object) -> object:
    if isinstance(value, str):
        value = [v for v in re.split(r"[;；\n]", value) if v.strip()]
    if isinstance(value, (list, tuple)):
        return tuple(document_path(v) if isinstance(v, str) else v for v in value)
    return value


def _day(value: object) -> object:
    """A day as people write it; of a month or a year alone nothing is known but that."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return ""
    found = re.fullmatch(_words()["day"]["form"], value.strip().removesuffix(" 00:00:00"))
    if found is None:
        raise ValueError(say("geoplan.register.no_such_day"), say("geoplan.register.day_form"))
    year, month, day = found.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise ValueError(
            say("geoplan.register.no_such_day"), say("geoplan.register.day_form")
        ) from None
    return "-".join([year, *(f"{int(x):02d}" for x in (month, day) if x)])


Line = Annotated[str, Field(max_length=300), AfterValidator(one_line)]


class Project(Frozen):
    """One project as it stands after an entry of the register.

    Attributes
    ----------
    kind
        What is built: the rules its boundary is checked against, if there are any.
    unit
        Responsible unit (责任单位).
    section, year
        Section of the plan it belongs to, and the year it is planned for.
    capacity_mw, energy_mwh, area_ha
        As it was declared: MW AC, MWh of storage, land; None where it was not. The area of the
        boundary is computed.
    commissioned
        Day, month or year it went into operation (``2012-06-30``, ``2012-06``, ``2012``);
        empty where it is not known.
    documents
        Paths below the folder of the register.
    """

    id: Annotated[Line, Field(min_length=1, max_length=64), AfterValidator(id_of)]
    name: Annotated[Line, Field(min_length=1)]
    kind: Annotated[str, BeforeValidator(lambda v: _meant("kinds", v))] = "other"
    unit: Line = ""
    stage: Annotated[Stage, BeforeValidator(lambda v: _meant("stages", v))] = "planned"
    section: Line = ""
    year: Year | None = None
    capacity_mw: NotNegative | None = None
    energy_mwh: NotNegative | None = None
    area_ha: NotNegative | None = None
    commissioned: Annotated[str, BeforeValidator(_day)] = ""
    documents: Annotated[
        tuple[str, ...], Field(max_length=_MANY), BeforeValidator(_documents)
    ] = ()


FIELDS = tuple(Project.model_fields)
"""Fields of a project, in the order of every table of the register."""


def checked_row(
    kind: type[R], values: Mapping[str, Any], where: str
) -> tuple[R | None, list[Fault]]:
    """A row of the register as `kind` reads it, or what is wrong with its values."""
    try:
        return kind(**values), []
    except ValidationError as err:
        faults = list(model_faults(err, ""))
        for fault in faults:
            at = fault.where.strip()
            fault.where = say("geoplan.register.at_field", where=where, field=at)
        return None, faults


def kind_title(kind: str) -> Text:
    """What a kind of project is called."""
    found = _words()["kinds"].get(kind) or _words()["kinds"]["other"]
    return Text(zh=found["zh"], en=found["en"])


def group_of(kind: str) -> str:
    """Part of the yearly assessment: ``"energy"``, ``"forestry"`` or ``"facilities"``."""
    found = _words()["kinds"].get(kind) or _words()["kinds"]["other"]
    return str(found["group"])


def stage_title(stage: str) -> Text:
    """What a stage is called."""
    found = _words()["stages"][stage]
    return Text(zh=found["zh"], en=found["en"])


def stage_of(word: str, where: str = "--stage") -> str:
    """The stage a word means; `where` it stands, for the message.

    Raises
    ------
    ConfigError
        When it means none.

    Examples
    --------
    >>> stage_of("开工"), stage_of("full")
    ('started', 'full')
    """
    try:
        return str(_meant("stages", word))
    except ValueError as err:
        raise ConfigError(
            err.args[0], where=where, got=word, expected=str(err.args[1])
        ) from err


def verdict_of(word: object) -> object:
    """The verdict a word means; for models.

    Raises
    ------
    ValueError
        When it means none.

    Examples
    --------
    >>> verdict_of("通过"), verdict_of("to be changed")
    ('accepted', 'to_change')
    """
    return _meant("verdicts", word)


def verdict_title(verdict: str) -> Text:
    """What a verdict is called."""
    found = _words()["verdicts"][verdict]
    return Text(zh=found["zh"], en=found["en"])


def tech_of(kind: str) -> str:
    """The rules a boundary of this kind is checked against; empty where there are none.

    Examples
    --------
    >>> tech_of("pv"), tech_of("storage")
    ('pv', '')
    """
    found = _words()["kinds"].get(kind)
    return str(found["tech"]) if found else ""
