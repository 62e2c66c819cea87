"""The approval pack of a site: what geoplan can draft of it, and what is still missing."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from geoplan.report.area_table import official_rows
from geoplan.report.content import words
from geoplan.report.document import Block, Document, Figure, Heading, Paragraph, Table
from geoplan.report.layout_plan import SiteLayout, layout_table, site_layout
from geoplan.report.overlap import overlap_blocks
from geoplan.report.word import write_word
from geoplan.report.workbook import cell_value, write_workbook
from gis.crs.systems import reproject
from gis.errors import ConfigError, DataError, ModelError
from gis.files.coordinate_txt import write_coordinate_txt
from gis.files.write import write_drawing, write_features
from gis.files.write_shapefile import write_shapefile
from gis.say import say
from layers.plan.model import Plan
from layers.result import read_layer
from layers.spec import Frozen, Text
from siting.check.boundary import check_outline
from siting.check.outline import Outline, outline_faults
from siting.check.overlap import Overlap

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["Material", "MaterialList", "material_list", "write_pack"]


class Material(Frozen):
    """One thing the authority asks for."""

    id: str
    title: Text
    by: str
    file: str = ""
    note: Text | None = None


class MaterialList(Frozen):
    """The material list of a province."""

    title: Text
    source: str
    confidence: str
    note: Text
    item: tuple[Material, ...]


def material_list(province: str) -> MaterialList:
    """The material list of `province`, from ``geoplan/report/materials``.

    Raises
    ------
    ConfigError
        When there is none, naming those there are; or when the file is wrong.
    """
    folder = resources.files("geoplan.report").joinpath("materials")
    known = sorted(p.name.removesuffix(".toml") for p in folder.iterdir())
    if province not in known:
        raise ConfigError(
            say("geoplan.faults.no_material_list_this_province"),
            where="--province",
            got=province,
            expected=", ".join(known),
        )
    text = folder.joinpath(f"{province}.toml").read_text(encoding="utf-8")
    try:
        return MaterialList.model_validate(tomllib.loads(text))
    except ValidationError as err:
        raise ConfigError(
            say("geoplan.faults.material_list_wrong"), where=province, got=str(err)
        ) from err


def _site(run: Path, site: str) -> gpd.GeoDataFrame:
    sites = read_layer(run, "sites")
    found = sites[sites["site_id"] == site]
    if not len(found):
        some = ", ".join(map(str, sites["site_id"].head(12)))
        raise ConfigError(
            say("geoplan.faults.no_such_site"), where="--site", got=site, expected=some
        )
    return found.reset_index(drop=True)


def _points(site: gpd.GeoDataFrame, lang: str) -> pd.DataFrame:
    """Boundary points: ring, number, northing X, easting Y [m], lon, lat."""
    import pandas as pd
    import shapely

    lonlat = reproject(site, 4490, "sites")
    rows = []
    for part, (plane, geographic) in enumerate(
        zip(
            shapely.get_parts(site.geometry.to_numpy()),
            shapely.get_parts(lonlat.geometry.to_numpy()),
            strict=True,
        ),
        1,
    ):
        rings = zip(shapely.get_rings(plane), shapely.get_rings(geographic), strict=True)
        for ring, (a, b) in enumerate(rings, 1):
            xy, ll = shapely.get_coordinates(a)[:-1], shapely.get_coordinates(b)[:-1]
            rows += [
                (part, ring, f"J{k}", y, x, lon, lat)
                for k, ((x, y), (lon, lat)) in enumerate(zip(xy, ll, strict=True), 1)
            ]
    zh = ("地块", "圈号", "点号", "X 北 [m]", "Y 东 [m]", "经度 [°]", "纬度 [°]")
    en = ("parcel", "ring", "point", "X north [m]", "Y east [m]", "lon [deg]", "lat [deg]")
    frame = pd.DataFrame(rows, columns=list(zh if lang == "zh" else en))
    digits = dict(zip(frame.columns[3:], (3, 3, 8, 8), strict=True))
    return frame.round(digits)


def _checklist(
    materials: MaterialList, written: Mapping[str, Path], found: Overlap, lang: str
) -> pd.DataFrame:
    import pandas as pd

    say = words(lang)
    rows = []
    for item in materials.item:
        path = written.get(item.file) if item.file else None
        state = "pack.drafted" if path else "pack.missing"
        if item.by == "applicant":
            state = "pack.applicant"
        note = item.note(lang) if item.note else ""
        rows.append((item.title(lang), say(state), path.name if path else "", note))
    rows += [(a, say("pack.applicant"), "", say("approvals")) for a in found.approvals(lang)]
    columns = [say(f"pack.{k}") for k in ("item", "state", "file", "note")]
    return pd.DataFrame(rows, columns=columns)


def _table(id_: str, caption: str, frame: pd.DataFrame, most: int = 400) -> Table:
    def shown(value: Any) -> str:  # noqa: ANN401
        value = cell_value(value)
        return "" if value is None else str(value)

    rows = [[shown(v) for v in row] for row in frame.head(most).itertuples(index=False)]
    numeric = frozenset(i for i, c in enumerate(frame.columns) if frame[c].dtype.kind in "fi")
    return Table(id_, caption, [str(c) for c in frame.columns], rows, numeric)


def _gis_files(site: gpd.GeoDataFrame, layout: SiteLayout | None, out: Path) -> None:
    out.mkdir(exist_ok=True)
    named = site.rename(columns={"site_id": "name"})[["name", "area_m2", "geometry"]]
    (out / "site.gpkg").unlink(missing_ok=True)
    write_features(out / "site.gpkg", "site", site)
    write_shapefile(out / "site.shp", named)
    write_drawing(out / "site.kml", named)
    write_drawing(out / "site.dxf", named)
    if layout is None:
        return
    # apart from site.gpkg, which `geoplan check` takes as a boundary of one layer
    path, f = out / "layout.gpkg", layout.features
    path.unlink(missing_ok=True)
    plan = f[f["part"] != "rows"]
    for name, kind in (
        ("layout", "Polygon"),
        ("layout_lines", "Line"),
        ("layout_points", "Point"),
    ):
        of_kind = plan[plan.geometry.geom_type.str.contains(kind)]
        if len(of_kind):
            write_features(path, name, of_kind)
    write_features(path, "layout_rows", layout.part("rows"))
    write_drawing(out / "layout.dxf", f.rename(columns={"part": "layer"}))


def _optional(run: Path, layer: str) -> gpd.GeoDataFrame | None:
    try:
        return read_layer(run, layer)
    except DataError:
        return None


def _layout(
    plan: Plan, run: Path, site: str, substation_ha: float | None
) -> tuple[SiteLayout | None, str]:
    """The drawn plant, or why there is none."""
    try:
        return site_layout(plan, run, site, substation_ha=substation_ha), ""
    except (DataError, ModelError) as err:
        return None, str(err)


def write_pack(
    plan: Plan,
    run: Path,
    site: str,
    out: Path,
    *,
    province: str,
    lang: str,
    substation_ha: float | None = None,
) -> list[Path]:
    """Write the approval pack of `site` into the folder `out`.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Its finished run folder.
    site : str
        Id of a site of the run.
    out : Path
        Folder of the pack.
    province : str
        Which material list (``geoplan/report/materials``).
    lang : str
        ``"zh"`` or ``"en"``.
    substation_ha : float, optional
        Area of the substation of a PV plant [ha]; none is assumed.

    Returns
    -------
    list of Path
        The files written. The maps are drafts and never called 勘测定界图, which only a
        qualified survey unit may make.

    Raises
    ------
    ConfigError
        For an unknown site or province.
    """
    from geoplan.report.draw import draw_site_maps
    from geoplan.report.draw_layout import draw_layout_plan

    say = words(lang)
    materials = material_list(province)
    chosen = _site(run, site)
    out.mkdir(parents=True, exist_ok=True)
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    tech = str(chosen["tech"].iloc[0])
    outline = Outline(
        chosen, chosen.geometry.union_all(), str(chosen.crs), outline_faults(chosen)
    )
    found = check_outline(outline, plan, tech, path=site)
    layout, why = None, ""
    if tech == "pv":
        layout, why = _layout(plan, run, site, substation_ha)

    written: dict[str, Path] = dict(draw_site_maps(plan, run, site, out, lang=lang))
    if layout is not None:
        banner = say("cli.synthetic") if plan.plan.synthetic else ""
        path = out / (say("pack.f_layout", site=site) + ".png")
        routes = _optional(run, "routes")
        plans = draw_layout_plan(layout, chosen, routes, path, lang=lang, banner=banner)
        written["layout"], written["layout_pdf"] = plans
    written["coordinates"] = out / say("pack.f_coordinates", site=site)
    parcels = chosen.assign(parcel_no="1", name=site, use=say(f"cli.tech_{tech}"), dlbm="")
    write_coordinate_txt(written["coordinates"], parcels)
    points = _points(chosen, lang)
    tables: dict[str, pd.DataFrame] = {}
    if found.kinds is not None:
        tables[say("pack.area")] = official_rows(found.kinds, lang)
        written["area"] = out / say("pack.f_tables", site=site)
    if layout is not None:
        tables[say("pack.layout_areas")] = layout_table(layout, lang)
    tables[say("pack.points")] = points
    tables |= found.tables(lang)
    written["points"] = written["overlap"] = out / say("pack.f_tables", site=site)
    checklist = _checklist(materials, written, found, lang)
    write_workbook(written["overlap"], {say("pack.checklist"): checklist, **tables})
    _gis_files(chosen, layout, out / "gis")

    subtitle = f"{summary['plan']['title'][lang]} · {say('run_id')} {summary['run']['id']}"
    blocks: list[Block] = [Heading(1, say("pack.h_checklist"))]
    if plan.plan.synthetic:
        blocks.append(Paragraph(say("cli.synthetic"), "banner"))
    blocks += [
        Paragraph(materials.note(lang)),
        Paragraph(say("pack.source", source=materials.source), "note"),
        _table("checklist", materials.title(lang), checklist),
    ]
    for key in ("location", "layout"):
        picture = written.get(key)
        if picture is not None:
            png = picture.with_suffix(".png")
            title = say(f"pack.h_{key}")
            blocks += [Heading(1, title), Figure(key, title, png, title)]
    if layout is not None:
        title = say("pack.layout_areas")
        blocks += [
            _table("layout_areas", title, tables[title]),
            Paragraph(say("pack.layout_note"), "note"),
        ]
    elif why:
        blocks.append(Paragraph(say("pack.layout_failed", why=why), "note"))
    if found.kinds is not None:
        blocks += [
            Heading(1, say("pack.area")),
            _table("area", say("pack.area"), tables[say("pack.area")]),
            Paragraph(say("pack.area_note"), "note"),
        ]
    blocks += [Heading(1, say("pack.points")), _table("points", say("pack.points"), points)]
    blocks += overlap_blocks(found, lang)
    document = Document(
        title=say("pack.title", site=site),
        subtitle=subtitle,
        lang=lang,
        footer=f"{say('internal')} · {say('pack.not_survey')}",
        blocks=blocks,
    )
    word = write_word(document, out / say("pack.f_word", site=site))
    return [word, *dict.fromkeys(written.values()), out / "gis"]
