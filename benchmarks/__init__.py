"""Repeatable measurements, each with its rival and its limit."""
