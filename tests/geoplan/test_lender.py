"""The report on one plant: every figure from the run, what is not there is said."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geoplan.lender.chapters import chapters
from geoplan.lender.content import lender_document, plant_kinds
from geoplan.lender.derived import OfPlant, _of_prices
from geoplan.lender.figures import draw_plant_figures
from geoplan.lender.place import photo_of
from geoplan.lender.write import lender_files
from geoplan.report.document import Figure, Heading, Paragraph, Table
from geoplan.report.exports import field_docs
from geoplan.report.html import write_html
from gis.errors import ConfigError
from gis.say import LANGS, sentences
from layers.plan.model import Plan
from layers.result import StepResult, save_step
from layers.run_folder import RunFolder
from siting.economy.plant_tables import hour_month_energy, life_energy
from siting.economy.price import flat_prices
from siting.economy.section import DebtSection, MoneySection, PlantCosts
from siting.money.step_money import money_step
from siting.sections import SECTIONS
from tests.geoplan.fake_run import fake_run

P50 = 500_000.0


def test_a_made_up_price_is_told_in_one_language():
    text = {x: _of_prices(flat_prices(250.0, "合成 synthetic"), x) for x in LANGS}
    assert "合成" in text["zh"]
    assert "synthetic" not in text["zh"]
    assert "synthetic" in text["en"]
    assert "合成" not in text["en"]


@pytest.fixture(scope="module")
def plan() -> Plan:
    found = Plan.model_validate(
        {
            "plan": {"id": "fake", "title": "x", "as_of": "2026-01-01"},
            "area": {"boundary": {"adcode": "640221"}},
        }
    )
    money = MoneySection(
        price_cny_mwh=250.0,
        source="合同",
        discount_nominal_frac=0.06,
        pv=PlantCosts(capex_cny_kw=3000.0, opex_cny_kw_yr=50.0),
        debt=DebtSection(share_frac=0.7, rate_frac=0.045, years=15, least_dscr=1.2),
    )
    sections = {k: kind() for k, kind in SECTIONS.items()} | {"money": money}
    return found.model_copy(update={"sections": sections})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, plan: Plan) -> Path:
    """A run with one PV plant of 260 MW that produces by day alone."""
    work = fake_run(tmp_path_factory.mktemp("lender") / "run", cell_m=600.0, n_parcels=20)
    folder = RunFolder(target=work, work=work)
    hours = pd.date_range("2021-01-01", periods=8760, freq="h")
    shape = np.clip(np.sin((np.asarray(hours.hour) - 6) / 12 * np.pi), 0.0, None)
    years = P50 * (1.0 - 0.004 * np.arange(25))
    waterfall = pd.DataFrame(
        {
            "site_id": "PV-03",
            "step": ["ghi", "soiling"],
            "title_zh": ["水平面总辐射", "积尘"],
            "title_en": ["global horizontal", "soiling"],
            "before_kwh_kwp": [0.0, 1700.0],
            "delta_kwh_kwp": [1700.0, -40.0],
            "after_kwh_kwp": [1700.0, 1660.0],
            "change_frac": [np.nan, -40 / 1700],
        }
    )
    save_step(
        folder,
        "pv_more",
        StepResult(
            tables={
                "pv_life": life_energy("PV-03", "pv", 260.0, years, 0.08),
                "pv_hour_month": hour_month_energy("PV-03", hours, shape, yearly_mwh=P50),
                "pv_waterfall": waterfall,
            }
        ),
    )
    money = money_step(plan, work, lambda *_: None)
    save_step(folder, "money", money)
    return work


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
def test_report_on_a_site(run: Path, plan: Plan, tmp_path: Path, lang: str) -> None:
    draw_plant_figures(OfPlant(plan, run, "PV-03", "PV-03", "pv", lang), tmp_path)
    document = lender_document(plan, run, "PV-03", tmp_path, lang)
    ids = {b.id for b in document.blocks if isinstance(b, Table | Figure)}
    drawn = {f"fig_plant_{k}" for k in ("losses", "hours", "p", "cash", "tornado")}
    assert drawn <= ids
    wanted = {"key_figures", "signed", "revisions", "money_flow_p90", "plant_life"}
    assert wanted | {"plant_hour_table", "money_key", "fig_plant_photo"} <= ids
    key = next(b for b in document.blocks if isinstance(b, Table) and b.id == "key_figures")
    said = {row[0]: row[1:] for row in key.rows}
    # 500,000 MWh over 260 MW AC
    assert ["1,923", "h (AC)"] in said.values()
    assert ["260.00", "MW AC"] in said.values()
    heads = [b.text for b in document.blocks if isinstance(b, Heading) and b.level == 1]
    assert len(heads) == len(set(heads)) >= 10
    text = write_html(document, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<script>window" not in text
    assert not re.search(r'(src|href)="http', text)


def test_what_the_run_lacks_is_said(run: Path, plan: Plan, tmp_path: Path) -> None:
    document = lender_document(plan, run, "PV-03", tmp_path, "en")
    notes = [b.text for b in document.blocks if isinstance(b, Paragraph) and b.kind == "note"]
    assert any(n.startswith("Bill of quantities: not in this run") for n in notes)


def test_another_plants_rows_are_not_shown(run: Path, plan: Plan, tmp_path: Path) -> None:
    document = lender_document(plan, run, "PV-03", tmp_path, "en")
    life = next(b for b in document.blocks if isinstance(b, Table) and b.id == "plant_life")
    assert len(life.rows) == 25


def test_an_unknown_plant_is_refused_with_those_there_are(
    run: Path, plan: Plan, tmp_path: Path
) -> None:
    assert plant_kinds(run) == {"PV-03": "pv"}
    with pytest.raises(ConfigError) as err:
        lender_document(plan, run, "PV-99", tmp_path, "zh")
    assert "PV-03" in err.value.text("zh")


def test_files_stay_in_the_run() -> None:
    for name in ("../../x", "a/b", "C:\\x", ".."):
        for path in lender_files(name).values():
            assert path.startswith("plants/")
            assert path.count("/") == 2
            assert "/../" not in path


def test_every_chapter_and_column_has_its_words() -> None:
    words, fields = sentences("geoplan"), field_docs()
    for chapter in chapters():
        assert f"geoplan.lender.h_{chapter.id}" in words
        assert f"geoplan.lender.note_{chapter.id}" in words
        for spec in chapter.tables:
            own = f"geoplan.lender.c_{spec.name}"
            assert own in words or f"geoplan.report.c_{spec.name}" in words, spec.name
            for column in spec.columns:
                if column != "lang" and not column.endswith("_"):
                    assert column in fields, (spec.name, column)


def _said(document, name):
    return next(b for b in document.blocks if isinstance(b, Table) and b.id == name)


def test_mean_power_by_month_and_hour_adds_up_to_the_year(
    run: Path, plan: Plan, tmp_path: Path
) -> None:
    """288 means over the days of their months give the 500,000 MWh back."""
    table = _said(lender_document(plan, run, "PV-03", tmp_path, "en"), "plant_hour_table")
    mean = np.array([[float(v) for v in row[1:]] for row in table.rows])
    assert mean.shape == (24, 12)
    days = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    assert (mean * days).sum() == pytest.approx(P50, rel=1e-3)


def test_cover_of_the_debt_is_held_against_what_the_lender_asks(
    run: Path, plan: Plan, tmp_path: Path
) -> None:
    document = lender_document(plan, run, "PV-03", tmp_path, "en")
    told = [b.text for b in document.blocks if isinstance(b, Paragraph)]
    assert any("the debt is covered" in t for t in told)
    price = next(t for t in told if t.startswith("Price:"))
    assert "250 CNY/MWh" in price
    assert "合同" in price


def test_a_new_farm_is_not_shown_with_the_turbines_of_another(
    run: Path, plan: Plan, tmp_path: Path
) -> None:
    """A run with a repowered farm and a new one: each report has its own tables."""
    folder = RunFolder(target=run, work=run)
    for prefix, name, n in (("repower", "repower", 3), ("greenfield", "north", 5)):
        losses = pd.DataFrame(
            {
                "zh": ["毛"], "en": ["gross"], "loss_frac": [0.0], "loss_mwh_yr": [0.0],
                "left_mwh_yr": [1000.0 * n],
            }
        )  # fmt: skip
        tables = {
            f"{prefix}_life": life_energy(name, "wind", 10.0 * n, [1000.0 * n] * 25, 0.1),
            f"{prefix}_losses": losses,
        }
        save_step(folder, f"{prefix}_more", StepResult(tables=tables))
    for name, n in (("repower", 3), ("north", 5)):
        document = lender_document(plan, run, name, tmp_path, "en")
        table = _said(document, "farm_losses")
        assert len(table.rows) == 1
        assert f"{1000 * n:,d}.000" in table.rows[0]
        assert (" · north" in document.title) == (name == "north")
        assert "repower" not in document.title


def test_a_photograph_is_taken_when_it_opens(tmp_path: Path) -> None:
    from PIL import Image

    assert photo_of(tmp_path) is None
    (tmp_path / "photo.jpg").write_bytes(b"not a picture")
    assert photo_of(tmp_path) is None
    Image.new("RGB", (4, 3)).save(tmp_path / "photo.png")
    assert photo_of(tmp_path) == tmp_path / "photo.png"
