"""Units of work: what is decided is committed together with why, and with the letters about it."""
