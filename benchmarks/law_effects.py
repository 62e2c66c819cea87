"""Which reason moves which land between two versions of the rule books.

Run ``python benchmarks/law_effects.py write FILE`` in the checkout of either version (the
older one has no such file: set PYTHONPATH to its root and name its plan with ``--plan``),
then ``python benchmarks/law_effects.py table OLD NEW [--lang en]``. The first screens the
plan and keeps code, outcome of every rule and area of every cell; the second joins both cell
by cell and takes up the reasons of ``law_effects.toml`` one after the other, so that their
areas add up to the whole change. ``--rules`` lists every changed rule by itself, taken up
alone and put back alone; ``--only RULES`` takes up these rules and no other.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

TECHS = ("pv", "wind", "afforest", "wetland", "grass")
STATES = {"taken": 3, "conditional": 2, "left": 1, "unknown": 4}
HIT, UNKNOWN = 2, 1


def write(out: Path, plan_file: Path, *, recalled_excludes: bool) -> None:
    """Screen a plan and keep codes, outcomes and the area of every cell."""
    from geoplan.plan_file import load_plan
    from gis.cells.cell_area import cell_area_m2
    from gis.cells.coverage import expand_runs
    from gis.cells.grid import full_window
    from siting.screen.screening import county_runs, screen

    plan = load_plan(plan_file)
    sections = dict(plan.sections)
    changed = {"recalled_excludes": recalled_excludes}
    sections["screening"] = sections["screening"].model_copy(update=changed)
    plan = plan.model_copy(update={"sections": sections})
    kept: dict[str, Any] = {}
    for tech in TECHS:
        found = screen(plan, tech, zones={})
        kept[f"{tech}_code"] = found.code
        kept[f"{tech}_outcomes"] = found.outcomes
        kept[f"{tech}_rules"] = np.array([r.id for r in found.rules])
        kept[f"{tech}_effects"] = np.array(found.effects)
    share = expand_runs(county_runs(plan), full_window(found.grid))
    kept["grid"] = np.array(str(found.grid))
    kept["km2"] = np.broadcast_to(cell_area_m2(found.grid), share.shape) * share / 1e6
    np.savez_compressed(out, **kept)


class Joined:
    """Two screenings of one technology on the same cells."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any], tech: str) -> None:
        if str(old["grid"]) != str(new["grid"]):
            raise SystemExit("the two runs are on different grids")
        a, b = old[f"{tech}_code"], new[f"{tech}_code"]
        key = a.astype(np.int64).ravel() * (1 << 32) + b.ravel()
        pair, of = np.unique(key, return_inverse=True)
        self.km2 = np.bincount(of, weights=old["km2"].ravel())
        self.rules: dict[str, dict[bool, tuple[np.ndarray, str]]] = {}
        for is_new, run, code in ((False, old, pair >> 32), (True, new, pair & 0xFFFFFFFF)):
            outcomes = run[f"{tech}_outcomes"][code]
            named = zip(run[f"{tech}_rules"], run[f"{tech}_effects"], strict=True)
            for i, (rule, effect) in enumerate(named):
                self.rules.setdefault(str(rule), {})[is_new] = (outcomes[:, i], str(effect))

    def areas(self, new: Iterable[str]) -> dict[str, float]:
        """Area by state [km2] with these rules as they are now and the others as before."""
        chosen = set(new)
        hard = np.zeros(len(self.km2), int)
        soft, doubt = hard.copy(), hard.copy()
        for rule, versions in self.rules.items():
            outcome, effect = versions.get(rule in chosen, (None, "none"))
            if outcome is None or effect == "none":
                continue
            hard += (outcome == HIT) & (effect == "taken")
            soft += (outcome == HIT) & (effect == "conditional")
            doubt += outcome == UNKNOWN
        state = np.where(hard, 3, np.where(doubt, 4, np.where(soft, 2, 1)))
        return {k: float(self.km2[state == v].sum()) for k, v in STATES.items()}


def steps(joined: Joined, reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What every reason moves: alone, and after those before it; the latter add up."""
    named = {r for reason in reasons for r in reason["rules"]}
    rest = {"title": {"zh": "其他", "en": "other"}, "rules": sorted(set(joined.rules) - named)}
    done: set[str] = set()
    before = joined.areas(done)
    none = before
    out = []
    for reason in [*reasons, rest]:
        own = set(reason["rules"]) & set(joined.rules)
        done |= own
        after = joined.areas(done)
        alone = joined.areas(own)
        out.append(
            {
                "title": reason["title"],
                "alone": alone["taken"] - none["taken"],
                **{k: after[k] - before[k] for k in STATES},
            }
        )
        before = after
    total = joined.areas(joined.rules)
    for k in STATES:
        moved = sum(row[k] for row in out)
        if abs(moved - (total[k] - none[k])) > 1e-6:
            raise SystemExit(f"{k}: the reasons do not add up")
    return out


def each(joined: Joined) -> list[tuple[str, str, str, float, float]]:
    """Changed rules that move land: id, effect before and after, taken alone and if kept back.

    Alone: taken land when this rule is as now and all others as before; kept back: taken land
    when all are as now, against this one as before.
    """
    none, total = joined.areas(()), joined.areas(joined.rules)
    out = []
    for rule, versions in sorted(joined.rules.items()):
        was, now = (versions.get(is_new, (None, "-"))[1] for is_new in (False, True))
        alone = joined.areas({rule})["taken"] - none["taken"]
        back = total["taken"] - joined.areas(set(joined.rules) - {rule})["taken"]
        if max(abs(alone), abs(back)) >= 0.005:
            out.append((rule, was, now, alone, back))
    return out


HEADS = {
    "zh": ("原因", "单独：不可用", "依次：不可用", "有条件", "可用", "无法判定"),
    "en": ("reason", "alone: taken", "in order: taken", "conditional", "left", "unknown"),
}
ENDS = {"zh": ("之前", "之后"), "en": ("before", "after")}


def table(
    old: Mapping[str, Any], new: Mapping[str, Any], lang: str, only: str, *, rules: bool
) -> None:
    """Print the tables of all technologies as Markdown."""
    path = Path(__file__).with_suffix(".toml")
    reasons = tomllib.loads(path.read_text(encoding="utf-8"))["reasons"]
    for tech in TECHS:
        joined = Joined(old, new, tech)
        if only:
            areas = joined.areas(only.split(","))
            print(tech, " ".join(f"{k} {v:,.2f}" for k, v in areas.items()))
            continue
        if rules:
            for rule, was, now, alone, back in each(joined):
                print(f"| {tech} {rule} | {was} -> {now} | {alone:+,.2f} | {back:+,.2f} |")
            continue
        print(f"\n### {tech}\n\n| {' | '.join(HEADS[lang])} |")
        print("| --- |" + " ---: |" * 5)
        ends = (joined.areas(()), joined.areas(joined.rules))
        rows = [(f"**{ENDS[lang][0]}**", "", *(f"{ends[0][k]:,.2f}" for k in STATES))]
        for row in steps(joined, reasons):
            moves = [row["alone"], *(row[k] for k in STATES)]
            if max(abs(m) for m in moves) >= 0.005:
                cells = (f"{m:+,.2f}" if abs(m) >= 0.005 else "" for m in moves)
                rows.append((row["title"][lang], *cells))
        rows.append((f"**{ENDS[lang][1]}**", "", *(f"{ends[1][k]:,.2f}" for k in STATES)))
        for cells in rows:
            print(f"| {' | '.join(cells)} |")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    ask = parser.add_subparsers(dest="what", required=True)
    one = ask.add_parser("write")
    one.add_argument("file", type=Path)
    one.add_argument("--plan", type=Path, default=Path("plans/sample.toml"))
    one.add_argument("--recalled-excludes", action="store_true")
    two = ask.add_parser("table")
    two.add_argument("old", type=Path)
    two.add_argument("new", type=Path)
    two.add_argument("--lang", choices=sorted(HEADS), default="zh")
    two.add_argument("--only", default="")
    two.add_argument("--rules", action="store_true")
    asked = parser.parse_args()
    if asked.what == "write":
        write(asked.file, asked.plan, recalled_excludes=asked.recalled_excludes)
        return
    runs = [dict(np.load(p, allow_pickle=False)) for p in (asked.old, asked.new)]
    table(runs[0], runs[1], asked.lang, asked.only, rules=asked.rules)


if __name__ == "__main__":
    main()
