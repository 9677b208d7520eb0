"""Servers that stand in for the outside: a credit provider and a mail server, on loopback."""
