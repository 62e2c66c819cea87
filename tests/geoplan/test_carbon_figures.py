"""Paths to targets and the transition matrix stand in the report, titled as the plan says."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from carbon_sink.summary import CarbonSummary, ChangeSummary, Interval
from geoplan.charts import house_style
from geoplan.report.carbon.annex import carbon_annex
from geoplan.report.carbon.chapter import carbon_blocks
from geoplan.report.carbon.conclusion import carbon_sentences
from geoplan.report.carbon.stock import stock_blocks
from geoplan.report.document import Figure, Heading, Items, Table
from geoplan.report.draw_carbon import draw_carbon_paths, draw_transitions
from geoplan.report.exports import column_title, field_docs
from layers.spec import Text
from tests.carbon_sink.conftest import write_plan

SUMMARY = SimpleNamespace(
    carbon=CarbonSummary.model_construct(
        total_tc=None,
        wetland_flux=None,
        inventories=None,
        change=ChangeSummary.model_construct(
            years=8.0,
            converted_ha=41.0,
            stock_difference_tc={},
            not_estimated_ha={},
            gain_loss_tc={},
            bound="open",
            bound_note=Text(zh="不全", en="not whole"),
            method_note=Text(zh="一个估计", en="one estimate"),
            choices=(),
            areas=(),
            area_source="",
        ),
    ),
    potential=None,
    survey=None,
    stand=None,
    monitor=None,
    pools=None,
    indicators=(
        SimpleNamespace(
            id="forest_2030",
            title=Text(zh="森林覆盖率", en="forest cover"),
            value=10.1,
            data_year=2025,
            unit="%",
            unit_zh="%",
            unit_en="%",
            relation=">=",
            target=12.0,
            year=2030,
            met_text="no",
            calibers=(),
        ),
        SimpleNamespace(
            id="grass_2025",
            title=Text(zh="草", en="grass"),
            value=None,
            data_year=0,
            unit="%",
            unit_zh="%",
            unit_en="%",
            relation=">=",
            target=41.0,
            year=2025,
            met_text="unknown",
            calibers=(),
        ),
    ),
)


def run_folder(folder: Path) -> Path:
    path = pd.DataFrame(
        {
            "target_id": "forest_2030", "caliber": "integrated", "year": range(2025, 2031),
            "value": [10.1, 10.1, 10.4, 11.0, 11.6, 12.2], "target": 12.0,
            "target_year": 2030, "unit": "%", "met_in": 2030, "met_on_time": "yes",
        }
    )  # fmt: skip
    matrix = pd.DataFrame(
        {
            "before": ["sand", "shrubland", "worldcover2021:30", "total"],
            "sand": [500.0, 1.0, 0.0, 501.0],
            "shrubland": [40.0, 80.0, 0.0, 120.0],
            "worldcover2021:30": [0.0, 0.0, 9.0, 9.0],
            "total": [540.0, 81.0, 9.0, 630.0],
        }
    )
    for step, name, table in (
        ("targets", "scenario_targets", path),
        ("carbon", "carbon_transition_matrix", matrix),
    ):
        (folder / "steps" / step).mkdir(parents=True)
        table.to_parquet(folder / "steps" / step / f"{name}.table.parquet", index=False)
    return folder


@pytest.mark.parametrize(("lang", "title"), [("zh", "森林覆盖率"), ("en", "forest cover")])
def test_both_figures_are_drawn_and_shown(tmp_path: Path, lang: str, title: str) -> None:
    run = run_folder(tmp_path)
    with house_style():
        draw_carbon_paths(SUMMARY, run, lang)
        draw_transitions(run, lang)
    drawn = {p.stem for p in (run / "figures" / lang).glob("*.png")}
    assert drawn == {"path_forest_2030", "transitions"}
    # pictures of paths and matrices stand in the annex, the chapter stays short
    assert not [b for b in carbon_blocks(SUMMARY, run, lang) if isinstance(b, Figure)]
    shown = [b for b in carbon_annex(SUMMARY, run, lang) if isinstance(b, Figure)]
    assert [b.path.stem for b in shown] == ["transitions", "path_forest_2030"]
    assert title in shown[1].caption


def test_a_run_without_them_draws_nothing(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    draw_carbon_paths(SUMMARY, tmp_path, "zh")
    draw_transitions(tmp_path, "zh")
    assert not (tmp_path / "figures").exists()


def test_columns_of_any_target_have_a_title(tmp_path: Path) -> None:
    docs = field_docs()
    assert column_title("gap_forest_2027_ha", "zh", docs) == "forest_2027：差距 [ha]"
    assert "gap_forest_2027_mu" in docs
    assert "gap_forest_2027_kw" not in docs
    assert column_title("no_such_column", "en", docs) == "no_such_column"
    plan = write_plan(tmp_path)  # its target forest_2025 is called forest cover
    assert (
        column_title("gap_forest_2025_mu", "en", field_docs(plan)) == "gap to forest cover [mu]"
    )
    assert column_title("gap_ha", "en", field_docs(plan)) == column_title("gap_ha", "en", docs)


def test_the_conclusion_stands_first_and_says_what_is_sure(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()

    def said(low: float, high: float) -> str:
        total = Interval(value=124e3, mean=124e3, median=118e3, low=low, high=high)
        change = ChangeSummary.model_construct(
            from_year=2015, to_year=2023, years=8.0, converted_ha=5240.0,
            stock_difference_tc={"total": total}, gain_loss_tc={}, gain_loss_tc_yr=None,
            not_estimated_ha={"soc": 2196.26}, bound="at_most", choices=(), areas=(),
            bound_note=Text(zh="上限", en="an upper bound: soil of 2,196 ha is not estimated"),
            method_note=Text(zh="一个估计", en="one estimate"), area_source="",
            choices_low_tc=-12e3, choices_high_tc=240e3,
        )  # fmt: skip
        carbon = CarbonSummary.model_construct(
            total_tc=None, wetland_flux=None, change=change, inventories=None
        )
        s = SimpleNamespace(
            carbon=carbon,
            potential=None,
            survey=None,
            stand=None,
            pools=None,
            monitor=None,
            indicators=(),
        )
        blocks = list(carbon_blocks(s, tmp_path, "en"))
        assert [b.text for b in blocks if isinstance(b, Heading)][1] == "Conclusion"
        return " ".join(next(b for b in blocks if isinstance(b, Items)).texts)

    text = said(31e3, 237e3)
    assert "From 2015 to 2023" in text  # years are years, not 2,015
    assert "124.0 ktC (95 % interval 31.0 – 237.0): a gain" in text
    assert "An upper bound: soil of 2,196 ha is not estimated." in text  # a sentence
    # what the choice of the model does stands beside the interval of the coefficients
    assert "between -12.0 and 240.0 ktC" in text
    assert "gain or loss cannot be told" in said(-5e3, 237e3)
    assert "a loss" in said(-9e3, -1e3)


def test_projects_shown_are_those_that_were_chosen(tmp_path: Path) -> None:
    projects = pd.DataFrame(
        {
            "candidate_id": [f"A{i:04d}" for i in range(1, 81)],
            "rank": [float(81 - i) for i in range(1, 81)],
            "selected": [i % 2 == 0 for i in range(1, 81)],
        }
    )
    folder = tmp_path / "steps" / "potential"
    folder.mkdir(parents=True)
    projects.to_parquet(folder / "projects.table.parquet", index=False)
    (table,) = (
        b
        for b in carbon_annex(SUMMARY, tmp_path, "zh")
        if isinstance(b, Table) and b.id == "annex_projects"
    )
    # 40 are chosen, the even ones; rank 1 is A0080
    assert len(table.rows) == 40
    assert [r[1] for r in table.rows[:2]] == ["A0080", "A0078"]


def test_the_larger_classes_the_others_and_the_total_of_the_county(tmp_path: Path) -> None:
    # twelve classes of 1, 2, .. 12 ha and 10 tC/ha; the largest has no estimate
    area = [float(k) for k in range(1, 13)]
    total = [10 * a for a in area[:-1]] + [float("nan")]
    frame = pd.DataFrame(
        {
            "title_zh": [f"类{k}" for k in range(1, 13)],
            "title_en": [f"class {k}" for k in range(1, 13)],
            "area_ha": area,
            "dead_wood_tc": [0.0] * 11 + [float("nan")],
            "total_tc": total,
        }
    )
    folder = tmp_path / "steps" / "carbon"
    folder.mkdir(parents=True)
    frame.to_parquet(folder / "carbon_by_class.table.parquet", index=False)
    s = SimpleNamespace(carbon=CarbonSummary.model_construct())
    (table,) = (b for b in stock_blocks(s, tmp_path, "en") if isinstance(b, Table))
    assert table.total_row
    assert "the 10 largest one by one, the others together" in table.caption
    assert [r[0] for r in table.rows[:2]] == ["class 12", "class 11"]
    # 1 + 2 ha are the others; 78 ha in all, of which 66 hold 660 tC; dead wood that some
    # lack and the others have none of is not known to be nothing
    assert [list(r) for r in table.rows[10:]] == [
        ["2 smaller classes", "3", "0", "30"],
        ["total", "78", "—", "660"],
    ]
    (zh,) = (b for b in stock_blocks(s, tmp_path, "zh") if isinstance(b, Table))
    assert [r[0] for r in zh.rows[10:]] == ["其余 2 类", "合计"]


def test_two_dates_that_are_the_same_change_by_nothing(tmp_path: Path) -> None:
    change = ChangeSummary.model_construct(
        converted_ha=0.0, stock_difference_tc={}, bound_note=Text(zh="均已估算", en="all")
    )
    carbon = CarbonSummary.model_construct(total_tc=None, change=change, inventories=None)
    told = [x("zh") for x in carbon_sentences(carbon, tmp_path)]
    assert "两期之间没有变化地类，碳的变化为 0 tC。" in told
    assert not any("无法估算" in x or "均已估算" in x for x in told)


def test_pictures_of_stock_and_the_change_list_are_in_the_annex(tmp_path: Path) -> None:
    drawn = tmp_path / "figures" / "en" / "carbon.png"
    drawn.parent.mkdir(parents=True)
    drawn.write_bytes(b"")
    rows = pd.DataFrame(
        {
            "change_id": ["C1", "C2"], "change_kind": "restoration", "before": "sand",
            "after": "grass_other", "township": "a", "area_ha": [1.0, 2.0],
            "total_tc": [3.0, 4.0], "parcels_before": "1", "parcels_after": "2",
        }
    )  # fmt: skip
    folder = tmp_path / "steps" / "survey"
    folder.mkdir(parents=True)
    rows.to_parquet(folder / "survey_changes.table.parquet", index=False)
    annex = list(carbon_annex(SUMMARY, tmp_path, "en"))
    assert [b.path for b in annex if isinstance(b, Figure)] == [drawn]
    (changes,) = (b for b in annex if isinstance(b, Table) and b.id == "annex_survey_changes")
    assert [r[0] for r in changes.rows] == ["C2", "C1"]  # the larger first
    chapter = list(carbon_blocks(SUMMARY, tmp_path, "en"))
    assert not [b for b in chapter if isinstance(b, Figure)]
