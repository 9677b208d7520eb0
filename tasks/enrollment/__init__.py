"""Enrollment: rosters, commitment forms, and replacements."""
