"""Features as they are drawn: of a whole layer, and near a piece of land."""
