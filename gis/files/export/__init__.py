"""Results for other programs: databases, drawings, globes, tables of one kind of geometry."""
