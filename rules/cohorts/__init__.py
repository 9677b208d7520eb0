"""Who learns together, when, and led by whom; and who may change."""
