"""A finished run for QGIS, written without QGIS: default styles and a project."""

from __future__ import annotations

import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from geoplan.glossary import tech_word
from geoplan.maps.contents import RunContents, vector_themes
from geoplan.maps.judged import thinly_judged
from geoplan.maps.raster_notes import raster_note
from geoplan.maps.themes import VectorTheme, themes
from geoplan.report.qgis.base import RELIEF_ORDER, BaseFiles, relief_layer, relief_shown
from geoplan.report.qgis.layouts import (
    ELIGIBILITY,
    THIN,
    Shown,
    hatching_names,
    layout_elements,
)
from geoplan.report.qgis.place import (
    map_canvas,
    project_properties,
    reference_system,
    sheet_land,
)
from geoplan.report.qgis.rasters import Picture, picture_layer, pictures_of
from geoplan.report.qgis.style import (
    MOST_CLASSES,
    LayerFacts,
    hatched_elements,
    layer_look,
    style_elements,
)
from geoplan.summary import RunSummary
from gis.crs.systems import as_crs
from gis.files.plain_text import washed
from gis.say import both, listed, say
from layers.spec import Text

__all__ = ["write_qgis"]

_VERSION = "3.22.0"  # the oldest QGIS the files were opened with
_ID_PREFIX = "geoplan_layer"  # QGIS gives a layer whose id is under 11 characters another
_ID_COLUMNS = {"fid", "geom", "ogc_fid"}
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same run gives the same bytes
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_THIN_MM = 4.0  # lines over a whole county stand further apart than those over parts of it
_THIN_Z = 40  # over land, under lines and names
_GEOMETRY = {"polygon": "Polygon", "line": "Line", "point": "Point"}
# as QGIS makes the table itself when a user saves a style into a GeoPackage
_STYLES_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30), update_time DATETIME)
"""


@dataclass(frozen=True)
class _Layer:
    """A layer of the project: a table, or the rows of one target of a table."""

    id: str
    title: str
    facts: LayerFacts
    theme: VectorTheme
    geometry_column: str
    subset: str
    style: tuple[ET.Element, ...]
    key: str = ""
    visible: bool = False
    file: str = ""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _facts(db: sqlite3.Connection, name: str, theme: VectorTheme) -> LayerFacts:
    rows = db.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()
    columns = {r[1]: str(r[2]).upper() for r in rows if r[1].lower() not in _ID_COLUMNS}
    field = layer_look(theme, columns)
    if not field:
        return LayerFacts(name, columns)
    column = _quoted(field)
    known = f"FROM {_quoted(name)} WHERE {column} IS NOT NULL"
    # one more than a legend takes is enough to know that there are too many
    sql = f"SELECT DISTINCT {column} {known} ORDER BY 1 LIMIT {MOST_CLASSES + 1}"
    values = [r[0] for r in db.execute(sql)]
    if columns[field] == "BOOLEAN":
        values = [bool(v) for v in values]
    numbers: tuple[float, ...] = ()
    if theme.ramp and values and all(isinstance(v, int | float) for v in values):
        numbers = tuple(float(r[0]) for r in db.execute(f"SELECT {column} {known}"))
    empty = f"SELECT EXISTS (SELECT 1 FROM {_quoted(name)} WHERE {column} IS NULL)"
    (holes,) = db.execute(empty).fetchone()
    sure, late = tuple(values), ()
    if "provisional" in columns:
        sure, late = (
            tuple(r[0] for r in db.execute(f"SELECT DISTINCT {column} {known} AND {which}"))
            for which in ("NOT coalesce(provisional, 0)", "provisional")
        )
    return LayerFacts(name, columns, tuple(values), numbers, bool(holes), sure, late)


def _split(
    db: sqlite3.Connection, facts: LayerFacts, theme: VectorTheme
) -> list[tuple[str, str]]:
    """Value and condition of every layer a table gives."""
    if theme.split not in facts.columns:
        return [("", "")]
    column = _quoted(theme.split)
    sql = f"SELECT DISTINCT {column} FROM {_quoted(facts.name)} ORDER BY 1"
    values = [str(r[0]) for r in db.execute(sql)]
    return [(v, f"{column} = '{v.replace(chr(39), chr(39) * 2)}'") for v in values]


def _rings(db: sqlite3.Connection, name: str, theme: VectorTheme, subset: str) -> list[float]:
    """What rings of a layer say, where its title names them."""
    if "{label}" not in theme.title("en"):
        return []
    sql = f"SELECT DISTINCT {_quoted(theme.label)} FROM {_quoted(name)}"
    sql += f" WHERE {subset}" if subset else ""
    return [float(r[0]) for r in db.execute(f"{sql} ORDER BY 1")]


def _title(
    theme: VectorTheme,
    name: str,
    part: str,
    names: Mapping[str, str],
    rings: Sequence[float],
    lang: str,
) -> str:
    tech = name.partition("_")[2] if theme.layer.endswith("_*") else ""
    spoken = tech_word(tech)(lang) if "{tech}" in theme.title(lang) else tech
    label = listed(f"{v:g}" for v in rings)(lang)
    return theme.title(lang).format(tech=spoken, name=names.get(part, part), label=label)


def _layers(
    db: sqlite3.Connection,
    looks: Sequence[VectorTheme],
    names: Mapping[str, str],
    field_title: Callable[[str], str],
    file: str,
    lang: str,
) -> list[_Layer]:
    out = []
    rows = db.execute("SELECT table_name, column_name FROM gpkg_geometry_columns ORDER BY 1")
    for name, geometry in rows.fetchall():
        theme = next((v for v in looks if fnmatchcase(name, v.layer)), None)
        rows_there = f"SELECT EXISTS(SELECT 1 FROM {_quoted(name)})"
        if theme is None or not db.execute(rows_there).fetchone()[0]:  # nothing to be seen
            continue
        facts = _facts(db, name, theme)
        titles = {c: field_title(c) for c in facts.columns}
        for part, subset in _split(db, facts, theme):
            style = style_elements(theme, facts, titles, lang)
            out.append(
                _Layer(
                    id="_".join(filter(None, (_ID_PREFIX, name, part))),
                    title=_title(
                        theme, name, part, names, _rings(db, name, theme, subset), lang
                    ),
                    facts=facts,
                    theme=theme,
                    geometry_column=geometry,
                    subset=subset,
                    style=tuple(style),
                    file=file,
                )
            )
    return sorted(out, key=_upwards)


def _upwards(layer: _Layer) -> tuple[float, str]:
    return (-layer.theme.order, layer.id)


def _thin_layers(
    layers: Sequence[_Layer], contents: RunContents, first: str, lang: str
) -> Iterator[_Layer]:
    """Hatching over the county for each technology of which too little was judged."""
    county = next((x for x in layers if x.facts.name == "county"), None)
    if county is None:
        return
    for tech in thinly_judged(contents):
        words = both(say("geoplan.qgis.thin", tech=tech_word(tech)))
        look = county.theme.model_copy(
            update={"group": "eligibility", "title": Text.model_validate(words), "z": _THIN_Z}
        )
        yield replace(
            county,
            id=f"geoplan_thin_{tech}",
            title=words[lang],
            theme=look,
            style=tuple(hatched_elements(look, _THIN_MM)),
            key=f"v-{THIN}{tech}",
            visible=tech == first,
        )


def _first_shown(pictures: Sequence[Picture]) -> str:
    """Technology whose land states are on when the project is opened; empty for none."""
    on = [x.key for x in pictures if x.visible and x.key.startswith(ELIGIBILITY)]
    return on[0].removeprefix(ELIGIBILITY) if on else ""


def _qml(layer: _Layer) -> str:
    root = ET.Element("qgis", version=_VERSION, styleCategories="AllStyleCategories")
    root.set("labelsEnabled", "1" if any(e.tag == "labeling" for e in layer.style) else "0")
    root.extend(layer.style)
    return _DOCTYPE + ET.tostring(root, encoding="unicode")


def _write_styles(db: sqlite3.Connection, layers: list[_Layer], lang: str) -> None:
    """Default style of every layer; QGIS takes it when the layer is added."""
    stamp = db.execute("SELECT max(last_change) FROM gpkg_contents").fetchone()[0]
    db.execute("DROP TABLE IF EXISTS layer_styles")
    db.execute(_STYLES_TABLE)
    done: set[str] = set()
    for layer in layers:
        name = layer.facts.name
        if name in done:
            continue
        done.add(name)
        db.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, "
            "owner, ui, update_time) VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', NULL, ?)",
            (
                name,
                layer.geometry_column,
                name[:30],
                _qml(layer),
                say("geoplan.qgis.style")(lang),
                stamp,
            ),
        )
    db.execute("DELETE FROM gpkg_contents WHERE table_name = 'layer_styles'")
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, "
        "last_change) VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
        (stamp,),
    )
    db.execute("DELETE FROM gpkg_ogr_contents WHERE table_name = 'layer_styles'")
    db.execute("INSERT INTO gpkg_ogr_contents VALUES ('layer_styles', ?)", (len(done),))
    db.commit()


def _map_layer(layer: _Layer, reference: ET.Element) -> ET.Element:
    out = ET.Element(
        "maplayer",
        {
            "type": "vector",
            "geometry": _GEOMETRY[layer.theme.geometry],
            "labelsEnabled": "1" if any(e.tag == "labeling" for e in layer.style) else "0",
            "autoRefreshEnabled": "0",
        },
    )
    if layer.theme.shown_from:
        scale = str(layer.theme.shown_from)
        out.attrib |= {"hasScaleBasedVisibilityFlag": "1", "minScale": scale, "maxScale": "0"}
    ET.SubElement(out, "id").text = layer.id
    source = f"./{layer.file}|layername={layer.facts.name}"
    ET.SubElement(out, "datasource").text = source + (
        f"|subset={layer.subset}" if layer.subset else ""
    )
    ET.SubElement(out, "layername").text = layer.title
    ET.SubElement(out, "provider", encoding="UTF-8").text = "ogr"
    ET.SubElement(out, "srs").append(reference)
    out.extend(layer.style)
    return out


def _note(picture: Picture, summary: RunSummary | None, lang: str) -> str:
    said = raster_note(picture.theme.note, summary) if summary is not None else None
    return said(lang) if said is not None else ""


def _shown(
    layers: list[_Layer],
    pictures: list[Picture],
    summary: RunSummary | None,
    relief: Path | None,
    lang: str,
) -> list[Shown]:
    """All layers, the uppermost first; pictures lie under what is drawn as lines."""
    own = [
        Shown(
            id=x.id,
            key=x.key
            or "-".join(
                filter(
                    None,
                    (f"v-{x.facts.name}", x.id.removeprefix(f"{_ID_PREFIX}_{x.facts.name}")),
                )
            ),
            title=x.title,
            group=x.theme.group,
            visible=x.theme.visible if not x.key else x.visible,
            provider="ogr",
            source=f"./{x.file}|layername={x.facts.name}",
            shown_from=x.theme.shown_from,
            headed=bool(x.theme.style_by),
        )
        for x in layers
    ]
    if relief is not None:
        above = sum(x.theme.order > RELIEF_ORDER for x in layers)
        own.insert(above, relief_shown(relief, lang))
    beneath = [
        Shown(
            id=x.id,
            key=x.key,
            title=x.title,
            group=x.theme.group,
            visible=x.visible,
            provider="gdal",
            source=f"./{x.file}",
            lines=x.lines,
            headed=True,
            quantity=x.theme.kind == "ramp",
            about=_note(x, summary, lang),
        )
        for x in pictures
    ]
    return [*own, *beneath]


def _tree(layers: list[Shown], lang: str) -> ET.Element:
    """Groups as on the web map; the drawing order is the map's, across groups."""
    root = ET.Element("layer-tree-group")
    for group in themes().group:
        mine = [x for x in layers if x.group == group.id]
        if not mine:
            continue
        branch = ET.SubElement(
            root,
            "layer-tree-group",
            {"name": group.title(lang), "checked": "Qt::Checked", "expanded": "1"},
        )
        branch.extend(x.element() for x in mine)
    order = ET.SubElement(root, "custom-order", enabled="1")
    for layer in layers:
        ET.SubElement(order, "item").text = layer.id
    return root


def write_qgis(
    gpkg: Path,
    *,
    lang: str,
    title: str,
    names: Mapping[str, str],
    field_title: Callable[[str], str],
    contents: RunContents | None = None,
    base: BaseFiles | None = None,
) -> Path:
    """Give `gpkg` default styles and write a QGIS project beside it.

    Parameters
    ----------
    gpkg : Path
        GeoPackage with at least one layer of a run; a table ``layer_styles`` is added.
    lang : {"zh", "en"}
        Language of layer names, legends, labels and field titles.
    title : str
        Title of the project.
    names : mapping
        Id of a target or of a case of facilities -> its title.
    field_title : callable
        Column -> its title.
    contents : RunContents, optional
        The run beside `gpkg`: its rasters become layers and every subject of the web map a
        print layout (A3, landscape). Without it there are only the vectors.
    base : BaseFiles, optional
        Of `geoplan.report.qgis.base.write_base`, in the folder of `gpkg`.

    Returns
    -------
    Path
        ``<name>.qgz``. It points to the GeoPackage and the rasters by relative paths: the
        folder may be moved whole. Colours are those of the web map
        (``geoplan/maps/themes.toml``).

    References
    ----------
    OGC 12-128r18, GeoPackage Encoding Standard 1.3.1, clause 2.4 (attributes).
    """
    looks = themes().vector if contents is None else vector_themes(contents.summary)
    with closing(sqlite3.connect(gpkg)) as db:
        layers = _layers(db, looks, names, field_title, gpkg.name, lang)
        _write_styles(db, layers, lang)
        beneath = base or BaseFiles()
        if beneath.features is not None:
            with closing(sqlite3.connect(beneath.features)) as own:
                file = beneath.features.name
                layers += _layers(own, looks, names, field_title, file, lang)
            layers.sort(key=_upwards)
        reference = reference_system(db)
        root = ET.Element("qgis", version=_VERSION, projectname=title)
        ET.SubElement(root, "homePath", path="")
        ET.SubElement(root, "title").text = title
        ET.SubElement(root, "projectCrs").append(reference)
        pictures = pictures_of(contents, lang) if contents is not None else []
        if contents is not None:
            first = _first_shown(pictures)
            layers = [
                x
                if x.facts.name not in hatching_names(first)
                else replace(x, key=f"v-{x.facts.name}", visible=True)
                for x in layers
            ]
            layers += _thin_layers(layers, contents, first, lang)
            layers.sort(key=_upwards)
        about = contents.summary if contents is not None else None
        shown = _shown(layers, pictures, about, beneath.relief, lang)
        root.append(_tree(shown, lang))
        root.append(map_canvas(db, reference))
        bounds = sheet_land(db)
    stack = ET.SubElement(root, "projectlayers")
    stack.extend(_map_layer(x, reference) for x in layers)
    if beneath.relief is not None:
        stack.append(relief_layer(beneath.relief, reference, lang))
    stack.extend(picture_layer(x, reference) for x in pictures)
    if contents is not None:
        code = reference.findtext("authid") or ""
        root.append(layout_elements(shown, contents, bounds, as_crs(code), lang))
    root.append(project_properties())
    text = washed(_DOCTYPE + ET.tostring(root, encoding="unicode"))
    out = gpkg.with_suffix(".qgz")
    entry = zipfile.ZipInfo(f"{gpkg.stem}.qgs", date_time=_ZIP_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(entry, text)
    return out
