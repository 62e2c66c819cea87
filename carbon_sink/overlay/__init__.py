"""Two coverages of one county laid upon one another: pieces, slivers, areas that close."""
