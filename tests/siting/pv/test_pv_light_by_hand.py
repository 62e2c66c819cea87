"""Light against numbers worked out apart from the code: closed forms and conservation."""

from __future__ import annotations

import numpy as np
import pytest

from siting.pv.light.bifacial import rear_irradiance
from siting.pv.light.horizon import (
    Horizon,
    horizon_grid,
    horizon_of_dem,
    sky_left,
    sky_left_profiles,
)
from siting.pv.light.rows import (
    ground_lit_fraction,
    ground_sky_factor,
    row_factors,
    shaded_fraction,
    sun_across,
)

# ---------------------------------------------------------------- rows


@pytest.mark.parametrize("pitch", [1.5, 3.0])
@pytest.mark.parametrize("rise", [0.0, 0.1, -0.1])
@pytest.mark.parametrize("elevation_deg", [5.0, 15.0])
def test_shade_on_vertical_rows(pitch, rise, elevation_deg):
    """A wall of height 1: the next one is lit above 1 - P (rise + tan e)."""
    e = np.deg2rad(elevation_deg)
    x, z = np.array([np.cos(e)]), np.array([np.sin(e)])
    expected = np.clip(1.0 - pitch * (rise + np.tan(e)), 0.0, 1.0)
    assert shaded_fraction(90.0, 1 / pitch, x, z, rise=rise)[0] == pytest.approx(expected)
    # its shadow on ground rising by k has the horizontal length 1 / (tan e + k)
    lit = 1.0 - min(1.0, 1.0 / pitch / (np.tan(e) + rise)) if np.tan(e) > -rise else 0.0
    assert ground_lit_fraction(90.0, 1 / pitch, x, z, rise=rise)[0] == pytest.approx(lit)


@pytest.mark.parametrize("rise", [0.0, 0.08, -0.08])
@pytest.mark.parametrize(("tilt", "elevation_deg"), [(20.0, 6.0), (35.0, 11.0), (60.0, 14.0)])
def test_shade_point_by_point(tilt, elevation_deg, rise):
    """A point of the width is dark when its ray passes under the edge of the row in front."""
    t, e, pitch = np.deg2rad(tilt), np.deg2rad(elevation_deg), 2.2
    w = (np.arange(20_000) + 0.5) / 20_000
    # this row from (0, 0) up to (-cos t, sin t); the one in front is a pitch on and P rise down
    to_edge = pitch - np.cos(t) + w * np.cos(t)
    dark = w * np.sin(t) + to_edge * np.tan(e) < np.sin(t) - pitch * rise
    one = np.ones(1)
    x, z = np.cos(e) * one, np.sin(e) * one
    got = shaded_fraction(tilt, 1 / pitch, x, z, rise=rise)[0]
    assert got == pytest.approx(dark.mean(), abs=1e-4)
    # shadow of both edges, cast along the sun on ground that rises away from it
    lower, upper = (0.0, 0.4), (-np.cos(t), 0.4 + np.sin(t))
    at = [
        qx - (qz + rise * qx) / (np.sin(e) + rise * np.cos(e)) * np.cos(e)
        for qx, qz in (lower, upper)
    ]
    lit = 1.0 - min(1.0, abs(at[1] - at[0]) / pitch)
    assert ground_lit_fraction(tilt, 1 / pitch, x, z, rise=rise)[0] == pytest.approx(lit)


@pytest.mark.parametrize("rise", [0.0, 0.15, -0.15])
@pytest.mark.parametrize("elevation_deg", [50.0, 75.0])
def test_lit_ground_under_a_high_sun(elevation_deg, rise):
    """The same construction where most of the ground is lit, sun in front and behind."""
    t, pitch = np.deg2rad(35.0), 2.5
    for side in (1.0, -1.0):
        x, z = side * np.cos(np.deg2rad(elevation_deg)), np.sin(np.deg2rad(elevation_deg))
        lower, upper = (0.0, 0.4), (-np.cos(t), 0.4 + np.sin(t))
        at = [qx - (qz + rise * qx) / (z + rise * x) * x for qx, qz in (lower, upper)]
        lit = 1.0 - abs(at[1] - at[0]) / pitch
        one = np.ones(1)
        got = ground_lit_fraction(35.0, 1 / pitch, x * one, z * one, rise=rise)[0]
        assert got == pytest.approx(lit)
        assert 0.2 < lit < 1.0


def test_shade_needs_the_sun_in_front_and_up():
    one = np.ones(1)
    assert shaded_fraction(30.0, 0.5, 0.9 * one, -0.1 * one)[0] == 0.0
    assert shaded_fraction(30.0, 0.5, -0.9 * one, 0.1 * one)[0] == 0.0
    assert ground_lit_fraction(30.0, 0.5, 0.9 * one, -0.1 * one)[0] == 1.0
    assert shaded_fraction(30.0, 0.0, 0.99 * one, 0.01 * one)[0] == 0.0


@pytest.mark.parametrize("pitch", [1.5, 3.0])
@pytest.mark.parametrize("rise", [0.0, 0.2])
def test_view_factors_of_vertical_rows(pitch, rise):
    """sin(atan(u / P)) over the height integrates to sqrt(P^2 + u^2)."""
    f = row_factors(90.0, 1 / pitch, rise=rise)
    drop = pitch * rise
    hidden = np.hypot(pitch, 1.0 - drop) - pitch
    assert float(f.sky) == pytest.approx((1.0 - hidden) / 2.0, abs=1e-4)
    below = np.hypot(pitch, 1.0 + drop) - np.hypot(pitch, drop)
    assert float(f.ground) == pytest.approx((1.0 - below) / 2.0, abs=1e-9)
    assert float(f.sky_open) == pytest.approx(0.5)
    assert float(f.ground_open) == pytest.approx(0.5)
    assert float(f.sky_ratio) == pytest.approx(1.0 - hidden, abs=2e-4)


def back_sky(tilt_deg: float, pitch: float) -> float:
    """View of a row's back to the sky over the upper edge of the row behind, by midpoints."""
    t = np.deg2rad(tilt_deg)
    w = (np.arange(4000) + 0.5) / 4000
    behind = np.arctan2((1 - w) * np.sin(t), pitch + (1 - w) * np.cos(t))
    # the back faces down by t: of its hemisphere the sky is what lies over `behind`
    return float(((1.0 - np.cos(t - np.minimum(behind, t))) / 2.0).mean())


@pytest.mark.parametrize("tilt", [0.0, 20.0, 45.0, 90.0])
@pytest.mark.parametrize("gcr", [0.25, 0.5])
def test_sky_light_is_conserved(tilt, gcr):
    """What the sky sends on a pitch of land falls on fronts, on backs, or on the ground."""
    caught = gcr * (float(row_factors(tilt, gcr).sky) + back_sky(tilt, 1 / gcr))
    for height in (0.1, 0.6):
        ground = ground_sky_factor(tilt, gcr, height, points=240, rows=60)
        assert ground == pytest.approx(1.0 - caught, abs=4e-3)


def test_the_sun_across_the_rows():
    """Sun in the west of south-facing rows, 30 deg high: nothing across, cos 30 along."""
    x, z = sun_across([60.0], [270.0], 180.0, axis_rise=0.1)
    assert x[0] == pytest.approx(0.0, abs=1e-12)
    # the axis climbs to the west (facing + 90 deg): the sun stands lower over it
    assert z[0] == pytest.approx(0.5 - 0.1 * np.sin(np.deg2rad(60.0)))
    x, z = sun_across([60.0], [90.0], 180.0, axis_rise=0.1)
    assert z[0] == pytest.approx(0.5 + 0.1 * np.sin(np.deg2rad(60.0)))


# ---------------------------------------------------------------- the back


def rear(**given):
    one = np.ones(1)
    base = {
        "tilt_deg": 90.0,
        "gcr": 0.4,
        "clearance": 0.5,
        "s_x": 0.0 * one,
        "s_z": one,
        "cos_aoi": 0.0 * one,
        "dni_w_m2": 0.0 * one,
        "bhi_w_m2": 0.0 * one,
        "dhi_w_m2": 0.0 * one,
        "albedo": 0.0,
    }
    return float(rear_irradiance(**(base | given))[0])


def test_back_of_vertical_rows():
    """A vertical module has two equal sides: sky and ground as the front's closed forms."""
    one, pitch = np.ones(1), 2.5
    half = (1.0 - (np.hypot(pitch, 1.0) - pitch)) / 2.0
    assert rear(dhi_w_m2=100.0 * one) == pytest.approx(100.0 * half, rel=1e-4)
    # sun overhead: a vertical row has no shadow
    assert rear(bhi_w_m2=600.0 * one, albedo=0.3) == pytest.approx(180.0 * half, rel=2e-3)
    # sun behind the module: DNI times the cosine on the back
    assert rear(dni_w_m2=800.0 * one, cos_aoi=-0.6 * one) == pytest.approx(480.0)
    assert rear(dni_w_m2=800.0 * one, cos_aoi=0.6 * one) == 0.0
    # parts add up, and the sun below the horizon lights no ground
    both = rear(dhi_w_m2=100.0 * one, bhi_w_m2=600.0 * one, albedo=0.3)
    ground = rear(dhi_w_m2=100.0 * one, albedo=0.3) - rear(dhi_w_m2=100.0 * one)
    assert both == pytest.approx(100.0 * half + 180.0 * half + ground, rel=2e-3)
    assert rear(bhi_w_m2=600.0 * one, albedo=0.3, s_z=-0.1 * one) == 0.0
    # the ground below sees less than the whole sky and more than half of it
    assert 0.3 * 100.0 * half * 0.4 < ground < 0.3 * 100.0 * half


@pytest.mark.parametrize(
    ("slant", "clearance", "tilt"), [(1.0, 0.5, 90), (0.6, 1.0, 35), (-0.5, 0.8, 35)]
)
def test_shadow_seen_from_the_back(slant, clearance, tilt):
    """Lit ground by brute force: strips of ground, each lit or dark, seen from the back."""
    pitch, t = 2.5, np.deg2rad(tilt)
    edge = np.linspace(-60.0, 60.0, 240_001)
    middle = (edge[1:] + edge[:-1]) / 2.0
    # shadow of row k from its lower edge (0, c) to its upper (cos t, c + sin t); the sun
    # comes from -x, so shadows move to +x by height times slant
    a, b = clearance * slant, np.cos(t) + (clearance + np.sin(t)) * slant
    low, width = min(a, b), abs(b - a)
    dark = (middle - low) % pitch < width
    seen = 0.0
    points = (np.arange(40) + 0.5) / 40
    for w in points:
        y, z = w * np.cos(t), clearance + w * np.sin(t)
        # what the back's plane and the row behind leave of the ground
        near = y - z / np.tan(t) if tilt < 90 else y
        reach = y + (pitch - y) * z / (z - clearance)
        use = (middle > near) & (middle < reach) & ~dark
        # cosine on the back's normal (sin t, -cos t) times the strip's angle over 2
        dy = middle[use] - y
        r = np.hypot(dy, z)
        cosine = (np.sin(t) * dy + np.cos(t) * z) / r
        seen += float((np.maximum(cosine, 0.0) * z / r**2 / 2.0).sum()) * (edge[1] - edge[0])
    one = np.ones(1)
    norm = np.hypot(slant, 1.0)
    got = rear(
        tilt_deg=float(tilt), clearance=clearance, s_x=slant / norm * one, s_z=one / norm,
        bhi_w_m2=1000.0 * one, albedo=1.0,
    )  # fmt: skip
    assert got == pytest.approx(1000.0 * seen / 40, rel=0.02)


# ---------------------------------------------------------------- horizon


def test_curvature_and_refraction_lower_far_hills():
    """A plateau of 100 m beginning 15 km east: 15,000^2 * 0.87 / (2 * 6,371 km) = 15.4 m."""
    dem = np.zeros((3, 401))
    dem[:, 301:] = 100.0
    h = horizon_grid(dem, np.array([1]), np.array([1]), cell_m=50.0, n_azimuths=4)
    expected = np.rad2deg(np.arctan((100.0 - 15.36 - 1.5) / 15_000.0))
    assert h[0, 1] == pytest.approx(expected, rel=0.025)
    # the eye counts: 30 m up the plateau is lower by 28.5 m
    high = horizon_grid(
        dem, np.array([1]), np.array([1]), cell_m=50.0, n_azimuths=4, eye_m=30.0
    )
    assert high[0, 1] == pytest.approx(
        np.rad2deg(np.arctan((100.0 - 15.36 - 30.0) / 15_000.0)), rel=0.025
    )
    near = horizon_grid(
        dem, np.array([1]), np.array([1]), cell_m=50.0, n_azimuths=4, reach_m=10_000.0
    )
    assert near[0, 1] == 0.0


def test_directions_of_the_profile():
    """Walls of 50, 100, 150 and 200 m, 500 m north, east, south and west."""
    dem = np.zeros((41, 41))
    dem[10, :], dem[:, 30], dem[30, :], dem[:, 10] = 50.0, 100.0, 150.0, 200.0
    dem[10, :10] = dem[30, :10] = 0.0
    found = horizon_of_dem(dem, 20, 20, cell_m=50.0, n_azimuths=4)
    expected = [np.rad2deg(np.arctan((h - 1.5) / 500.0)) for h in (50.0, 100.0, 150.0, 200.0)]
    assert found.elevation_deg == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("ring", [10.0, 30.0])
def test_sky_of_a_wall_over_a_ring(ring):
    """Vertical plane: cos^2 over elevation, ((pi/2 - e) - sin(2e)/2) / (pi/2)."""
    e = np.deg2rad(ring)
    expected = ((np.pi / 2 - e) - np.sin(2 * e) / 2) / (np.pi / 2)
    got = float(sky_left(Horizon(np.full(72, ring)), 90.0, 180.0))
    assert got == pytest.approx(expected, abs=1e-3)
    # hills behind a wall hide nothing of its sky
    behind = np.where(np.abs(np.arange(72) * 5 - 180) > 91, 40.0, 0.0)
    assert float(sky_left(Horizon(behind), 90.0, 180.0)) == pytest.approx(1.0)
    assert float(sky_left(Horizon(behind), 90.0, 0.0)) < 0.5


def test_rows_on_the_ground_are_a_hundredth_of_their_width_high():
    """The ground's view needs a height: nothing is lower than 0.01 collector widths."""
    one = np.ones(1)
    light = {"tilt_deg": 30.0, "dhi_w_m2": 100.0 * one, "bhi_w_m2": 500.0 * one, "albedo": 0.3}
    lowest = rear(**light, clearance=0.01)
    assert rear(**light, clearance=0.0) == lowest
    assert rear(**light, clearance=-0.1) == lowest
    assert rear(**light, clearance=0.3) > lowest


def test_profiles_of_any_number_of_azimuths_are_those_of_one_horizon():
    """A hill of 20 deg from 90 to 200 deg, given at 36, 72 and 144 azimuths from north."""
    for m in (36, 72, 144):
        az = np.arange(m) * 360.0 / m
        ring = np.where((az >= 90.0) & (az <= 200.0), 20.0, 0.0)
        found = sky_left_profiles(np.stack([ring, ring * 0.0]), 35.0, 150.0)
        assert found[0] == pytest.approx(float(sky_left(Horizon(ring), 35.0, 150.0)), rel=1e-12)
        assert found[1] == pytest.approx(1.0, abs=1e-12)
        assert found[0] < 0.95
