"""Places that hold so much: who is sent where, and which to open."""
