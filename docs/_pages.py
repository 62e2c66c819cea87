"""Pages of the guide made from code and text files: commands, glossary, summary, functions.

``python docs/_pages.py`` writes those that are kept in the repository; a test compares them.
"""

from __future__ import annotations

import importlib
import json
import types
import typing
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from geoplan.cli import command
from geoplan.summary import SCHEMA, RunSummary, json_schema
from gis.lazy import where_offered
from gis.say import say, texts_of
from layers.fetch.source import sources

ROOMS = ("geoplan", "gis", "layers", "siting", "carbon_sink")
HERE = Path(__file__).parent


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _row(*cells: object) -> str:
    return "| " + " | ".join(_cell(c) for c in cells) + " |"


def _table(*heads: str) -> list[str]:
    return [_row(*heads), _row(*("---" for _ in heads))]


# ------------------------------------------------------------------ commands


def _names(param: typing.Any) -> str:
    if param.param_type_name == "argument":
        return f"`{param.metavar or param.name.upper()}`"
    names = ", ".join(f"`{n}`" for n in (*param.opts, *param.secondary_opts))
    value = "" if param.is_flag else f" `{param.metavar or param.name.upper()}`"
    return names + value


def _params(zh: typing.Any, en: typing.Any) -> Iterator[str]:
    for a, b in zip(zh.params, en.params, strict=True):
        if a.name != "help":
            default = (
                "" if a.default in (None, "", False, ()) or callable(a.default) else a.default
            )
            yield _row(_names(a), a.help or "", b.help or "", default)


def _verbs(
    zh: typing.Any, en: typing.Any, before: str = ""
) -> Iterator[tuple[str, typing.Any, typing.Any]]:
    """Every verb, and the verbs under it, in both languages."""
    for name, one in zh.commands.items():
        yield f"{before}{name}", one, en.commands[name]
        if getattr(one, "commands", None):
            yield from _verbs(one, en.commands[name], f"{before}{name} ")


def commands_page() -> str:
    """Every verb with its arguments and options, in both languages."""
    zh, en = command("zh"), command("en")
    lines = ["# 命令 · Commands", ""]
    lines += ["本页由程序生成。This page is generated from the program.", ""]
    lines += [f"{zh.help} {en.help}", ""]
    lines += _table("选项", "作用", "what it does", "")
    lines += [*_params(zh, en), ""]
    lines += [
        "语言的次序：`--lang`，规划文件的 `lang`，环境变量 `GEOPLAN_LANG`，系统语言，中文。",
        "Language: `--lang`, the plan's `lang`, `GEOPLAN_LANG`, the system's, Chinese.",
        "",
        "命令补全：运行一次 `geoplan --install-completion`（bash、zsh、fish、PowerShell），",
        "然后重新打开终端。Shell completion: run `geoplan --install-completion` once and open",
        "a new terminal. `python -m geoplan` is the same as `geoplan`.",
        "",
    ]
    lines += _table("命令", "作用", "what it does")
    verbs = list(_verbs(zh, en))
    lines += [
        _row(f"[`geoplan {v}`](#geoplan-{v.replace(' ', '-')})", a.help, b.help)
        for v, a, b in verbs
    ]
    for verb, a, b in verbs:
        wanted = [
            p.metavar or p.name.upper() for p in a.params if p.param_type_name == "argument"
        ]
        lines += ["", f"## geoplan {verb}", "", f"{a.help} {b.help}", ""]
        lines += ["```text", " ".join(("geoplan", verb, *wanted)), "```", ""]
        lines += [*_table("参数与选项", "含义", "meaning", "默认 default"), *_params(a, b)]
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------ glossary

_PARTS = {
    "state": ("土地状态", "States of land"),
    "state_restoration": (
        "土地状态（造林、湿地与草原修复）",
        "States of land (afforestation, wetland and grassland restoration)",
    ),
    "kind": ("规则性质", "Kinds of rule"),
    "source_step": ("依据层级", "How well a text was read"),
    "target": ("规划目标", "Targets of the plan"),
    "answer": ("回答", "Answers"),
    "tag": ("标记", "Marks"),
    "mark": ("附注", "Remarks"),
    "origin": ("数值来历", "Where a value is from"),
    "citation": ("没有条文时的依据", "Basis where no article says so"),
    "tech": ("用途", "Uses"),
    "unit": ("单位", "Units"),
}


def _glossary(lines: list[str], *, english_first: bool) -> str:
    words = texts_of("layers.words") | {
        k: v for k, v in texts_of("geoplan.common").items() if k.startswith(("tech.", "unit."))
    }
    for part in dict.fromkeys(k.partition(".")[0] for k in words):
        turn = -1 if english_first else 1
        lines += [f"## {' · '.join(_PARTS[part][::turn])}", ""]
        lines += _table(*("中文", "English")[::turn], "id")
        lines += [
            _row(*(v["zh"], v["en"])[::turn], f"`{k.partition('.')[2]}`")
            for k, v in words.items()
            if k.startswith(f"{part}.")
        ]
        lines.append("")
    return "\n".join(lines)


def glossary_page() -> str:
    """The words that stand for one thing in command line, map, report and workbook."""
    head = [
        "# 术语 · Glossary",
        "",
        "命令行、地图、报告、工作簿使用同一套词。本页由 `layers/text/words.toml` 与",
        "`geoplan/text/common.toml` 生成。",
        "",
    ]
    return _glossary(head, english_first=False)


def english_glossary_page() -> str:
    """The same words for a reader of English."""
    head = [
        "# Glossary",
        "",
        "Command line, map, report and workbook take their words from here; this page is made",
        "from `layers/text/words.toml` and `geoplan/text/common.toml`.",
        "",
    ]
    return _glossary(head, english_first=True)


# ------------------------------------------------------------------ summary.json


def _type(annotation: object) -> str:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(args[0])
    if origin in {typing.Union, types.UnionType}:
        return " | ".join("null" if a is type(None) else _type(a) for a in args)
    if origin is typing.Literal:
        return " | ".join(json.dumps(a) for a in args)
    if origin is tuple:
        return f"list of {_type(args[0])}"
    if origin is dict:
        return f"object of {_type(args[1])}"
    names = {str: "text", float: "number", int: "integer", bool: "true | false"}
    if isinstance(annotation, type):
        return names.get(annotation, annotation.__name__)
    return "any"


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for a in typing.get_args(annotation) for m in _models(a)]


def summary_page() -> str:
    """Every key of ``summary.json``, from the models the steps own."""
    lines = [
        "# summary.json",
        "",
        "一次运行的汇总；报告与地图中的数字都来自它。本页由程序中的模型生成。",
        "One object; every number of report and map comes from it. Generated from the models.",
        "",
        f"Format version (`schema`): {SCHEMA}. The JSON schema is",
        "[summary.schema.json](summary.schema.json), also in the package as",
        "`geoplan/summary.schema.json`; `geoplan.summary.read_run_summary` reads the file.",
        "A number that is not known is `null`, never 0; a part is left out when its step was",
        "not run. Units stand at the end of the names.",
        "",
    ]
    queue: list[type[BaseModel]] = [RunSummary]
    seen: set[type[BaseModel]] = {RunSummary}
    while queue:
        model = queue.pop(0)
        title = "summary.json" if model is RunSummary else model.__name__
        lines += [f"## {title}", "", _cell((model.__doc__ or "").strip().split("\n")[0]), ""]
        lines += _table("key", "type", "meaning")
        for name, field in model.model_fields.items():
            kind = _type(field.annotation)
            lines.append(_row(f"`{field.alias or name}`", kind, field.description or ""))
            for child in _models(field.annotation):
                if child not in seen:
                    seen.add(child)
                    queue.append(child)
        lines.append("")
    return "\n".join(lines)


# ------------------------------------------------------------------ functions


def api_pages() -> dict[str, str]:
    """A page a room with every name it offers; autosummary makes the page of each name."""
    out = {}
    for room in ROOMS:
        package = importlib.import_module(room)
        names = sorted(where_offered(Path(str(package.__file__)).with_suffix(".pyi")))
        first = (package.__doc__ or "").strip().split("\n")[0]
        lines = [room, "=" * len(room), "", first, "", f".. currentmodule:: {room}", ""]
        lines += [".. autosummary::", f"   :toctree: {room}", "   :nosignatures:", ""]
        lines += [f"   {name}" for name in names]
        out[room] = "\n".join(lines) + "\n"
    return out


def open_data_page() -> str:
    """Every source of open data with what it gives and what its licence asks for."""
    lines = [say("geoplan.fetching.page_title")("zh"), ""]
    lines += [say("geoplan.fetching.page_head")(lang) for lang in ("zh", "en")]
    lines += ["", *_table("id", "名称 title", "图层 layers", "精度 resolution", "日期 date")]
    found = sources()
    for s in found.values():
        title = f"{s.title.zh} {s.title.en}"
        gives = " ".join(f"`{i}`" for i in s.gives)
        lines.append(_row(f"`{s.id}`", title, gives, s.resolution, s.date or s.edition))
    lines += [
        "",
        *_table("id", "许可 licence", "署名 attribution", "地址 address", "核实 quality"),
    ]
    for s in found.values():
        words = s.attribution.zh
        if s.attribution.en != words:
            words = f"{words} / {s.attribution.en}"
        lines.append(_row(f"`{s.id}`", s.licence, words, f"<{s.base}>", s.quality))
    lines += ["", *_table("id", "说明", "remarks")]
    for s in found.values():
        zh = s.note.zh + (f"；{s.incomplete.zh}" if s.incomplete else "")
        en = s.note.en + (f"; {s.incomplete.en}" if s.incomplete else "")
        lines.append(_row(f"`{s.id}`", zh, en))
    return "\n".join(lines) + "\n"


KEPT = {
    "reference/open-data.md": open_data_page,
    "reference/commands.md": commands_page,
    "reference/summary.md": summary_page,
    "guide/glossary.md": glossary_page,
    "en/glossary.md": english_glossary_page,
}


def kept_files() -> dict[Path, str]:
    """Files of the repository that are made from the program, with what they should hold."""
    docs = {HERE / name: make() for name, make in KEPT.items()}
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"
    docs[HERE / "reference" / "summary.schema.json"] = schema
    docs[HERE.parent / "geoplan" / "summary.schema.json"] = schema
    return docs


def write_kept() -> None:
    """Write them."""
    for path, text in kept_files().items():
        path.write_text(text, encoding="utf-8")


def write_api(folder: Path) -> None:
    """Write the pages of functions into `folder`, which is not kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for room, text in api_pages().items():
        (folder / f"{room}.rst").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_kept()
