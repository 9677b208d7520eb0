"""Where people's files lie in this installation: a folder of its own, or what ``CADRE_INBOX_URL`` names."""

from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from schemas.settings import Settings, settings
from tasks.core.local_folder import LocalFolder
from tasks.core.stored_files import Storage

CONNECT_SECONDS, READ_SECONDS, TRIES = 10, 60, 3


def storage() -> Storage:
    """The storage of this process's settings: the folders ``inbox`` and ``received`` are in its root."""
    return _storage_of(settings())


@lru_cache(maxsize=2)
def _storage_of(config: Settings) -> Storage:
    return open_storage(config)


def open_storage(config: Settings) -> Storage:
    """The storage that settings name; nothing is asked of it yet.

    Raises:
        ServiceSetupError: fsspec does not know what the address begins with, or lacks what it needs for it.
    """
    folder = local_root(config)
    if folder:
        return LocalFolder(folder)
    from tasks.core.object_store import ObjectStore  # noqa: PLC0415 - what it needs is not installed everywhere

    protocol, _, root = config.inbox_url.partition("://")
    return ObjectStore(_file_system(config, protocol), root, config.folder / "tmp")


def local_root(config: Settings) -> Path | None:
    """The folder that inbox and received files are in; nothing where it is a bucket."""
    address = urlsplit(config.inbox_url)
    if not config.inbox_url:
        return config.folder
    return Path(unquote(address.path)) if address.scheme == "file" else None


def _file_system(config: Settings, protocol: str) -> Any:
    from fsspec import filesystem  # noqa: PLC0415 - see above

    from tasks.core.step import ServiceSetupError  # noqa: PLC0415 - Prefect, which a command without a server need not load

    try:
        return filesystem(protocol, **(_s3_options(config) if protocol == "s3" else {}))
    except (ImportError, ValueError) as error:
        raise ServiceSetupError(
            f"Nothing here can read {protocol}:// addresses ({type(error).__name__}); for s3:// install the extra 's3'."
        ) from error


def _s3_options(config: Settings) -> dict[str, Any]:
    """What the store is asked with; without a key id of ours, the machine's own role or the usual AWS settings count."""
    tries = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS, "retries": {"max_attempts": TRIES}}
    options: dict[str, Any] = {
        "use_listings_cache": False,
        "skip_instance_cache": True,
        "config_kwargs": {**tries, "ignore_configured_endpoint_urls": True},  # production has looked at ours only
    }
    if config.inbox_endpoint:
        options["endpoint_url"] = config.inbox_endpoint
    if config.inbox_region:
        options["client_kwargs"] = {"region_name": config.inbox_region}
    if config.inbox_key_id:
        options |= {"key": config.inbox_key_id, "secret": _secret(config)}
    return options


def _secret(config: Settings) -> str:
    if not config.inbox_secret_block:
        return config.inbox_secret.get_secret_value()
    from tasks.core.http_client import secret_token  # noqa: PLC0415 - see above

    return secret_token(config.inbox_secret_block, config.inbox_secret)
