"""The formats in which people hand in tables: bytes in, rows of text out, within limits. No field has a meaning here."""
