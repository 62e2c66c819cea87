"""Open data the house knows how to bring: one TOML a source."""
