"""How much was judged, and what to fetch next."""
