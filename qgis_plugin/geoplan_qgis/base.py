"""What the three algorithms share: the plan, the command, and how a table is filled."""

from qgis.core import (
    QgsFeature,
    QgsFeatureSink,
    QgsField,
    QgsFields,
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
)
from qgis.PyQt.QtCore import QVariant

from .call import ask, command, plan_file
from .words import words

_KINDS = {str: QVariant.String, float: QVariant.Double, int: QVariant.Int}


class Question(QgsProcessingAlgorithm):
    """One question to the geoplan command."""

    NAME = ""

    def name(self):
        """Id within the provider."""
        return self.NAME

    def displayName(self):  # noqa: N802 - QGIS's name
        """As shown in the toolbox."""
        return words(f"{self.NAME}_name")

    def shortHelpString(self):  # noqa: N802 - QGIS's name
        """Beside the dialog."""
        return words(f"{self.NAME}_help")

    def createInstance(self):  # noqa: N802 - QGIS's name
        """A fresh one for every run."""
        return type(self)()

    def ask_for_plan(self):
        """Add the parameters every question has."""
        self.addParameter(QgsProcessingParameterFile("PLAN", words("plan"), extension="toml"))
        given = QgsProcessingParameterFile(
            "GEOPLAN",
            words("command"),
            optional=True,
            fileFilter="geoplan (*)",  # the usual filter asks for a dot in the name
        )
        given.setFlags(given.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
        self.addParameter(given)

    def answer(self, verb, places, options, parameters, context, feedback, also=()):
        """What geoplan says; None when the user cancelled."""
        program = command(self.parameterAsString(parameters, "GEOPLAN", context))
        plan = plan_file(self.parameterAsFile(parameters, "PLAN", context))
        return ask(program, [verb, *places, plan, *options], feedback, also)

    def sink(self, name, parameters, context, columns, kind, crs):
        """A layer to fill: `columns` are names and types; gives fill and the layer's id."""
        fields = QgsFields()
        for key, one in columns:
            fields.append(QgsField(key, _KINDS[one]))
        sink, dest = self.parameterAsSink(parameters, name, context, fields, kind, crs)
        if sink is None:
            raise QgsProcessingException(self.invalidSinkError(parameters, name))
        if context.willLoadLayerOnCompletion(dest):
            self.titles = Titles()  # QGIS keeps no reference
            context.layerToLoadOnCompletionDetails(dest).setPostProcessor(self.titles)

        def fill(row, geometry=None):
            feature = QgsFeature(fields)
            if geometry is not None:
                feature.setGeometry(geometry)
            feature.setAttributes([row.get(key) for key, _ in columns])
            sink.addFeature(feature, QgsFeatureSink.FastInsert)

        return fill, dest


class Titles(QgsProcessingLayerPostProcessorInterface):
    """Gives the columns of a layer their titles once it is in the project."""

    def postProcessLayer(self, layer, context, feedback):  # noqa: N802 - QGIS's
        """Called by Processing."""
        for i, field in enumerate(layer.fields()):
            layer.setFieldAlias(i, words(f"c_{field.name()}"))
