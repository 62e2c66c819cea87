"""One finding of the doctor: what, where, how bad, what it blocks, what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from gis.cells.area import to_km2
from gis.errors import Fault
from gis.say import Lang, Sentence, both, in_lang
from gis.toml import read_toml
from layers.catalogue import layer_ids
from layers.plain_json import JsonObject
from layers.result import Warn

__all__ = [
    "SEVERITIES",
    "Blocks",
    "DataFinding",
    "Severity",
    "Spot",
    "finding_of_fault",
    "finding_of_warn",
    "limits",
]

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
_NAN = float("nan")
_LAYER = re.compile(r"\[layers\.([a-z0-9_]+)")
# what is said of every plan, and is no fault of its data
_NOTES = frozenset({"boundary_not_official", "layer_assumed_absent", "unit_converted"})


def limits(part: str) -> Any:  # noqa: ANN401 - a table of data
    """A part of ``limits.toml``."""
    return read_toml("layers.doctor", "limits.toml")[part]


@dataclass(frozen=True)
class Spot:
    """One place of a finding.

    Attributes
    ----------
    shape
        Point, line or polygon in the plan CRS.
    feature
        BSM, number or name of the feature; empty where it has none.
    text
        What is wrong there; None where the finding says it all.
    area_m2
        Ellipsoidal area that is meant; NaN for points, lines and where it is not known.
    """

    shape: Any
    feature: str = ""
    text: Callable[[Lang], str] | None = None
    area_m2: float = _NAN


@dataclass(frozen=True)
class Blocks:
    """What cannot be answered, or not well, until a finding is mended.

    Attributes
    ----------
    steps, rules
        Steps of a run, and ids of rules.
    area_km2
        Land it is about; NaN where it is not known.
    """

    steps: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    area_km2: float = _NAN


@dataclass(frozen=True)
class DataFinding:
    """One thing the doctor found.

    Attributes
    ----------
    code
        Stable name.
    severity
        ``"error"``: a run refuses or would be wrong; ``"warning"``: a result must say it;
        ``"note"``: for information.
    text
        The sentence, said in the language it is called with.
    layer
        Layer id; empty for the plan as a whole.
    where
        File and key.
    todo
        What to do.
    spots
        Places, worst first.
    """

    code: str
    severity: Severity
    text: Callable[[Lang], str]
    layer: str = ""
    where: str = ""
    todo: Callable[[Lang], str] | str = ""
    spots: tuple[Spot, ...] = ()
    blocks: Blocks = Blocks()

    @property
    def area_m2(self) -> float:
        """Area of all places together; NaN when none is known."""
        known = [s.area_m2 for s in self.spots if s.area_m2 == s.area_m2]
        return float(sum(known)) if known else _NAN

    def with_spots(self, spots: Sequence[Spot]) -> DataFinding:
        """The same finding with its places."""
        out = replace(self, spots=tuple(spots))
        area = out.area_m2
        return replace(out, blocks=replace(out.blocks, area_km2=to_km2(area)))

    def as_dict(self, most: int) -> JsonObject:
        """For JSON: both languages, at most so many places."""
        return {
            "code": self.code,
            "severity": self.severity,
            "layer": self.layer,
            "where": in_lang(self.where, "en"),
            "text": both(self.text),
            "todo": {k: str(in_lang(self.todo, k)) for k in ("zh", "en")},
            "blocks": {
                "steps": list(self.blocks.steps),
                "rules": list(self.blocks.rules),
                "area_km2": _or_none(self.blocks.area_km2),
            },
            "places_total": len(self.spots),
            "places": [
                {
                    "feature": s.feature,
                    "x": float(s.shape.representative_point().x) if s.shape else None,
                    "y": float(s.shape.representative_point().y) if s.shape else None,
                    "area_m2": _or_none(s.area_m2),
                    "text": None if s.text is None else both(s.text),
                }
                for s in self.spots[:most]
            ],
        }


def _or_none(value: float) -> float | None:
    return value if value == value else None


def _layer_in(where: str) -> str:
    found = _LAYER.search(where)
    return found.group(1) if found and found.group(1) in layer_ids() else ""


def finding_of_fault(fault: Fault, layer_id: str = "") -> DataFinding:
    """A fault as an error of the one list; its layer where it does not say it itself.

    Examples
    --------
    >>> f = finding_of_fault(Fault("no such file", where="p [layers.road]", todo="give it"))
    >>> f.severity, f.layer, f.text("en")
    ('error', 'road', 'p [layers.road]: no such file; give it')
    """
    code = fault.what.key.rpartition(".")[2] if isinstance(fault.what, Sentence) else "fault"
    return DataFinding(
        code,
        "error",
        fault.text,
        _layer_in(str(fault.where)) or layer_id,
        fault.where,
        fault.todo,
    )


def finding_of_warn(warn: Warn) -> DataFinding:
    """A warning of a reader in the one list."""
    severity: Severity = "note" if warn.code in _NOTES else "warning"
    return DataFinding(warn.code, severity, warn.text, _layer_in(warn.where), warn.where)
