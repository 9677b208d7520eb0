"""OneRoster-style archives (users, enrollments, classes, orgs as CSV) as the rows of a district roster.

The class names the component, the organization's identifier or id is the district's NCES id, and the user is the person; which
values are allowed is for the roster's contract to say, so that a wrong one is rejected with its row and remedy.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence

from schemas.records import COMPONENT_NAMES
from tasks.intake.formats.archive import DAMAGE, require_unpackable
from tasks.intake.formats.limits import WORKBOOK_BYTES, RejectedFileError
from tasks.intake.formats.records import Record

HEADER = ("lea_id", "email", "first_name", "last_name", "role", "grade_band", "component", "session", "replaces")
TABLES = ("users", "enrollments")
COMPONENTS = {name.casefold(): component for component, name in COMPONENT_NAMES.items()}
GONE = "tobedeleted"
Row = Mapping[str, str]


def is_oneroster(archive: zipfile.ZipFile) -> bool:
    """Whether the archive holds the tables of a OneRoster export."""
    return all(_entry(archive, name) for name in TABLES)


def oneroster_records(archive: zipfile.ZipFile) -> Iterator[Record]:
    """A header, then a row for each enrollment of a person in a class, numbered as in enrollments.csv.

    Raises:
        RejectedFileError: it is damaged, or it would unpack to more than a roster needs.
    """
    require_unpackable(archive.infolist(), WORKBOOK_BYTES)
    users, classes = _by_id(archive, "users"), _by_id(archive, "classes")
    orgs, roles = _by_id(archive, "orgs"), _roles(archive)
    yield Record(1, HEADER)
    for number, enrollment in enumerate(_rows(archive, "enrollments"), start=2):
        if enrollment.get("status", "").casefold() == GONE:
            continue
        user = users.get(enrollment.get("userSourcedId", ""), {})
        class_ = classes.get(enrollment.get("classSourcedId", ""), {})
        person = {**roles.get(user.get("sourcedId", ""), {}), **user}
        org = enrollment.get("schoolSourcedId") or class_.get("orgSourcedId") or person.get("orgSourcedIds", "")
        problem = "" if user else "no user of users.csv has the userSourcedId of this enrollment"
        lea_id = _district(org.split(",")[0].strip(), orgs)
        yield Record(number, _person(enrollment, person, class_, lea_id), problem)


def _person(enrollment: Row, user: Row, class_: Row, lea_id: str) -> Sequence[str]:
    title = class_.get("title", "") or enrollment.get("classSourcedId", "")
    component = COMPONENTS.get(title.strip().casefold(), title.strip().casefold())
    role = user.get("role", "") or enrollment.get("role", "")
    values = {"lea_id": lea_id, "email": user.get("email", "") or user.get("username", ""), "role": role.casefold()}
    values |= {"first_name": user.get("givenName", ""), "last_name": user.get("familyName", ""), "component": component}
    values |= {"grade_band": user.get("grades", ""), "session": class_.get("classCode", "").casefold()}
    return [values.get(name, "") for name in HEADER]


def _district(org_id: str, orgs: Mapping[str, Row]) -> str:
    """The NCES id of an organization, or of the first one above it that has a 7-digit identifier."""
    seen: set[str] = set()
    while org_id in orgs and org_id not in seen:
        seen.add(org_id)
        identifier = orgs[org_id].get("identifier", "") or org_id
        if identifier.isdigit() and len(identifier) == 7:  # noqa: PLR2004 - the length of an NCES LEA id
            return identifier
        org_id = orgs[org_id].get("parentSourcedId", "")
    return org_id


def _roles(archive: zipfile.ZipFile) -> Mapping[str, Row]:
    """Since OneRoster 1.2 roles stand in a table of their own: the primary one of each user counts."""
    found: dict[str, Row] = {}
    for row in _rows(archive, "roles"):
        named = {
            "role": row.get("role", ""),
            "orgSourcedIds": row.get("orgSourcedId", ""),
            "grades": row.get("grade", ""),
        }
        is_primary = (row.get("isPrimary", "") or row.get("roleType", "")).casefold() in {"true", "primary"}
        if is_primary or row.get("userSourcedId", "") not in found:
            found[row.get("userSourcedId", "")] = named
    return found


def _by_id(archive: zipfile.ZipFile, name: str) -> Mapping[str, Row]:
    return {row.get("sourcedId", ""): row for row in _rows(archive, name)}


def _entry(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo | None:
    wanted = f"{name}.csv"
    return next((e for e in archive.infolist() if e.filename.rpartition("/")[2].casefold() == wanted), None)


def _rows(archive: zipfile.ZipFile, name: str) -> Iterator[Row]:
    entry = _entry(archive, name)
    if entry is None:
        return
    try:
        text = archive.read(entry).decode("utf-8-sig")
    except (*DAMAGE, UnicodeDecodeError) as error:
        raise RejectedFileError(f"its {name}.csv cannot be read ({error})") from error
    for row in csv.DictReader(io.StringIO(text, newline="")):
        yield {key: (value or "").strip() for key, value in row.items() if key is not None}
