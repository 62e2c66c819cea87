"""Results of a run handed to other programs: files of every format, and a database."""
