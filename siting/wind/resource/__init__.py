"""The wind: at hub height, by direction, over the years."""
