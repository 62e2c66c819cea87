"""A finished run in the formats asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.export.ask import Wanted, chosen_layers, chosen_rasters, layer_title, titles_of
from geoplan.export.fields import FIELDS, field_rows, field_table, with_earlier
from geoplan.export.folder import export_folder, staged
from geoplan.export.origin import metadata_xml, origin_of, source_lines, source_table
from geoplan.export.points import write_points
from geoplan.export.rasters import write_rasters
from geoplan.export.system import target_crs
from geoplan.glossary import tech_word
from geoplan.report.exports import field_docs, run_tables
from geoplan.summary import RunSummary, read_run_summary
from gis.errors import ConfigError
from gis.files.export.drawing import CadLayer, write_dxf
from gis.files.export.frames import Held, attributes, kind_of, of_one_kind
from gis.files.export.geodatabase import write_geodatabase
from gis.files.export.globe import write_kml
from gis.files.export.portable import write_flatgeobuf, write_geoparquet
from gis.files.notes import Note
from gis.files.plain_text import washed
from gis.files.write import write_coordinate_txt, write_features
from gis.files.write_shapefile import write_shapefile
from gis.say import listed, say
from layers.plan.model import Plan
from layers.result import Progress
from layers.run_lock import Tell
from layers.run_record import check_result

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["write_results"]

_RESERVED = frozenset(
    ("con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10)))
)
# AutoCAD's colours, near those of the map: green, yellow, red, grey, magenta
_CAD_COLOURS = {"left": 3, "conditional": 2, "taken": 1, "unknown": 8, "provisional": 6}
_CAD_PARTS = ("site_id", "state", "tech", "layer")
_CAD_LABELS = ("site_id", "name")
_WHITE = 7


def file_stem(name: str) -> str:
    """A name as every system takes it for a file.

    Examples
    --------
    >>> file_stem("sites"), file_stem("aux"), file_stem("a/b:c")
    ('sites', 'aux_', 'a_b_c')
    """
    clean = "".join(c if c.isalnum() or c in "-_." else "_" for c in name).strip(". ") or "_"
    return f"{clean}_" if clean.partition(".")[0].lower() in _RESERVED else clean


def write_results(
    plan: Plan,
    run: Path,
    ask: Wanted,
    to: Path | None,
    *,
    lang: str,
    tell: Tell,
    progress: Progress = lambda *_: None,
) -> list[Path]:
    """Write a finished run as files.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Its finished run folder.
    ask : Wanted
        Formats, layers and the rest; ``postgis`` is no file and passed over.
    to : Path, optional
        Folder; ``exports`` below the run when not given.
    lang : str
        Of aliases, titles and remarks.
    tell : callable
        Told what a format could not hold.
    progress : callable
        Told how many of the formats are written; what they share counts as one.

    Returns
    -------
    list of Path
        Files and databases that were written, all of them or none.

    Raises
    ------
    ConfigError
        For a layer or a site the run does not have, or a folder inside the run.
    DataError
        When a file that is not an export's own would be written over, or the disk fails.
    """
    kinds = [k for k in ask.formats if k != "postgis"]
    folder = export_folder(run, to)
    check_result(run)
    for line in ask.told:
        tell(line)
    progress("results", 0, len(kinds) + 1)
    layers = chosen_layers(plan, run, ask, tell=tell)
    summary = read_run_summary(run)
    with staged(folder) as out:
        made = _Made(plan, run, ask, layers, summary, lang, tell)
        for done, kind in enumerate(kinds, start=1):
            progress("results", done, len(kinds) + 1)
            _WRITERS[kind](made, out.folder)
        rows = with_earlier(folder, made.rows, made.files)
        field_table(rows).to_csv(out.folder / FIELDS, index=False, encoding="utf-8-sig")
        origin = source_table(summary, lang)
        origin.to_csv(out.folder / "sources.csv", index=False, encoding="utf-8-sig")
    progress("results", 1, 1)
    return out.written


class _Made:
    """What every writer needs of one export."""

    def __init__(
        self,
        plan: Plan,
        run: Path,
        ask: Wanted,
        layers: Mapping[str, gpd.GeoDataFrame],
        summary: RunSummary,
        lang: str,
        tell: Tell,
    ) -> None:
        self.plan, self.run, self.ask, self.layers = plan, run, ask, layers
        self.summary, self.lang, self.tell = summary, lang, tell
        columns = [str(c) for g in layers.values() for c in g.columns]
        self.tables: dict[str, pd.DataFrame] = {}
        if not ask.layers and not ask.site:
            self.tables = dict(run_tables(run))
            columns += [str(c) for t in self.tables.values() for c in t.columns]
        self.columns = list(dict.fromkeys(columns))
        self.titles = titles_of(plan, self.columns, lang)
        self.names = {n: layer_title(n, lang) for n in layers}
        self.origin = origin_of(summary, lang)
        self.files: list[str] = []
        self.rows: list[tuple[str, ...]] = []

    def keep(self, file: str, held: Sequence[Held]) -> None:
        """Note what a file holds; columns of a layer under its own name."""
        self.files.append(file)
        self.rows += field_rows(file, held, field_docs(self.plan))

    def each(self, suffix: str, folder: Path) -> dict[Path, gpd.GeoDataFrame]:
        """File -> layer of one kind of geometry, in a folder of its own."""
        folder.mkdir()
        return {
            folder / f"{file_stem(name)}{suffix}": part
            for layer, gdf in self.layers.items()
            for name, part in of_one_kind(layer, gdf).items()
        }

    def title(self) -> str:
        """Title of the plan, with what is to be known of its data."""
        name = self.summary.plan.title(self.lang)
        if self.plan.plan.synthetic:
            return f"{name} \u00b7 {say('geoplan.cli.synthetic')(self.lang)}"
        return name

    def points_crs(self, gdf: gpd.GeoDataFrame) -> str:
        """System of coordinate texts and points: the one asked for, else with zone number."""
        asked = gdf.crs if self.ask.crs else target_crs("cgcs2000-3-zone", gdf)
        return str(asked.to_string())

    def polygons(self) -> dict[str, gpd.GeoDataFrame]:
        """Layers of parcels: those named, else the sites.

        Raises
        ------
        ConfigError
            When none of them holds polygons.
        """
        asked = self.ask.layers or ("sites",)
        found = {n: g for n, g in self.layers.items() if n in asked and kind_of(g) == "polygon"}
        if not found:
            raise ConfigError(
                say("geoplan.export.no_polygons"), where="--layers", got=listed(asked)
            )
        without = [n for n in self.ask.layers if n in self.layers and n not in found]
        if without:
            kinds = listed(f for f in ("txt", "points") if f in self.ask.formats)
            names = listed(without)
            self.tell(say("geoplan.export.left_out_of_tables", formats=kinds, layers=names))
        return found


def _gpkg(made: _Made, folder: Path) -> None:
    held: list[Held] = []
    for name, gdf in made.layers.items():
        write_features(folder / "results.gpkg", name, gdf, metadata=made.origin, held=held)
    made.keep("results.gpkg", held)


def _gdb(made: _Made, folder: Path) -> None:
    file, held, docs = "results.gdb", list[Held](), field_docs(made.plan)
    write_geodatabase(
        folder / file,
        made.layers,
        tables={**made.tables, "sources": source_table(made.summary, made.lang)},
        fields=made.titles,
        names=made.names,
        documentation=metadata_xml(made.origin),
        held=held,
        field_list=lambda found: field_table(field_rows(file, found, docs)).drop(
            columns="file"
        ),
    )
    made.keep(file, held)


def _shp(made: _Made, folder: Path) -> None:
    notes: list[Note] = []
    for path, gdf in made.each(".shp", folder / "shp").items():
        held: list[Held] = []
        write_shapefile(path, gdf, encoding=made.ask.encoding, notes=notes, held=held)
        made.keep(f"shp/{path.name}", held)
        about = path.with_name(f"{path.name}.xml")
        about.write_text(metadata_xml(made.origin), encoding="utf-8")
    for note in notes:
        name = Path(note.where).name
        made.tell(say("gis.say.at", where=name, what=note.text))


def _fgb(made: _Made, folder: Path) -> None:
    for path, gdf in made.each(".fgb", folder / "fgb").items():
        held: list[Held] = []
        write_flatgeobuf(path, gdf, fields=made.titles, metadata=made.origin, held=held)
        made.keep(f"fgb/{path.name}", held)


def _parquet(made: _Made, folder: Path) -> None:
    for path, gdf in made.each(".parquet", folder / "parquet").items():
        held: list[Held] = []
        write_geoparquet(path, gdf, metadata=made.origin, held=held)
        made.keep(f"parquet/{path.name}", held)


def _kml(made: _Made, folder: Path, suffix: str = "kml") -> None:
    write_kml(
        folder / f"results.{suffix}",
        made.layers,
        title=made.title(),
        remark="\n".join(
            [
                f"{say('geoplan.report.run_id')(made.lang)} {made.summary.run.id}",
                *source_lines(made.summary, made.lang),
            ]
        ),
        fields=made.titles,
        names=made.names,
    )
    own = {n: [c for c in attributes(g) if g[c].notna().any()] for n, g in made.layers.items()}
    held = [Held(n, n, {c: washed(c) for c in columns}) for n, columns in own.items()]
    made.keep(f"results.{suffix}", held)


def _kmz(made: _Made, folder: Path) -> None:
    _kml(made, folder, "kmz")


def _dxf(made: _Made, folder: Path) -> None:
    drawn = [part for name, gdf in made.layers.items() for part in _cad(name, gdf)]
    lines = [made.title(), made.summary.run.id, *source_lines(made.summary, made.lang)]
    write_dxf(folder / "results.dxf", drawn, lang=made.lang, remarks=lines)


def _cad(name: str, gdf: gpd.GeoDataFrame) -> list[CadLayer]:
    """One layer of the drawing for each site, state or technology of a layer."""
    by = next((c for c in _CAD_PARTS if c in gdf), "")
    label = next((c for c in _CAD_LABELS if c in gdf), "")
    groups = gdf.groupby(by, sort=True, dropna=False) if by else [("", gdf)]
    return [
        CadLayer(
            f"{name}_{value}" if by else name,
            part,
            ["" if v is None or v != v else str(v) for v in part[label]] if label else (),
            _CAD_COLOURS.get(str(value), _WHITE),
        )
        for value, part in groups
    ]


def _cog(made: _Made, folder: Path) -> None:
    rasters = chosen_rasters(made.run, made.ask)
    write_rasters(made.run, rasters, folder / "cog", lang=made.lang, origin=made.origin)


def _txt(made: _Made, folder: Path) -> None:
    out = folder / "txt"
    out.mkdir()
    for name, gdf in made.polygons().items():
        frame = gdf
        if "site_id" in gdf:
            frame = gdf.assign(parcel_no=gdf["site_id"], name=gdf["site_id"], dlbm="")
        if "tech" in gdf:
            frame = frame.assign(use=[tech_word(t)(made.lang) for t in gdf["tech"]])
        write_coordinate_txt(
            out / f"{file_stem(name)}.txt",
            frame,
            crs=made.points_crs(gdf),
            encoding="gb18030" if made.ask.encoding == "gbk" else "utf-8",
        )


def _points(made: _Made, folder: Path) -> None:
    for name, gdf in made.polygons().items():
        write_points(
            folder / f"{file_stem(name)}_points",
            gdf,
            title=made.title(),
            crs=made.points_crs(gdf),
            lang=made.lang,
        )


_WRITERS: Mapping[str, Callable[[_Made, Path], None]] = {
    "gpkg": _gpkg,
    "gdb": _gdb,
    "shp": _shp,
    "fgb": _fgb,
    "parquet": _parquet,
    "kml": _kml,
    "kmz": _kmz,
    "dxf": _dxf,
    "cog": _cog,
    "txt": _txt,
    "points": _points,
}
