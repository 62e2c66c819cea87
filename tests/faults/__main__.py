"""``python -m tests.faults``: look for new cases; what is bad is kept as a file.

With ``--table`` the fault table is run instead, and its counts are printed by family.
"""

from __future__ import annotations

import argparse
import collections
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.fuzz import Report, case_bytes, fuzz, good_files
from tests.faults.seeds import SEEDS


def table() -> int:
    """Run the fault table and print its counts; 1 when a case is not right."""
    from tests.faults.table import judged, rows

    kinds = ("right", "silent", "traceback", "hang")
    outcomes = ("refused", "told", "read", "answered")
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    start = time.perf_counter()
    for row in rows():
        with tempfile.TemporaryDirectory() as folder:
            found = judged(row, Path(folder))
        counts[row.family].update((row.outcome, found.kind))
        if found.kind != "right":
            sys.stdout.write(f"{row.family}: {row.id}: {found.kind}: {found.detail}\n")
    names = (*outcomes, *kinds)
    lines = [f"| family | cases | {' | '.join(names)} |", "|" + "---|" * (len(names) + 2)]
    total: collections.Counter[str] = collections.Counter()
    for family, one in counts.items():
        total += one
        cells = " | ".join(str(one[n]) for n in names)
        lines.append(f"| {family} | {sum(one[o] for o in outcomes)} | {cells} |")
    cells = " | ".join(f"**{total[n]}**" for n in names)
    lines.append(f"| **sum** | **{sum(total[o] for o in outcomes)}** | {cells} |")
    took = time.perf_counter() - start
    sys.stdout.write("\n".join(lines) + f"\n\n{took:.0f} s\n")
    return 0 if total["right"] == sum(total[o] for o in outcomes) else 1


def main() -> int:
    """Run the search and print its table; 1 when a case is bad."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--count", type=int, default=20_000)
    ask.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    ask.add_argument("--keep", type=Path, help="folder for the bad cases")
    ask.add_argument("readers", nargs="*", help=", ".join(SEEDS))
    ask.add_argument("--table", action="store_true", help="run the fault table instead")
    given = ask.parse_args()
    if given.table:
        return table()
    report, start = Report(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        good = good_files(Path(folder))
    for case in fuzz(given.seed, given.count, given.readers, given.processes):
        report.add(case)
        if case.outcome in {"traceback", "hang", "died", "silent"}:
            sys.stdout.write(f"{case.outcome}: {case.reader} {case.number}\n{case.detail}\n")
            if given.keep:
                given.keep.mkdir(parents=True, exist_ok=True)
                name, content, text = good[case.reader]
                broken = case_bytes(given.seed, case.reader, case.number, content, text=text)
                (given.keep / f"{case.reader}_{case.number}_{name}").write_bytes(broken)
    took = time.perf_counter() - start
    sys.stdout.write(f"{report.table()}\n\nseed {given.seed}, {took:.0f} s\n")
    places = sorted({c.detail for c in report.ours})
    sys.stdout.write("".join(f"refused in our own code: {p}\n" for p in places[:40]))
    return 1 if report.bad else 0


if __name__ == "__main__":
    sys.exit(main())
