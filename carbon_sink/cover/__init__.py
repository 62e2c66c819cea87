"""What land there is, and its cover indicators by caliber."""
