"""``cadre certificate``: signed credentials, what is published of them, and checking one offline."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from deployments.cli.certificate_keys import key_app
from deployments.cli.output import AsJson, say
from rules.wording import count

certificate_app = App(name="certificate", help="Certificates as signed credentials (Open Badges 3.0).")
certificate_app.command(key_app)


@certificate_app.command(name="credential")
def certificate_credential(certificate_id: str, *, file: Path | None = None) -> int:
    """Write the signed credential of a certificate; exit code 1 where there is none of this number, or no key to sign with."""
    from tasks.certificates.credentials import credential_of  # noqa: PLC0415 - keeps the other commands quick
    from tasks.certificates.key_files import IssuerKeyError  # noqa: PLC0415 - see above
    from tasks.core.database import reading  # noqa: PLC0415 - see above

    try:
        with reading() as db:
            token = credential_of(db, certificate_id)
    except (LookupError, IssuerKeyError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if file:
        file.write_text(token, encoding="ascii")
    else:
        sys.stdout.write(f"{token}\n")
    return 0


@certificate_app.command(name="publish")
def certificate_publish(*, as_json: AsJson = False) -> int:
    """Write what third parties need to check credentials: the revoked ones of all seasons, and the issuer's public keys.

    The lists are written even where the keys are not as they have to be; then the exit code is 1.
    """
    from tasks.certificates.issuer_keys import publish_keys  # noqa: PLC0415 - see above
    from tasks.certificates.key_files import IssuerKeyError, published_path  # noqa: PLC0415 - see above
    from tasks.certificates.revocations import publish_revocations  # noqa: PLC0415 - see above

    lists = publish_revocations()
    try:
        publish_keys()
        problem = ""
    except IssuerKeyError as error:
        problem = str(error)
    lines = [f"{item.path}  {count(item.revoked, 'revoked credential')}, for {item.url}" for item in lists]
    lines.append(problem or str(published_path()))
    value = {"lists": [asdict(item) for item in lists], "keys": str(published_path()), "problem": problem}
    say(value, as_json=as_json, text="\n".join(lines))
    return 1 if problem else 0


@certificate_app.command(name="verify")
def certificate_verify(
    file: Path,
    *,
    keys: Annotated[
        Path | None, Parameter(help="The issuer's public keys; those of this data directory by default.")
    ] = None,
    revoked: Annotated[Path | None, Parameter(help="The list of revoked credentials.")] = None,
    email: Annotated[str, Parameter(help="Check also that it is this person's.")] = "",
    as_json: AsJson = False,
) -> int:
    """Check a credential offline: its signature, its days, and whether it was revoked; exit code 1 if it does not stand."""
    from tasks.certificates.credentials import CredentialError, check_credential, require_owner  # noqa: PLC0415 - see above
    from tasks.certificates.issuer_keys import public_keys  # noqa: PLC0415 - see above

    known = json.loads(keys.read_text(encoding="utf-8")) if keys else public_keys()
    listed = json.loads(revoked.read_text(encoding="utf-8")) if revoked else None
    try:
        found = check_credential(file.read_text(encoding="ascii"), known, datetime.now(UTC), listed)
        require_owner(found, email)
    except CredentialError as error:
        sys.stdout.write(f"{json.dumps({'stands': False, 'why': str(error)}) if as_json else error}\n")
        return 1
    told = {"stands": True, "certificate": found.certificate_id, "achievement": found.achievement}
    told |= {"valid_from": found.valid_from, "valid_until": found.valid_until}
    text = (
        f"{found.certificate_id} stands: {found.achievement}, valid from {found.valid_from} until {found.valid_until}."
    )
    sys.stdout.write(f"{json.dumps(told) if as_json else text}\n")
    return 0
