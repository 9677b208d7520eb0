"""A facilitator is in one meeting at a time: the database itself refuses a session or office hours that overlap another one.

Sessions of merged cohorts and canceled office hours are no meetings. The break between two meetings is the rules' to keep. A
migration that makes one of these tables anew on SQLite (``TABLES``) removes the guard before and sets it again after.
Source: ruling on facilitators (one meeting at a time).
"""

from collections.abc import Mapping

from alembic import op

FUNCTION = "require_one_meeting_at_a_time"
TOLD = "a facilitator is in one meeting at a time"
TABLES = ("cohort", "cohort_session", "office_hour")
EVENTS: Mapping[str, tuple[str, ...]] = {
    "cohort": ("UPDATE OF facilitator_id, merged_into",),
    "cohort_session": ("INSERT", "UPDATE OF cohort_id, starts_at, ends_at"),
    "office_hour": ("INSERT", "UPDATE OF host_id, starts_at, ends_at, is_canceled"),
}
SAME_SESSION = "s.season = NEW.season AND s.cohort_id = NEW.cohort_id AND s.session_number = NEW.session_number"
SAME_HOUR = "h.season = NEW.season AND h.lea_id = NEW.lea_id AND h.planned_at = NEW.planned_at"
SAME_COHORT = "s.season = NEW.season AND s.cohort_id = NEW.cohort_id"


def _overlaps(who: str, item: str, besides: str) -> str:
    """Whether somebody has another meeting than ``besides`` at the time of an item (a row with ``starts_at``, ``ends_at``)."""
    own_session, own_hour = (besides, "1 = 0") if besides.startswith("s.") else ("1 = 0", besides)
    at_once = f"x.starts_at < {item}.ends_at AND {item}.starts_at < x.ends_at"
    sessions = (
        "cohort c JOIN cohort_session s ON s.season = c.season AND s.cohort_id = c.cohort_id "
        f"WHERE c.facilitator_id = {who} AND c.merged_into = '' AND {at_once.replace('x.', 's.')} AND NOT ({own_session})"
    )
    hours = (
        f"office_hour h WHERE h.host_id = {who} AND NOT h.is_canceled "
        f"AND {at_once.replace('x.', 'h.')} AND NOT ({own_hour})"
    )
    return f"(EXISTS (SELECT 1 FROM {sessions}) OR EXISTS (SELECT 1 FROM {hours}))"  # noqa: S608 - our own names


def _conditions() -> Mapping[str, str]:
    mine = "season = NEW.season AND cohort_id = NEW.cohort_id"
    leader = f"(SELECT facilitator_id FROM cohort WHERE {mine} AND merged_into = '')"  # noqa: S608 - our own names
    own = f"SELECT 1 FROM cohort_session m WHERE {mine} AND {_overlaps('NEW.facilitator_id', 'm', SAME_COHORT)}"  # noqa: S608 - see above
    return {
        "cohort": f"NEW.merged_into = '' AND EXISTS ({own})",
        "cohort_session": _overlaps(leader, "NEW", SAME_SESSION),
        "office_hour": f"NOT NEW.is_canceled AND {_overlaps('NEW.host_id', 'NEW', SAME_HOUR)}",
    }


def guard_meetings() -> None:
    """Refuse overlapping meetings of one facilitator from now on; PostgreSQL's writers of meetings take turns for it."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, condition in _conditions().items():
        if is_postgresql:
            op.execute(
                f"CREATE FUNCTION {FUNCTION}_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"PERFORM pg_advisory_xact_lock(hashtext('{FUNCTION}')); IF {condition} THEN "
                f"RAISE EXCEPTION '{TOLD}' USING ERRCODE = 'exclusion_violation'; END IF; RETURN NEW; END $$"
            )
        for number, event in enumerate(EVENTS[table]):
            if is_postgresql:
                does = f"EXECUTE FUNCTION {FUNCTION}_{table}()"
            else:
                does = f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{TOLD}'); END"
            op.execute(f"CREATE TRIGGER {table}_meetings_{number} BEFORE {event} ON {table} FOR EACH ROW {does}")


def unguard_meetings() -> None:
    """Let meetings overlap again."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, events in EVENTS.items():
        for number in range(len(events)):
            op.execute(f"DROP TRIGGER {table}_meetings_{number}{f' ON {table}' if is_postgresql else ''}")
        if is_postgresql:
            op.execute(f"DROP FUNCTION {FUNCTION}_{table}()")
