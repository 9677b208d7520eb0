"""The auditor: what was promised to districts and participants, checked by plain SQL that shares no code with the rules."""
