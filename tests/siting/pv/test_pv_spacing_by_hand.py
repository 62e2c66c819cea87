"""The sun of the solstice, slopes and gaps, by trigonometry."""

from __future__ import annotations

import numpy as np
import pytest

from gis.errors import ConfigError
from siting.pv.light.rows import shaded_fraction, sun_across
from siting.pv.study.spacing import gb_gcr, row_pitch_m, slope_components, winter_sun

# ---------------------------------------------------------------- spacing


def test_the_sun_of_the_solstice():
    """Noon: 90 - 38.9 - 23.45 = 27.65 deg in the south; in the southern half of the world
    as high in the north, on its own solstice."""
    e, a = winter_sun(38.9, 12.0)
    assert (float(e), float(a)) == (pytest.approx(27.65), pytest.approx(180.0))
    e, a = winter_sun(-38.9, 12.0)
    assert float(e) == pytest.approx(27.65)
    assert float(a) % 360.0 == pytest.approx(0.0, abs=1e-6)
    # morning in the east, afternoon in the west, equally high
    (e1, e2), (a1, a2) = winter_sun(38.9, [9.0, 15.0])
    assert e1 == pytest.approx(e2)
    assert a1 + a2 == pytest.approx(360.0)
    assert a1 < 180.0
    # 15 deg an hour: the sun sets at arccos(tan phi tan decl) from noon
    set_h = (
        12.0
        + np.rad2deg(np.arccos(np.tan(np.deg2rad(38.9)) * np.tan(np.deg2rad(23.45)))) / 15.0
    )
    assert float(winter_sun(38.9, set_h)[0]) == pytest.approx(0.0, abs=1e-9)


def test_slopes_seen_from_the_rows():
    """45 deg down to the west under south-facing rows: they climb to the east."""
    rise, along = (float(v) for v in slope_components(45.0, 270.0, 180.0))
    assert rise == pytest.approx(0.0, abs=1e-12)
    # up towards facing + 90 = west is a fall
    assert along == pytest.approx(-1.0)
    rise, along = (float(v) for v in slope_components(45.0, 0.0, 180.0))
    assert (rise, along) == (pytest.approx(-1.0), pytest.approx(0.0, abs=1e-12))
    assert slope_components(0.0, np.nan, 180.0)[0] == 0.0


def test_access_gap_and_flat_rows():
    """Flat rows may touch; an access gap of 2 m keeps them 2 m apart."""
    flat = row_pitch_m(30.0, 4.0, 0.0)
    assert (flat.pitch_m, flat.gap_m, flat.gcr) == (4.0, 0.0, 1.0)
    kept = row_pitch_m(30.0, 4.0, 0.0, least_gap_m=2.0)
    assert (kept.pitch_m, kept.gap_m) == (6.0, 2.0)
    tilted = row_pitch_m(38.9, 4.6, 35.0)
    assert tilted.pitch_m - tilted.gap_m == pytest.approx(4.6 * np.cos(np.deg2rad(35.0)))
    assert tilted.gcr * tilted.pitch_m == pytest.approx(4.6)


@pytest.mark.parametrize("azimuth", [155.0, 180.0, 205.0])
@pytest.mark.parametrize("along", [0.06, -0.06])
def test_the_pitch_is_just_enough_on_any_slope(azimuth, along):
    """No beam shade in the window, and some with rows 2 % closer; one place or many alike."""
    e, a = winter_sun(38.9, np.linspace(9.0, 15.0, 61))
    x, z = sun_across(90.0 - e, a, azimuth, axis_rise=along)
    kept = row_pitch_m(38.9, 4.6, 30.0, azimuth_deg=azimuth, rise=0.05, axis_rise=along)
    many = gb_gcr(
        38.9, 30.0, azimuth_deg=azimuth, rise=np.array([0.0, 0.05]),
        axis_rise=np.array([0.0, along]),
    )  # fmt: skip
    for gcr in (kept.gcr, float(many[1])):
        assert shaded_fraction(30.0, gcr, x, z, rise=0.05).max() < 1e-9
        assert shaded_fraction(30.0, gcr * 1.02, x, z, rise=0.05).max() > 1e-3


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"lat_deg": float("nan")}, "lat"),
        ({"lat_deg": 106.0}, "lat"),
        ({"rise": 35.0}, "rise"),
        ({"axis_rise": -2.0}, "axis_rise"),
        ({"azimuth_deg": 999.0}, "azimuth_deg"),
    ],
)
def test_what_no_ground_or_place_has_is_refused(change, where):
    given = {"lat_deg": 38.9, "collector_m": 4.6, "tilt_deg": 35.0} | change
    with pytest.raises(ConfigError) as err:
        row_pitch_m(**given)
    assert [f.where for f in err.value.faults] == [where]
