"""Parts of documents are told as shares of the whole, those that are asked for."""

from __future__ import annotations

import pytest

from geoplan.documents import whole_of
from geoplan.progress.pace import Pace
from gis.toml import read_toml

USUAL = read_toml("geoplan.progress", "usual.toml")["report"]


def shares(lacking: set[str]) -> list[float]:
    heard: list[float] = []
    told = whole_of(lambda _label, done, of: heard.append(done / of), "report", lacking)
    for part in USUAL:
        told(part, 0, 1)
        told(part, 1, 1)
    return heard


def test_the_whole_is_done_when_its_parts_are() -> None:
    assert shares(set())[-1] == 1.0
    assert shares({"word", "pdf"})[-1] == 1.0


def test_pictures_are_their_share_of_what_is_asked_for() -> None:
    # 7.9 s of pictures beside 5 s of text; Word files and PDF take 22 s more
    assert shares({"word", "pdf"})[1] == pytest.approx(7.9 / 12.9, abs=0.01)
    assert shares(set())[1] == pytest.approx(7.9 / 34.9, abs=0.01)


def test_of_steps_side_by_side_the_one_that_speaks_is_named() -> None:
    pace = Pace()
    pace.set_steps({"screen": (), "rooftop": (), "sites": ("screen",)})
    pace.hear("step.screen", 0, 3)
    pace.hear("step.rooftop", 1, 3)
    assert pace.at_work == "rooftop"
    pace.hear("screen pv", 3, 5)
    assert pace.at_work == "screen"
    pace.hear("certify pv", 1, 5)  # what the step of sites says of itself
    assert pace.at_work == "sites"
