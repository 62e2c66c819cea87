"""``python -m tests.faults``: look for new cases; what is bad is kept as a file."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.fuzz import Report, case_bytes, fuzz, good_files
from tests.faults.seeds import SEEDS


def main() -> int:
    """Run the search and print its table; 1 when a case is bad."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--count", type=int, default=20_000)
    ask.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    ask.add_argument("--keep", type=Path, help="folder for the bad cases")
    ask.add_argument("readers", nargs="*", help=", ".join(SEEDS))
    given = ask.parse_args()
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
