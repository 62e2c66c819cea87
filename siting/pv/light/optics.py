"""What the cover glass lets through: incidence angle modifiers of beam and diffuse."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib import resources
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError
from gis.say import listed, say

__all__ = ["AR_INDEX", "GLASS_INDEX", "Iam", "beam_iam", "circumsolar_iam", "diffuse_iam"]

F8 = npt.NDArray[np.float64]
Iam = Literal["ar_glass", "glass", "glass_beam_only", "martin_ruiz", "none"]

GLASS_INDEX = 1.526
AR_INDEX = 1.3
"""Refractive index of the anti-reflective coat, as PVWatts v5 (Dobos 2014, section 4)."""


def beam_iam(aoi_deg: F8, model: Iam = "ar_glass") -> F8:
    """Modifier of beam light at an angle of incidence, f8[n], 1 at normal incidence.

    References
    ----------
    .. [1] De Soto, W., Klein, S. A., Beckman, W. A. (2006). Improvement and validation of a
       model for photovoltaic array performance. Solar Energy 80, 78-88.
       :doi:`10.1016/j.solener.2005.06.010`
    .. [2] Martin, N., Ruiz, J. M. (2001). Calculation of the PV modules angular losses under
       field conditions. Solar Energy Materials 70, 25-38.
       :doi:`10.1016/S0927-0248(00)00408-6`

    Examples
    --------
    >>> beam_iam(np.array([0.0, 60.0, 90.0])).round(3).tolist()
    [1.0, 0.96, 0.0]
    """
    from pvlib import iam

    if model == "ar_glass":
        return np.asarray(iam.physical(aoi_deg, n=GLASS_INDEX, n_ar=AR_INDEX))
    if model in {"glass", "glass_beam_only"}:
        return np.asarray(iam.physical(aoi_deg, n=GLASS_INDEX))
    if model == "martin_ruiz":
        return np.asarray(iam.martin_ruiz(aoi_deg))
    if model == "none":
        return np.asarray(np.where(aoi_deg < 90.0, 1.0, 0.0))
    raise ConfigError(
        say("siting.pv_light.unknown_glass_model"),
        got=model,
        expected=listed(get_args(Iam)),
    )


def circumsolar_iam(beam: F8, model: Iam) -> F8:
    """Modifier of circumsolar light: that of the beam, but PVWatts v5 leaves it at 1."""
    return np.ones_like(beam) if model == "glass_beam_only" else beam


@lru_cache(maxsize=16)
def _table(model: Iam) -> tuple[F8, F8, F8, F8]:
    """Tilts 0..90 by 1 degree and the modifiers of sky, horizon and ground light."""
    from pvlib import iam

    tilts = np.arange(0.0, 90.5, 1.0)
    if model in {"none", "glass_beam_only"}:  # PVWatts v5 leaves diffuse light as it is
        one = np.ones_like(tilts)
        return tilts, one, one, one
    if model == "martin_ruiz":
        both = iam.martin_ruiz_diffuse(tilts)
        sky = np.asarray(both["sky"])
        return tilts, sky, sky, np.asarray(both["ground"])
    # pvlib's marion_diffuse takes seconds for 91 tilts: its result is kept as data, and a
    # test holds it against pvlib
    text = resources.files("siting.pv").joinpath("data", "iam_diffuse.csv").read_text("utf-8")
    rows = [r for r in csv.DictReader(text.splitlines()) if r["model"] == model]
    columns = {k: np.array([float(r[k]) for r in rows]) for k in ("sky", "horizon", "ground")}
    return tilts, columns["sky"], columns["horizon"], columns["ground"]


def diffuse_iam(tilt_deg: npt.ArrayLike, model: Iam = "ar_glass") -> tuple[F8, F8, F8]:
    """Modifiers of sky, horizon and ground light for a tilt.

    Interpolated in a table of one-degree steps (error below 1e-5).

    Returns
    -------
    sky, horizon, ground : f8, shape of the tilt

    References
    ----------
    .. [1] Marion, B. (2017). Numerical method for angle-of-incidence correction factors for
       diffuse radiation incident photovoltaic modules. Solar Energy 147, 344-348.
       :doi:`10.1016/j.solener.2017.03.027`

    Examples
    --------
    >>> sky, horizon, ground = diffuse_iam(30.0)
    >>> bool(0.9 < sky < 1.0 and ground < sky)
    True
    """
    tilts, sky, horizon, ground = _table(model)
    t = np.asarray(tilt_deg, dtype=np.float64)
    return (
        np.asarray(np.interp(t, tilts, sky)),
        np.asarray(np.interp(t, tilts, horizon)),
        np.asarray(np.interp(t, tilts, ground)),
    )
