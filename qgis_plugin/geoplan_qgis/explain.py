"""Why a place is in or out: every rule at a point, its article, the nearest distance."""

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsProcessing,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterPoint,
    QgsWkbTypes,
)

from .base import Question
from .words import spoken, words

COLUMNS = (
    ("tech", str),
    ("state", str),
    ("rule_id", str),
    ("rule", str),
    ("result", str),
    ("distance_m", float),
    ("needed_m", float),
    ("article", str),
    ("quote", str),
    ("approval", str),
    ("review", str),
    ("township", str),
    ("law_day", str),
)
_DEGREES = "EPSG:4490"


class ExplainPlace(Question):
    """``geoplan explain``."""

    NAME = "explain"

    def initAlgorithm(self, configuration=None):  # noqa: N802 - QGIS's name
        """Parameters and layers."""
        self.addParameter(QgsProcessingParameterPoint("POINT", words("point")))
        self.ask_for_plan()
        self.addParameter(
            QgsProcessingParameterFeatureSink(
                "EXPLANATION", words("explanation"), QgsProcessing.TypeVectorPoint
            )
        )

    def processAlgorithm(self, parameters, context, feedback):  # noqa: N802 - QGIS's name
        """Ask, and fill the layer: one feature a rule, the worst first."""
        crs = QgsCoordinateReferenceSystem(_DEGREES)
        point = self.parameterAsPoint(parameters, "POINT", context, crs)
        place = [repr(point.x()), repr(point.y())]
        found = self.answer("explain", place, [], parameters, context, feedback)
        if found is None:
            return {}
        fill, dest = self.sink(
            "EXPLANATION", parameters, context, COLUMNS, QgsWkbTypes.Point, crs
        )
        states = {}
        for tech, answer in found["techs"].items():
            states[tech] = answer["state"]
            head = {
                "tech": words(f"tech_{tech}"),
                "state": words(f"{_of(tech)}_{answer['state']}"),
                "township": found["township"],
                "law_day": found["as_of"],
            }
            feedback.pushInfo(words("state_line", tech=head["tech"], state=head["state"]))
            for rule in answer["rules"]:
                fill({**head, **_rule(rule)}, QgsGeometry.fromPointXY(point))
            if not answer["rules"]:
                fill(head, QgsGeometry.fromPointXY(point))
        for warning in found["warnings"]:
            feedback.pushWarning(spoken(warning["text"]))
        return {"EXPLANATION": dest, "STATES": states}


def _of(tech):
    """Land for planting is not "usable" but "not prohibited"."""
    return "state" if tech in ("pv", "wind") else "state_restoration"


def _rule(rule):
    near = [m for m in rule["measures"] if m.get("distance_m") is not None]
    nearest = min(near, key=lambda m: m["distance_m"], default={})
    wish = "preference" if rule["kind"] == "preference" else "point"
    return {
        "rule_id": rule["id"],
        "rule": spoken(rule["title"]),
        "result": words(f"{wish}_{rule['result']}"),
        "distance_m": nearest.get("distance_m"),
        "needed_m": nearest.get("needed_m"),
        "article": rule["law"]["citation"],
        "quote": rule["quote"],
        "approval": spoken(rule["approval"]),
        "review": words("needs_review") if rule["needs_review"] else "",
    }
