"""The story: one lifecycle phase a file. A flow names its steps in order and decides nothing itself."""
