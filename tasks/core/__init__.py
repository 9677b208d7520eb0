"""What every step stands on: database, clock, steps, HTTP, progress. No subject is known here."""
