"""The files of an assessment: workbook, tables, waterfall, hours, drawing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoplan.listing import warning_table
from geoplan.report.pv_workbook import write_pv_workbook
from gis.files.plain_text import harmless_table
from layers.plan.model import Plan
from layers.result import Progress
from siting.economy.p_values import p_value_table
from siting.pv.plant.hourly import hours_of, sam_weather, year_near_the_mean
from siting.pv.plant.waterfall import waterfall_svg, waterfall_table
from siting.pv.study.assess import Assessment, monthly_table
from siting.pv.study.equipment_table import equipment_table
from siting.pv.study.layout import Layout, write_layout
from siting.pv.study.one_site import SiteChoice, assess_one
from siting.pv.study.section import PvSection

__all__ = ["PvReport", "assessment_files", "pv_report"]


@dataclass(frozen=True)
class PvReport:
    """What `pv_report` wrote.

    Attributes
    ----------
    files
        Name -> path: ``workbook``, ``monthly``, ``waterfall``, ``waterfall_svg``,
        ``p_values``, ``warnings_csv``, ``hourly_parquet``, ``hourly_csv``,
        ``weather_sam``, ``equipment``,
        ``layout_geojson``, ``layout_dxf``.
    """

    assessment: Assessment
    layout: Layout | None
    files: dict[str, Path]


def assessment_files(
    a: Assessment,
    out: Path,
    *,
    lang: str = "zh",
    hourly: bool = False,
    drawn: bool = False,
) -> dict[str, Path]:
    """Files of an assessment: workbook, tables, waterfall, hours if wanted; name -> path.

    Parameters
    ----------
    a : Assessment
    out : Path
    lang : {"zh", "en"}
    hourly : bool
        Whether to write the hourly series too.
    drawn : bool
        Whether the plant was drawn: its DC/AC ratio then follows from what stands in it.
    """
    out.mkdir(parents=True, exist_ok=True)
    name = a.name
    files = {"workbook": write_pv_workbook(out / f"{name}.xlsx", a, lang=lang, drawn=drawn)}

    def table(key: str, frame: Any) -> None:  # noqa: ANN401 - a DataFrame
        files[key] = out / f"{name}_{key}.csv"
        harmless_table(frame).to_csv(files[key], index=False, encoding="utf-8-sig")

    table("monthly", monthly_table(a))
    table("waterfall", waterfall_table(a.result.waterfall))
    table("p_values", p_value_table(a.p))
    table("equipment", equipment_table(a.result, drawn=drawn))
    files["warnings_csv"] = out / f"{name}_warnings.csv"
    harmless_table(warning_table(a.warnings)).to_csv(
        files["warnings_csv"], index=False, encoding="utf-8-sig"
    )
    files["waterfall_svg"] = out / f"{name}_waterfall.svg"
    files["waterfall_svg"].write_text(waterfall_svg(a.result.waterfall, lang), encoding="utf-8")
    if hourly:
        frame = hours_of(a.result, a.dc_mw)
        files["hourly_parquet"] = out / f"{name}_hourly.parquet"
        frame.to_parquet(files["hourly_parquet"], index=False)
        files["hourly_csv"] = out / f"{name}_hourly.csv"
        frame.to_csv(files["hourly_csv"], index=False, encoding="utf-8-sig")
        if a.result.resource is not None:
            year = year_near_the_mean(a.result.by_year_kwh_kwp)
            files["weather_sam"] = sam_weather(
                out / f"{name}_weather_sam.csv", a.result.resource, year
            )
    return files


def pv_report(
    plan: Plan,
    out: Path,
    choice: SiteChoice,
    *,
    work: Path | None = None,
    lang: str = "zh",
    hourly: bool = False,
    progress: Progress | None = None,
) -> PvReport:
    """Assess one site or point and write every file of the assessment: ``geoplan pv``.

    Parameters
    ----------
    plan : Plan
    out : Path
        Folder for the files.
    choice : SiteChoice
        Site id, or lon/lat; mounting and capacity when they differ from the plan's.
    work : Path, optional
        Run folder that holds the sites; needed with a site id.
    lang : {"zh", "en"}
    hourly : bool
        Whether to write the hourly series too.
    """
    if progress is not None:
        progress("pv", 0, 1)
    a, layout = assess_one(plan, choice, work=work)
    files = assessment_files(a, out, lang=lang, hourly=hourly or plan.section(PvSection).hourly)
    name = a.name
    if layout is not None:
        files["layout_geojson"], files["layout_dxf"] = write_layout(
            layout, out, f"{name}_layout"
        )
    if progress is not None:
        progress("pv", 1, 1)
    return PvReport(a, layout, files)
