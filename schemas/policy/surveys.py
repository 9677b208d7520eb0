"""The section of the district interest survey."""

from typing import Annotated

from pydantic import Field

from schemas.policy.parts import Count, Part, Positive, Window


class Recognition(Part):
    """When a district's name, as somebody wrote it, is taken to mean one district of the season's list."""

    confidence_percent: Annotated[int, Field(ge=50, le=100)]
    margin_percent: Annotated[int, Field(ge=1, le=50)]


class HttpSurvey(Part):
    """Where the survey tool's own interface is, if the agency uses it; the token comes from a Secret block."""

    url: str
    page_limit: Positive


class Survey(Window):
    """The district interest survey, how its questions map to our fields, and what happens to a rejected response."""

    grace_days: Count
    recognition: Recognition
    source: HttpSurvey
    fields: dict[str, tuple[str, ...]]
