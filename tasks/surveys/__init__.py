"""District interest surveys: responses become applications with places on the waitlist."""
