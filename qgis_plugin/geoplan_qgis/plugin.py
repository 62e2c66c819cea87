"""What QGIS loads: it hands the provider to Processing and takes it back."""

from qgis.core import QgsApplication

from .provider import GeoplanProvider


class GeoplanPlugin:
    """The plugin."""

    def __init__(self):
        self.provider = None

    def initProcessing(self):  # noqa: N802 - QGIS's name; qgis_process calls this one alone
        """Hand the provider over."""
        self.provider = GeoplanProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self):  # noqa: N802 - QGIS's name
        """The same on the desktop: there is nothing in menus."""
        self.initProcessing()

    def unload(self):
        """Take the provider back."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
