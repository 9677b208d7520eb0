"""The formats in which people send tables: bytes in, rows of text out, within limits. No field has a meaning here."""
