"""What a number of a file may be: finite, and inside bounds that mean something.

Every number of a model read from a file is one of these or has bounds of its own
(`tests/layers/test_numbers.py`); `layers.spec.Frozen` refuses NaN and infinity everywhere.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from gis.say import say

__all__ = [
    "Box",
    "Code",
    "Count",
    "Factor",
    "HalfWidth",
    "Lat",
    "Lon",
    "NotNegative",
    "Number",
    "Positive",
    "Share",
    "Year",
    "as_box",
]

# beyond any quantity here in any unit in use: the land surface of the earth has 1.5e14 m2
_LARGEST = 1e15


def _not_zero(value: float) -> float:
    if value == 0:
        raise ValueError(say("layers.model.not_zero"))
    return value


Number = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST, allow_inf_nan=False)]
"""Any quantity."""
NotNegative = Annotated[float, Field(ge=0, le=_LARGEST, allow_inf_nan=False)]
"""A quantity that cannot be below nothing."""
Positive = Annotated[float, Field(gt=0, le=_LARGEST, allow_inf_nan=False)]
"""A quantity there must be some of."""
Factor = Annotated[Number, AfterValidator(_not_zero)]
"""What values are multiplied by; zero would make all of them the same."""
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A part of a whole [-]."""
HalfWidth = Annotated[float, Field(ge=0, le=5000, allow_inf_nan=False)]
"""From a centre line to the edge [m]; the widest reach of a river on a plan has 10 km."""
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
"""Longitude [deg]."""
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
"""Latitude [deg]."""
Year = Annotated[int, Field(ge=1900, le=2200)]
"""A calendar year."""
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
"""A number of things."""
Code = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
"""A code or an identifier, as a column of a file can hold it."""
_Corners = tuple[Lon, Lat, Lon, Lat]


def as_box(box: _Corners) -> _Corners:
    """The box, when it goes from west to east and from south to north.

    Raises
    ------
    ValueError
        When it does not, or has no inside.

    Examples
    --------
    >>> as_box((106.0, 38.0, 107.0, 39.0))
    (106.0, 38.0, 107.0, 39.0)
    """
    west, south, east, north = box
    if not (west < east and south < north):
        raise ValueError(
            say("layers.model.box_without_inside"), say("layers.model.expected_box")
        )
    return box


Box = Annotated[_Corners, AfterValidator(as_box)]
"""West, south, east, north [deg]."""
