"""The geoplan command in QGIS's Processing toolbox.

Licence: GNU General Public License, version 2 or any later version (see LICENSE).
"""


def classFactory(iface):  # noqa: N802 - QGIS calls it so
    """What QGIS asks a plugin folder for."""
    from .plugin import GeoplanPlugin

    return GeoplanPlugin()
