"""Certificates: the register, renewals, and signed credentials."""
