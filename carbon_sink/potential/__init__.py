"""What could be added: candidates, projects, named works."""
