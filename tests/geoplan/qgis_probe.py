"""Run by the system's python3 with QGIS: tells what QGIS makes of a run's files."""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsGraduatedSymbolRenderer,
    QgsLayoutExporter,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsMapLayerType,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize, QSizeF


def look(layer):
    renderer = layer.renderer()
    out = {
        "name": layer.name(),
        "valid": layer.isValid(),
        "features": layer.featureCount(),
        "crs": layer.crs().authid(),
        "renderer": renderer.type(),
        "labels": layer.labelsEnabled(),
        "label_field": layer.labeling().settings().fieldName if layer.labeling() else "",
        "classes": [],
        "alias": {f.name(): f.alias() for f in layer.fields() if f.alias()},
    }
    if isinstance(renderer, QgsCategorizedSymbolRenderer):
        out["field"] = renderer.classAttribute()
        out["classes"] = [
            [c.value(), c.label(), c.symbol().color().name()] for c in renderer.categories()
        ]
    if isinstance(renderer, QgsGraduatedSymbolRenderer):
        out["classes"] = [[r.label(), r.symbol().color().name()] for r in renderer.ranges()]
    context = QgsRenderContext()
    out["symbol_layers"] = [
        [x.layerType() for x in symbol.symbolLayers()] for symbol in renderer.symbols(context)
    ]
    said = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.setExpressionContext(said)
    renderer.startRender(context, layer.fields())
    out["not_drawn"] = 0
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)  # as the canvas does
        out["not_drawn"] += renderer.symbolForFeature(feature, context) is None
    renderer.stopRender(context)
    return out


def look_at_raster(layer):
    return {
        "name": layer.name(),
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "band": layer.renderer().usesBands()[0],
        "renderer": layer.renderer().type(),
        "classes": [[text, colour.name()] for text, colour in layer.legendSymbologyItems()],
    }


def names_on(drawn):
    """Names a map of a layout writes of the sites, and how many pairs lie on each other."""
    dots = 96 / 25.4
    size = QSizeF(drawn.rect().width() * dots, drawn.rect().height() * dots)
    settings = drawn.mapSettings(drawn.extent(), size, 96, False)
    settings.setLayers([x for x in drawn.layers() if "sites" in x.id()])
    settings.setFlag(QgsMapSettings.DrawLabeling, True)
    settings.setLabelingEngineSettings(project.labelingEngineSettings())
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    found = [x for x in job.takeLabelingResults().allLabels() if not x.isUnplaced]
    boxes = [x.labelRect for x in found]
    on = [a for i, a in enumerate(boxes) for b in boxes[:i] if not a.intersect(b).isEmpty()]
    return sorted(x.labelText for x in found), len(on)


def look_at_layout(layout, pdf):
    page = layout.pageCollection().page(0).pageSize()
    drawn = next(x for x in layout.items() if isinstance(x, QgsLayoutItemMap))
    legend = next(x for x in layout.items() if isinstance(x, QgsLayoutItemLegend))
    settings = QgsLayoutExporter.PdfExportSettings()
    settings.dpi = 60
    done = QgsLayoutExporter(layout).exportToPdf(pdf, settings)
    return {
        "page": [page.width(), page.height()],
        "scale": drawn.scale(),
        "names": names_on(drawn),
        "layers": [x.id() for x in drawn.layers()],
        "legend": [x.name() for x in legend.model().rootGroup().findLayers()],
        "legend_width": legend.rect().width(),
        "kinds": sorted(type(x).__name__ for x in layout.items()),
        "texts": [x.text() for x in layout.items() if hasattr(x, "text")],
        "pdf": pdf if done == QgsLayoutExporter.Success else "",
    }


def is_raster(layer):
    return layer.type() == QgsMapLayerType.RasterLayer


app = QgsApplication([], False)
app.initQgis()
project = QgsProject.instance()
ok = project.read(sys.argv[1])
tree = project.layerTreeRoot()
found = {
    "read": ok,
    "title": project.title(),
    "crs": project.crs().authid(),
    "crs_valid": project.crs().isValid(),
    "groups": [g.name() for g in tree.findGroups()],
    "order": [x.id() for x in tree.layerOrder()],
    "layers": {k: look(v) for k, v in project.mapLayers().items() if not is_raster(v)},
    "rasters": {k: look_at_raster(v) for k, v in project.mapLayers().items() if is_raster(v)},
    "layouts": {
        x.name(): look_at_layout(x, f"{sys.argv[1]}.{i}.pdf")
        for i, x in enumerate(project.layoutManager().printLayouts())
    },
    "sources": [v.source() for v in project.mapLayers().values()],
    "alone": {},
}
for name in sys.argv[3:]:
    found["alone"][name] = look(QgsVectorLayer(f"{sys.argv[2]}|layername={name}", name, "ogr"))
if project.mapLayers():
    from qgis.core import QgsMapRendererParallelJob

    settings = QgsMapSettings()
    settings.setLayers([x for x in tree.layerOrder() if tree.findLayer(x.id()).isVisible()])
    settings.setDestinationCrs(project.crs())
    settings.setOutputSize(QSize(900, 700))
    settings.setExtent(
        next(v for v in project.mapLayers().values() if "county" in v.source()).extent()
    )
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(sys.argv[1] + ".png")
sys.stdout.write("FOUND" + json.dumps(found, default=str))
sys.stdout.flush()
import os  # noqa: E402

os._exit(0)  # QGIS may crash while it takes itself down
