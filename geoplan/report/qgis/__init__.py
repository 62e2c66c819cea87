"""The project of a run for QGIS: layers, pictures and sheets of paper, written as XML."""
