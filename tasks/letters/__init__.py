"""Letters: composed from templates, kept in the outbox, delivered by SMTP."""
