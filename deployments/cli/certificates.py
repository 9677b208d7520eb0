"""``cadre certificate``: signed credentials, and checking one offline."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from deployments.cli.output import AsJson
from schemas.settings import settings

certificate_app = App(name="certificate", help="Certificates as signed credentials (Open Badges 3.0).")


@certificate_app.command(name="credential")
def certificate_credential(certificate_id: str, *, file: Path | None = None) -> int:
    """Write the signed credential of a certificate; exit code 1 where there is none of this number."""
    from tasks.certificates.credentials import credential_of  # noqa: PLC0415 - keeps the other commands quick
    from tasks.core.database import reading  # noqa: PLC0415 - see above

    try:
        with reading() as db:
            token = credential_of(db, certificate_id)
    except LookupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if file:
        file.write_text(token, encoding="ascii")
    else:
        sys.stdout.write(f"{token}\n")
    return 0


@certificate_app.command(name="publish")
def certificate_publish(*, season: str = settings().season) -> int:
    """Write what third parties need to check credentials: the issuer's public keys, and the list of revoked credentials."""
    from tasks.certificates.credentials import issuer_key, keys_folder, revocation_list  # noqa: PLC0415 - see above
    from tasks.core.database import reading  # noqa: PLC0415 - see above

    issuer_key()
    with reading() as db:
        found = revocation_list(db, season)
    path = keys_folder() / "revoked.json"
    path.write_text(json.dumps(found, indent=1), encoding="utf-8")
    sys.stdout.write(f"{keys_folder() / 'issuer.jwks.json'}\n{path}\n")
    return 0


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
    from tasks.certificates.credentials import CredentialError, check_credential, keys_folder, require_owner  # noqa: PLC0415 - see above

    known = json.loads((keys or keys_folder() / "issuer.jwks.json").read_text(encoding="utf-8"))
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
