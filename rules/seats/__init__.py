"""Who gets seats, and what a district's answer does."""
