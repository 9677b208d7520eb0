"""Promises that the program breaks today, each with the finding that mends it. This list only shrinks; empty, it is deleted."""

from collections.abc import Mapping

KNOWN: Mapping[str, str] = {
    "facilitators-are-in-one-meeting-at-a-time": "D1",
    "claimed-certificates-are-in-the-register": "D2",
    "late-results-count-as-breached": "D7",
    "late-results-are-told-before-the-target": "D7",
    "private-cohorts-are-of-one-district": "D10",
    "members-meet-in-a-slot-of-their-district": "D10",
    "all-points-of-a-term-count": "D13",
}
