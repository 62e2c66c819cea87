"""Charts: what is drawn is what was given, in both languages, with no glyph missing."""

# ruff: noqa: E501
from __future__ import annotations

import io
import re
import warnings

import numpy as np
import pytest

from geoplan import charts
from geoplan.charts.fonts import BUNDLED, missing_glyphs
from geoplan.charts.style import colours, house_style, new_figure, save_figure
from gis.say import texts_of

RNG = np.random.default_rng(3)


def _rose(lang):
    f = RNG.random((12, 4))
    return charts.wind_rose(
        np.arange(0, 360, 30.0),
        np.array([3, 6, 9, 12, 25.0]),
        0.9 * f / f.sum(),
        lang=lang,
        title="风玫瑰",
    )


MAKERS = {
    "waterfall": lambda lang: charts.waterfall(["永久基本农田", "基本草原"], [-700.0, -310.0], start=("县域", 2066.0), end="可用", unit="km²", title="归因"),
    "cumulative_capacity": lambda lang: charts.cumulative_capacity([50, 100, 30], [210, 190, 250], lang=lang, target_mw=120, title="成本曲线"),
    "hour_month": lambda lang: charts.hour_month(RNG.random((24, 12)), unit="kW", lang=lang, title="逐时逐月"),
    "p_curve": lambda lang: charts.p_curve(100.0, 0.08, lang=lang, title="P 曲线"),
    "wind_rose": _rose,
    "weibull_curve": lambda lang: charts.weibull_curve(7.1, 2.0, lang=lang, measured=(np.arange(0, 21.0), np.full(20, 0.05)), title="威布尔"),
    "pools_with_intervals": lambda lang: charts.pools_with_intervals(["林地", "草地"], {"地上": [3, 1], "土壤": [10, 20.0]}, [10, np.nan], [16, np.nan], unit="万 tC", title="碳库"),
    "path_to_target": lambda lang: charts.path_to_target([2020, 2025, 2030], [9.0, 9.8, 10.2], targets={2025: 10.5, 2030: 11.0}, observed={2020: 9.0}, unit="%", lang=lang, low=[9, 9.1, 9.3], high=[9, 10.5, 11.1], title="路径"),
    "transition_matrix": lambda lang: charts.transition_matrix(np.array([[900.0, 3.0], [1.0, 500.0]]), ["林地", "草地"], ["林地", "草地"], unit="km²", lang=lang, title="转移矩阵"),
    "indicator_bars": lambda lang: charts.indicator_bars([{"title": {"zh": "森林覆盖率", "en": "Forest cover"}, "value": 9.8, "low": 9.1, "high": 10.6, "target": 10.5, "unit": "%", "met": False}], lang=lang, title="指标"),
}  # fmt: skip


@pytest.mark.parametrize("installed", [False])
@pytest.mark.parametrize("name", MAKERS)
def test_no_glyph_is_missing(name, installed):
    # False is a machine without a Chinese font
    with charts.house_style(installed=installed), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = MAKERS[name]("zh")
        figure.savefig(io.BytesIO(), format="png", dpi=50)


@pytest.mark.parametrize("name", MAKERS)
def test_inline_svg_is_light_and_closed(name):
    with charts.house_style(for_web=True):
        text = charts.inline_svg(MAKERS[name]("en"), title='a "b" <c>')
    assert text.startswith('<svg role="img" aria-label="a &quot;b&quot; &lt;c&gt;"')
    assert len(text) < 200_000
    assert "<!DOCTYPE" not in text
    assert "<metadata" not in text
    urls = re.findall(r"https?://[^\"'\s<]+", text)
    assert all(u.startswith("http://www.w3.org/") for u in urls)
    assert "<text" in text


def test_style_leaves_nothing_behind():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with charts.house_style():
        pass
    assert dict(mpl.rcParams) == before


def test_a_dollar_in_a_name_is_a_dollar(tmp_path):
    """What stands between two of them would be read as a formula, and refused as a bad one."""
    with house_style():
        figure, axes = new_figure()
        axes.text(0.5, 0.5, r"$\frac$")
        assert save_figure(figure, tmp_path / "a.png").stat().st_size > 0


def test_waterfall_closes():
    steps = [-700.0, -310.0, 12.5]
    figure = charts.waterfall(["a", "b", "c"], steps, start=("s", 2066.0), end="e", unit="km²")
    # the last bar is the start plus every step: 2066 - 700 - 310 + 12.5 = 1068.5
    assert figure.axes[0].patches[-1].get_width() == pytest.approx(1068.5, rel=1e-12)


def test_p90_of_the_curve():
    # P90 of a normal: 1 - 1.281552 sigma (Abramowitz & Stegun 26.2) -> 100 (1 - 0.128155)
    figure = charts.p_curve(100.0, 0.1, lang="en", marks=(90,))
    assert "P90  87.2" in [a.get_text() for a in figure.axes[0].texts]


def test_rose_names_the_hours_it_has_not():
    figure = charts.wind_rose(
        np.array([0.0, 180.0]), np.array([3.0, 25.0]), np.array([[0.5], [0.4]]), lang="en"
    )
    assert "10.0" in figure.texts[0].get_text()


def test_weibull_is_a_density():
    figure = charts.weibull_curve(8.0, 2.0, lang="en")
    line = figure.axes[0].lines[0]
    # integral of a density over 0..3A is 1 - exp(-9) = 0.99988
    assert np.trapezoid(line.get_ydata(), line.get_xdata()) == pytest.approx(
        1 - np.exp(-9), abs=1e-4
    )


def test_bundled_font_has_every_character_of_our_texts():
    words = "".join(
        v["zh"]
        for key in ("map", "common", "charts", "print")
        for v in texts_of(f"geoplan.{key}").values()
    )
    signs = {c for c in words if "\u4e00" <= c <= "\u9fff"}
    assert missing_glyphs("".join(signs), BUNDLED) == ""


def test_font_says_where_it_is_from():
    bundled = charts.chinese_font(installed=False)
    assert bundled.origin == "bundled"
    assert bundled.missing == ""
    assert charts.chinese_font().path.exists()


def test_words_on_the_grey_of_a_target_nobody_can_judge_are_dark():
    """White on that grey has a contrast of about 2; WCAG 2.1 asks for 4.5."""
    row = {
        "title": {"zh": "甲", "en": "jia"},
        "value": 60.0,
        "target": 100.0,
        "label": "60 / 100",
    }
    figure = charts.indicator_bars([{**row, "met": m} for m in (True, None)], lang="zh")
    met, open_ = [t for t in figure.axes[0].texts if t.get_text() == "60 / 100"]
    # the legend has a word for every colour that is there, and for no other
    (legend,) = figure.legends
    words = {t.get_text(): h.get_facecolor() for t, h in zip(
        legend.get_texts(), legend.legend_handles, strict=True
    )}  # fmt: skip
    faces = {p.get_facecolor() for p in figure.axes[0].patches}
    assert list(words) == ["达到目标", "不能判定（区间跨越目标，或口径未写明）"]
    assert set(words.values()) == faces
    assert met.get_color() == "white"
    assert open_.get_color() == colours()["ink"]
