"""Which coordinate systems the layers of a plan are stored in."""

from __future__ import annotations

from gis.crs.systems import as_crs, crs_name, same_crs
from gis.errors import DataError
from gis.say import listed, say
from layers.catalogue import layer as layer_of
from layers.doctor.finding import DataFinding
from layers.open.county import plan_crs
from layers.open.plan_layers import layer_report
from layers.plan.model import Plan

__all__ = ["system_findings"]


def system_findings(plan: Plan) -> list[DataFinding]:
    """One note of all layers that are brought to the plan's system, by system."""
    own = plan_crs(plan)
    other: dict[str, list[str]] = {}
    for layer_id in plan.layers:
        if layer_of(layer_id).kind != "features":
            continue
        try:
            report = layer_report(plan, layer_id)
        except DataError:  # told with the layer
            continue
        if report is None or not report.crs:
            continue
        declared = as_crs(report.crs)
        if not same_crs(declared, own):
            other.setdefault(crs_name(declared), []).append(layer_id)
    if not other:
        return []
    systems = listed(
        say(
            "layers.doctor.crs_of_some",
            name=name,
            layers=listed(layer_of(i).title for i in ids),
        )
        for name, ids in sorted(other.items())
    )
    text = say(
        "layers.doctor.crs_of_layers",
        n=sum(map(len, other.values())),
        own=crs_name(own),
        systems=systems,
    )
    return [DataFinding("crs_of_layers", "note", text, "", f"{plan.path.name} [area] crs")]
