"""Cases of a bus: fewest changes between areas, by stops of layers or of a timetable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.errors import DataError, Fault, GeoplanError
from gis.say import Sentence, listed, say
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_file import plan_file
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.spec import text_of
from siting.facilities.asking import has_field, inner_points, names_of
from siting.facilities.buses.gtfs import read_gtfs
from siting.facilities.buses.matrix import transfer_matrix, transfer_shares
from siting.facilities.buses.section import Bus
from siting.facilities.case import Answered, whole_answer
from siting.facilities.section import FacilityCase

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["answer_transfers", "bus_stops"]

_TOGETHER_M = 1.0  # stops without a name at one place are one
_SHOWN = 5
_FAR_KM = 100.0


def _table(plan: Plan, layer_id: str) -> Any:  # noqa: ANN401 - GeoDataFrame
    found = open_features(plan, layer_id)
    if found is None or not len(found):
        raise DataError(say("siting.facilities.no_places"), where=layer_id)
    return found


def _far(plan: Plan, case: FacilityCase, stops: gpd.GeoDataFrame) -> list[Sentence]:
    """Stops so far from the county that their coordinates are mostly wrong."""
    points = np.asarray(stops.geometry.array, dtype=object)
    far = shapely.distance(points, county_boundary(plan)) > _FAR_KM * 1000.0
    names = dict.fromkeys(stops["name"][far])
    if not names:
        return []
    few = listed(list(names)[:_SHOWN])
    if far.all():
        raise DataError(
            say("siting.facilities.gtfs_elsewhere", km=_FAR_KM),
            where=say("siting.facilities.gtfs_of", case=case.id, at="stops.txt"),
            got=few,
            todo=say("siting.facilities.gtfs_todo"),
        )
    text = say(
        "siting.facilities.gtfs_far", name=case.name, n=len(names), km=_FAR_KM, stops=few
    )
    return [text]


def bus_stops(
    plan: Plan, case: FacilityCase, bus: Bus
) -> tuple[gpd.GeoDataFrame, Bus, list[Sentence]]:
    """Stops of routes in their order, a column ``_stop`` telling which are one.

    Parameters
    ----------
    plan : Plan
    case : FacilityCase
    bus : Bus
        Of the case.

    Returns
    -------
    GeoDataFrame, Bus, list of Sentence
        The stops, the names of their columns, and what a reader has to know.

    Raises
    ------
    DataError
        Without stops, or without the fields of their routes.
    """
    told: list[Sentence] = []
    if bus.gtfs_path:
        try:
            stops, told = read_gtfs(plan_file(plan, bus.gtfs_path), case.name)
        except GeoplanError as err:
            faults = [
                Fault(
                    f.what,
                    where=say("siting.facilities.gtfs_of", case=case.id, at=f.where),
                    got=f.got,
                    expected=f.expected,
                    todo=f.todo or say("siting.facilities.gtfs_todo"),
                )
                for f in err.faults
            ]
            raise type(err)(faults) from err
        stops = stops.to_crs(plan_crs(plan))
        told += _far(plan, case, stops)
        # a trip says itself which way it runs
        of_gtfs = {"route": "route", "order": "stop_order", "stop": "name", "both_ways": False}
        bus = bus.model_copy(update=of_gtfs)
    else:
        stops = _table(plan, bus.layer)
        for field in (bus.route, bus.order, bus.stop):
            has_field(stops, bus.layer, field)
    stops, more = _served(case, bus, stops)
    stops["_stop"], apart = _stop_ids(case, bus, stops)
    return stops, bus, [*told, *more, *apart]


def answer_transfers(plan: Plan, case: FacilityCase) -> Answered:
    """Fewest changes of bus between areas (townships).

    Parameters
    ----------
    plan : Plan
    case : FacilityCase
        Of model ``transfers``.

    Raises
    ------
    DataError
        Without stops, or without the fields of their routes.
    """
    bus = case.bus
    if bus is None:
        raise AssertionError
    areas = _table(plan, case.demand.layer)
    stops, bus, told = bus_stops(plan, case, bus)
    routes = {str(k): v["_stop"].tolist() for k, v in stops.groupby(bus.route)}
    tree = shapely.STRtree(np.asarray(stops.geometry.array, dtype=object))
    places: dict[str, list[str]] = {}
    for name, shape in zip(names_of(areas, case.demand.layer), areas.geometry, strict=True):
        own = tree.query(shape, predicate="intersects")
        places.setdefault(name, []).extend(dict.fromkeys(stops["_stop"].iloc[np.sort(own)]))
    changes = transfer_matrix(routes, places, both_ways=bus.both_ways)
    share = transfer_shares(changes)
    rows = [
        {
            "facility_case": case.id,
            "from_name": a,
            "to_name": b,
            "changes_n": changes.loc[a, b],
        }
        for a in changes.index
        for b in changes.columns
        if a != b
    ]
    bare = [k for k, v in places.items() if not v]
    if bare:
        told.append(say("siting.facilities.without_stop", name=case.name, places=listed(bare)))
    # the place from which most is direct: the county town, as routes run
    hub = str((changes == 0).sum(axis=1).idxmax()) if len(changes) else ""
    indirect = [k for k in changes.index if k != hub and changes.loc[k, hub] != 0]
    sentence = say(
        "siting.facilities.answer_transfers",
        direct=share["direct"],
        one=share["one_change"],
        cut=share["not_reached"],
        hub=hub,
        n=len(indirect),
    )
    values = changes.to_numpy(float)
    pairs = values[~np.eye(len(values), dtype=bool)]
    states = {
        "direct": int((pairs == 0).sum()),
        "one_change": int((pairs == 1).sum()),
        "more_changes": int((pairs > 1).sum()),
        "unreachable": int(np.isnan(pairs).sum()),
    }
    answer = whole_answer(
        plan,
        case,
        "changes",
        demand=len(places),
        existing=stops[bus.route if "line" not in stops else "line"].nunique(),
        states=states,
        direct_frac=share["direct"],
        one_change_frac=share["one_change"],
        sentence=text_of(sentence),
    )
    none = pd.DataFrame()
    lines, shapes = _lines(case, bus, stops)
    return Answered(
        answer,
        none,
        none,
        none,
        tuple(told),
        more={"facility_transfers": pd.DataFrame(rows), "facility_routes": lines},
        shapes={"facility_routes": shapes},
    )


def _lines(
    case: FacilityCase, bus: Bus, stops: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, npt.NDArray[np.object_]]:
    """Routes from their first stop to their last, straight from stop to stop."""
    rows, shapes = [], []
    for _, own in stops.groupby(bus.route, sort=False):
        xy = inner_points(own)
        named = [v.strip() if isinstance(v, str) else "" for v in own[bus.stop].astype(object)]
        rows.append(
            {
                "facility_case": case.id,
                "bus_line": str(own[bus.route if "line" not in own else "line"].iloc[0]),
                "from_name": named[0],
                "to_name": named[-1],
                "calls_n": len(own),
            }
        )
        shapes.append(shapely.LineString(xy if len(xy) > 1 else np.repeat(xy, 2, axis=0)))
    return pd.DataFrame(rows), np.array(shapes, object)


def _served(
    case: FacilityCase, bus: Bus, stops: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Sentence]]:
    """Stops of routes in their order; those nobody can put on a route are left out, told."""
    text = stops[bus.route].astype(str).str.strip()
    lost = (stops[bus.route].isna() | text.isin(["", "nan", "None"])).to_numpy()
    told = []
    if lost.any():
        n = int(lost.sum())
        told.append(say("siting.facilities.stops_without_route", name=case.name, n=n))
    # on routes that run both ways every stop reaches every other, whatever its order
    loose = ~lost & stops[bus.order].isna().to_numpy() & (not bus.both_ways)
    if loose.any():
        n = int(loose.sum())
        told.append(say("siting.facilities.stops_without_order", name=case.name, n=n))
    kept = stops[~lost & ~loose].sort_values([bus.route, bus.order], kind="stable")
    return kept.reset_index(drop=True), told


def _stop_ids(
    case: FacilityCase, bus: Bus, stops: gpd.GeoDataFrame
) -> tuple[list[str], list[Sentence]]:
    """A word for each stop: rows of one name are one stop as far as one walks.

    Rows without a name are one stop only where they stand together.
    """
    from scipy.cluster.hierarchy import fclusterdata

    names = [v.strip() if isinstance(v, str) else "" for v in stops[bus.stop].astype(object)]
    xy = inner_points(stops)
    out = [""] * len(stops)
    far: list[str] = []
    for name in dict.fromkeys(names):
        own = np.flatnonzero([n == name for n in names])
        reach = bus.same_stop_m if name else min(bus.same_stop_m, _TOGETHER_M)
        which = np.ones(len(own), int)
        if len(own) > 1:
            which = fclusterdata(xy[own], reach, criterion="distance", method="single")
        if name and which.max() > 1:
            far.append(name)
        for i, k in zip(own, which, strict=True):
            out[i] = f"{name} #{k}"
    told = []
    if "" in names:
        n = names.count("")
        told.append(say("siting.facilities.stops_without_name", name=case.name, n=n))
    if far:
        told.append(
            say(
                "siting.facilities.stops_far_apart",
                name=case.name,
                stops=listed(far, _SHOWN),
                n=len(far),
                metres=bus.same_stop_m,
            )
        )
    return out, told
