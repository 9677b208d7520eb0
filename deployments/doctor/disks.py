"""On what kind of disk a path lies, as far as Linux says: SQLite's locks do not hold on one of the network."""

import re
from contextlib import suppress
from pathlib import Path

MOUNTS = Path("/proc/mounts")
NETWORK_KINDS = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "coda", "ceph", "glusterfs", "lustre", "gpfs"),
        *("beegfs", "orangefs", "pvfs2", "davfs", "autofs"),  # autofs: what should be mounted there, and is not
    }
)
# Of file systems that a program serves (fuse.sshfs, fuse.glusterfs, fuse.s3fs, ...) only these are known to be of this machine.
LOCAL_FUSE_KINDS = frozenset(
    f"fuse.{name}"
    for name in ("bindfs", "encfs", "fuse-overlayfs", "gocryptfs", "lxcfs", "mergerfs", "ntfs", "ntfs-3g", "zfs")
)
ESCAPED = re.compile(r"\\([0-7]{3})")


def network_file_system_of(path: Path) -> str:
    """The kind of network drive that a path lies on; empty where it is a disk of this machine, or nobody says."""
    kind = file_system_of(path)
    is_served = kind.startswith("fuse.") and kind not in LOCAL_FUSE_KINDS
    return kind if kind in NETWORK_KINDS or is_served else ""


def file_system_of(path: Path) -> str:
    """The kind of the file system that a path lies on; empty where this system does not say.

    Of several mounted on one place the last one is seen.
    """
    with suppress(OSError):
        path.parent.stat()  # what is mounted when it is looked at is mounted now
    if not MOUNTS.exists():
        return ""
    place, found = path.resolve(), {}
    for line in MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        where, kind = line.split()[1:3]
        found[Path(_plain(where))] = kind
    holding = [where for where in found if place.is_relative_to(where)]
    return found[max(holding, key=lambda where: len(where.parts))] if holding else ""


def _plain(where: str) -> str:
    """A place as it is called: a space in it is written as a backslash with 040."""
    return ESCAPED.sub(lambda sign: chr(int(sign[1], 8)), where)
