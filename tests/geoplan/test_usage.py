"""Usage errors, help and the choice of language on the command line."""

from __future__ import annotations

import json
import re

import pytest

from geoplan.cli import VERBS, command, main
from geoplan.language import asked_lang, machine_lang
from geoplan.usage import spoken_help, spoken_message
from gis.errors import ConfigError

HAN = re.compile("[一-鿿]")
# left in a Chinese text: options, names of commands, places, units, codes
NOT_WORDS = re.compile(
    r"`[^`]*`|'[^']*'|--?[a-zA-Z][\w-]*|\{[^}]*\}|[A-Z][A-Z]+\b|\bgeoplan( [a-z]+)?"
)
WRONG = (
    (["nonsense"], "nonsense"),
    (["run"], "PLAN"),
    (["run", "--nope", "x"], "--nope"),
    (["run", "--lan", "x", "y"], "--lang"),
    (["run", "x", "--workers", "abc"], "--workers"),
    (["run", "x", "--workers", "0"], "1"),
    (["run", "x", "--workers", "1000"], "256"),
    (["run", "x", "--out"], "--out"),
    (["pv", "x", "--capacity-mw", "abc"], "--capacity-mw"),
    (["pv", "x", "--lonlat", "1"], "2"),
    (["explain", "a", "b", "c"], "LON"),
    (["explain", "1", "2", "3", "4"], "4"),
    (["export", "x"], "--site"),
    (["doctor", "x", "--json=3"], "--json"),
    (["repower", "x", "--seed", "1.5"], "--seed"),
    (["serve", "x", "--port", "70000"], "65535"),
)


@pytest.mark.parametrize(("args", "word"), WRONG)
def test_usage_errors_are_wholly_of_one_language(args, word, capsys):
    # --lang stands before the verb: an option without its value would swallow it
    assert main(["--lang", "zh", *args]) == 2
    zh = capsys.readouterr().err
    assert word in zh
    assert re.findall(r"[A-Za-z]{3,}", NOT_WORDS.sub("", zh)) == [], zh
    assert "命令行有误" not in zh  # the general sentence: this message is not known
    assert main(["--lang", "en", *args]) == 2
    en = capsys.readouterr().err
    assert word in en
    assert not HAN.search(en)


def test_usage_errors_for_machines(capsys):
    assert main(["run", "--json", "--lang", "zh"]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert (error["kind"], error["exit_code"], error["lang"]) == ("UsageError", 2, "zh")
    assert error["faults"][0]["what"] == "缺少参数 'PLAN'"


@pytest.mark.parametrize("verb", [*VERBS, ""])
def test_help_is_of_the_language_asked_for(verb, capsys):
    args = [verb] if verb else []
    assert main([*args, "--help", "--lang", "zh"]) == 0
    zh = capsys.readouterr().out
    assert main([*args, "-h", "--lang", "en"]) == 0
    en = capsys.readouterr().out
    assert not HAN.search(en), en
    for line in zh.splitlines():
        if line.strip():
            assert HAN.search(line) or not re.search(r"[a-z]{3,} [a-z]{3,}", line), line
    for word in ("Usage:", "Options:", "Arguments:", "Commands:", "Show this"):
        assert word not in zh
    assert not re.search("<[a-z ]+>", zh)  # what kind of value an option takes


def test_every_verb_and_option_has_a_text():
    for lang in ("zh", "en"):
        whole = command(lang)
        assert whole.help
        for name, verb in whole.commands.items():
            assert verb.help, name
            assert not verb.help.startswith("geoplan."), name
            for param in verb.params:
                assert not (param.help or "").startswith("geoplan."), (name, param.name)
                if param.name != "help":
                    assert param.help, (name, param.name)


def test_version_and_module(capsys):
    import geoplan

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"geoplan {geoplan.__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_of_every_shell(shell, monkeypatch, capsys):
    monkeypatch.setenv("_GEOPLAN_COMPLETE", f"source_{shell}")
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 0
    assert "_GEOPLAN_COMPLETE" in capsys.readouterr().out


def test_completion_of_a_half_written_verb(monkeypatch, capsys):
    monkeypatch.setenv("_GEOPLAN_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "geoplan ru")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        main([])
    assert capsys.readouterr().out.split() == ["run", "rules"]


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({}, "zh"),
        ({"LANG": "C"}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "POSIX"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE"}, "en"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"GEOPLAN_LANG": "EN", "LANG": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_language_of_the_machine(environ, lang):
    assert machine_lang(environ) == lang


def test_a_language_that_is_not_spoken_is_refused_wherever_it_is_asked_for(monkeypatch, capsys):
    with pytest.raises(ConfigError, match="GEOPLAN_LANG"):
        machine_lang({"GEOPLAN_LANG": "fr"})
    monkeypatch.setenv("GEOPLAN_LANG", "fr")
    assert main(["layers"]) == 2
    assert "GEOPLAN_LANG" in capsys.readouterr().err
    monkeypatch.delenv("GEOPLAN_LANG")
    for args in (["layers", "--lang", "fr"], ["--lang=fr", "layers"]):
        assert main(args) == 2
        assert "fr" in capsys.readouterr().err


def test_language_order(tmp_path, monkeypatch, capsys):
    # --lang, then what the plan says (though the rest of it is wrong), then the machine
    plan = tmp_path / "p.toml"
    plan.write_text('[plan]\nlang = "en"\nid = 3\n', encoding="utf-8")
    monkeypatch.setenv("GEOPLAN_LANG", "zh")
    assert main(["run", str(plan)]) == 2
    assert capsys.readouterr().err.startswith("Error (plan or command)")
    assert main(["run", str(plan), "--lang", "zh"]) == 2
    assert capsys.readouterr().err.startswith("错误（规划或命令）")
    assert main(["run", str(tmp_path / "none.toml")]) == 2
    assert capsys.readouterr().err.startswith("错误（规划或命令）")
    assert asked_lang(["run", "--", "--lang", "en"]) == ""


def test_an_unknown_message_is_not_left_in_english():
    assert spoken_message("Whatever comes in a later version.", "zh") == "命令行有误"
    assert spoken_message("Invalid value for 'X': news", "zh") == "'X' 的值无效：写法不对"
    assert spoken_message("No such option: -x", "en") == "No such option: -x"
    assert spoken_help("Usage: x [OPTIONS]", "en") == "Usage: x [OPTIONS]"


def test_interrupted(monkeypatch, capsys):
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("geoplan.listing.show_layers", stop)
    assert main(["layers", "--lang", "zh"]) == 130
    assert capsys.readouterr().err.startswith("已中断")
    assert main(["layers", "--lang", "en"]) == 130
    assert capsys.readouterr().err.startswith("Interrupted")


def test_a_bug_says_so_in_the_language(monkeypatch, capsys):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("geoplan.listing.show_layers", broken)
    assert main(["layers", "--lang", "zh"]) == 1
    assert capsys.readouterr().err.startswith("程序内部错误")
    assert main(["layers", "--json", "--lang", "en"]) == 1
    error = json.loads(capsys.readouterr().err)["error"]
    assert (error["kind"], error["exit_code"]) == ("RuntimeError", 1)


@pytest.mark.parametrize(
    "args",
    [
        ["--pack", "--site", "PV-1"],
        ["x", "--site", "PV-1", "--pack"],
        ["--pack", "--crs", "EPSG:4490"],
    ],
)
def test_a_folder_that_is_missing_behind_its_option_is_told(args, capsys):
    """``--pack --site PV-1`` took ``--site`` for the folder and asked for a site."""
    for lang, words in (("zh", "应为 一个文件夹"), ("en", "expected a folder")):
        assert main(["--lang", lang, "export", *args]) == 2
        told = capsys.readouterr().err
        assert "--pack" in told
        assert words in told
