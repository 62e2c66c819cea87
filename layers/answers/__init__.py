"""How targets of a plan are answered: figures of indicators, held against them, in words."""
