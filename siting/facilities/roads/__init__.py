"""Roads as lines: cut where they meet, and where one gets on from beside them."""
