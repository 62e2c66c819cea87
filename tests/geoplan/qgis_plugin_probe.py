"""Run by the system's python3 with QGIS: runs an algorithm of the plugin, tells its layers."""

import json
import os
import sys
import time

sys.path += ["/usr/share/qgis/python/plugins", "/usr/lib/python3/dist-packages"]

from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsProject

ask = json.loads(sys.argv[1])
app = QgsApplication([], False)
app.initQgis()
app.setLocale(__import__("qgis.PyQt.QtCore", fromlist=["QLocale"]).QLocale(ask["locale"]))
QgsApplication.instance().setTranslation(ask["locale"])
from processing.core.Processing import Processing  # noqa: E402

Processing.initialize()
sys.path.insert(0, ask["plugins"])
import geoplan_qgis  # noqa: E402

plugin = geoplan_qgis.classFactory(None)
plugin.initProcessing()
registry = QgsApplication.processingRegistry()


class Heard(QgsProcessingFeedback):
    """Keeps what is said, and cancels after a while when asked to."""

    def __init__(self):
        super().__init__(False)
        self.said, self.began = [], time.monotonic()

    def pushInfo(self, text):  # noqa: N802
        self.said.append(text)

    def setProgressText(self, text):  # noqa: N802
        self.said.append(text)

    def isCanceled(self):  # noqa: N802
        after = ask.get("cancel_after_s")
        return after is not None and time.monotonic() - self.began > after


def rows(layer):
    names = [f.name() for f in layer.fields()]
    found = []
    for feature in layer.getFeatures():
        row = {k: (None if str(feature[k]) == "NULL" else feature[k]) for k in names}
        geometry = feature.geometry()
        row["area"] = geometry.area() if not geometry.isNull() else None
        row["at"] = None
        if not geometry.isNull() and layer.geometryType() == 0:
            row["at"] = [geometry.asPoint().x(), geometry.asPoint().y()]
        found.append(row)
    return {"crs": layer.crs().authid(), "rows": found}


out = {"algorithms": [a.id() for a in registry.providerById("geoplan").algorithms()]}
out["names"] = [a.displayName() for a in registry.providerById("geoplan").algorithms()]
feedback, context = Heard(), QgsProcessingContext()
context.setProject(QgsProject.instance())
if "algorithm" in ask:
    algorithm = registry.createAlgorithmById("geoplan:" + ask["algorithm"])
    can, why = algorithm.checkParameterValues(ask["parameters"], context)
    out["can"], out["why"] = can, why
    try:
        results = algorithm.run(ask["parameters"], context, feedback, catchExceptions=False)[0]
    except Exception as err:  # noqa: BLE001 - told to the test
        out["error"] = str(err)
    else:
        out["results"] = {}
        for key, value in results.items():
            layer = context.getMapLayer(value) if isinstance(value, str) else None
            out["results"][key] = value if layer is None else rows(layer)
out["said"] = feedback.said
out["took_s"] = time.monotonic() - feedback.began
sys.stdout.write("FOUND" + json.dumps(out, default=str))
sys.stdout.flush()
os._exit(0)  # QGIS may crash while it takes itself down
