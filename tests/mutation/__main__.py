"""The weekly job: ``python -m tests.mutation [PATH ...] [--per-module N] [--seed S]``.

Draws mutants of the computing modules with cosmic-ray, runs the tests that run their lines,
writes every outcome to ``build/mutation/results.csv`` and prints scores and survivors.
See docs/develop/mutation.md.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import time
import tomllib
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from tests.mutation.choose import draw, mutants
from tests.mutation.cover import Tests, copy_tree, learn
from tests.mutation.run import KILLED, NOT_RUN, preload, restore, try_mutant

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads(Path(__file__).with_name("modules.toml").read_text(encoding="utf-8"))


def computing(paths: list[str]) -> list[str]:
    """The computing modules, those under `paths` if any are given."""
    found = {
        p.relative_to(ROOT).as_posix()
        for pattern in CONFIG["compute"]
        for p in ROOT.glob(pattern)
    }
    found -= {
        p.relative_to(ROOT).as_posix() for pattern in CONFIG["not"] for p in ROOT.glob(pattern)
    }
    wanted = [p.rstrip("/") for p in paths]
    return sorted(
        m for m in found if not wanted or any(m == w or m.startswith(f"{w}/") for w in wanted)
    )


def room(module: str) -> str:
    """The sub-room of a module, for the table of scores."""
    parts = module.split("/")
    return "/".join(parts[:3] if parts[1] in {"pv", "wind"} else parts[:2])


def scores(rows: list[dict[str, str]]) -> list[str]:
    """A table of killed by drawn for each sub-room, and for all."""
    drawn, killed = Counter(), Counter()
    for r in rows:
        for name in (room(r["module"]), "all"):
            drawn[name] += 1
            killed[name] += r["outcome"] == KILLED
    out = ["| room | mutants | killed | score |", "|---|---|---|---|"]
    for name in [*sorted(k for k in drawn if k != "all"), "all"]:
        if drawn[name]:
            score = 100 * killed[name] / drawn[name]
            out.append(f"| {name} | {drawn[name]} | {killed[name]} | {score:.0f} % |")
    return out


def main() -> int:
    """Run, print, and end with 1 when the score is under ``--least``."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("paths", nargs="*", help="rooms or modules; all computing ones if none")
    parser.add_argument("--per-module", type=int, default=10, help="0: every mutant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most-tests", type=int, default=40, help="tests a mutant meets")
    parser.add_argument("--limit", type=float, default=120, help="CPU seconds a mutant has")
    parser.add_argument("--minutes", type=float, default=0, help="stop then; 0: at the end")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "mutation")
    parser.add_argument("--learn", action="store_true", help="copy and cover anew")
    parser.add_argument("--least", type=float, default=0, help="score in percent to reach")
    args = parser.parse_args()
    work = args.work.resolve()
    tree = work / "tree"
    work.mkdir(parents=True, exist_ok=True)
    if args.learn or not (work / "seconds.xml").is_file():
        copy_tree(ROOT, tree)
        learn(tree, work)
    restore(tree, work)
    tests = Tests(tree, work)
    if len(tests.seconds) < 1000:
        sys.stderr.write(f"only {len(tests.seconds)} tests ran, see {work / 'learn.log'}\n")
        return 2
    if tests.failed:
        sys.stdout.write(f"failing before any mutation, left out: {len(tests.failed)} tests\n")
    preload()
    results = work / "results.csv"
    done: dict[tuple[str, ...], dict[str, str]] = {}
    if results.is_file() and not args.learn:
        with results.open(encoding="utf-8", newline="") as f:
            for r in csv.DictReader(f):
                done[r["module"], r["operator"], r["occurrence"]] = r
    names = [m for m in computing(args.paths) if (tree / m).is_file()]
    drawn = [
        m
        for name in names
        for m in draw(mutants(tree / name, tree), args.per_module or None, args.seed)
    ]
    # in no order of rooms, so that a job that is stopped early is a fair sample too
    random.Random(args.seed).shuffle(drawn)
    rows = []
    fields = ["module", "line", "column", "operator", "occurrence", "definition"]
    fields += ["outcome", "seconds", "tests", "change"]
    stop = time.monotonic() + 60 * args.minutes if args.minutes else float("inf")
    with results.open("a" if done else "w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, fields)
        if not done:
            writer.writeheader()
        for m in drawn:
            key = (m.module, m.operator, str(m.occurrence))
            if key not in done:
                if time.monotonic() > stop:
                    continue
                who = tests.of(m.module, m.line, args.most_tests)
                stale = tests.inlined_in(m.module)
                outcome, change, spent = try_mutant(tree, work, m, who, args.limit, stale)
                row = asdict(m) | {
                    "outcome": outcome,
                    "seconds": f"{spent:.1f}",
                    "tests": len(who),
                    "change": change,
                }
                writer.writerow(row)
                f.flush()
                done[key] = {k: str(v) for k, v in row.items()}
            rows.append(done[key])
    for r in sorted(rows, key=lambda r: (r["module"], int(r["line"]))):
        if r["outcome"] != KILLED:
            mark = "no test runs it" if r["outcome"] == NOT_RUN else "survived"
            where = f"{r['module']}:{r['line']} {r['definition']}"
            sys.stdout.write(f"{mark}: {where}: {r['change']}\n")
    sys.stdout.write(f"{len(rows)} of {len(drawn)} drawn mutants tried\n")
    sys.stdout.write("\n".join(scores(rows)) + "\n")
    killed = sum(r["outcome"] == KILLED for r in rows)
    return int(bool(rows) and 100 * killed / len(rows) < args.least)


if __name__ == "__main__":
    sys.exit(main())
