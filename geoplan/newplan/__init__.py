"""A plan to start from: of a county by name, of a folder of data, like another plan."""
