"""The plan file: a county, its layers, and what is asked of them."""
