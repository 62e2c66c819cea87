"""Refuse files over 1 MB: data belong outside the repository. Arguments: the files."""

import sys
from pathlib import Path

MOST_BYTES = 1_000_000

large = [f for f in sys.argv[1:] if Path(f).is_file() and Path(f).stat().st_size > MOST_BYTES]
for name in large:
    sys.stderr.write(f"{name}: {Path(name).stat().st_size:,} bytes, over {MOST_BYTES:,}\n")
sys.exit(bool(large))
