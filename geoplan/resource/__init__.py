"""The resource of a plan on the screen, as files and as a page."""
