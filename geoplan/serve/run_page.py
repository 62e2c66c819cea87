"""What the page of a run shows: as the run wrote it, as it was kept, else computed once."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from geoplan.documents import whole_of
from geoplan.maps.assets import app_css, app_js
from geoplan.maps.base import with_base
from geoplan.maps.contents import RunContents
from geoplan.maps.offline import inline_script
from geoplan.maps.page import MapOptions, PageData, page_data
from geoplan.tiles.base import credits_of
from gis.machine import cache_path
from layers.plain_json import digest, write_json
from layers.plan.model import Plan
from layers.provenance import code_digest, file_sha256
from layers.result import Progress
from layers.run_documents import recorded_documents
from layers.run_record import DIGESTS

__all__ = ["data_of_page", "kept_at", "result_mark", "run_page"]

_MAP = "map.html"
_META = re.compile(r'<script type="application/json" id="gp-meta">(.*?)</script>', re.DOTALL)
_BLOB = re.compile(r'<script type="text/plain" id="gp-([^"]+)">(.*?)</script>', re.DOTALL)
_KEPT = "pages"
_MOST_KEPT = 12  # of some 10 to 30 MB each
_ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")


def data_of_page(text: str) -> PageData | None:
    """What a page written by `geoplan.maps.write.page_html` shows; None for another text."""
    meta = _META.search(text)
    if meta is None:
        return None
    return PageData(json.loads(meta[1]), dict(_BLOB.findall(text)))


def result_mark(run: Path) -> str:
    """Names the result in a folder; another one once a run has put its own in place."""
    path = run / DIGESTS
    return file_sha256(path) if path.is_file() else ""


def run_page(
    contents: RunContents, plan: Plan, lang: str, mark: str, progress: Progress
) -> PageData:
    """Everything the page shows of a finished run.

    Parameters
    ----------
    contents : RunContents
        Of the run.
    plan : Plan
        The plan of the run.
    lang : {"zh", "en"}
        Language the page opens in.
    mark : str
        `result_mark` of when `contents` were opened.
    progress : callable
        Told of the parts of ``[page]`` in ``usual.toml`` where the page has to be computed.
    """
    progress("documents run", 0, 1)
    name = digest(mark, contents.summary.run.id, plan.sha256, code_digest(*_ROOMS))
    found = _kept(contents.path, name)
    if found is None:
        found = _written(contents)
        if found is None or result_mark(contents.path) != mark:
            found = _computed(contents, plan, whole_of(progress, "page"))
            # the folder may have been given another result meanwhile
            if result_mark(contents.path) == mark:
                _keep(found, contents.path, name)
    found.meta["lang"] = lang
    return found


def _written(contents: RunContents) -> PageData | None:
    """Of the map beside the run, where it is as this program writes it of this very run."""
    path = contents.path / _MAP
    recorded = recorded_documents(contents.path).get(_MAP)
    if recorded is None or not path.is_file() or file_sha256(path) != recorded:
        return None  # changed by hand, or not of this result
    text = path.read_text(encoding="utf-8")
    found = data_of_page(text)
    if found is None or found.meta["run"]["id"] != contents.summary.run.id:
        return None
    # data are read by the scripts they were written for; a map for display lacks some
    own = inline_script(app_js()) in text and f"<style>{app_css()}</style>" in text
    if not own or found.meta["display_only"]:
        return None
    return _as_computed(found)


def _as_computed(data: PageData) -> PageData:
    """Without what belongs to the file alone: tiles beside it, sign-off, online maps."""
    told = credits_of(data.meta.pop("tiles", []))
    data.meta.pop("signoff", None)
    data.meta["attributions"] = [a for a in data.meta["attributions"] if a not in told]
    data.meta |= {"review_number": "", "base_maps": [], "base_urls": {}}
    return data


def _computed(contents: RunContents, plan: Plan, told: Progress) -> PageData:
    told("map_base", 0, 1)
    based = with_base(contents, plan)
    told("map_base", 1, 1)

    def of_layers(done: int, total: int) -> None:
        told("map_layers", done, total)

    found = page_data(based, MapOptions(), of_layers)
    told("page", 0, 1)
    return found


def kept_at(run: Path) -> Path:
    """Where the page of the run in a folder is kept."""
    return cache_path() / _KEPT / f"{digest(str(run.resolve()))[:32]}.json"


def _kept(run: Path, name: str) -> PageData | None:
    """What was kept under the name of result, plan and program together."""
    try:
        found = json.loads(kept_at(run).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, Mapping) or found.get("of") != name:
        return None
    return PageData(dict(found["meta"]), dict(found["blobs"]))


def _keep(data: PageData, run: Path, name: str) -> None:
    path = kept_at(run)
    with contextlib.suppress(OSError):  # without room it is computed again
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"of": name, "meta": data.meta, "blobs": data.blobs})
        others = sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime)
        for old in others[:-_MOST_KEPT]:
            old.unlink(missing_ok=True)
