"""Settings of the user guide; it builds without a network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from _generate import write_reference
from _notebooks import write_notebooks
from _pages import write_api

project = "geoplan"
author = "geoplan developers"
copyright = "2026, geoplan developers"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "sphinx.ext.napoleon",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
# a page for every name a room offers, from its docstring; signatures without annotations
templates_path = ["_templates"]
extlinks = {"doi": ("https://doi.org/%s", "doi:%s")}
autosummary_generate = True
autosummary_imported_members = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "inherited-members": False}
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
master_doc = "index"
language = "zh_CN"
exclude_patterns = ["_build", "_templates"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "geoplan"
# references of a docstring are listed below it, also those the text does not number
# headings of a notebook need not follow one another by one level
suppress_warnings = ["myst.xref_missing", "myst.header", "ref.footnote"]

HERE = Path(__file__).parent
write_reference(HERE / "reference" / "generated")
write_api(HERE / "reference" / "api")
write_notebooks(HERE / "notebooks" / "generated")
