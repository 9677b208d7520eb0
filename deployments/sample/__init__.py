"""The sample season: real districts, generated people, and a seeded simulator of what they do."""
