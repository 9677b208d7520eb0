"""The one place where test data is built."""
