"""Reference pages made from the models and TOML files, so that they cannot drift."""

from __future__ import annotations

import types
import typing
from pathlib import Path

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from geoplan.plan_file import SECTIONS
from gis.say import in_lang, say
from layers.catalogue import layers
from layers.plan.model import Plan
from siting.pv.plant.losses import loss_rows
from siting.rules import calendar, rule_books, search_rules
from siting.rules.words import step_word


def _type(annotation: object) -> str:
    origin = typing.get_origin(annotation)
    args = typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(args[0])
    if origin in {typing.Union, types.UnionType}:
        return " | ".join(_type(a) for a in args)
    if origin is typing.Literal:
        return " | ".join(repr(a) for a in args)
    if origin is not None:
        name = getattr(origin, "__name__", str(origin))
        return f"{name}[{', '.join(_type(a) if a is not ... else '...' for a in args)}]"
    return getattr(annotation, "__name__", str(annotation))


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for a in typing.get_args(annotation) for m in _models(a)]


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _row(cells: tuple[object, ...]) -> str:
    return "| " + " | ".join(_cell(c) for c in cells) + " |"


def _head(*names: str) -> list[str]:
    return [_row(names), _row(tuple("---" for _ in names))]


def _table(model: type[BaseModel], title: str, seen: set[type[BaseModel]]) -> list[str]:
    lines = [f"## {title}", "", _cell((model.__doc__ or "").strip().split("\n")[0]), ""]
    fields = model.model_fields.values()
    said = any(f.description for f in fields)
    lines += _head("key", "type", "default", *(["meaning"] if said else []))
    nested: list[tuple[str, type[BaseModel]]] = []
    for name, field in model.model_fields.items():
        if model is Plan and name in {"sections", "path", "sha256", "data_root"}:
            continue
        default = "*required*" if field.default is PydanticUndefined else f"`{field.default!r}`"
        if field.default_factory is not None:
            default = "empty"
        if len(default) > 60:
            default = "see below"
        meaning = (field.description or "",) if said else ()
        lines.append(_row((f"`{name}`", f"`{_type(field.annotation)}`", default, *meaning)))
        nested += [(f"{title}.{name}", m) for m in _models(field.annotation) if m not in seen]
    lines.append("")
    for label, child in nested:
        if child not in seen and child.__name__ != "Text":
            seen.add(child)
            lines += _table(child, label, seen)
    return lines


def _losses() -> list[str]:
    """The keys of ``[pv.losses]``, from the rows that declare them."""
    lines = ["## [pv].losses", "", "Fractions, one value or twelve (January first).", ""]
    lines += _head("key", "标题", "title", "default", "bounds", "acts on", "source")
    for r in loss_rows().values():
        months = set(r.value)
        shown = f"{r.value[0]:g}" if len(months) == 1 else "by month"
        default = f"the module's `{r.from_module}`" if r.from_module else shown
        bounds = f"{r.bounds[0]:g} to below {r.bounds[1]:g}"
        cells = (
            f"`{r.key}`",
            r.title.zh,
            r.title.en,
            default,
            bounds,
            r.acts,
            in_lang(r.source, "en"),
        )
        lines.append(_row(cells))
    return [*lines, ""]


def _plan_page() -> str:
    seen: set[type[BaseModel]] = set()
    lines = ["# 规划文件参考 · Plan file reference", ""]
    lines += ["本页由程序中的模型生成。This page is generated from the models.", ""]
    lines += _table(Plan, "plan file", seen)
    for name, model in SECTIONS.items():
        lines += _table(model, f"[{name}]", seen)
        if name == "pv":
            lines += _losses()
    return "\n".join(lines)


def _layer_page() -> str:
    lines = ["# 图层目录 · Layer catalogue", ""]
    for group in sorted({x.group for x in layers().values()}):
        lines += [
            f"## {group}",
            "",
            "| id | 名称 | title | geometry | kind | fields |",
            "|---|---|---|---|---|---|",
        ]
        for key, x in sorted(layers().items()):
            if x.group == group:
                fields = ", ".join(f.name for f in x.fields)
                cells = (f"`{key}`", x.title.zh, x.title.en, x.geometry, x.kind, fields)
                lines.append(_row(cells))
        lines.append("")
    return "\n".join(lines)


def _rule_page() -> str:
    rules = search_rules()
    lines = ["# 规则目录 · Rules", "", f"{len(rules)} 条 rules", ""]
    lines += [
        "| id | 性质 kind | 施行区域 | 标题 | title | 条款 citation | 原文 quote | 核实 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in rules:
        where = r.holds_in.words("zh")
        cells = (
            *(r.id, r.kind, where, r.title.zh),
            *(r.title.en, r.citation, r.quote, r.source_step),
        )
        lines.append(_row(cells))
    return "\n".join(lines) + "\n"


def _law_page() -> str:
    """Documents not read in full, with the rules that rest on them, and all editions."""
    resting: dict[str, dict[str, str]] = {}
    for book in rule_books():
        for entry in book.entries:
            for version in entry.versions:
                found = resting.setdefault(version.law, {})
                found[entry.id] = (version.title or entry.title)("zh")
    lines = ["# 法规日历 · Law calendar", ""]
    lines += [
        f"查核日 {calendar().read_on}。本页由 `siting/rules/laws.toml` 与规则书生成。"
        " This page is generated from the calendar and the rule books.",
        "",
        "## 未读到全文或有效性未查明的文件 · Not read in full, or not confirmed",
        "",
    ]
    lines += _head(
        "文件 document", "层级 step", "有效性 validity", "须查核 to look up", "规则 rules"
    )
    for e in calendar().editions:
        if e.source_step in ("primary", "mirror") and e.validity == "confirmed":
            continue
        rules = "；".join(f"{k} {v}" for k, v in sorted(resting.get(e.id, {}).items()))
        validity = say(f"siting.rules.in_force.validity.{e.validity}")("zh")
        note = e.note("zh") if e.note else ""
        lines.append(_row((e.cited(), step_word(e.source_step)("zh"), validity, note, rules)))
    lines += ["", "## 全部版次 · All editions", ""]
    lines += _head("id", "文件", "title", "passed", "in force", "last day", "step", "source")
    for e in calendar().editions:
        # only the latest that these days can be is known of some
        about = "" if e.day_known else "≤ "
        days = [f"{about}{d}" if d else "" for d in (e.passed, e.in_force, e.last_day)]
        name = f"《{e.title.zh}》{e.number}"
        lines.append(_row((f"`{e.id}`", name, e.title.en, *days, e.source_step, e.source)))
    return "\n".join(lines) + "\n"


def write_reference(folder: Path) -> None:
    """Write the generated pages into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "plan": _plan_page(),
        "layers": _layer_page(),
        "rules": _rule_page(),
        "law": _law_page(),
    }
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
