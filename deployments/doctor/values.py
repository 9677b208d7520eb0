"""The values of an installation that have no place in production: a sample's, and those that are not there."""

from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from deployments.doctor.invalid import Problem
from deployments.services import SANDBOX_TOKEN
from schemas.policy import Policy, PolicyError
from schemas.settings import Settings
from tasks.certificates.issuer_keys import key_problem
from tasks.core.policies import policy_of
from tasks.season.seasons import seasons_with_policy

SAMPLE_DOMAIN = "cadre.example"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs"}
)
MOUNTS = Path("/proc/mounts")


def missing_for_production(config: Settings) -> list[Problem]:
    """Every value that is a sample's, and everything that is not there yet; nothing where the installation can start."""
    return [
        *_provider(config),
        *_mail(config),
        *_policies(config),
        *_database(config),
        *_keys(),
    ]


def _provider(config: Settings) -> Iterator[Problem]:
    address, token = urlsplit(config.provider_url), config.provider_token.get_secret_value()
    if address.scheme != "https" or address.hostname in LOOPBACK:
        yield Problem(
            "CADRE_PROVIDER_URL", "is not an https address of the credit provider", "set the provider's address"
        )
    if token == SANDBOX_TOKEN or not (token or config.provider_token_block):
        remedy = "set the provider's token, or keep it in the Prefect block that CADRE_PROVIDER_TOKEN_BLOCK names"
        yield Problem("CADRE_PROVIDER_TOKEN", "is the sandbox's, or empty", remedy)


def _mail(config: Settings) -> Iterator[Problem]:
    if config.smtp_host in LOOPBACK:
        yield Problem("CADRE_SMTP_HOST", "is this machine, where the sandbox receives letters", "set the mail server")


def _policies(config: Settings) -> Iterator[Problem]:
    seasons = seasons_with_policy()
    if not seasons:
        yield Problem(
            "CADRE_POLICY_FOLDER", f"{config.policy_folder} holds no policy", "name the folder of the policies"
        )
    for season in seasons:
        name = f"{season}.toml"
        try:
            policy = policy_of(season)
        except PolicyError as error:
            yield Problem(name, "; ".join(error.problems), f"correct it until `cadre policy check {name}` agrees")
        else:
            yield from _sample_addresses(name, policy)


def _sample_addresses(name: str, policy: Policy) -> Iterator[Problem]:
    for key in ("sender", "operators", "agency"):
        address = parseaddr(getattr(policy.letters, key))[1]
        if address.rpartition("@")[2] == SAMPLE_DOMAIN:
            yield Problem(f"{name}: letters.{key}", f"is the sample's address, {address}", "write the program's own")
    if SAMPLE_DOMAIN in policy.letters.issuer_url:
        yield Problem(f"{name}: letters.issuer_url", "is the sample's", "write where the issuer is known on the web")


def _database(config: Settings) -> Iterator[Problem]:
    url = make_url(config.database)
    if url.get_backend_name() != "sqlite":
        return
    path = Path(url.database or ".").resolve()
    kind = file_system_of(path)
    if kind in NETWORK_FILE_SYSTEMS:
        remedy = "use PostgreSQL (CADRE_DATABASE_URL), or a disk of this machine: locks do not hold on a network drive"
        yield Problem("CADRE_DATABASE_URL", f"SQLite lies on a network drive ({kind})", remedy)


def file_system_of(path: Path) -> str:
    """The kind of the file system that a path lies on; empty where this system does not say."""
    if not MOUNTS.exists():
        return ""
    mounts = [line.split()[1:3] for line in MOUNTS.read_text(encoding="utf-8").splitlines()]
    holding = [(where, kind) for where, kind in mounts if path.is_relative_to(where)]
    return max(holding, key=lambda mount: len(mount[0]), default=("", ""))[1]


def _keys() -> Iterator[Problem]:
    if problem := key_problem():
        yield Problem("keys", problem, "letters with certificates wait until there is one")
