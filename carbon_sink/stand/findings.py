"""What the doctor says of a forest map: every kind of finding, with the stands it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from carbon_sink.section import CarbonSection
from carbon_sink.soil.samples import soil_samples
from carbon_sink.stand.read import LAYER, read_stands
from carbon_sink.stand.sense import sense_warnings, sensed
from carbon_sink.stand.verify import check_plots
from gis.errors import GeoplanError
from gis.say import listed, say
from layers.catalogue import layer as layer_of
from layers.doctor.features import as_it_is
from layers.doctor.finding import Blocks, DataFinding, Spot
from layers.open.canonical import picked_column
from layers.open.plan_layers import layer_state
from layers.plan.model import Plan
from layers.result import Warn

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["stand_findings"]

_BLOCKS = Blocks(steps=("stand", "targets"))
_STAND = Blocks(steps=("stand",))
_MOST = 500  # places of one kind of finding


def _unread(plan: Plan) -> Iterator[DataFinding]:
    """Columns found by a name that stands in no public text."""
    source = plan.layers[LAYER]
    # a recognised column has its canonical name once it is opened: the file's own are asked for
    held = as_it_is(plan, LAYER)
    if held is None:
        return
    columns = [str(c) for c in held.table.columns]
    found = []
    for field in layer_of(LAYER).fields:
        column = picked_column(columns, field, source.fields.get(field.name, ""))
        usual = {n.lower() for n in field.unread}
        if column is not None and field.name not in source.fields and column.lower() in usual:
            found.append(say("carbon_sink.stand.column_is", column=column, title=field.title))
    if found:
        told = say("carbon_sink.stand.columns_unread", columns=listed(found))
        yield DataFinding("stand_columns_unread", "note", told, LAYER)


def _told(warnings: Iterable[Warn]) -> list[DataFinding]:
    return [DataFinding(w.code, "warning", w.text, w.where, blocks=_STAND) for w in warnings]


def _of_plots(plan: Plan, section: CarbonSection, t: gpd.GeoDataFrame) -> list[DataFinding]:
    """What is told of the plots; a calibration they do not bear is the run's to refuse."""
    plain = section.model_copy(
        update={"stands": section.stands.model_copy(update={"calibrate": "none"})}
    )
    found = check_plots(plan, plain, t)
    return [] if found is None else _told(found.warnings)


def _of_soils(plan: Plan, section: CarbonSection) -> list[DataFinding]:
    try:
        found = soil_samples(plan, section)
    except GeoplanError:  # a layer that cannot be read is told by its reader
        return []
    return [] if found is None else _told(found.warnings)


def stand_findings(plan: Plan) -> list[DataFinding]:
    """Findings of the stands, the plots and the soil profiles of a plan.

    A layer that cannot be read is told by its reader.
    """
    section = plan.section(CarbonSection)
    soils = _of_soils(plan, section)
    if layer_state(plan, LAYER) != "available":
        return soils
    return [*_of_stands(plan, section), *soils]


def _of_stands(plan: Plan, section: CarbonSection) -> list[DataFinding]:
    try:
        stands = read_stands(plan, section)
        if stands is None:
            told = say("carbon_sink.stand.no_land_class")
            return [DataFinding("stand_no_land_class", "warning", told, LAYER, blocks=_BLOCKS)]
        checked = sensed(stands)
        found = checked.findings
        out = [
            DataFinding(w.code, "warning", w.text, LAYER, blocks=_BLOCKS)
            for w in stands.warnings
        ]
        shapes = np.asarray(stands.table.geometry.array)
        for w in sense_warnings(found):
            own = found[found["finding"] == w.code.removeprefix("stand_")].head(_MOST)
            rows = own["row"].to_numpy(int) - 1
            spots = [
                Spot(shapes[k], str(name), area_m2=float(ha) * 1e4)
                for k, name, ha in zip(rows, own["stand_id"], own["area_ha"], strict=True)
                if not shapes[k].is_empty
            ]
            one = DataFinding(w.code, "warning", w.text, LAYER, blocks=_BLOCKS)
            out.append(one.with_spots(spots) if spots else one)
        return [*out, *_of_plots(plan, section, checked.table), *_unread(plan)]
    except GeoplanError:
        return []
