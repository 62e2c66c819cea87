"""What is wrong with a plan and its data: every finding, at its places."""

import re

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsPointXY,
    QgsProcessing,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFolderDestination,
    QgsWkbTypes,
)

from .base import Question
from .words import spoken, words

COLUMNS = (
    ("number", int),
    ("severity", str),
    ("layer", str),
    ("what", str),
    ("todo", str),
    ("where", str),
    ("feature", str),
    ("area_m2", float),
    ("places", int),
)
_FAULTS = 3  # exit code of an answer that holds errors
_CODE = re.compile(r"\((EPSG:\d+)\)\s*$")


class ExaminePlan(Question):
    """``geoplan doctor``."""

    NAME = "doctor"

    def initAlgorithm(self, configuration=None):  # noqa: N802 - QGIS's name
        """Parameters and layers."""
        self.ask_for_plan()
        self.addParameter(
            QgsProcessingParameterFeatureSink(
                "FINDINGS", words("findings"), QgsProcessing.TypeVectorPoint
            )
        )
        self.addParameter(
            QgsProcessingParameterFolderDestination(
                "REPORT", words("doctor_files"), optional=True, createByDefault=False
            )
        )

    def processAlgorithm(self, parameters, context, feedback):  # noqa: N802 - QGIS's name
        """Ask, and fill the layer: a feature a place, or one alone where there is none."""
        kept = self.parameterAsString(parameters, "REPORT", context)
        options = ["--report", kept] if kept else []
        found = self.answer(
            "doctor", [], options, parameters, context, feedback, also=(_FAULTS,)
        )
        if found is None:
            return {}
        code = _CODE.search(found["crs"])
        crs = QgsCoordinateReferenceSystem(code.group(1) if code else found["crs"])
        fill, dest = self.sink("FINDINGS", parameters, context, COLUMNS, QgsWkbTypes.Point, crs)
        titles = {x["layer"]: spoken(x["title"]) for x in found["layers"]}
        counts = {}
        for number, one in enumerate(found["findings"], 1):
            counts[one["severity"]] = counts.get(one["severity"], 0) + 1
            row = {
                "number": number,
                "severity": words(f"severity_{one['severity']}"),
                "layer": titles.get(one["layer"], one["layer"]),
                "what": spoken(one["text"]),
                "todo": spoken(one["todo"]),
                "where": one["where"],
                "places": one["places_total"],
            }
            at = [p for p in one["places"] if p["x"] is not None]
            for place in at:
                more = {"feature": place["feature"], "area_m2": place["area_m2"]}
                if place["text"]:
                    more["what"] = spoken(place["text"])
                point = QgsGeometry.fromPointXY(QgsPointXY(place["x"], place["y"]))
                fill({**row, **more}, point)
            if not at:
                fill(row)
            if one["places_total"] > len(at) > 0:
                feedback.pushWarning(words("not_all", n=len(at), m=one["places_total"]))
        for severity, n in counts.items():
            feedback.pushInfo(words("count", severity=words(f"severity_{severity}"), n=n))
        return {"FINDINGS": dest, "COUNTS": counts}
