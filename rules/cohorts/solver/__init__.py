"""How cohort plans are found: programs, solvers, and the reading of what they find."""
