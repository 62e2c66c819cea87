"""The approval pack of a site: what geoplan can draft of it, and what is still missing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError

from geoplan.export.points import (
    decimals_of_points,
    pack_points,
    system_line,
    titled,
    write_points,
)
from geoplan.glossary import tech_word
from geoplan.register.packed import site_reviews
from geoplan.report.area_table import official_rows
from geoplan.report.document import (
    Block,
    Document,
    Figure,
    Heading,
    Paragraph,
    Table,
    headed,
)
from geoplan.report.frames import column_widths
from geoplan.report.layout_table import layout_table
from geoplan.report.overlap import (
    conclusion_sheet,
    overlap_blocks,
    pack_conclusion,
    plant_lines,
)
from geoplan.report.word import write_word
from geoplan.report.workbook import cell_value, shown_decimals, write_workbook
from geoplan.summary import read_run_summary
from gis.crs.systems import crs_name, reproject, same_crs
from gis.errors import ConfigError, DataError, ModelError
from gis.files.exchange.table import point_table
from gis.files.exchange.write import write_coordinate_txt
from gis.files.write import write_drawing, write_features
from gis.files.write_shapefile import write_shapefile
from gis.say import listed, say
from layers.model_faults import model_faults
from layers.plan.model import Plan, locality_of
from layers.result import Progress, optional_layer, read_layer
from layers.run_record import check_result
from layers.spec import Frozen, Text
from siting.check.boundary import check_outline
from siting.check.inner_outline import simple_site
from siting.check.outline import Outline, outline_faults
from siting.check.overlap import Overlap
from siting.pv.study.land_plan import SiteLayout, site_layout
from siting.rules.law import SourceStep
from siting.rules.words import step_word

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["Material", "MaterialList", "list_for", "material_list", "write_pack"]


class Material(Frozen):
    """One thing the authority asks for."""

    id: str
    title: Text
    by: str
    file: str = ""
    note: Text | None = None


class MaterialList(Frozen):
    """The material list of a province.

    Attributes
    ----------
    adcode
        The two digits the codes of its counties start with (GB/T 2260).
    """

    adcode: Annotated[str, Field(pattern=r"^\d{2}$")]
    title: Text
    source: Text
    source_step: SourceStep
    note: Text
    item: tuple[Material, ...]


_SIDE_M = 20.0  # a side this long is bent by less than a micrometre
_PARTS = 10  # of the work on a pack, alike in length


def _lists() -> dict[str, Traversable]:
    folder = resources.files("geoplan.report").joinpath("materials")
    return {p.name.removesuffix(".toml"): p for p in folder.iterdir()}


def list_for(adcode: str) -> str:
    """The name of the material list for the county with code `adcode`.

    Raises
    ------
    ConfigError
        When no list is of its province, naming those there are.

    Examples
    --------
    >>> list_for("150425")
    'inner_mongolia'
    """
    for name in sorted(_lists()):
        if adcode[:2] == material_list(name).adcode:
            return name
    raise ConfigError(
        say("geoplan.faults.no_material_list"),
        where="[area.boundary] adcode",
        got=adcode or "-",
        expected=listed(sorted(_lists())),
        todo=say("geoplan.faults.name_a_list"),
    )


def material_list(province: str) -> MaterialList:
    """The material list of `province`, from ``geoplan/report/materials``.

    Raises
    ------
    ConfigError
        When there is none, naming those there are; or when the file is wrong.
    """
    known = _lists()
    if province not in known:
        raise ConfigError(
            say("geoplan.faults.no_material_list"),
            where="--province",
            got=province,
            expected=listed(sorted(known)),
        )
    text = known[province].read_text(encoding="utf-8")
    try:
        return MaterialList.model_validate(tomllib.loads(text))
    except ValidationError as err:
        raise ConfigError(model_faults(err, known[province].name)) from err


def _site(run: Path, site: str) -> gpd.GeoDataFrame:
    sites = read_layer(run, "sites")
    found = sites[sites["site_id"] == site]
    if not len(found):
        some = ", ".join(map(str, sites["site_id"].head(12)))
        raise ConfigError(
            say("geoplan.faults.no_such_site"), where="--site", got=site, expected=some
        )
    return found.reset_index(drop=True)


def _turbines_mw(run: Path, site: gpd.GeoDataFrame) -> list[float]:
    """Capacity of each new turbine of the run that stands on the site [MW]."""
    layer = optional_layer(run, "greenfield_turbines")
    if layer is None or layer.empty:
        return []
    on = layer.to_crs(site.crs).within(site.geometry.union_all())
    return [float(kw) / 1e3 for kw in layer.loc[on, "capacity_kw"]]


def _checklist(
    materials: MaterialList, written: Mapping[str, Path], found: Overlap, lang: str
) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for item in materials.item:
        path = written.get(item.file) if item.file else None
        state = "drafted" if path else "missing"
        if item.by == "applicant":
            state = "applicant"
        note = item.note(lang) if item.note else ""
        rows.append(
            (
                item.title(lang),
                say(f"geoplan.pack.{state}")(lang),
                path.name if path else "",
                note,
            )
        )
    rows += [
        (a, say("geoplan.pack.applicant")(lang), "", say("geoplan.report.approvals")(lang))
        for a in found.approvals(lang)
    ]
    columns = [say(f"geoplan.pack.{k}")(lang) for k in ("item", "state", "file", "note")]
    return pd.DataFrame(rows, columns=columns)


def _fixed(value: float, form: str) -> str:
    """A number with all its decimals, empty where there is none."""
    return "" if value != value else format(value, form)


def _table(
    id_: str, caption: str, frame: pd.DataFrame, fine: Mapping[str, int] = MappingProxyType({})
) -> Table:
    """`fine` has the decimals of columns in which every row has as many."""

    def shown(value: Any) -> str:  # noqa: ANN401
        value = cell_value(value)
        return "" if value is None else str(value)

    numbers = [str(c) for c in frame if frame[c].dtype.kind in "fi"]
    forms = {c: f",.{d}f" for c in numbers if (d := shown_decimals(c)) is not None}
    forms |= {c: f".{d}f" for c, d in fine.items()}
    told = frame.assign(**{c: [_fixed(v, x) for v in frame[c]] for c, x in forms.items()})
    rows = [[shown(v) for v in row] for row in told.itertuples(index=False)]
    numeric = frozenset(i for i, c in enumerate(frame.columns) if c in numbers)
    headers = [str(c) for c in frame.columns]
    widths = column_widths(headers, rows, numeric)
    return Table(id_, caption, headers, rows, numeric, widths)


def _gis_files(
    chosen: gpd.GeoDataFrame,
    edge: gpd.GeoDataFrame,
    layout: SiteLayout | None,
    zone: str,
    out: Path,
) -> None:
    out.mkdir(exist_ok=True)
    site, legal = reproject(chosen, zone, "sites"), reproject(edge, zone, "sites")
    named = site.rename(columns={"site_id": "name"})[["name", "area_m2", "geometry"]]
    (out / "site.gpkg").unlink(missing_ok=True)
    write_features(out / "site.gpkg", "site", site)
    write_shapefile(out / "site.shp", named)
    write_drawing(out / "site.kml", named)
    write_drawing(out / "site.dxf", named)
    # the edge the run cut, apart for the same reason as the layout
    (out / "legal_edge.gpkg").unlink(missing_ok=True)
    write_features(out / "legal_edge.gpkg", "legal_edge", legal)
    if layout is None:
        return
    # apart from site.gpkg, which `geoplan check` takes as a boundary of one layer
    # a straight side is bent in another zone: with corners on it parts still meet there
    f = layout.features
    if not same_crs(f.crs, zone):
        f = reproject(f.set_geometry(f.geometry.segmentize(_SIDE_M)), zone, "sites")
    path = out / "layout.gpkg"
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
    write_features(path, "layout_rows", f[f["part"] == "rows"])
    write_drawing(out / "layout.dxf", f.rename(columns={"part": "layer"}))


def _layout(
    plan: Plan,
    run: Path,
    site: gpd.GeoDataFrame,
    substation_ha: float | None,
    lang: str,
) -> tuple[SiteLayout | None, str]:
    """The drawn plant, or why there is none."""
    try:
        name, shape = str(site["site_id"].iloc[0]), site.geometry.iloc[0]
        return site_layout(plan, run, name, substation_ha=substation_ha, shape=shape), ""
    except (DataError, ModelError) as err:
        return None, err.text(lang)


def write_pack(
    plan: Plan,
    run: Path,
    site: str,
    out: Path,
    *,
    province: str,
    lang: str,
    substation_ha: float | None = None,
    register: Path | None = None,
    progress: Progress = lambda *_: None,
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
    register : path, optional
        The register with the reviewer's sign-off, where it is not the plan's own.
    progress : callable
        Told how many of the parts are done.

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

    materials = material_list(province or list_for(locality_of(plan).adcode))
    check_result(run)
    legal = _site(run, site)
    zone = point_table(legal).crs.to_string()  # one in the whole pack
    simple = simple_site(legal, plan.area.cell_m, zone)
    chosen = simple.sites
    out.mkdir(parents=True, exist_ok=True)
    summary = read_run_summary(run)
    tech = str(chosen["tech"].iloc[0])
    parcels = chosen.assign(parcel_no="1", name=site, use=tech_word(tech)(lang), dlbm="")
    findings = outline_faults(reproject(chosen, zone, site))
    outline = Outline(chosen, chosen.geometry.union_all(), crs_name(zone), findings)
    progress("pack", 1, _PARTS)
    found = check_outline(outline, plan, tech, path=site)
    progress("pack", 3, _PARTS)
    layout, why = None, ""
    if tech == "pv":
        layout, why = _layout(plan, run, chosen, substation_ha, lang)
    progress("pack", 5, _PARTS)

    written: dict[str, Path] = dict(draw_site_maps(run, chosen, out, lang=lang))
    if layout is not None:
        banner = say("geoplan.cli.synthetic")(lang) if plan.plan.synthetic else ""
        path = out / (say("geoplan.pack.f_layout", site=site)(lang) + ".png")
        routes = optional_layer(run, "routes")
        plans = draw_layout_plan(layout, chosen, routes, path, lang=lang, banner=banner)
        written["layout"], written["layout_pdf"] = plans
    progress("pack", 7, _PARTS)
    written["coordinates"] = out / say("geoplan.pack.f_coordinates", site=site)(lang)
    write_coordinate_txt(written["coordinates"], parcels, crs=zone)
    points = pack_points(chosen, lang, zone)
    stem = say("geoplan.points.folder")(lang), say("geoplan.points.file", name=site)(lang)
    written["points"], written["points_word"] = write_points(
        out.joinpath(*stem), parcels, title=titled(site, plan, lang), crs=zone, lang=lang
    )
    tables: dict[str, pd.DataFrame] = {}
    if found.kinds is not None:
        tables[say("geoplan.pack.area")(lang)] = official_rows(found.kinds, lang)
        written["area"] = out / say("geoplan.pack.f_tables", site=site)(lang)
    if layout is not None:
        tables[say("geoplan.pack.layout_areas")(lang)] = layout_table(
            layout, lang, found.area_m2
        )
    tables[say("geoplan.pack.points")(lang)] = points
    tables |= found.tables(lang)
    written["overlap"] = out / say("geoplan.pack.f_tables", site=site)(lang)
    signed = site_reviews(plan, run, site, lang, register=register)
    tables[say("geoplan.review.sheet")(lang)] = signed.table
    checklist = signed.listed(_checklist(materials, written, found, lang), written["overlap"])
    plant = plant_lines(tech, float(chosen["capacity_mw"].iloc[0]), _turbines_mw(run, chosen))
    conclusion = pack_conclusion(found, simple, plant, lang)
    if plan.plan.synthetic:
        conclusion.insert(0, Paragraph(say("geoplan.cli.synthetic")(lang), "banner"))
    first = {
        say("geoplan.pack.h_conclusion")(lang): conclusion_sheet(conclusion, lang),
        say("geoplan.pack.checklist")(lang): checklist,
    }
    write_workbook(written["overlap"], first | tables, decimals_of_points(points))
    _gis_files(chosen, legal, layout, zone, out / "gis")
    signed.write(out / "gis")  # for other programs; people read the sheet and the chapter

    run_id = f"{say('geoplan.report.run_id')(lang)} {summary.run.id}"
    subtitle = f"{summary.plan.title(lang)} · {run_id}"
    step = step_word(materials.source_step)
    source = say("geoplan.pack.source", source=materials.source, step=step)
    blocks: list[Block] = [
        Heading(1, say("geoplan.pack.h_conclusion")(lang)),
        *conclusion,
        Heading(1, say("geoplan.pack.h_checklist")(lang)),
        Paragraph(materials.note(lang)),
        Paragraph(source(lang), "note"),
        _table("checklist", materials.title(lang), checklist),
        Heading(1, say("geoplan.review.heading")(lang)),
        Paragraph(signed.words),
        Paragraph(say("geoplan.review.note")(lang), "note"),
    ]
    if signed.reviews:
        blocks.append(_table("reviews", say("geoplan.review.heading")(lang), signed.shown))
    for key in ("location", "layout"):
        picture = written.get(key)
        if picture is not None:
            png = picture.with_suffix(".png")
            title = say(f"geoplan.pack.h_{key}")(lang)
            blocks += [Heading(1, title), Figure(key, title, png, title)]
    if layout is not None:
        title = say("geoplan.pack.layout_areas")(lang)
        blocks += [
            _table("layout_areas", title, tables[title]),
            Paragraph(say("geoplan.pack.layout_note")(lang), "note"),
        ]
    elif why:
        blocks.append(Paragraph(say("geoplan.pack.layout_failed", why=why)(lang), "note"))
    if found.kinds is not None:
        title = say("geoplan.pack.area")(lang)
        blocks += [
            Heading(1, title),
            _table("area", title, tables[title]),
            Paragraph(say("geoplan.pack.area_note")(lang), "note"),
        ]
    blocks += [
        Heading(1, say("geoplan.pack.points")(lang)),
        Paragraph(system_line(point_table(parcels, zone))(lang), "note"),
        _table("points", say("geoplan.pack.points")(lang), points, decimals_of_points(points)),
    ]
    blocks += overlap_blocks(found, lang)
    document = Document(
        title=say("geoplan.pack.title", site=site)(lang),
        subtitle=subtitle,
        lang=lang,
        footer=" · ".join(
            (say("geoplan.report.internal")(lang), say("geoplan.pack.not_survey")(lang))
        ),
        blocks=headed(blocks, lang),
    )
    progress("pack", _PARTS - 1, _PARTS)
    word = write_word(document, out / say("geoplan.pack.f_word", site=site)(lang))
    progress("pack", _PARTS, _PARTS)
    return [word, *dict.fromkeys(written.values()), out / "gis"]
