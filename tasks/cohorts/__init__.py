"""Cohorts: scheduled, changed, and followed through phase 1."""
