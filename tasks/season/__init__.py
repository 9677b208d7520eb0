"""A season as a whole: opening, guard, control totals, history, and report."""
