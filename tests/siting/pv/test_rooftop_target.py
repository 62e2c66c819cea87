"""The share of public roofs is asked by the plan's own target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoplan.demo import sample_plan
from gis.errors import DataError
from layers.plan.target import Target
from siting.pv.study.rooftop import _installed, priority_list, rooftop_target, share_table
from siting.pv.study.section import RooftopSection
from siting.pv.study.step_rooftop import _with_target


def plan_with(*shares: tuple[int, float], own: float | None = None):
    plan = sample_plan("tiny")
    targets = tuple(
        Target.model_validate(
            {
                "id": f"roofs_{year}", "title": "roofs", "indicator": "public_rooftop_share",
                "year": year, "value": share, "unit": "%", "section": "s", "quote": "q",
            }
        )
        for year, share in shares
    )  # fmt: skip
    section = RooftopSection(share_target_frac=own)
    return plan.model_copy(
        update={"targets": targets, "sections": {**plan.sections, "rooftop": section}}
    )


@pytest.fixture
def roofs() -> pd.DataFrame:
    """The 1,026 public buildings of the demo county, all alike and without PV."""
    return pd.DataFrame(
        {
            "building_id": [f"b{i:04d}" for i in range(1026)],
            "use": "school",
            "area_m2": 100.0,
            "kwp": 10.0,
            "kwh_yr": 14_000.0,
            "installed_kwp": 0.0,
            "installed_known": True,
        }
    )


@pytest.mark.parametrize(("share", "needed"), [(15.0, 154), (30.0, 308)])
def test_the_target_says_how_many_roofs(roofs, share: float, needed: int) -> None:
    # 15 % of 1,026 are 153.9, 30 % are 307.8: the next whole building reaches them
    section, told = _with_target(plan_with((2025, share)))
    assert told == ()
    assert section.share_target_frac == pytest.approx(share / 100)
    assert int(priority_list(roofs, section)["needed"].sum()) == needed
    row = share_table(roofs, section).set_index("use").loc["all_public"]
    assert row["target"] == pytest.approx(share / 100)


def test_of_two_years_the_later_one_counts() -> None:
    assert rooftop_target(plan_with((2030, 30.0), (2025, 15.0))).year == 2030


def test_without_a_target_no_roof_is_needed(roofs) -> None:
    section, _ = _with_target(plan_with())
    assert section.share_target_frac is None
    assert not priority_list(roofs, section)["needed"].any()


def test_a_key_that_differs_from_the_target_is_told() -> None:
    section, (warning,) = _with_target(plan_with((2025, 30.0), own=0.15))
    assert section.share_target_frac == pytest.approx(0.3)
    assert "15.0 %" in warning.text("en")
    assert "30.0 %" in warning.text("zh")
    assert _with_target(plan_with((2025, 30.0), own=0.3))[1] == ()


def test_roofs_nobody_knows_the_pv_of_have_no_share(roofs) -> None:
    table = share_table(roofs.assign(installed_known=False), RooftopSection())
    row = table.set_index("use").loc["all_public"]
    assert pd.isna(row["share_number"])
    assert pd.isna(row["share_area"])
    assert not row["installed_known"]


def test_a_blank_is_not_none(roofs) -> None:
    """Half of the roofs say nothing: they are not counted among those without PV."""
    half = len(roofs) // 2
    installed = np.array([50.0, *([np.nan] * half), *([0.0] * (len(roofs) - 1 - half))])
    silent = roofs.assign(installed_kwp=installed)
    row = share_table(silent, RooftopSection()).set_index("use").loc["all_public"]
    assert (row["with_pv"], row["not_said"]) == (1, half)
    assert row["share_number"] == pytest.approx(1 / len(roofs))


@pytest.mark.parametrize("text", ["50kW", -1.0, float("inf")])
def test_installed_pv_that_is_no_number_is_refused(text) -> None:
    section = RooftopSection(installed_field="装机")
    buildings = pd.DataFrame({"装机": [10, None, " ", text]})
    with pytest.raises(DataError, match="cannot be used"):
        _installed(buildings, section)
    found = _installed(buildings.iloc[:3], section)
    assert found.tolist()[0] == 10.0
    assert found.isna().tolist() == [False, True, True]


def test_a_layer_that_says_nothing_of_installed_pv_gives_no_zero() -> None:
    buildings = pd.DataFrame({"building_id": ["a", "b"], "pv_kwp": [3.0, None]})
    assert _installed(buildings, RooftopSection()).tolist()[0] == 3.0  # type: ignore[arg-type]
    unknown = _installed(buildings[["building_id"]], RooftopSection())  # type: ignore[arg-type]
    assert unknown.isna().all()
