"""What is provisional, and why there are no sites, stands before the figures."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from geoplan.report.body.conclusion import _sites, provisional_mw, yield_lines
from gis.say import say


def summary(**given: Any) -> Any:
    own = {"sites": (), "sites_refused": (), "warnings": (), "pv": None, "wind": None,
           "greenfield": None, "repower": None, "rooftop": None}  # fmt: skip
    return SimpleNamespace(**{**own, **given})


def site(mw: float | None, *, provisional: bool, tech: str = "pv") -> Any:
    return SimpleNamespace(capacity_mw=mw, provisional=provisional, tech=tech, area_ha=10.0)


def test_capacity_of_provisional_sites_by_technology() -> None:
    s = summary(
        sites=(
            site(10.0, provisional=True),
            site(5.0, provisional=False),
            site(2.5, provisional=True, tech="wind"),
            site(None, provisional=True),
        )
    )
    assert provisional_mw(s) == pytest.approx(12.5)
    assert provisional_mw(s, "pv") == pytest.approx(10.0)


def test_sites_refused_are_not_told_as_too_small() -> None:
    none = say("geoplan.body.sites_none")("zh")
    assert [x("zh") for x in _sites(summary())] == [none]
    assert list(_sites(summary(sites_refused=("refused",)))) == []


def test_a_list_that_was_cut_says_so() -> None:
    told = say("geoplan.body.sites_none")
    cut = SimpleNamespace(code="sites_cut", text=told)
    lines = list(_sites(summary(sites=(site(1.0, provisional=False),), warnings=(cut,))))
    assert lines[-1] is told
    assert len(lines) == 2


def test_without_sites_there_is_no_yield() -> None:
    assert list(yield_lines(summary())) == []
