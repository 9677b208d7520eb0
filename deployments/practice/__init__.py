"""A training installation: a clock of its own, the simulator for everybody but the operator, nothing outside of loopback."""
