"""Files that people send: read, mapped, checked, and stored, row by row."""
