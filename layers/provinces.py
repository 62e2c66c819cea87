"""What holds in one province only: one TOML file a province.

Adding a province is adding a file to ``layers/data/provinces``; a table that is left out
means that nothing is known, and nothing is assumed.

Examples
--------
>>> province("640221").title("en")
'Ningxia Hui Autonomous Region'
>>> province("310000") is None
True
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from gis.errors import ConfigError
from gis.toml import parse_toml
from layers.model_faults import model_faults
from layers.numbers import Positive
from layers.spec import Frozen, Text

__all__ = [
    "CarbonTotal",
    "ClimateZone",
    "Province",
    "StorageRule",
    "province",
    "provinces",
    "read_province",
]


ClimateZone = Literal["cool_temperate_dry", "warm_temperate_dry"]
"""IPCC climate zones that have reference stocks of soil carbon here."""


class StorageRule(Frozen):
    """Least battery that a province asks of new plants.

    Attributes
    ----------
    power_frac
        Battery power over the plant's capacity.
    duration_h
        Usable energy over battery power [h].
    quality
        ``"source"`` (read in the text), ``"secondary"`` (a copy), ``"recalled"``.
    """

    power_frac: Annotated[float, Field(gt=0, le=2)]
    duration_h: Annotated[float, Field(gt=0, le=24)]
    source: Annotated[str, Field(min_length=1)]
    date: str
    quality: Literal["source", "secondary", "recalled"]


class CarbonTotal(Frozen):
    """Published carbon of a province, against which a county's total is held.

    Attributes
    ----------
    total_mtc
        Carbon of the area [MtC].
    area_km2
        Land it is the carbon of [km2].
    low_factor, high_factor
        Band around a county's share of the area; outside of it a total needs a reason.
    factors_source
        Why the band is as wide.
    grade
        Of the evidence, as in the coefficient table: A local, B measured, C modelled or weak,
        T1 IPCC default, X recalled.
    """

    total_mtc: Positive
    area_km2: Positive
    year: Annotated[int, Field(ge=1950, le=2100)]
    low_factor: Annotated[float, Field(gt=0, le=1)]
    high_factor: Annotated[float, Field(ge=1, le=100)]
    source: Annotated[str, Field(min_length=1)]
    area_source: Annotated[str, Field(min_length=1)]
    factors_source: Annotated[str, Field(min_length=1)]
    grade: Literal["A", "B", "C", "T1", "X"]


class Province(Frozen):
    """Figures and documents of one province.

    Attributes
    ----------
    adcode
        The two digits its divisions' codes start with (GB/T 2260).
    notes
        Remarks shown beside a result, by subject.
    storage
        Least battery of new plants; None where no document is known.
    climate_zones
        IPCC climate zones of its land, that of most of it first; empty where not known.
    carbon
        Its published carbon; None where none is known.
    """

    adcode: Annotated[str, Field(pattern=r"^\d{2}$")]
    title: Text
    notes: dict[str, Text] = Field(default_factory=dict)
    storage: StorageRule | None = None
    climate_zones: tuple[ClimateZone, ...] = ()
    carbon: CarbonTotal | None = None


def read_province(file: Traversable) -> Province:
    """A province from its TOML file.

    Raises
    ------
    ConfigError
        With every fault of the file.
    """
    doc = parse_toml(file.read_bytes(), file.name, own=True)
    try:
        return Province.model_validate(doc)
    except ValidationError as err:
        raise ConfigError(model_faults(err, file.name)) from err


@cache
def provinces() -> Mapping[str, Province]:
    """All provinces that have a file, by the first two digits of their code."""
    found = [
        read_province(f)
        for f in sorted(
            files("layers").joinpath("data", "provinces").iterdir(), key=lambda f: f.name
        )
        if f.name.endswith(".toml")
    ]
    return MappingProxyType({p.adcode: p for p in found})


def province(adcode: str) -> Province | None:
    """The province a division lies in; None where nothing of it is known.

    Parameters
    ----------
    adcode : str
        Code of a county, city or province; empty for a place without one.
    """
    return provinces().get(adcode[:2])
