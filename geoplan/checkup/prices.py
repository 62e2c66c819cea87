"""Faults of the files of prices and of curtailment, as the money step will read them."""

from __future__ import annotations

from gis.errors import Fault, GeoplanError
from layers.plan.model import Plan
from siting.economy.price import kept_frac, plan_prices

__all__ = ["price_faults"]


def price_faults(plan: Plan) -> list[Fault]:
    """What is wrong with them; a file that is not there is told with the other inputs."""
    out: list[Fault] = []
    for read in (plan_prices, kept_frac):
        try:
            read(plan)
        except GeoplanError as err:
            out.extend(err.faults)
        except OSError:
            continue
    return out
