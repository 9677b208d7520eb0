"""Certificates as Open Badges 3.0 credentials: signed (JWT, RS256), checked offline, and listed when revoked.

The issuer's key lives in the data directory and is made on first use; its public half is ``keys/issuer.jwks.json``, which the
agency publishes once. Who has that file, and the list of revoked credentials, needs nobody else to check a credential.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component
from schemas.settings import settings
from schemas.statuses import CertificateStatus
from schemas.tables import Certificate, CertificateTerm, Educator
from tasks.core.policies import policy_of

ALGORITHM = "RS256"
KEY_BITS = 2048
CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
TRACKS = {"educator": COMPONENT_NAMES[Component.CERTIFICATION], "librarian": COMPONENT_NAMES[Component.LIBRARIAN]}


class CredentialError(ValueError):
    """A credential does not stand; the message says why."""


@dataclass(frozen=True, slots=True)
class CheckedCredential:
    """A credential whose signature and days were checked."""

    certificate_id: str
    achievement: str
    valid_from: str
    valid_until: str
    claims: Mapping[str, Any]


def keys_folder() -> Path:
    """Where the issuer's keys are."""
    return settings().folder / "keys"


def issuer_key() -> RSAKey:
    """The issuer's key; made on first use, readable by nobody else, with its public half beside it."""
    path = keys_folder() / "issuer.pem"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.touch(mode=0o600)
        draft.write_bytes(RSAKey.generate_key(KEY_BITS).as_pem(private=True))
        try:
            os.link(draft, path)  # two that begin at once keep the first one's key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = _read_key(path)
    public = keys_folder() / "issuer.jwks.json"
    if not public.exists():
        public.write_text(json.dumps({"keys": [key.as_dict(private=False)]}, indent=1), encoding="utf-8")
    return key


@lru_cache(maxsize=2)
def _read_key(path: Path) -> RSAKey:
    """The key of a file; reading it checks its numbers, which takes as long as a hundred signatures."""
    key = RSAKey.import_key(path.read_bytes(), {"use": "sig", "alg": ALGORITHM})
    key.ensure_kid()
    return key


def credential_of(db: Session, certificate_id: str) -> str:
    """The signed credential of a certificate, always the same for the same term and key.

    Raises:
        LookupError: there is no such certificate.
    """
    certificate = db.get(Certificate, certificate_id)
    if certificate is None:
        raise LookupError(f"There is no certificate {certificate_id}; check its number.")
    person = db.get_one(Educator, (certificate.season, certificate.email))
    query = select(CertificateTerm).where(CertificateTerm.certificate_id == certificate_id)
    term = db.scalars(query.order_by(CertificateTerm.term_number.desc())).first()
    starts_on = term.starts_on if term else certificate.issued_on
    claims = _claims(certificate, person, starts_on, policy_of(certificate.season))
    key = issuer_key()
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": key.kid}
    return jws.serialize_compact(header, json.dumps(claims, sort_keys=True).encode(), key, algorithms=[ALGORITHM])


def _claims(certificate: Certificate, person: Educator, starts_on: date, policy: Policy) -> dict[str, Any]:
    issuer, url = policy.letters.issuer_url, f"{policy.letters.issuer_url}/certificates/{certificate.certificate_id}"
    since = datetime.combine(starts_on, time(), policy.zone).astimezone(UTC)
    until = datetime.combine(certificate.expires_on + timedelta(days=1), time(), policy.zone).astimezone(UTC)
    name = TRACKS[certificate.track]
    achievement = {
        "id": f"{issuer}/achievements/{certificate.track}",
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": name,
        "description": f"{name}, valid for {policy.certificates.valid_years} years.",
        "criteria": {
            "narrative": f"A portfolio that an independent panel scored {policy.review.pass_percent} % or better."
        },
    }
    subject = {"type": ["AchievementSubject"], "identifier": [_identity(certificate)], "achievement": achievement}
    return {
        "@context": CONTEXTS,
        "id": url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": f"{name}: {person.first_name} {person.last_name}",
        "issuer": {"id": issuer, "type": ["Profile"], "name": policy.letters.signature},
        "validFrom": since.isoformat(),
        "validUntil": until.isoformat(),
        "credentialSubject": subject,
        "credentialStatus": {"id": f"{issuer}/revoked.json", "type": "1EdTechRevocationList"},
        "iss": issuer,
        "jti": url,
        "sub": url,
        "nbf": int(since.timestamp()),
        "exp": int(until.timestamp()),
    }


def _identity(certificate: Certificate) -> dict[str, Any]:
    """Whose it is, as a salted hash of the address: who knows the address can check it, others do not learn it."""
    salt = hashlib.sha256(certificate.certificate_id.encode()).hexdigest()[:16]
    digest = hashlib.sha256(f"{certificate.email}{salt}".encode()).hexdigest()
    kind = {"type": "IdentityObject", "identityType": "emailAddress", "hashed": True}
    return {**kind, "identityHash": f"sha256${digest}", "salt": salt}


def revocation_list(db: Session, season: str) -> dict[str, Any]:
    """The credentials that do not stand any more (1EdTech revocation list)."""
    issuer = policy_of(season).letters.issuer_url
    ended = (CertificateStatus.REVOKED, CertificateStatus.WITHDRAWN)
    query = select(Certificate).where(Certificate.season == season, Certificate.status.in_(ended))
    found = [
        {"id": f"{issuer}/certificates/{row.certificate_id}", "revoked": True, "revocationReason": row.status}
        for row in db.scalars(query.order_by(Certificate.certificate_id))
    ]
    return {"id": f"{issuer}/revoked.json", "issuer": issuer, "revokedCredential": found}


def check_credential(
    token: str, keys: Mapping[str, Any], at: datetime, revoked: Mapping[str, Any] | None = None
) -> CheckedCredential:
    """Check a credential with nothing but the issuer's public keys and the list of revoked ones.

    Raises:
        CredentialError: it was changed or signed by somebody else, is not valid at the moment, or was revoked.
    """
    try:
        found = jws.deserialize_compact(token.strip(), KeySet.import_key_set(dict(keys)), algorithms=[ALGORITHM])  # type: ignore[arg-type]
        claims = json.loads(found.payload)
        checked = CheckedCredential(
            str(claims["id"]).rpartition("/")[2],
            claims["credentialSubject"]["achievement"]["name"],
            claims["validFrom"],
            claims["validUntil"],
            claims,
        )
        since, until = claims["nbf"], claims["exp"]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise CredentialError(f"The credential was not signed by this issuer, or was changed ({error}).") from error
    if not since <= at.timestamp() < until:
        raise CredentialError(f"The credential is valid from {checked.valid_from} until {checked.valid_until}.")
    if claims["id"] in {item["id"] for item in (revoked or {}).get("revokedCredential", ())}:
        raise CredentialError(f"The credential {checked.certificate_id} was revoked.")
    return checked


def require_owner(checked: CheckedCredential, email: str) -> None:
    """Check whose a credential is; nothing where no address is named.

    Raises:
        CredentialError: it is somebody else's.
    """
    identity = checked.claims["credentialSubject"]["identifier"][0]
    digest = hashlib.sha256(f"{email.strip().lower()}{identity['salt']}".encode()).hexdigest()
    if email and identity["identityHash"] != f"sha256${digest}":
        raise CredentialError(f"The credential is not that of {email}.")
