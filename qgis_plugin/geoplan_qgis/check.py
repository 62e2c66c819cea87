"""Overlap of a boundary with every rule: verdict, rules with their articles, land hit."""

import tempfile
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFolderDestination,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)

from .base import Question
from .words import language, spoken, words

TECHS = ("pv", "wind", "afforest", "wetland", "grass")
PROJECTS = ("", "new", "expansion", "repower", "village")
VERDICT = (
    ("boundary", str),
    ("result", str),
    ("area_m2", float),
    ("area_mu", float),
    ("rules_judged", int),
    ("rules", int),
    ("approvals", str),
    ("law_day", str),
    ("remarks", str),
)
RULES = (
    ("rule_id", str),
    ("rule", str),
    ("result", str),
    ("overlap_m2", float),
    ("unknown_m2", float),
    ("distance_m", float),
    ("article", str),
    ("quote", str),
    ("approval", str),
    ("review", str),
)


class CheckBoundary(Question):
    """``geoplan check``."""

    NAME = "check"

    def initAlgorithm(self, configuration=None):  # noqa: N802 - QGIS's name
        """Parameters and layers."""
        self.addParameter(
            QgsProcessingParameterFeatureSource(
                "BOUNDARY", words("boundary"), [QgsProcessing.TypeVectorPolygon]
            )
        )
        self.ask_for_plan()
        self.addParameter(
            QgsProcessingParameterEnum(
                "TECH", words("tech"), [words(f"tech_{t}") for t in TECHS], defaultValue=0
            )
        )
        kinds = [words(f"project_{p or 'plan'}") for p in PROJECTS]
        self.addParameter(
            QgsProcessingParameterEnum("PROJECT", words("project"), kinds, defaultValue=0)
        )
        sinks = {
            "VERDICT": QgsProcessing.TypeVectorPolygon,
            "OVERLAPS": QgsProcessing.TypeVectorPolygon,
            "RULES": QgsProcessing.TypeVector,
        }
        for name, kind in sinks.items():
            self.addParameter(
                QgsProcessingParameterFeatureSink(name, words(f"check_{name.lower()}"), kind)
            )
        self.addParameter(
            QgsProcessingParameterFolderDestination(
                "FILES", words("check_files"), optional=True, createByDefault=False
            )
        )

    def processAlgorithm(self, parameters, context, feedback):  # noqa: N802 - QGIS's name
        """Ask, and fill the layers."""
        source = self.parameterAsSource(parameters, "BOUNDARY", context)
        if source is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, "BOUNDARY"))
        if not source.featureCount():
            raise QgsProcessingException(words("no_features"))
        tech = TECHS[self.parameterAsEnum(parameters, "TECH", context)]
        project = PROJECTS[self.parameterAsEnum(parameters, "PROJECT", context)]
        kept = self.parameterAsString(parameters, "FILES", context)
        with tempfile.TemporaryDirectory(prefix="geoplan-") as made:
            boundary = _written(source, Path(made), context)
            out = Path(kept) if kept else Path(made) / "out"
            options = ["--tech", tech, "--out", str(out)]
            options += ["--project", project] if project else []
            found = self.answer(
                "check", [str(boundary)], options, parameters, context, feedback
            )
            if found is None:
                return {}
            pieces = _pieces(out, boundary.stem)
        return self._filled(found, source, pieces, parameters, context, feedback)

    def _filled(self, found, source, pieces, parameters, context, feedback):
        polygon, crs = QgsWkbTypes.MultiPolygon, source.sourceCrs()
        fill, verdict = self.sink("VERDICT", parameters, context, VERDICT, polygon, crs)
        row = _verdict(found)
        fill(row, QgsGeometry.unaryUnion([f.geometry() for f in source.getFeatures()]))
        feedback.pushInfo(words("verdict", result=row["result"]))
        if row["remarks"]:
            feedback.pushWarning(row["remarks"])
        rules = {r["id"]: _rule(r) for r in found["rules"]}
        none = QgsCoordinateReferenceSystem()
        fill, table = self.sink(
            "RULES", parameters, context, RULES, QgsWkbTypes.NoGeometry, none
        )
        for one in rules.values():
            fill(one)
        own = pieces["crs"] or crs
        fill, overlaps = self.sink("OVERLAPS", parameters, context, RULES, polygon, own)
        for rule_id, geometry in pieces["found"]:
            fill(rules[rule_id], geometry)
        return {
            "VERDICT": verdict,
            "OVERLAPS": overlaps,
            "RULES": table,
            "RESULT": found["result"],
        }


def _written(source, folder, context):
    """The boundary as a file geoplan reads, named as the layer is."""
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in source.sourceName())
    path = folder / f"{name or 'boundary'}.gpkg"
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    writer = QgsVectorFileWriter.create(
        str(path),
        source.fields(),
        QgsWkbTypes.multiType(source.wkbType()),
        source.sourceCrs(),
        context.transformContext(),
        options,
    )
    if writer.hasError() != QgsVectorFileWriter.NoError:
        raise QgsProcessingException(writer.errorMessage())
    # an outline that crosses itself is geoplan's to judge, not QGIS's to leave out
    request = QgsFeatureRequest().setInvalidGeometryCheck(QgsFeatureRequest.GeometryNoCheck)
    for feature in source.getFeatures(request):
        geometry = feature.geometry()
        geometry.convertToMultiType()
        feature.setGeometry(geometry)
        if "fid" in source.fields().names():
            feature["fid"] = None  # numbers of several layers may meet
        if not writer.addFeature(feature):
            raise QgsProcessingException(writer.errorMessage())
    del writer  # closes the file
    return path


def _pieces(out, stem):
    """The land each rule hits, of the GeoPackage geoplan wrote."""
    for path in out.glob(f"*{stem}*.gpkg"):
        layer = QgsVectorLayer(f"{path}|layername=overlaps", "overlaps", "ogr")
        if layer.isValid():
            found = []
            for feature in layer.getFeatures():
                geometry = QgsGeometry(feature.geometry())
                geometry.convertToMultiType()
                found.append((feature["rule_id"], geometry))
            return {"crs": layer.crs(), "found": found}
    return {"crs": None, "found": []}


def _verdict(found):
    told = [spoken(f["text"]) for f in (*found["findings"], *found["warnings"])]
    return {
        "boundary": found["boundary"].removesuffix(".gpkg"),
        "result": words(f"verdict_{found['result']}"),
        "area_m2": found["area_m2"],
        "area_mu": found["area_mu"],
        "rules_judged": found["of"] - found["not_judged"],
        "rules": found["of"],
        "approvals": words("joint").join(found["approvals"][language()]),
        "law_day": found["as_of"],
        "remarks": words("joint").join(told),
    }


def _rule(rule):
    return {
        "rule_id": rule["id"],
        "rule": spoken(rule["title"]),
        "result": words(f"result_{rule['result']}"),
        "overlap_m2": rule["overlap_m2"],
        "unknown_m2": rule["unknown_m2"],
        "distance_m": rule["distance_m"],
        "article": rule["law"]["citation"],
        "quote": rule["quote"],
        "approval": spoken(rule["approval"]),
        "review": words("needs_review") if rule["needs_review"] else "",
    }
