"""The wind turbine class of IEC 61400-1 a place asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gis.toml import FrozenDict, read_toml

__all__ = ["IecClass", "SpeedClass", "TurbulenceClass", "iec_class"]

SpeedClass = Literal["I", "II", "III", "S"]
TurbulenceClass = Literal["A+", "A", "B", "C", "S"]
_SPEED: tuple[SpeedClass, ...] = ("III", "II", "I")  # the mildest first
_TURBULENCE: tuple[TurbulenceClass, ...] = ("C", "B", "A", "A+")
_ROUNDING = 1e-9


@dataclass(frozen=True)
class IecClass:
    """The mildest class that covers a place.

    Attributes
    ----------
    by_mean
        Class the mean wind asks for; ``"S"`` is beyond class I.
    by_gust
        Class the 50-year gust asks for; None where the gust is not known.
    by_turbulence
        Class the turbulence asks for; ``"S"`` is beyond A+, None where it is not known.
    """

    by_mean: SpeedClass
    by_gust: SpeedClass | None
    by_turbulence: TurbulenceClass | None

    @property
    def speed(self) -> SpeedClass:
        """The stricter of mean and gust."""
        strict = [*_SPEED, "S"]
        asked = [c for c in (self.by_mean, self.by_gust) if c is not None]
        return max(asked, key=strict.index)

    @property
    def name(self) -> str:
        """``"IIIB"``; a question mark for a turbulence that is not known.

        Examples
        --------
        >>> IecClass("III", "II", None).name, IecClass("S", None, "A").name
        ('II?', 'S')
        """
        if "S" in (self.speed, self.by_turbulence):
            return "S"
        return f"{self.speed}{self.by_turbulence or '?'}"


def iec_class(
    mean_speed_m_s: float,
    gust_50yr_m_s: float | None = None,
    turbulence_15: float | None = None,
) -> IecClass:
    """The class of a place by its wind at hub height.

    Parameters
    ----------
    mean_speed_m_s : float
        Long-term mean [m/s].
    gust_50yr_m_s : float, optional
        Gust of 3 s with a return period of 50 years [m/s]; of a site study, never from a
        year of hourly means.
    turbulence_15 : float, optional
        Mean turbulence intensity at 15 m/s [-].

    References
    ----------
    .. [1] IEC 61400-1:2019, table 1 (classes) and extreme wind speed model.

    Examples
    --------
    7.4 m/s is class III (to 7.5); a gust of 55 m/s asks for class II (to 1.4 42.5 = 59.5).

    >>> found = iec_class(7.4, gust_50yr_m_s=55.0, turbulence_15=0.13)
    >>> found.by_mean, found.by_gust, found.by_turbulence, found.name
    ('III', 'II', 'B', 'IIB')
    """
    table = read_toml("siting.wind.turbines", "iec_classes.toml")
    ratio = table["ratio"]
    return IecClass(
        _speed(table, mean_speed_m_s / float(ratio["mean_over_vref"])),
        None
        if gust_50yr_m_s is None
        else _speed(table, gust_50yr_m_s / float(ratio["gust_over_vref"])),
        None if turbulence_15 is None else _turbulence(table, turbulence_15),
    )


def _speed(table: FrozenDict, vref_m_s: float) -> SpeedClass:
    for name in _SPEED:
        if vref_m_s <= float(table["speed"][name]["vref_m_s"]) + _ROUNDING:
            return name
    return "S"


def _turbulence(table: FrozenDict, intensity: float) -> TurbulenceClass:
    for name in _TURBULENCE:
        if intensity <= float(table["turbulence"][name]["iref"]) + _ROUNDING:
            return name
    return "S"
