"""Soil carbon by a reference and factors of use, tillage and input."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from carbon_sink.section import CarbonSection
from carbon_sink.stand_section import SocFactors
from carbon_sink.step_carbon import carbon_step
from carbon_sink.stock.choice import densities_of, table_of
from gis.errors import ConfigError
from layers.model_faults import model_faults
from tests.carbon_sink.conftest import quiet, write_plan

REF = "TIER1_SOCref_HAC_cool_temperate_dry/SOC_0-30cm"
USE = "TIER1_FLU_long_term_cultivated_cool_temperate_dry/stock_change_factor_20yr"
TILL = "TIER1_FMG_no_till_cool_dry/stock_change_factor_20yr"
INPUT = "TIER1_FI_crop_high_with_manure_dry/stock_change_factor_20yr"
GRAZED = "TIER1_FMG_grass_severely_degraded/stock_change_factor_20yr"


def soc(*rows):
    section = CarbonSection(soc_factors=rows)
    table = table_of(section)
    return densities_of(section, table, {}), table


def test_four_factors_by_hand():
    row = SocFactors(
        ecosystem="cropland_irrigated",
        reference=REF,
        land_use=USE,
        management=TILL,
        input=INPUT,
    )
    chosen, table = soc(row)
    got = chosen["cropland_irrigated", "soc"]
    # IPCC 2019 Refinement, Vol. 4 Ch. 5: 43 x 0.77 x 1.03 x 1.37 tC/ha
    assert got.value(table) == pytest.approx(43 * 0.77 * 1.03 * 1.37)
    assert got.coefficients == (REF, USE, TILL, INPUT)


def test_a_factor_left_out_is_one_and_said():
    chosen, table = soc(SocFactors(ecosystem="grass_other", reference=REF, management=GRAZED))
    got = chosen["grass_other", "soc"]
    assert got.value(table) == pytest.approx(43 * 0.7)
    assert "taken as 1" in got.note.en
    assert "按 1" in got.note.zh


def test_own_numbers_need_a_source():
    with pytest.raises(ValueError, match="rate_source"):
        SocFactors(ecosystem="grass_other", reference=30.0)
    row = SocFactors(ecosystem="grass_other", reference=30.0, management=0.9, source="bureau")
    chosen, table = soc(row)
    assert chosen["grass_other", "soc"].value(table) == pytest.approx(27.0)
    assert chosen["grass_other", "soc"].grade(table) == "user"


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"ecosystem": "moon", "reference": REF}, "ecosystem"),
        ({"ecosystem": "grass_other", "reference": "no such row"}, "reference"),
        ({"ecosystem": "grass_other", "reference": USE}, "reference"),
        ({"ecosystem": "grass_other", "reference": REF, "input": REF}, "factor"),
        (
            {"ecosystem": "grass_other", "reference": "shrub_Tamarix_柽柳/SOC_0-100cm"},
            "0-30 cm",
        ),
        (
            {
                "ecosystem": "marsh",
                "reference": REF,
                "land_use": "TIER1_rewetting_FLU_first_20yr/stock_change_factor_20yr",
            },
            "recalled",
        ),
    ],
)
def test_rows_that_cannot_stand_for_it_are_refused(row, word):
    with pytest.raises(ConfigError, match=word):
        soc(SocFactors(**row))


def test_a_factor_in_per_cent_or_a_soil_that_cannot_be_is_refused():
    row = {"ecosystem": "grass_other", "reference": REF, "source": "survey"}
    with pytest.raises(ValueError, match="management"):
        SocFactors(**row, management=140.0)  # 1.4 was meant
    with pytest.raises(ValidationError) as e:
        SocFactors(**row, management=140.0)
    (fault,) = model_faults(e.value, "plan.toml")  # and not "a text is expected" beside it
    assert "140" in fault.text("en")
    # 500 x 3 x 3 = 4,500 tC/ha: no soil to 30 cm holds it
    with pytest.raises(ConfigError, match="4,500 tC/ha"):
        soc(SocFactors(**row | {"reference": 500.0}, management=3.0, input=3.0))


def test_one_hundred_centimetres_are_not_mixed_with_thirty():
    row = SocFactors(ecosystem="cropland_irrigated", reference=REF, land_use=USE)
    section = CarbonSection(soc_factors=(row,), soc_depth_cm=100)
    with pytest.raises(ConfigError, match="depth"):
        densities_of(section, table_of(section), {})


def test_the_plan_door(tmp_path):
    carbon = f"""[[carbon.soc_factors]]
ecosystem = "cropland_irrigated"
reference = "{REF}"
land_use = "{USE}"
management = "{TILL}"
"""
    layer = carbon_step(write_plan(tmp_path, "", carbon), tmp_path, quiet).layers["ecosystem"]
    got = layer[layer["dlbm"] == "0102"]["soc_tc_ha"].iloc[0]
    assert got == pytest.approx(43 * 0.77 * 1.03)
