"""Files that people hand in: read, mapped, checked, and stored, row by row."""
