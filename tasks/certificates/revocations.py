"""The published list of revoked credentials: one for each issuer, with those of all seasons in it.

A list says nothing about a credential that it does not name. So a list of one season would un-revoke the others'.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.statuses import CertificateStatus
from schemas.tables import Certificate, Season
from tasks.certificates.credentials import credential_id, revocation_url
from tasks.certificates.key_files import keys_folder, only_one_changes_keys
from tasks.core.database import reading
from tasks.core.durable_files import write_durably
from tasks.core.policies import policy_of
from tasks.ledger.unit_of_work import OperatorError

ENDED = (CertificateStatus.REVOKED, CertificateStatus.WITHDRAWN)
NAME = "revoked"


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A list that was written: where it is, where the public looks for it, and how many credentials it names."""

    path: Path
    url: str
    revoked: int


def revocation_lists(db: Session) -> list[dict[str, Any]]:
    """The credentials of all seasons that do not stand any more (1EdTech revocation list), one list for each issuer."""
    seasons = {*db.scalars(select(Season.season)), *db.scalars(select(Certificate.season).distinct())}
    issuers = {season: policy_of(season).letters.issuer_url for season in seasons}
    query = select(Certificate).where(Certificate.status.in_(ENDED)).order_by(Certificate.certificate_id)
    found: dict[str, list[dict[str, Any]]] = {issuer: [] for issuer in sorted({*issuers.values()})}
    for row in db.scalars(query):
        issuer = issuers[row.season]
        entry = {"id": credential_id(issuer, row.certificate_id), "revoked": True, "revocationReason": row.status}
        found[issuer].append(entry)
    return [
        {"id": revocation_url(issuer), "issuer": issuer, "revokedCredential": entries}
        for issuer, entries in found.items()
    ]


def publish_revocations() -> list[PublishedList]:
    """Write the list of each issuer: ``keys/revoked.json``, or ``keys/revoked-<host>.json`` where there are several issuers.

    Of two that publish at once, the one that reads later writes later.

    Raises:
        OperatorError: no season is open, or a list that is there names a certificate that this database does not know.
    """
    with only_one_changes_keys(), reading() as db:
        lists = revocation_lists(db)
        if not lists:
            raise OperatorError("No season is open in this database: there is nothing to publish.")
        before = sorted(keys_folder().glob(f"{NAME}*.json"))
        _require_known(db, before)
        paths = {_path_of(item["issuer"], lists): item for item in lists}
        for path, item in paths.items():
            write_durably(path, json.dumps(item, indent=1).encode())
        for path in set(before) - set(paths):
            path.unlink()  # of before there were several issuers, or one: it would grow old unseen
    return [PublishedList(path, item["id"], len(item["revokedCredential"])) for path, item in paths.items()]


def _path_of(issuer: str, lists: Collection[Mapping[str, Any]]) -> Path:
    parts = urlsplit(issuer)
    place = "-".join(part for part in (parts.netloc, *parts.path.split("/")) if part).replace(":", "-")
    return keys_folder() / (f"{NAME}-{place}.json" if len(lists) > 1 else f"{NAME}.json")


def _require_known(db: Session, paths: Collection[Path]) -> None:
    """Stop where a list would lose what another database has revoked."""
    listed = {number for path in paths for number in _numbers_in(path)}
    known = set(db.scalars(select(Certificate.certificate_id)))
    if listed - known:
        unknown = ", ".join(sorted(listed - known)[:3])
        what = f"The list that is there names {unknown}, which this database does not know"
        raise OperatorError(f"{what}; publishing would un-revoke it. Check CADRE_HOME and CADRE_DATABASE_URL.")


def _numbers_in(path: Path) -> list[str]:
    """The numbers of the certificates in a list; none where it is damaged, for it is written anew."""
    try:
        return [str(item["id"]).rpartition("/")[2] for item in json.loads(path.read_bytes())["revokedCredential"]]
    except (ValueError, KeyError, TypeError):
        return []
