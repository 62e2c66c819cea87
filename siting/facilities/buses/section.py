"""Where the routes of a case ``transfers`` come from: a layer of stops, or a timetable."""

from __future__ import annotations

from pydantic import model_validator

from gis.say import say
from layers.numbers import Positive
from layers.spec import Frozen
from siting.facilities.patches import FeatureLayer

__all__ = ["Bus"]


class Bus(Frozen):
    """Stops of routes, a point each, or a timetable: model ``transfers``.

    Attributes
    ----------
    layer
        Points with the fields `route` and `order`.
    gtfs_path
        A folder or zip with stops.txt, routes.txt, trips.txt and stop_times.txt in place of
        the layer; its trips say which way they run.
    route, order, stop
        Fields of the route, of the order along it, and of the stop's name.
    both_ways
        Routes run back as well.
    same_stop_m
        Stops of one name no farther apart than this are one: one walks from one to the other.
    """

    layer: FeatureLayer = "bus_stops"
    gtfs_path: str = ""
    route: str = "route"
    order: str = "stop_order"
    stop: str = "name"
    both_ways: bool = True
    same_stop_m: Positive = 500.0

    @model_validator(mode="after")
    def _one_source(self) -> Bus:
        of_layer = {"layer", "route", "order", "stop", "both_ways"}
        if self.gtfs_path and of_layer & self.model_fields_set:
            raise ValueError(say("siting.facilities.gtfs_runs_itself"))
        return self
