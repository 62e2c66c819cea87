"""Who is to be reached: what a plan says of it, and cells of a raster as places."""
