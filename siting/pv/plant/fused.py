"""The map's yield kernel: one pass over the daylight hours for many cells at once.

The sun, the sky coefficients and the heat loss of an hour are the same for all cells of one
weather node, so they are computed once; the inner loop runs over cells and vectorises. No
transcendental function is left in it: glass is a polynomial in the cosine of incidence, the
logarithm of Huld's model comes from the exponent bits and a polynomial.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gis.cells.jit import kernel_with
from gis.errors import ConfigError, ModelError
from gis.say import say
from siting.pv.light.optics import beam_iam, circumsolar_iam, diffuse_iam
from siting.pv.plant.electrics import HULD_GAMMA_PER_C
from siting.pv.plant.inverter import inverter_quadratic
from siting.pv.plant.node_hours import NodeHours
from siting.pv.plant.plant import PvPlant

__all__ = ["CellPlanes", "fixed_yield", "hour_sums"]

F4 = npt.NDArray[np.float32]
F8 = npt.NDArray[np.float64]
_BLOCK = 256
_IAM_DEGREE = 12


@dataclass(frozen=True)
class CellPlanes:
    """Planes and surroundings of cells, f8[cells] each unless said.

    Attributes
    ----------
    tilt_deg, azimuth_deg
        Of the modules.
    gcr, rise, axis_rise
        See `siting.pv.light.rows`.
    warmer_c
        Air temperature of the cell over the node's [K].
    sky_ratio, ground, ground_sky
        Row factors of the cell: sky share, view to ground, ground's view to the sky.
    sky_left
        Share of sky that the horizon leaves.
    horizon_tan
        f8[azimuths, cells], tangent of the horizon's elevation.
    """

    tilt_deg: F8
    azimuth_deg: F8
    gcr: F8
    rise: F8
    axis_rise: F8
    warmer_c: F8
    sky_ratio: F8
    ground: F8
    ground_sky: F8
    sky_left: F8
    horizon_tan: F8


def iam_polynomial(model: str) -> F4:
    """Coefficients of the beam modifier in the cosine: Chebyshev on 0 to 1, f4[13].

    Raises
    ------
    ModelError
        When the polynomial is off by more than 2e-6 anywhere.
    """
    k = np.arange(400)
    x = 0.5 - 0.5 * np.cos(np.pi * (k + 0.5) / 400)
    y = beam_iam(np.rad2deg(np.arccos(x)), model)  # type: ignore[arg-type]
    fit = np.polynomial.Chebyshev.fit(x, y, _IAM_DEGREE, domain=[0.0, 1.0])
    worst = float(np.abs(fit(x) - y).max())
    if worst > 2e-5:
        raise ModelError(say("siting.pv_plant.glass_has_no_polynomial"), got=f"{worst:.1e}")
    return np.asarray(fit.coef, dtype=np.float32)


@kernel_with(fastmath=True)
def _log(x: np.float32) -> np.float32:
    """Natural logarithm to 1e-6 by exponent and mantissa."""
    bits = np.float32(x).view(np.int32)
    e = np.float32((bits >> np.int32(23)) - np.int32(127))
    m = np.int32((bits & np.int32(0x007FFFFF)) | np.int32(0x3F800000)).view(np.float32)
    # atanh series on (m - s) / (m + s) with s = sqrt(2), |t| < 0.172
    t = (m - np.float32(1.41421356)) / (m + np.float32(1.41421356))
    t2 = t * t
    p = (
        np.float32(2.0)
        * t
        * (
            np.float32(1.0)
            + t2
            * (
                np.float32(0.33333333)
                + t2
                * (np.float32(0.2) + t2 * (np.float32(0.14285714) + t2 * np.float32(0.111111)))
            )
        )
    )
    return (e + np.float32(0.5)) * np.float32(0.69314718) + p


@kernel_with(fastmath=True, error_model="numpy")
def _fixed(
    hours: F4,
    month: npt.NDArray[np.int64],
    kept: F4,
    cells: F4,
    horizon: F4,
    iam: F4,
    diffuse: F4,
    constants: F4,
    huld: int,
    beam_only_glass: int,
    start: int,
    stop: int,
    block: int,
    out: F8,
) -> None:
    n_az = horizon.shape[0]
    gamma, warm, rated = constants[0], constants[1], constants[2]
    q0, q1, q2 = constants[3], constants[4], constants[5]
    line, copper = constants[6], constants[7]
    # cSi coefficients of PVGIS 5 as in pvlib.pvarray.huld, for rated power 1
    k1, k2, k3, k4, k5, k6 = (
        np.float32(-0.017237),
        np.float32(-0.040465),
        np.float32(-0.004702),
        np.float32(0.000149),
        np.float32(0.000170),
        np.float32(0.000005),
    )
    zero, one = np.float32(0.0), np.float32(1.0)
    for lo in range(start, stop, block):
        hi = min(lo + block, stop)
        m = hi - lo
        acc = np.zeros(block, np.float32)
        c = cells[:, lo:hi].copy()
        hor = horizon[:, lo:hi].copy()
        now = month[0]
        for i in range(hours.shape[0]):
            if month[i] != now:
                for j in range(m):
                    out[lo + j, now] += np.float64(acc[j])
                    acc[j] = zero
                now = month[i]
            se, sn, sz = hours[i, 0], hours[i, 1], hours[i, 2]
            dni, circ, iso, hz = hours[i, 3], hours[i, 4], hours[i, 5], hours[i, 6]
            bhi, dhi, ta, u = hours[i, 7], hours[i, 8], hours[i, 9], hours[i, 10]
            alb, az = hours[i, 11], hours[i, 12]
            k = int(az)
            w = az - np.float32(k)
            ka = k % n_az
            kb = (k + 1) % n_az
            horizontal = max(np.sqrt(se * se + sn * sn), np.float32(1e-6))
            cl, scale, after = kept[0, now], kept[1, now], kept[2, now]
            for j in range(m):
                # 0 nx 1 ny 2 nz 3 cos t 4 sin t 5 facing e 6 facing n 7 pitch 8 rise
                # 9 axis_rise 10 warmer 11 sky open*ratio*left 12 sin*ratio*left
                # 13 ground view 14 ground sky 15 1/pitch
                sin_t, cos_t, pitch, rise = c[4, j], c[3, j], c[7, j], c[8, j]
                ground_view, svf = c[13, j], c[14, j]
                cos_i = max(c[0, j] * se + c[1, j] * sn + c[2, j] * sz, zero)
                tan_h = hor[ka, j] * (one - w) + hor[kb, j] * w
                seen = one if (sz > tan_h * horizontal or tan_h <= zero) else zero
                # rows in front
                s_x = c[5, j] * se + c[6, j] * sn
                along = c[5, j] * sn - c[6, j] * se
                s_z = sz + along * c[9, j]
                face = sin_t * s_x + cos_t * s_z
                reach = (sin_t - pitch * rise) * s_x - (pitch - cos_t) * s_z
                ok = face > np.float32(1e-6) and s_z > zero
                share = reach / max(face, np.float32(1e-6))
                share = min(max(share, zero), one) if ok else zero
                open_ = seen * (one - share)
                # ground between the rows
                down = s_z + rise * s_x
                shadow = abs(cos_t + s_x * (sin_t - rise * cos_t) / max(down, np.float32(1e-6)))
                lit = one - min(one, c[15, j] * shadow)
                lit = lit if down > zero else zero
                lit = lit if s_z > zero else one
                ground = alb * (bhi * seen * lit + dhi * svf) * ground_view
                # glass
                z = np.float32(2.0) * cos_i - one
                b1 = zero
                b2 = zero
                for q in range(12, 0, -1):
                    b0 = np.float32(2.0) * z * b1 - b2 + iam[q]
                    b2 = b1
                    b1 = b0
                glass = z * b1 - b2 + iam[0]
                beam = dni * cos_i * open_
                around = circ * cos_i * open_
                sky = iso * c[11, j]
                band = hz * c[12, j]
                total = (beam + around + sky + band + ground) * cl
                around_in = around if beam_only_glass else around * glass
                eff = (
                    beam * glass
                    + around_in
                    + sky * diffuse[0]
                    + band * diffuse[1]
                    + ground * diffuse[2]
                ) * cl
                g = max(eff, zero) * np.float32(0.001)
                t = ta + c[10, j] + max(total, zero) * u - np.float32(25.0)
                if huld:
                    gs = max(g, np.float32(1e-6))
                    lg = _log(gs)
                    heat = t * (k3 + lg * (k4 + k5 * lg)) + k6 * t * t
                    dc = g * (one + lg * (k1 + k2 * lg) + warm * heat)
                else:
                    dc = g * (one + gamma * t)
                dc = max(dc, zero) * scale
                low = min(dc, rated)
                ac = q0 + low * (q1 + low * q2)
                ac = max(ac, zero)
                ac = ac - line * ac * ac
                acc[j] += (ac - copper * ac * ac) * after
        for j in range(m):
            out[lo + j, now] += np.float64(acc[j])


def fixed_yield(
    node: NodeHours,
    cells: CellPlanes,
    plant: PvPlant,
    *,
    threads: int = 2,
) -> F8:
    """Monthly yield of fixed modules on many cells [kWh/kWp], f8[cells, 12].

    Parameters
    ----------
    node : NodeHours
    cells : CellPlanes
    plant : PvPlant
        Module, inverter, glass, DC model and losses; its own tilt and rows are not used.
    threads : int
        The answer does not depend on it.

    Returns
    -------
    f8[cells, 12]
        Mean of the weather years; the sum over months is the yearly yield.
    """
    losses, inverter = plant.all_losses(), plant.inverter_used
    out = _sums(node.hours, node.month, np.arange(12), cells, plant, threads)
    out *= 1.0 - node.inside_hour
    # in the dark the inverters draw from the grid
    own = node.dark_h * inverter.night_frac
    # transformers at any hour
    hours = node.dark_h + np.bincount(node.month, minlength=12)
    own = own + hours * plant.transformer_no_load_frac
    out -= own * losses.left_of("ac") / plant.dc_ac_ratio
    out *= losses.left_of("delivery") / node.years
    return out


def hour_sums(
    node: NodeHours,
    cells: CellPlanes,
    plant: PvPlant,
    horizon_tan: float,
    order: npt.NDArray[np.int64],
    group: npt.NDArray[np.int64],
    month: npt.NDArray[np.int64],
    *,
    threads: int = 2,
) -> F8:
    """What groups of hours give to a mean year under a horizon all around [kWh/kWp].

    Parameters
    ----------
    horizon_tan : float
        Tangent of the horizon's elevation in every direction; that of `cells` is not used.
    order, group : i8[k]
        Hours of the node, and the group of each, in the order of groups.
    month : i8[g]
        Month of each group, 0 to 11.

    Returns
    -------
    f8[cells, g]
        Without what is drawn in the dark: only differences of two horizons mean something.
    """
    level = replace(cells, horizon_tan=np.full((node.n_azimuths, len(cells.rise)), horizon_tan))
    out = _sums(node.hours[order], group, month, level, plant, threads)
    left = plant.all_losses().left_of("delivery") * np.ones(12)
    out *= ((1.0 - node.inside_hour) * left)[month] / node.years
    return out


def _sums(
    hours: F4,
    group: npt.NDArray[np.int64],
    month: npt.NDArray[np.int64],
    cells: CellPlanes,
    plant: PvPlant,
    threads: int,
) -> F8:
    """Sums over groups of hours of the kernel's energy; ``month`` is that of each group."""
    if plant.bifacial or plant.shade_steps or plant.dc == "single_diode":
        raise ConfigError(
            say("siting.pv_plant.kernel_has_no_rear"),
            todo=say("siting.pv_plant.use_site_yield"),
        )
    t, a = np.deg2rad(cells.tilt_deg), np.deg2rad(cells.azimuth_deg)
    n = len(t)
    pitch = 1.0 / np.maximum(cells.gcr, 1e-6)
    tilts = np.unique(cells.tilt_deg)
    if len(tilts) > 1:
        # glass for diffuse light is taken at the mean tilt; it moves by 1e-3 over 20 deg
        diffuse = diffuse_iam(float(tilts.mean()), plant.iam)
    else:
        diffuse = diffuse_iam(float(tilts[0]), plant.iam)
    table = np.stack(
        [
            np.sin(t) * np.sin(a),
            np.sin(t) * np.cos(a),
            np.cos(t),
            np.cos(t),
            np.sin(t),
            np.sin(a),
            np.cos(a),
            pitch,
            cells.rise,
            cells.axis_rise,
            cells.warmer_c,
            (1.0 + np.cos(t)) / 2.0 * cells.sky_ratio * cells.sky_left,
            np.sin(t) * cells.sky_ratio * cells.sky_left,
            cells.ground,
            cells.ground_sky,
            1.0 / pitch,
        ]
    ).astype(np.float32)
    inverter = plant.inverter_used
    # the kernel's power is over the rated AC power; without an inverter nothing limits it
    rated = inverter.dc_rated if inverter.model != "none" else 1e6
    pvgis = plant.dc == "pvgis"
    constants = np.array(
        [
            plant.module.gamma_per_c,
            1.0 if pvgis else plant.module.gamma_per_c / HULD_GAMMA_PER_C,
            rated,
            *inverter_quadratic(inverter),
            plant.line_frac,
            plant.transformer_load_frac,
        ],
        dtype=np.float32,
    )
    losses = plant.all_losses()
    # what the losses leave of light, DC and AC power, by month
    kept = np.stack(
        [
            losses.left_of("front_light", "light"),
            losses.left_of("dc") * plant.dc_ac_ratio,
            losses.left_of("ac") / plant.dc_ac_ratio,
        ]
    )
    out = np.zeros((n, len(month)))
    one = np.ones(1)
    horizon = np.ascontiguousarray(cells.horizon_tan, dtype=np.float32)
    arguments = (
        np.ascontiguousarray(hours),
        group,
        np.ascontiguousarray(kept[:, month], dtype=np.float32),
        np.ascontiguousarray(table),
        horizon,
        iam_polynomial(plant.iam),
        np.asarray([float(v) for v in diffuse], dtype=np.float32),
        constants,
        int(plant.dc in {"huld", "pvgis"}),
        int(circumsolar_iam(0.5 * one, plant.iam)[0] == 1.0),
    )
    share = -(-n // max(threads, 1))
    share = max(_BLOCK, -(-share // _BLOCK) * _BLOCK)

    def part(lo: int) -> None:
        _fixed(*arguments, lo, min(lo + share, n), _BLOCK, out)

    with ThreadPoolExecutor(max_workers=max(threads, 1)) as pool:
        jobs = [pool.submit(part, lo) for lo in range(0, n, share)]
        for job in jobs:
            job.result()
    return out
