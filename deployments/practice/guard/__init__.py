"""First on the search path of every process of a practice, so that Python runs ``sitecustomize`` before anything else."""
