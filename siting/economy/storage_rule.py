"""Which battery a plan means: its own figures, else those of its province."""

from __future__ import annotations

from dataclasses import dataclass

from gis.errors import ConfigError
from gis.say import say
from layers.plan.model import Plan
from layers.provinces import province
from layers.spec import Text

__all__ = ["StorageChoice", "storage_choice", "storage_note"]


@dataclass(frozen=True)
class StorageChoice:
    """Power and duration of a battery beside a plant.

    Attributes
    ----------
    power_frac
        Battery power over the plant's capacity.
    duration_h
        Usable energy over battery power [h].
    source
        Of the province's figure; empty where the plan gives both.
    """

    power_frac: float
    duration_h: float
    source: str = ""


def storage_choice(
    plan: Plan, *, power_frac: float | None, duration_h: float | None, where: str
) -> StorageChoice:
    """The plan's own figures, and what the province asks for in place of a missing one.

    Parameters
    ----------
    where : str
        Section of the plan, for messages.

    Raises
    ------
    ConfigError
        When a figure is missing and the province's is not known.
    """
    if power_frac is not None and duration_h is not None:
        return StorageChoice(power_frac, duration_h)
    found = province(plan.area.code)
    if found is None or found.storage is None:
        raise ConfigError(
            say("siting.economy.storage_size_missing"),
            where=where,
            todo=say("siting.economy.give_storage_size"),
        )
    rule = found.storage
    return StorageChoice(
        rule.power_frac if power_frac is None else power_frac,
        rule.duration_h if duration_h is None else duration_h,
        rule.source,
    )


def storage_note(plan: Plan) -> Text | None:
    """What the plan's province says of storage beside plants; None where nothing is known."""
    found = province(plan.area.code)
    return None if found is None else found.notes.get("storage")
