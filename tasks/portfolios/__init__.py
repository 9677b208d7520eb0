"""Portfolios: submissions, and care for those who make them."""
