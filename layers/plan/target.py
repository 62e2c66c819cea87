"""A target of a plan, and what the rooms know about the indicators targets speak of."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, ValidationError, field_validator, model_validator

from gis.errors import Fault
from gis.say import LANGS, Listed, Sentence, listed, say
from layers.numbers import NotNegative, Year
from layers.relation import RELATIONS, Symbol
from layers.result import Warn
from layers.spec import Checked, Origin, Text, Title
from layers.units import Quantity, known, spelled

__all__ = [
    "Target",
    "TargetKind",
    "completed_targets",
    "readable_targets",
    "small_share_warnings",
    "target_faults",
    "year_after",
]


_WHOLE_PCT = 100.0
_NEAR = 3  # indicators named first where none is meant


class TargetKind(Protocol):
    """What a room says about an indicator: enough to refuse a target that cannot be judged."""

    @property
    def id(self) -> str:
        """Name of the indicator, as targets write it."""

    @property
    def title(self) -> Text:
        """For readers."""

    @property
    def quantity(self) -> Quantity:
        """What its unit measures."""

    @property
    def target_calibers(self) -> tuple[str, ...]:
        """Definitions a target may be stated in; empty where there is a single one."""

    @property
    def relation(self) -> Symbol:
        """What is meant where a target gives no relation."""


class Target(Checked):
    """One number of the plan, with the words it was said in.

    Attributes
    ----------
    indicator
        What is counted; every room knows its own.
    unit
        A unit of ``layers/units.toml``, in any of its spellings.
    relation
        How the indicator should stand to `value`.
    caliber
        Which definition, where the indicator has several.
    caliber_reason
        Why the plan means this one; where it does not say itself.
    responsible
        Who answers for it (责任单位), as the plan names them; empty where it names nobody.
    source_step
        How well the words of the plan were read: the text itself, a copy of all of it, a
        report of it, or memory alone.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Title
    indicator: str
    year: Year
    value: NotNegative
    unit: str
    relation: Symbol = ">="
    caliber: str = ""
    caliber_reason: Origin = ""
    section: str
    quote: str
    responsible: Origin = ""
    source_step: Literal["primary", "mirror", "secondary", "recalled"] = "primary"

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, value: str) -> str:
        if known(value) is None:
            raise ValueError(say("layers.plan.target_unit_unknown"), spelled(None))
        return value

    @field_validator("section", "quote")
    @classmethod
    def _words_of_the_plan(cls, value: str) -> str:
        if not value.strip():
            raise ValueError(say("layers.plan.target_without_words"))
        return value

    @field_validator("relation", mode="before")
    @classmethod
    def _known_relation(cls, value: object) -> object:
        if not isinstance(value, str) or value not in RELATIONS:
            raise ValueError(say("layers.plan.target_relation_unknown"), " ".join(RELATIONS))
        return value

    @model_validator(mode="after")
    def _reason_of_a_caliber(self) -> Target:
        if self.caliber_reason and not self.caliber:
            raise ValueError(say("layers.plan.target_reason_of_no_caliber"), self.id)
        return self


def year_after(title: Callable[[str], str], year: int) -> Sentence | str:
    """The year of a target as it stands behind its title; nothing where the title says it.

    Examples
    --------
    >>> from layers.spec import Text
    >>> year_after(Text(zh="装机", en="capacity"), 2030)("en")
    ' (2030)'
    >>> year_after(Text(zh="装机（2030）", en="capacity (2030)"), 2030)
    ''
    """
    said = all(str(year) in title(lang) for lang in LANGS)
    return "" if said else say("layers.plan.year_after", year=str(year))


def readable_targets(doc: Mapping[str, Any]) -> list[Target]:
    """Targets of a plan document that stand for themselves, whatever else is wrong in it."""
    raw = doc.get("targets", ())
    found = []
    for one in raw if isinstance(raw, list | tuple) else ():
        try:
            found.append(Target.model_validate(one))
        except ValidationError:
            continue  # told with the plan's own faults
    return found


def _nearest(name: str, kinds: Mapping[str, TargetKind]) -> list[str]:
    """Indicators whose id or title looks like `name`, the nearest first."""
    words = {w.casefold(): k for k in kinds for w in (k, *_titles(kinds[k]))}
    asked = name.casefold()
    near = difflib.get_close_matches(asked, words, n=2 * _NEAR, cutoff=0.5)
    parts = {p for p in asked.split("_") if len(p) > 3}
    shared = [k for k in kinds if parts & set(k.split("_"))]
    return list(dict.fromkeys([*(words[w] for w in near), *shared]))[:_NEAR]


def _titles(kind: TargetKind) -> tuple[str, str]:
    return kind.title.zh, kind.title.en


def _named(ids: Iterable[str], kinds: Mapping[str, TargetKind]) -> Listed:
    """Indicators by id and title."""
    return listed(
        Text(zh=f"{k}（{kinds[k].title.zh}）", en=f"{k} ({kinds[k].title.en})") for k in ids
    )


def target_faults(
    targets: Iterable[Target], kinds: Mapping[str, TargetKind], name: str
) -> list[Fault]:
    """Targets no room can judge.

    An unknown indicator, a unit that does not fit, a share over the whole, no such caliber.
    Of an unknown indicator the message names those there are, and the nearest of them.

    Parameters
    ----------
    targets : iterable of Target
    kinds : mapping
        Indicators of all rooms by id.
    name : str
        File name, for the messages.
    """
    out = []
    for t in targets:
        where = f"{name} [targets] {t.id}"
        kind = kinds.get(t.indicator)
        if kind is None:
            out.append(
                Fault(
                    say("layers.plan.target_indicator_unknown"),
                    where=f"{where} indicator",
                    got=t.indicator,
                    expected=_named(sorted(kinds), kinds),
                    todo=say("layers.plan.target_indicator_near", near=_named(near, kinds))
                    if (near := _nearest(t.indicator, kinds))
                    else say("layers.plan.target_indicator_leave_out"),
                )
            )
            continue
        unit = known(t.unit)
        if unit is None or unit.quantity != kind.quantity:
            out.append(
                Fault(
                    say("layers.plan.target_unit_does_not_fit", indicator=t.indicator),
                    where=f"{where} unit",
                    got=t.unit,
                    expected=spelled(kind.quantity),
                )
            )
        elif unit.quantity == "share" and t.value / unit.per_base > _WHOLE_PCT:
            out.append(
                Fault(
                    say("layers.plan.target_share_over_whole"),
                    where=f"{where} value",
                    got=f"{t.value:g} {t.unit}",
                    expected=f"0 .. {_WHOLE_PCT:g} %",
                )
            )
        elif unit.quantity == "count" and t.value != int(t.value):
            out.append(
                Fault(
                    say("layers.plan.target_not_whole"),
                    where=f"{where} value",
                    got=f"{t.value:g} {t.unit}",
                    expected=say("layers.model.expected_int_type"),
                )
            )
        if t.caliber and t.caliber not in kind.target_calibers:
            out.append(
                Fault(
                    say("layers.plan.target_caliber_unknown", indicator=t.indicator),
                    where=f"{where} caliber",
                    got=t.caliber,
                    expected=listed(kind.target_calibers)
                    or say("layers.plan.target_no_caliber"),
                )
            )
    return out


def small_share_warnings(targets: Iterable[Target], name: str) -> list[Warn]:
    """Targets of a share above 0 and of at most 1 %: perhaps a fraction of one is meant.

    Parameters
    ----------
    targets : iterable of Target
    name : str
        File name, for the messages.
    """
    out = []
    for t in targets:
        unit = known(t.unit)
        if unit is not None and unit.quantity == "share" and 0 < t.value / unit.per_base <= 1:
            key = "layers.plan.target_small_share"
            text = say(key, title=t.title, value=t.value, unit=t.unit)
            out.append(Warn("target_small_share", text, f"{name} [targets] {t.id}"))
    return out


def completed_targets(
    targets: Iterable[Target], kinds: Mapping[str, TargetKind]
) -> tuple[Target, ...]:
    """Targets with the relation of their indicator where the plan gives none."""
    return tuple(
        t.model_copy(update={"relation": kinds[t.indicator].relation})
        if t.indicator in kinds and "relation" not in t.model_fields_set
        else t
        for t in targets
    )
