"""Plan sections carbon_sink owns."""

from __future__ import annotations

from pydantic import BaseModel

from layers.spec import Frozen

__all__ = ["SECTIONS", "CarbonSection"]


class CarbonSection(Frozen):
    """``[carbon]``: dates, calibers, coefficients."""


SECTIONS: dict[str, type[BaseModel]] = {"carbon": CarbonSection}
