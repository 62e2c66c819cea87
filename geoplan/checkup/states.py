"""The layers of a plan as they open: what is wrong with each, all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.errors import Fault, GeoplanError
from layers.plan.model import LayerSource, Plan
from layers.result import Progress, Warn
from layers.spec import Origin, Text

if TYPE_CHECKING:
    from layers.open.read_layer import LayerReport

__all__ = ["LayerState", "Told", "layer_states"]


@dataclass(frozen=True)
class LayerState:
    """A layer the plan declares.

    Attributes
    ----------
    state
        ``"available"``, ``"assumed_absent"``, ``"missing"`` or ``"faulty"``.
    note
        Why it is taken to be absent, or whom to ask for it.
    count
        Features; None for rasters and layers that were not opened.
    """

    layer: str
    title: Text
    state: str
    note: Origin = ""
    count: int | None = None
    warnings: tuple[Warn, ...] = ()


class Told:
    """How far the doctor is: layers weigh as their files do, what follows half as much."""

    def __init__(self, plan: Plan, progress: Progress | None) -> None:
        given = {k: s for k, s in plan.layers.items() if s.path}
        self.size = {k: 1 + _kilobytes(plan, s) for k, s in given.items()}
        self.all = sum(self.size.values()) + len(plan.layers)
        self.done = 0
        self.progress = progress or (lambda _label, _done, _total: None)

    def layer(self, key: str) -> None:
        """A layer was looked at."""
        self.done += self.size.get(key, 0)
        self.progress("doctor", self.done, self.all * 3 // 2)

    def rest(self, part: int) -> None:
        """One of two parts of what follows the layers."""
        self.progress("doctor", self.all + self.all * part // 4, self.all * 3 // 2)


def _kilobytes(plan: Plan, source: LayerSource) -> int:
    """Of the files of a layer; of a folder, as a geodatabase is, what lies in it."""
    from layers.open.plan_file import plan_files

    try:
        found = plan_files(plan, source)
        files = [f for p in found for f in (p.iterdir() if p.is_dir() else (p,))]
        return sum(f.stat().st_size for f in files if f.is_file()) // 1024
    except (GeoplanError, OSError):  # what is wrong with it is told where it is read
        return 0


def _besides(plan: Plan, key: str, spared: dict[str, LayerSource]) -> LayerReport | None:
    """What else a layer shows that is refused for values nobody understands.

    Its source with these values taken to be unknown is put into `spared`.
    """
    from layers.doctor.values import as_unknown
    from layers.open.plan_layers import layer_report

    other = as_unknown(plan, key)
    if other is plan:
        return None
    report = layer_report(other, key)
    spared[key] = other.layers[key]
    return report


def layer_states(
    plan: Plan,
    faults: list[Fault],
    owners: dict[int, str],
    tell: Told,
    spared: dict[str, LayerSource],
) -> Iterator[LayerState]:
    """Open every layer of a plan; what is wrong with one is put into `faults` and `owners`.

    `spared` gets the sources of layers that were looked at in spite of their values.
    """
    from layers.catalogue import layers
    from layers.open.plan_layers import layer_report, layer_state

    for key, layer in sorted(layers().items()):
        if key not in plan.layers:
            continue
        source = plan.layers[key]
        note = source.assumed_absent or source.required_from_user
        state: str = layer_state(plan, key)
        count: int | None = None
        warnings: tuple[Warn, ...] = ()
        if source.available:
            report = None
            try:
                report = layer_report(plan, key)
            except GeoplanError as err:
                state = "faulty"
                told = list(err.faults)
                try:
                    report = _besides(plan, key, spared)
                except GeoplanError as more:  # found where the values no longer hide it
                    told += more.faults
                faults.extend(told)
                owners.update({id(f): key for f in told})
                if report is not None:  # the values are told as the fault they are
                    warnings = tuple(w for w in report.warnings if w.code != "class_unknown")
            else:
                if report is not None:
                    count = report.rows if layer.kind == "features" else None
                    warnings = tuple(report.warnings)
        tell.layer(key)
        yield LayerState(key, layer.title, state, note, count, warnings)
