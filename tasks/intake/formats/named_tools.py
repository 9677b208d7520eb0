"""Survey tools that are known by the names of their own columns: LimeSurvey, Typeform, SurveyGizmo (Alchemer), and REDCap.

Which column has the id and the time of a response, whether it was finished, and how a question with several answers is headed:
``slots[SQ001]`` or ``Slots? [Monday]`` (LimeSurvey), ``Monday:Slots?`` (SurveyGizmo), ``slots___1`` or
``Slots? (choice=Monday)`` (REDCap). Typeform names only the choice.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tasks.intake.formats.head import Column, Head, clean, column_of, distinct, plain, position

LIME_IDS, LIME_MOMENTS = (
    ("id", "responseid", "idresponseid"),
    ("submitdate", "datesubmitted", "submitdatedatesubmitted"),
)
LIME_PAGES = ("lastpage", "lastpagelastpage")
LIME_TOOL = frozenset(
    {"startlanguage", "seed", "startdate", "datestamp", "ipaddr", "refurl", "token", "datestarted", "datelastaction",
     "ipaddress", "referrerurl", "totaltime", "interviewtime", *LIME_PAGES}
)  # fmt: skip
LIME_CODE = re.compile(r"(\w+(?:\[\w+\])?)\. (.+)", re.DOTALL)  # headed by code and text
LIME_CHOICE = re.compile(r"(.+?)\s*\[([^\[\]]+)\]", re.DOTALL)
TYPEFORM_IDS, TYPEFORM_MOMENTS = ("token", "responseid"), ("submitdateutc",)
TYPEFORM_TOOL = frozenset({"startdateutc", "stagedateutc", "networkid", "tags", "ending", "responsetype", "score"})
GIZMO_NEEDS = frozenset({"responseid", "timestarted", "datesubmitted"})
GIZMO_TOOL = frozenset(
    {"timestarted", "status", "contactid", "legacycomments", "comments", "language", "referer", "extendedreferer", "sessionid",
     "useragent", "extendeduseragent", "tags", "ipaddress", "longitude", "latitude", "country", "city", "stateregion", "postal",
     "urlredirect", "linkname"}
)  # fmt: skip
REDCAP_TOOL = frozenset(
    {
        "eventname",
        "repeatinstrument",
        "repeatinstance",
        "surveyidentifier",
        "dataaccessgroup",
        "surveytimestamp",
        "complete",
    }
)
REDCAP_PREFIX, REDCAP_MOMENT, REDCAP_FINISHED = "redcap_", "_timestamp", "_complete"
REDCAP_CODE = re.compile(r"(\w+?)___(\w+)")
REDCAP_CHOICE = re.compile(r"(.+?)\s*\(choice=(.+)\)", re.DOTALL)


def named_tool(header: Sequence[str]) -> Head | None:
    """The head of a table whose first row names the columns of one of these tools; none where it does not."""
    first = [plain(cell) for cell in header]
    known = set(first)
    if known & {*LIME_MOMENTS} and known & {*LIME_PAGES} and known & {*LIME_IDS}:
        return _limesurvey(header, first)
    if known & {*TYPEFORM_MOMENTS} and (header[0].strip() == "#" or known & {"networkid", *TYPEFORM_IDS}):
        return _typeform(header, first)
    if known >= GIZMO_NEEDS:
        return _surveygizmo(header, first)
    if _is_redcap(header, first):
        return _redcap(header, first)
    return None


def _tool_columns(first: Sequence[str], names: frozenset[str]) -> frozenset[int]:
    return frozenset(index for index, name in enumerate(first) if name in names)


def _limesurvey(header: Sequence[str], first: Sequence[str]) -> Head:
    return Head(
        "limesurvey",
        1,
        tuple(map(_lime_column, header)),
        id_column=position(first, LIME_IDS),
        moment_column=position(first, LIME_MOMENTS),
        tool_columns=_tool_columns(first, LIME_TOOL),
    )


def _lime_column(cell: str) -> Column:
    parts = LIME_CODE.fullmatch(clean(cell))
    names = distinct(cell, *(parts.groups() if parts else ()))
    found = [choice for name in names if (choice := LIME_CHOICE.fullmatch(name))]
    return Column(names, tuple(dict.fromkeys(c[1] for c in found)), found[-1][2] if found else "")


def _typeform(header: Sequence[str], first: Sequence[str]) -> Head:
    by_number = 0 if header[0].strip() == "#" else -1
    return Head(
        "typeform",
        1,
        tuple(column_of([cell]) for cell in header),
        zone="UTC",
        id_column=max(by_number, position(first, TYPEFORM_IDS)),
        moment_column=position(first, TYPEFORM_MOMENTS),
        finished_column=position(first, ("responsetype",)),
        tool_columns=_tool_columns(first, TYPEFORM_TOOL),
    )


def _surveygizmo(header: Sequence[str], first: Sequence[str]) -> Head:
    names = [clean(cell) for cell in header]
    questions = Counter(question for name in names for _, question in _split_at_colons(name))
    return Head(
        "surveygizmo",
        1,
        tuple(_gizmo_column(name, questions) for name in names),
        id_column=position(first, ("responseid",)),
        moment_column=position(first, ("datesubmitted",)),
        finished_column=position(first, ("status",)),
        tool_columns=_tool_columns(first, GIZMO_TOOL),
    )


def _split_at_colons(name: str) -> Iterator[tuple[str, str]]:
    """A choice and its question, at each colon where the name may be split; either may have colons of its own."""
    for place, sign in enumerate(name):
        if sign == ":" and name[:place].strip() and name[place + 1 :].strip():
            yield name[:place].strip(), name[place + 1 :].strip()


def _gizmo_column(name: str, questions: Counter[str]) -> Column:
    splits = [*_split_at_colons(name)]
    shared = [split for split in splits if questions[split[1]] > 1] or splits
    return Column((name,) if name else (), tuple(question for _, question in splits), shared[0][0] if shared else "")


def _is_redcap(header: Sequence[str], first: Sequence[str]) -> bool:
    if any(cell.strip().lower().startswith(REDCAP_PREFIX) for cell in header):
        return True
    if first[0] != "recordid":
        return False
    return bool(REDCAP_TOOL & set(first)) or any(cell.strip().endswith(REDCAP_FINISHED) for cell in header)


def _redcap(header: Sequence[str], first: Sequence[str]) -> Head:
    codes = [cell.strip().lower() for cell in header]
    moments = [i for i, code in enumerate(codes) if code.endswith(REDCAP_MOMENT) or first[i] == "surveytimestamp"]
    finished = [i for i, code in enumerate(codes) if code.endswith(REDCAP_FINISHED) or first[i] == "complete"]
    own = [i for i, code in enumerate(codes) if code.startswith(REDCAP_PREFIX)]
    return Head(
        "redcap",
        1,
        tuple(map(_redcap_column, header)),
        id_column=0,
        moment_column=moments[0] if moments else -1,
        finished_column=finished[0] if finished else -1,
        tool_columns=_tool_columns(first, REDCAP_TOOL).union(moments, finished, own),
    )


def _redcap_column(cell: str) -> Column:
    name = clean(cell)
    parts = REDCAP_CODE.fullmatch(name) or REDCAP_CHOICE.fullmatch(name)
    return Column((name,) if name else (), (parts[1],) if parts else (), parts[2] if parts else "")
