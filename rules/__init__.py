"""The decisions: pure functions on frozen records, with every number taken from the season policy. No I/O, no clock."""
