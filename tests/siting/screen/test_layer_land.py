"""Land that hangs on a layer, from the tables a run leaves: sums by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from gis.errors import DataError
from siting.screen.judged.layer_land import LayerLand, layer_land


def work_of(tmp_path, **tables):
    folder = tmp_path / "steps" / "screen"
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        pd.DataFrame(rows).to_parquet(folder / f"{name}.table.parquet", index=False)
    return tmp_path


def rules(**layers):
    return [{"rule_id": k, "layer": v} for k, v in layers.items()]


def code(hard, conditional, area_ha):
    return {"hard": hard, "conditional": conditional, "area_ha": area_ha}


def test_land_under_any_rule_of_a_layer_counts_once(tmp_path):
    work = work_of(
        tmp_path,
        rules_pv=rules(A="road", B="road, dem", C="river"),
        codes_pv=[
            code("", "", 1000.0),
            code("A;B", "", 200.0),  # road twice: once
            code("A", "C", 30.0),
            code("", "C", 4.0),
        ],
        rules_wind=rules(W="road"),
        codes_wind=[code("W", "", 500.0)],
    )
    found = layer_land(work, ["pv", "wind", "grass"])
    assert found["road"] == LayerLand(5.0, 0.0)  # 230 ha for PV, 500 ha for wind: the larger
    assert found["dem"].taken_km2 == pytest.approx(2.0)
    assert found["river"].taken_km2 == pytest.approx(0.34)


def test_what_a_layer_that_is_not_there_would_decide(tmp_path):
    work = work_of(
        tmp_path,
        rules_pv=rules(A="road"),
        codes_pv=[code("A", "", 100.0)],
        next_layers=[
            {"layer": "wetland", "alone_ha": 250.0},
            {"layer": "wetland", "alone_ha": 150.0},
        ],
    )
    assert layer_land(work, ["pv"])["wetland"] == LayerLand(0.0, 2.5)


def test_without_a_screening(tmp_path):
    with pytest.raises(DataError):
        layer_land(tmp_path, ["pv"])
