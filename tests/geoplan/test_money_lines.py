"""Money on the screen: the best plants first, what is not known left out."""

from __future__ import annotations

from geoplan.lender.money_lines import money_lines
from siting.money.summary import MoneySummary, NoMoney, PlantMoney


def plant(name: str, **known: float) -> PlantMoney:
    row = dict.fromkeys(PlantMoney.model_fields)
    row |= {"plant": name, "tech": "pv", "capacity_mw": 10.0, "years": 25, "missing": ""}
    return PlantMoney.model_validate(row | {"curtailed_frac": 0.0, "sold_mwh_yr": 1.0} | known)


def test_best_first_and_nothing_made_up() -> None:
    plants = (plant("A", npv_cny=1e6, irr_frac=0.0712), plant("B", npv_cny=3e6), plant("C"))
    money = MoneySummary(plants=plants, price_source="", price_date="", missing=())
    lines = list(money_lines(money, "en"))
    assert lines[1:] == [
        "  B: NPV 3.0 million CNY",
        "  A: NPV 1.0 million CNY, project IRR 7.12 %",
    ]
    assert list(money_lines(NoMoney(), "zh")) == []
