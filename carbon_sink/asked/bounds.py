"""Numbers of the user's that nobody has measured or paid: taken as given, and asked about."""

from __future__ import annotations

from carbon_sink.monitor_section import MonitorSection
from carbon_sink.section import PotentialSection
from gis.say import say
from gis.toml import read_toml
from layers.plan.model import Plan
from layers.result import Warn
from layers.spec import Text

__all__ = ["monitor_bounds", "value_bounds"]


def _over(name: str, value: float | None, where: str) -> list[Warn]:
    most = read_toml("carbon_sink", "data/user_bounds.toml")[name]
    if value is None or value <= most["value"]:
        return []
    told = say(
        f"carbon_sink.asked.over_{name}",
        value=value,
        most=most["value"],
        source=Text(**most["source"]),
    )
    return [Warn(f"over_{name}", told, where)]


def monitor_bounds(plan: Plan) -> list[Warn]:
    """Nitrous oxide of wetland soil beyond what is measured."""
    given = plan.section(MonitorSection).n2o_kg_ha_yr
    return _over("n2o_kg_ha_yr", given, "[monitor] n2o_kg_ha_yr")


def value_bounds(plan: Plan) -> list[Warn]:
    """A price of carbon nobody pays."""
    value = plan.section(PotentialSection).value
    price = value.price_yuan_tco2e if value is not None else None
    return _over("price_yuan_tco2e", price, "[potential.value] price_yuan_tco2e")
