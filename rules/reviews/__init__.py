"""Who reviews what, what a result is, and how long it may take."""
