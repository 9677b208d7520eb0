"""The effects: everything that reads, writes or sends. Each step may be killed at any instruction and run again."""

import os

# Intake has a thread for each of its stages; a pool beside them for the parts of a stage takes time from the others.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
