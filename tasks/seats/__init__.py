"""Seats: rounds that the agency approves, offers, and releases."""
