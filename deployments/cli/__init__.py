"""The command line of Cadre, one file for each subject."""
