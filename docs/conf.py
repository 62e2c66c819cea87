"""Settings of the user guide; it builds without a network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from _generate import write_reference

project = "geoplan"
author = "geoplan developers"
copyright = "2026, geoplan developers"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
master_doc = "index"
language = "zh_CN"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "geoplan"
suppress_warnings = ["myst.xref_missing"]

write_reference(Path(__file__).parent / "reference" / "generated")
