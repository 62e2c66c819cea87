"""Layer ``sites`` of every file says where a site connects, beside the nearest substation."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from geoplan.maps.themes import themes
from geoplan.report.exports import field_docs, run_layers

GRID = {
    "grid_state": ["connected", "reinforcement"],
    "station": ["变电站5", ""],
    "grid_mw": [90.0, 0.0],
    "unconditional_mw": [10.0, 20.0],
    "with_approvals_mw": [100.0, 50.0],
    "with_grid_mw": [90.0, 0.0],
}


@pytest.mark.parametrize("asked", [True, False])
def test_sites_carry_the_allocation(tmp_path, asked):
    """B is nearest to station 4 and connects nowhere; A is nearest to 4 and connects at 5."""
    sites = gpd.GeoDataFrame(
        {"site_id": ["A", "B"], "substation": ["变电站4", "变电站4"]},
        geometry=[box(0, 0, 1, 1), box(2, 0, 3, 1)],
        crs="EPSG:4544",
    )
    for step in ("sites", "connection"):
        (tmp_path / "steps" / step).mkdir(parents=True)
    sites.to_parquet(tmp_path / "steps" / "sites" / "sites.layer.parquet")
    if asked:
        # in another order than the sites
        grid = pd.DataFrame({"site_id": ["A", "B"], **GRID}).iloc[::-1]
        grid.to_parquet(tmp_path / "steps" / "connection" / "connection_sites.table.parquet")
    (found,) = (layer for name, layer in run_layers(tmp_path) if name == "sites")
    assert found["substation"].tolist() == ["变电站4", "变电站4"]
    assert found.crs == sites.crs
    assert found.geometry.equals(sites.geometry)
    if not asked:
        assert "station" not in found
        return
    for name, want in GRID.items():
        assert found[name].tolist() == want
        assert name in field_docs()


def test_the_map_names_both_stations_and_the_three_capacities():
    (layer,) = (v for v in themes().vector if v.layer == "sites" and v.search == "site")
    titles = {f.name: f.title.zh for f in layer.fields}
    assert titles["station"] == "接入变电站"
    assert titles["substation"] == "路径最近的变电站"
    assert {"grid_state", "unconditional_mw", "with_approvals_mw", "grid_mw"} <= set(titles)
    (ways,) = (v for v in themes().vector if v.layer == "routes")
    assert {f.title.zh for f in ways.fields} >= {"路径最近的变电站"}
