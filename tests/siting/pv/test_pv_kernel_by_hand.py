"""One hour of the map's kernel written out again from the formulas it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from siting.pv.light.optics import beam_iam, circumsolar_iam, diffuse_iam
from siting.pv.light.rows import (
    ground_lit_fraction,
    shaded_fraction,
    sun_across,
)
from siting.pv.plant.fused import CellPlanes, fixed_yield
from siting.pv.plant.node_hours import NodeHours
from tests.siting.pv.pv_cases import huld, inverter, some_plant

# ---------------------------------------------------------------- the map's kernel


def kernel_hour(node, cells, plant, j, i):
    """AC power of cell `j` in hour `i` [kW/kWp], from the formulas the kernel stands for."""
    se, sn, sz, dni, circ, iso, hz, bhi, dhi, ta, u, albedo, az = (
        float(v) for v in node.hours[i]
    )
    tilt, facing = float(cells.tilt_deg[j]), float(cells.azimuth_deg[j])
    t, f = np.deg2rad(tilt), np.deg2rad(facing)
    zen, azi = np.rad2deg(np.arccos(sz)), np.rad2deg(np.arctan2(se, sn))
    cos_i = max(np.sin(t) * np.sin(f) * se + np.sin(t) * np.cos(f) * sn + np.cos(t) * sz, 0.0)
    n = cells.horizon_tan.shape[0]
    low, part = int(az), az - int(az)
    tan_h = (
        cells.horizon_tan[low % n, j] * (1 - part) + cells.horizon_tan[(low + 1) % n, j] * part
    )
    seen = float(sz / np.hypot(se, sn) > tan_h or tan_h <= 0.0)
    x, z = sun_across([zen], [azi], facing, axis_rise=float(cells.axis_rise[j]))
    gcr, rise = float(cells.gcr[j]), float(cells.rise[j])
    shade = float(shaded_fraction(tilt, gcr, x, z, rise=rise)[0])
    lit = float(ground_lit_fraction(tilt, gcr, x, z, rise=rise)[0])
    open_ = seen * (1 - shade)
    beam, around = dni * cos_i * open_, circ * cos_i * open_
    dome = float(cells.sky_ratio[j] * cells.sky_left[j])
    sky, band = iso * (1 + np.cos(t)) / 2 * dome, hz * np.sin(t) * dome
    ground = albedo * (bhi * seen * lit + dhi * cells.ground_sky[j]) * cells.ground[j]
    glass = float(beam_iam(np.array([np.rad2deg(np.arccos(cos_i))]), plant.iam)[0])
    around_glass = float(circumsolar_iam(np.array([glass]), plant.iam)[0])
    sky_in, band_in, ground_in = (float(v) for v in diffuse_iam(tilt, plant.iam))
    month, losses = int(node.month[i]), plant.all_losses()
    clean, dc_left, ac_left, sold = (
        float(losses.left_of(*p)[month])
        for p in (("front_light", "light"), ("dc",), ("ac",), ("delivery",))
    )
    total = (beam + around + sky + band + ground) * clean
    eff = (
        beam * glass
        + around * around_glass
        + sky * sky_in
        + band * band_in
        + ground * ground_in
    )
    eff = max(eff * clean, 1e-9)
    cell = ta + cells.warmer_c[j] + max(total, 0.0) * u
    if plant.dc == "huld":
        dc = max(huld(eff, cell, plant.module.gamma_per_c), 0.0)
    elif plant.dc == "pvgis":
        dc = max(huld(eff, cell), 0.0)
    else:
        dc = max(eff / 1000.0 * (1 + plant.module.gamma_per_c * (cell - 25.0)), 0.0)
    rated_dc = 1 / plant.dc_ac_ratio / plant.inverter_frac
    dc = min(dc * dc_left, rated_dc)
    return inverter(max(dc, 1e-12), rated_dc, plant.inverter_frac) * ac_left * sold


@pytest.mark.parametrize("dc", ["huld", "pvgis", "pvwatts"])
@pytest.mark.parametrize("iam", ["ar_glass", "glass_beam_only", "martin_ruiz"])
def test_the_kernel_hour_by_hour(dc, iam):
    """Twelve hours in twelve months, 40 cells each: the sums by month are single hours."""
    rng = np.random.default_rng(11)
    n = 40
    zen, azi = rng.uniform(15.0, 88.0, 12), rng.uniform(80.0, 280.0, 12)
    z, a = np.deg2rad(zen), np.deg2rad(azi)
    ghi = 900.0 * np.cos(z)
    hours = np.stack(
        [
            np.sin(z) * np.sin(a), np.sin(z) * np.cos(a), np.cos(z),
            rng.uniform(0.0, 900.0, 12), rng.uniform(0.0, 80.0, 12),
            rng.uniform(20.0, 200.0, 12), rng.uniform(-20.0, 40.0, 12),
            0.7 * ghi, 0.3 * ghi, rng.uniform(-15.0, 35.0, 12),
            rng.uniform(0.02, 0.04, 12), rng.uniform(0.1, 0.7, 12), azi / 360.0 * 36,
        ],
        axis=1,
    ).astype(np.float32)  # fmt: skip
    node = NodeHours(np.ascontiguousarray(hours), np.arange(12), 2)
    cells = CellPlanes(
        tilt_deg=np.full(n, 37.0), azimuth_deg=rng.uniform(140.0, 220.0, n),
        gcr=rng.uniform(0.3, 0.7, n), rise=rng.uniform(-0.1, 0.1, n),
        axis_rise=rng.uniform(-0.1, 0.1, n), warmer_c=rng.uniform(-5.0, 5.0, n),
        sky_ratio=rng.uniform(0.7, 1.0, n), ground=rng.uniform(0.02, 0.1, n),
        ground_sky=rng.uniform(0.3, 0.8, n), sky_left=rng.uniform(0.8, 1.0, n),
        horizon_tan=np.tan(np.deg2rad(rng.uniform(0.0, 25.0, (36, n)))),
    )  # fmt: skip
    months = tuple(np.linspace(0.0, 0.1, 12))
    losses = {"soiling": months, "snow": months[::-1], "lid": 0.02, "mismatch": 0.03}
    losses |= {"wiring_ac": 0.01, "availability": months, "curtailment": months}
    plant = some_plant(
        dc=dc, iam=iam, losses=losses, dc_ac_ratio=1.3, inverter_frac=0.97,
        module="pvwatts_premium",
    )  # fmt: skip
    found = fixed_yield(node, cells, plant)
    expected = np.array(
        [[kernel_hour(node, cells, plant, j, i) / 2 for i in range(12)] for j in range(n)]
    )
    # single precision; the glass polynomial is good to 2e-5 of the light
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-6)
    assert (expected > 0.05).mean() > 0.5
    # some hours are clipped, some cells shaded, some behind the hills
    assert (expected.max(axis=0) > 0.3).any()
