"""``cadre certificate key``: the keys that sign credentials, made by these commands only."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, say

if TYPE_CHECKING:
    from tasks.certificates.issuer_keys import IssuerKey

key_app = App(name="key", help="The keys that sign credentials.")


@key_app.command(name="create")
def key_create(*, as_json: AsJson = False) -> int:
    """Make the key that signs credentials, once for an installation; exit code 1 where there is one, or was one."""
    from tasks.certificates.issuer_keys import create_key  # noqa: PLC0415 - keeps the other commands quick
    from tasks.core.clock import now  # noqa: PLC0415 - see above

    return _tell_active(create_key(now()), as_json=as_json)


@key_app.command(name="rotate")
def key_rotate(
    *, reason: Annotated[str, Parameter(help="Why; it is kept with the key.")] = "", as_json: AsJson = False
) -> int:
    """Sign with a new key from now on; what was signed before still verifies with the published keys."""
    from tasks.certificates.issuer_keys import rotate_key  # noqa: PLC0415 - see above
    from tasks.core.clock import now  # noqa: PLC0415 - see above

    return _tell_active(rotate_key(reason, now()), as_json=as_json)


@key_app.command(name="drop")
def key_drop(kid: str, *, as_json: AsJson = False) -> int:
    """Remove the private key of an id that does not sign any more; its public half stays published."""
    from tasks.certificates.issuer_keys import drop_private_key  # noqa: PLC0415 - see above

    drop_private_key(kid)
    say({"dropped": kid}, as_json=as_json, text=f"The private key {kid} is gone; what it has signed still verifies.")
    return 0


@key_app.command(name="list")
def key_list(*, as_json: AsJson = False) -> int:
    """Show every key, the one that signs, and what is wrong; exit code 1 where nothing can be signed."""
    from tasks.certificates.issuer_keys import key_problem, list_keys  # noqa: PLC0415 - see above

    problem, keys = key_problem(), list_keys()
    lines = [_line(item) for item in keys] + ([problem] if problem else [])
    say({"keys": [asdict(item) for item in keys], "problem": problem}, as_json=as_json, text="\n".join(lines))
    return 1 if problem else 0


def _tell_active(kid: str, *, as_json: bool) -> int:
    from tasks.certificates.key_files import published_path  # noqa: PLC0415 - see above

    what = f"The key {kid} signs from now on. Publish {published_path()}, and back up its folder."
    say({"active": kid, "published": str(published_path())}, as_json=as_json, text=what)
    return 0


def _line(item: "IssuerKey") -> str:
    use = "active" if item.is_active else "retired" if item.active_since else "not used"
    has = [
        "published" if item.is_published else "not published",
        "private key " + ("here" if item.has_private_key else "not here"),
    ]
    since = f"since {item.active_since}" if item.active_since else ""
    return "  ".join(part for part in (item.kid, f"{use:<8}", *has, since, item.reason) if part)
