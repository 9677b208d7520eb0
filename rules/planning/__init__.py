"""How plans are found: programs, solvers and the reading of what they find; what is decided with them is in the rules."""
