"""Losses that are given rather than computed: one row of ``losses.toml`` each.

A row says what the loss is called, its default with source, its bounds and where in the
chain it acts. The plan section, the hourly chain, the map's kernel, the waterfall and the
report all read these rows: adding a loss is adding a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, BeforeValidator, Field

from gis.say import Sentence, listed, say
from layers.numbers import Number
from layers.spec import Frozen, Origin, Text
from siting.pv.plant.module import data_toml

__all__ = ["GivenLosses", "LossRow", "Losses", "Monthly", "Place", "loss_rows"]

F8 = npt.NDArray[np.float64]
Monthly = tuple[Number, ...]
Place = Literal["front_light", "light", "dc", "ac", "delivery"]
"""Where a loss acts: on the front's light, on all light, on power before and behind the
inverter, on what the plant delivers."""


def _by_month(value: object) -> object:
    return (value,) * 12 if isinstance(value, int | float) else value


class LossRow(Frozen):
    """The declaration of a loss.

    Attributes
    ----------
    value
        Default by month, January first, as a fraction of what reaches the loss.
    acts
        See `Place`; within a place losses act in the order of the file.
    bounds
        From the first to below the second.
    from_module
        Field of `siting.pv.plant.module.Module` whose figure takes the default's place.
    """

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    value: Annotated[Monthly, BeforeValidator(_by_month), Field(min_length=12, max_length=12)]
    acts: Place
    bounds: tuple[Number, Number] = (0.0, 1.0)
    from_module: Literal["", "lid_frac"] = ""
    unit: Literal["fraction"]
    source: Origin
    date: str
    quality: str


@cache
def loss_rows() -> Mapping[str, LossRow]:
    """Every loss by its key, in the order they act.

    Examples
    --------
    >>> loss_rows()["availability"].value[0]
    0.03
    """
    rows = data_toml("losses.toml")
    order = get_args(Place)
    found = [LossRow.model_validate({"key": k, **row}) for k, row in rows.items()]
    return MappingProxyType(
        {r.key: r for r in sorted(found, key=lambda r: order.index(r.acts))}
    )


def _checked(given: dict[str, float | Monthly]) -> dict[str, Monthly]:
    """The losses of a plan as twelve values each; all that is wrong is told at once."""
    rows = loss_rows()
    wrong: list[Any] = []
    out: dict[str, Monthly] = {}
    for key, value in given.items():
        months = value if isinstance(value, tuple) else (float(value),) * 12
        if key not in rows:
            wrong.append(say("siting.pv_plant.no_such_loss", loss=key, known=listed(rows)))
        elif len(months) != 12:
            wrong.append(
                say("siting.pv_plant.loss_needs_one_or_twelve", loss=key, n=len(months))
            )
        else:
            low, high = rows[key].bounds
            bad = [v for v in months if not low <= v < high]
            if bad:
                wrong.append(
                    say(
                        "siting.pv_plant.loss_out_of_bounds",
                        loss=key,
                        value=bad[0],
                        low=low,
                        high=high,
                    )
                )
            out[key] = months
    if wrong:
        raise ValueError(say("siting.pv_plant.losses_wrong", wrong=listed(wrong)))
    return out


GivenLosses = Annotated[dict[str, Number | Monthly], AfterValidator(_checked)]
"""Losses of a plan by key, one value or twelve (January first); what is left out comes from
``losses.toml``."""


class Losses(Frozen):
    """All losses of a plant, resolved: twelve values for every row.

    Attributes
    ----------
    by_key
        Key -> value by month, in the order they act.
    given
        Key -> whose value it is: ``"plan"``, ``"module"`` or ``"default"``.
    origins
        Key -> the module's source where it is the module's value.
    """

    by_key: dict[str, Monthly]
    given: dict[str, str] = Field(default_factory=dict)
    origins: dict[str, Origin] = Field(default_factory=dict)

    def source(self, key: str) -> tuple[Origin | Sentence, str]:
        """Where a loss is from, and its quality."""
        row = loss_rows()[key]
        whose = self.given.get(key, "default")
        if whose == "plan":
            return say("layers.words.origin.plan"), "user"
        if whose == "module":
            return self.origins.get(key, ""), row.quality
        return row.source, row.quality

    def at(self, *places: Place) -> tuple[LossRow, ...]:
        """The losses that act at these places, in order."""
        return tuple(loss_rows()[k] for k in self.by_key if loss_rows()[k].acts in places)

    def left(self, row: LossRow) -> F8:
        """Share that a loss leaves, by month; f8[12]."""
        return 1.0 - np.asarray(self.by_key[row.key])

    def left_of(self, *places: Place) -> F8:
        """Share that all losses of these places leave together, by month; f8[12]."""
        out = np.ones(12)
        for row in self.at(*places):
            out = out * self.left(row)
        return out
