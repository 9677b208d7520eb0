"""What is set up wrong in an installation, all of it at once, each with its remedy: ``cadre doctor``."""
