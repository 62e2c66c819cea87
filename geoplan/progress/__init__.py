"""How far long work is, and how that is shown."""
