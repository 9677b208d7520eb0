"""Certificates as Open Badges 3.0 credentials: signed (JWT, RS256) with the issuer's active key, and checked offline.

Who has the issuer's public keys (``tasks/certificates/issuer_keys.py``) and the list of revoked credentials
(``tasks/certificates/revocations.py``) needs nobody else to check a credential.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component
from schemas.tables import Certificate, CertificateTerm, Educator
from tasks.certificates.issuer_keys import active_key
from tasks.certificates.key_files import ALGORITHM
from tasks.core.policies import policy_of
from tasks.ledger.persons import current_address

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


def credential_of(db: Session, certificate_id: str) -> str:
    """The signed credential of a certificate, always the same for the same term and key. No key is ever made here.

    Raises:
        LookupError: there is no such certificate.
        IssuerKeyError: there is no key to sign with, or it does not belong to the published ones.
    """
    certificate = db.get(Certificate, certificate_id)
    if certificate is None:
        raise LookupError(f"There is no certificate {certificate_id}; check its number.")
    person = db.get_one(Educator, (certificate.season, certificate.email))
    query = select(CertificateTerm).where(CertificateTerm.certificate_id == certificate_id)
    term = db.scalars(query.order_by(CertificateTerm.term_number.desc())).first()
    starts_on = term.starts_on if term else certificate.issued_on
    identity = _identity(certificate_id, current_address(db, certificate.email))
    claims = _claims(certificate, person, identity, starts_on, policy_of(certificate.season))
    key = active_key()
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": key.kid}
    return jws.serialize_compact(header, json.dumps(claims, sort_keys=True).encode(), key, algorithms=[ALGORITHM])


def _claims(
    certificate: Certificate, person: Educator, identity: Mapping[str, Any], starts_on: date, policy: Policy
) -> dict[str, Any]:
    issuer = policy.letters.issuer_url
    url = credential_id(issuer, certificate.certificate_id)
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
    subject = {"type": ["AchievementSubject"], "identifier": [identity], "achievement": achievement}
    return {
        "@context": CONTEXTS,
        "id": url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": f"{name}: {person.first_name} {person.last_name}",
        "issuer": {"id": issuer, "type": ["Profile"], "name": policy.letters.signature},
        "validFrom": since.isoformat(),
        "validUntil": until.isoformat(),
        "credentialSubject": subject,
        "credentialStatus": {"id": revocation_url(issuer), "type": "1EdTechRevocationList"},
        "iss": issuer,
        "jti": url,
        "sub": url,
        "nbf": int(since.timestamp()),
        "exp": int(until.timestamp()),
    }


def credential_id(issuer: str, certificate_id: str) -> str:
    """How a credential is named, in itself and in the list of those revoked."""
    return f"{issuer}/certificates/{certificate_id}"


def revocation_url(issuer: str) -> str:
    """Where the public finds an issuer's list of revoked credentials."""
    return f"{issuer}/revoked.json"


def _identity(certificate_id: str, address: str) -> dict[str, Any]:
    """Whose it is, as a salted hash of the address: who knows the address can check it, others do not learn it."""
    salt = hashlib.sha256(certificate_id.encode()).hexdigest()[:16]
    digest = hashlib.sha256(f"{address}{salt}".encode()).hexdigest()
    kind = {"type": "IdentityObject", "identityType": "emailAddress", "hashed": True}
    return {**kind, "identityHash": f"sha256${digest}", "salt": salt}


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
