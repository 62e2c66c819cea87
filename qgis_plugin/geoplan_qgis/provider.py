"""The group of algorithms, and its one setting: where the geoplan command is."""

from processing.core.ProcessingConfig import ProcessingConfig, Setting
from qgis.core import QgsProcessingProvider

from .call import SETTING
from .check import CheckBoundary
from .doctor import ExaminePlan
from .explain import ExplainPlace
from .words import words


class GeoplanProvider(QgsProcessingProvider):
    """The provider."""

    def load(self):
        """Called when it is added."""
        ProcessingConfig.settingIcons["geoplan"] = self.icon()
        ProcessingConfig.addSetting(
            Setting("geoplan", SETTING, words("setting"), "", valuetype=Setting.FILE)
        )
        ProcessingConfig.readSettings()
        self.refreshAlgorithms()
        return True

    def unload(self):
        """Called when it is taken back."""
        ProcessingConfig.removeSetting(SETTING)

    def loadAlgorithms(self):  # noqa: N802 - QGIS's name
        """The three questions."""
        for one in (CheckBoundary, ExplainPlace, ExaminePlan):
            self.addAlgorithm(one())

    def id(self):
        """Stands before the algorithm's name: ``geoplan:check``."""
        return "geoplan"

    def name(self):
        """As shown in the toolbox."""
        return "geoplan"
