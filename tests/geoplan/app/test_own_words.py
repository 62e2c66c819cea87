"""The pages of the workspace speak of their own buttons, never of commands."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from geoplan.app.remedies import page_error, page_fault, page_words
from geoplan.app.watch import Watch
from geoplan.finished import finished_run
from geoplan.plan_file import load_plan
from gis.errors import Fault, GeoplanError
from gis.say import LANGS, Sentence, say, sentences, texts_of
from gis.toml import read_toml

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
COMMAND = re.compile(r"\bgeoplan [a-z]+|--[a-z]|\bPLAN\b")
SAID = read_toml("geoplan.app", "remedies.toml")["said"]
ALL = {key: value for room in ROOMS for key, value in sentences(room).items()}


def filled(key: str) -> Sentence:
    fields = string.Formatter().parse(ALL[key]["zh"] + ALL[key]["en"])
    return say(key, **{name: 7 for _, name, _, _ in fields if name})


@pytest.mark.parametrize("key", SAID)
def test_what_speaks_of_commands_is_said_by_buttons(key: str) -> None:
    now = page_words(filled(key))
    for lang in LANGS:
        assert re.search(r"geoplan |--[a-z]|命令|command", filled(key)(lang))
        assert not re.search(r"geoplan |--[a-z]|命令|command", now(lang))


def test_no_remedy_on_the_pages_names_a_command() -> None:
    texts = {k: v for k, v in ALL.items() if COMMAND.search(v["zh"] + v["en"])}
    assert len(texts) > 60
    for key in texts:
        try:
            todo = filled(key)
            told = page_fault(Fault("x", todo=todo))
            words = [told.text(lang) for lang in LANGS]
        except (ValueError, TypeError):  # filled with what is no number: nobody's remedy
            continue
        assert not [w for w in words if re.search(r"\bgeoplan [a-z]+|--[a-z]", w)], key


def test_a_folder_that_was_swapped_sends_to_the_page_of_runs(tmp_path: Path) -> None:
    from geoplan.new_plan import new_plan

    new_plan("640221", tmp_path / "plan.toml")
    plan = load_plan(tmp_path / "plan.toml")
    (tmp_path / "run").mkdir()
    with pytest.raises(GeoplanError) as caught:  # a run that goes on, or was taken away
        finished_run(plan, tmp_path / "run", tell=lambda _: None)
    told = page_error(caught.value)
    assert "请在“运行”页开始一次运行" in told.text("zh")
    assert "on the page “Run”" in told.text("en")


def test_the_log_of_a_job_names_no_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Watch(tmp_path).say(say("geoplan.faults.nothing_changed", folder="runs/0001"))
    line = capsys.readouterr().out
    assert "runs/0001" in line
    assert not COMMAND.search(line)


def test_the_map_in_the_workspace_names_no_command() -> None:
    own = texts_of("geoplan.serve")
    for key, value in texts_of("geoplan.map").items():
        if COMMAND.search(value["zh"] + value["en"]):
            assert key in own, key
            assert not COMMAND.search(own[key]["zh"] + own[key]["en"])
