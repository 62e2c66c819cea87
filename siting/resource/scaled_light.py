"""A series of light made to have another monthly sum, hour by hour still possible."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.errors import DataError
from gis.say import say
from gis.types import F8

__all__ = ["possible_light", "scaled_light"]

_ROUNDS = 30
_EXACT = 1e-9


def possible_light(extra_w_m2: npt.ArrayLike, cos_zenith: npt.ArrayLike) -> tuple[F8, F8, F8]:
    """Most GHI, DNI and DHI an hour can have [W/m2], f8[n] each.

    Parameters
    ----------
    extra_w_m2 : f8[n]
        Extraterrestrial normal irradiance [W/m2].
    cos_zenith : f8[n]

    References
    ----------
    .. [1] Long, C. N., Dutton, E. G. (2002). BSRN Global Network recommended QC tests, V2.0:
       "extremely rare" limits.

    Examples
    --------
    >>> [round(float(x)) for x in possible_light(1361.0, 1.0)]
    [1683, 1303, 1051]
    """
    e = np.asarray(extra_w_m2, dtype=np.float64)
    mu = np.clip(np.asarray(cos_zenith, dtype=np.float64), 0.0, 1.0)
    return (
        np.asarray(1.2 * e * mu**1.2 + 50.0),
        np.asarray(0.95 * e * mu**0.2 + 10.0),
        np.asarray(0.75 * e * mu**1.2 + 30.0),
    )


def scaled_light(
    ghi_w_m2: F8,
    dni_w_m2: F8,
    dhi_w_m2: F8,
    *,
    month: npt.NDArray[np.int64],
    factor: npt.ArrayLike,
    most: tuple[F8, F8, F8],
) -> tuple[F8, F8, F8]:
    """GHI, DNI and DHI whose monthly sums of GHI are `factor` times the series'.

    All three of an hour are multiplied alike, so that closure and the share of diffuse light
    stay and the clear-sky index keeps its shape; where an hour would pass what is possible it
    stops there and the other hours of its month take the rest.

    Parameters
    ----------
    ghi_w_m2, dni_w_m2, dhi_w_m2 : f8[n]
    month : i8[n]
        0 to 11.
    factor : f8[12]
        Wanted over given sum of each month.
    most : three of f8[n]
        See `possible_light`.

    Raises
    ------
    DataError
        When a month cannot hold as much light, or a factor is not known.

    Examples
    --------
    Two hours of 400 and 900, half as much again, the second cannot pass 1,000: the first
    takes 950.

    >>> wide = np.full(2, 1e9)
    >>> one = scaled_light(np.array([400.0, 900.0]), np.zeros(2), np.zeros(2),
    ...     month=np.zeros(2, int), factor=np.full(12, 1.5), most=(np.array([2000.0, 1000.0]),
    ...     wide, wide))
    >>> one[0].round(6).tolist()
    [950.0, 1000.0]
    """
    wanted = np.asarray(factor, dtype=np.float64)
    if not np.isfinite(wanted).all():
        raise DataError(say("siting.resource.factor_is_nan"), where="factor")
    given = (ghi_w_m2, dni_w_m2, dhi_w_m2)
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.min(
            [np.where(v > 0, m / v, np.inf) for v, m in zip(given, most, strict=True)], axis=0
        )
    # an hour that is beyond the limit as it was read stays as it is
    room = np.maximum(room, 1.0)
    sums = np.bincount(month, ghi_w_m2, minlength=12)
    target = sums * wanted
    by_month = wanted.copy()
    for _ in range(_ROUNDS):
        of_hour = np.where(
            by_month[month] > 1.0, np.minimum(by_month[month], room), by_month[month]
        )
        found = np.bincount(month, ghi_w_m2 * of_hour, minlength=12)
        with np.errstate(divide="ignore", invalid="ignore"):
            short = np.where(found > 0, target / found, 1.0)
        if np.abs(short - 1.0).max() < _EXACT:
            break
        # what the capped hours cannot take goes to the free ones
        free = np.bincount(month, ghi_w_m2 * (of_hour < room), minlength=12)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(free > 0, (target - found) / free, 0.0)
        by_month = by_month + step
    else:
        raise DataError(
            say("siting.resource.more_light_than_possible"),
            got=", ".join(f"{m + 1}: {f:.3f}" for m, f in enumerate(wanted)),
            todo=say("siting.resource.check_unit_of_atlas"),
        )
    ghi, dni, dhi = (np.asarray(v * of_hour) for v in given)
    return ghi, dni, dhi
