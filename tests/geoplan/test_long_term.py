"""``geoplan long-term``: the answer on the screen, as JSON, as series and as a page."""

from __future__ import annotations

import json
import re

import pytest

from geoplan.cli import main
from layers.weather import WeatherSource, read_weather
from tests.siting.wind.test_wind_mast import PLAN, csv_of, mast, weather_of, wind


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mast")
    t, v, wd = wind(4, 2)
    csv_of(mast(), folder / "mast.csv", slice(0, 4000))
    csv_of(weather_of(t, wind_speed_m_s=0.7 * v, wind_direction_deg=wd), folder / "era.csv")
    (folder / "p.toml").write_text(PLAN, encoding="utf-8")
    return folder / "p.toml"


@pytest.mark.slow
def test_the_answer_and_its_files(plan, tmp_path, capsys):
    out = tmp_path / "o"
    assert main(["long-term", str(plan), "--out", str(out), "--json", "--lang", "zh"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == json.loads((out / "long_term.json").read_text("utf-8"))
    (low, high) = answer["wind"]["series"]
    assert (low["height_m"], high["height_m"]) == (40.0, 100.0)
    assert answer["light"] is None
    # the mast's 100 m is the wind itself; the reference's years are 0.8 and 1.0 of the level
    _, v, _ = wind(4, 2)
    assert high["mean_long_term"] == pytest.approx(v.mean(), rel=0.01)
    assert high["sd_frac"] ** 2 == pytest.approx(
        high["jackknife_frac"] ** 2 + high["method_frac"] ** 2 + high["drift_frac"] ** 2
    )
    # the corrected series is a weather file of its own
    again = read_weather(out / "long_term_wind.csv", WeatherSource(path="x"))
    assert (again.lon, again.lat, again.altitude_m) == (106.6, 38.9, 1100.0)
    assert again.column("wind_speed_100m_m_s").mean() == pytest.approx(
        high["mean_long_term"], rel=1e-4
    )
    page = (out / "long_term.html").read_text("utf-8")
    assert "长期订正" in page
    assert page.count("<table") == 3


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_screen_speaks_one_language(plan, capsys, lang):
    args = ["long-term", str(plan), "--method", "least_squares", "--lang", lang]
    assert main(args) == 0
    said = capsys.readouterr().out
    assert "7" in said
    assert bool(re.search("[一-鿿]", said)) == (lang == "zh")


def test_a_plan_without_a_pair_is_told_what_to_write(tmp_path, capsys):
    alone = tmp_path / "p.toml"
    alone.write_text(PLAN.partition("[wind.weather]")[0], encoding="utf-8")
    assert main(["long-term", str(alone), "--lang", "en"]) == 2
    assert 'role = "measured"' in capsys.readouterr().err
