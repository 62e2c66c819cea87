"""A pack comes with what is to be known of its site, and says how much else there is."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from geoplan.demo import sample_plan
from geoplan.summary import RunSummary, WarningPart
from geoplan.summary_text import site_warning_lines
from layers.spec import Text


def warned(code: str, where: str = "", step: str = "", text: str = "") -> WarningPart:
    return WarningPart(
        code=code, text=Text(zh=text or code, en=text or code), where=where, step=step
    )


OWN = (
    warned("official", "plan.toml [area.boundary]"),
    warned("class_unknown", "land_parcels"),
    warned("as_text", "plan.toml [layers.land_parcels] values"),
    warned("law_of_pv", "screening pv", "screen"),
    warned("grid", "connection", "connection", "23 sites (PV-01, PV-02, ...)"),
    warned("reaches_in", "gaoren", "zones", "PV-04, PV-16 reach into it"),
)
OTHERS = (
    warned("law_of_wind", "screening wind", "screen"),
    warned("stands", "forest_land", "stand", "12 % of stands"),
    warned("other_site", "gaoren", "zones", "PV-040, XPV-04 and PV-04-1 are other sites"),
    warned("yield", "pv.bifacial", "pv"),
)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_concerns_the_site_is_told_and_the_rest_is_counted(
    lang: str, tmp_path: Path
) -> None:
    sites = [SimpleNamespace(site_id="PV-04", tech="pv")]
    summary = cast("RunSummary", SimpleNamespace(sites=sites, warnings=[*OTHERS, *OWN]))
    plan = sample_plan("tiny")
    head, *lines, last = site_warning_lines(plan, summary, tmp_path, "PV-04", lang)
    assert head == {"zh": "提示 6 条", "en": "warnings: 6"}[lang]
    assert lines == [f"  ! {w.text(lang)}" for w in OWN]
    assert str(tmp_path / "summary.json") in last
    assert {"zh": "另有 4 条", "en": "not about this site: 4 more"}[lang] in last
    (tmp_path / "report.html").touch()
    *_, last = site_warning_lines(plan, summary, tmp_path, "PV-04", lang)
    assert last.endswith(str(tmp_path / "report.html"))
