"""The season export: the tables of a public, stable contract, written so that nobody needs to know our database."""
