"""Constants and coefficients, entry by entry, as their sources print them."""

from __future__ import annotations

import math

import pytest

from carbon_sink.section import SpeciesShare
from carbon_sink.species import species_table
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.constants import constants, transition_years
from carbon_sink.stock.methane import BURIAL_ROW, CH4_ROW, wetland_net
from carbon_sink.stock.volume import volume_carbon_tc
from layers.provinces import province

TABLE = load_coefficients()


def test_constants():
    # IPCC 2006 Vol. 4 Ch. 2: 44/12, Eq. 2.23 and 2.25: D = 20; AR5 WG1 Table 8.7: 28, 265
    assert dict(constants()) == {
        "gwp100_ch4": 28.0, "gwp100_n2o": 265.0, "co2_per_c": pytest.approx(44 / 12, rel=1e-15),
        "soil_transition_years": 20.0,
    }  # fmt: skip
    assert transition_years() == 20.0


def test_carbon_of_the_province():
    # Lin et al. 2024 (10.1007/s40333-024-0052-9): 402.36 MtC; the region has 66,400 km2
    found = province("640221").carbon
    assert (found.total_mtc, found.area_km2, found.year) == (402.36, 66_400.0, 2010)
    # 5 and 25 MtC against 2,064 / 66,400 x 402.36 = 12.5
    assert (found.low_factor, found.high_factor) == (0.4, 2.0)
    assert province("640221").climate_zones == ("cool_temperate_dry", "warm_temperate_dry")


# AR-CM-001-V01 annex: wood density [t/m3], BEF, root to shoot, carbon fraction
AR_CM_001 = {
    "poplar": (0.378, 1.446, 0.227, 0.496),
    "willow": (0.443, 1.821, 0.288, 0.485),
    "elm": (0.598, 1.671, 0.621, 0.497),
    "pine": (0.360, 1.589, 0.251, 0.521),
    "spruce": (0.342, 1.734, 0.224, 0.521),
    "locust": (0.598, 1.674, 0.261, 0.497),
    "oleaster": (0.443, 1.586, 0.289, 0.485),
}


@pytest.mark.parametrize("species", AR_CM_001)
def test_constants_of_species(species):
    stem = species_table()[species].constants
    on = TABLE.switched_on([stem])
    names = ("wood_density_WD", "BEF", "root_shoot_R", "CF")
    assert tuple(on[f"{stem}/{n}"].value for n in names) == AR_CM_001[species]
    wd, bef, r, cf = AR_CM_001[species]
    got = volume_carbon_tc(
        1_000.0, on, (SpeciesShare(species=species, share_frac=1.0),), form="constant"
    )
    assert got == pytest.approx(1_000.0 * wd * bef * (1 + r) * cf, rel=1e-12)


# biomass = a V + b [t/ha]: Zhang et al. (Shandong stands); spruce Fang et al. 1996
CONTINUOUS = {
    "poplar": (0.6251, 11.462),
    "pine": (0.7709, 8.8631),
    "locust": (0.8918, 28.441),
    "oleaster": (0.8918, 28.441),
    "elm": (0.7564, 8.3103),
    "spruce": (0.4642, 47.499),
}


@pytest.mark.parametrize("species", CONTINUOUS)
def test_continuous_equations_of_species(species):
    s = species_table()[species]
    a, b = CONTINUOUS[species]
    assert TABLE[f"{s.continuous}/a_slope"].value == a
    assert TABLE[f"{s.continuous}/b_intercept"].value == b
    cf = TABLE[s.cf_measured].value
    got = volume_carbon_tc(
        1_000.0, TABLE, (SpeciesShare(species=species, share_frac=1.0),),
        form="continuous", arbor_area_ha=40.0,
    )  # fmt: skip
    assert got == pytest.approx((a * 1_000.0 + b * 40.0) * cf, rel=1e-12)


# IPCC: value and error [%]. Reference stocks of 2019 Table 2.3 carry 95 % intervals (1.96 sd),
# those of 2006 Table 2.3 and the factors of Tables 5.5 and 6.2 two standard deviations.
SOC_2019 = {
    "HAC_cool_temperate_dry": (43, 8), "HAC_warm_temperate_dry": (24, 5),
    "LAC_cool_temperate_dry": (33, 90), "LAC_warm_temperate_dry": (19, 16),
    "sandy_cool_temperate_dry": (13, 33), "sandy_warm_temperate_dry": (10, 5),
    "wetland_soil_cool_temperate_dry": (87, 90), "wetland_soil_warm_temperate_dry": (74, 17),
}  # fmt: skip
SOC_2006 = {
    "HAC_cold_temperate_dry": (50, 90), "LAC_cold_temperate_dry": (33, 90),
    "sandy_cold_temperate_dry": (34, 90), "HAC_warm_temperate_dry": (38, 90),
    "LAC_warm_temperate_dry": (24, 90), "sandy_warm_temperate_dry": (19, 90),
}  # fmt: skip
FACTORS = {
    "FLU_long_term_cultivated_cool_temperate_dry": (0.77, 14),
    "FLU_long_term_cultivated_warm_temperate_dry": (0.76, 12),
    "FLU_paddy_rice": (1.35, 4),
    "FLU_perennial_crop_temperate": (0.72, 22),
    "FLU_set_aside_dry": (0.93, 11),
    "FLU_cropland_on_wetland_mineral_soil_temperate": (0.71, 41),
    "FMG_reduced_till_cool_dry": (0.98, 5),
    "FMG_no_till_cool_dry": (1.03, 4),
    "FMG_grass_severely_degraded": (0.7, 40),
    "FMG_grass_high_intensity_grazing": (0.9, 8),
    "FMG_grass_improved_temperate": (1.14, 11),
    "FI_grass_high": (1.11, 7),
    "FI_crop_low_dry": (0.95, 13),
    "FI_crop_high_no_manure_dry": (1.04, 13),
    "FI_crop_high_with_manure_dry": (1.37, 12),
}
IPCC = [
    *((f"TIER1_SOCref_{k}/SOC_0-30cm", v, 1.96) for k, v in SOC_2019.items()),
    *((f"TIER1_2006_SOCref_{k}/SOC_0-30cm", v, 2.0) for k, v in SOC_2006.items()),
    *((f"TIER1_{k}/stock_change_factor_20yr", v, 2.0) for k, v in FACTORS.items()),
    ("TIER1_grassland_cold_temperate_dry/AGB_peak_dry_matter", (1.7, 75), 2.0),
    ("TIER1_grassland_cold_temperate_dry/total_AG+BG_dry_matter", (6.5, 75), 2.0),
    ("TIER1_grassland_warm_temperate_dry/total_AG+BG_dry_matter", (6.1, 75), 2.0),
    ("TIER1_grassland_semiarid/root_shoot_ratio", (2.8, 95), 2.0),
]


@pytest.mark.parametrize(("key", "printed", "sds"), IPCC, ids=[k for k, *_ in IPCC])
def test_ipcc_defaults(key, printed, sds):
    value, pct = printed
    row = TABLE[key]
    assert row.value == value
    assert row.spread == "truncnormal"
    assert row.spread_a == pytest.approx(value * pct / 100 / sds, rel=2e-3)
    assert row.low == pytest.approx(value * (1 - pct / 100), rel=2e-2)
    assert row.high == pytest.approx(value * (1 + pct / 100), rel=2e-2)


def test_carbon_fraction_and_methane():
    # 2006 Vol. 4 Table 4.3 (all, 0.47, 0.44-0.49); Wetlands Supplement Table 5.4 (235, 19-451)
    cf = TABLE["TIER1_carbon_fraction_woody/CF"]
    assert (cf.value, cf.low, cf.high) == (0.47, 0.44, 0.49)
    ch4 = TABLE.peek(CH4_ROW)
    assert (ch4.value, ch4.low, ch4.high, ch4.unit) == (235, 19, 451, "kgCH4/ha/yr")
    burial = TABLE[BURIAL_ROW].value
    n = wetland_net(10.0, TABLE, gwp=27.0)
    assert n.carbon_tc_yr.value == pytest.approx(10 * burial)
    assert n.carbon_tco2_yr == pytest.approx(-10 * burial * 44 / 12)
    assert n.methane_tco2e_yr.value == pytest.approx(10 * 0.235 * 27)
    assert n.net_tco2e_yr.value == pytest.approx(10 * (0.235 * 27 - burial * 44 / 12))
    assert n.methane_tco2e_yr.low < n.methane_tco2e_yr.value < n.methane_tco2e_yr.high


def test_every_row_lies_within_its_range_and_has_a_spread_of_its_kind():
    for row in TABLE.all_rows():
        if math.isfinite(row.low) and math.isfinite(row.value):
            assert row.low <= row.value <= row.high, row.id
        if row.spread in {"normal", "truncnormal", "lognormal", "student_t"}:
            assert row.spread_a > 0, row.id
