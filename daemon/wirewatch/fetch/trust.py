"""Whom we trust over TLS: the certificates of certifi and, in addition, those of an own CA file."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

import certifi

from wirewatch.errors import FetchError


class Trust:
    """Gives the file that libcurl reads.

    A file, not a blob in memory: libcurl keeps the parsed certificates of a file between connections, which saves
    it 10 ms CPU per connection.
    """

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None
        self._bundles: dict[tuple[str, ...], str] = {}

    def bundle(self, *ca_files: str | None) -> str:
        """The path of a file with certifi's certificates and those of each ca_file that is given (PEM).

        Raises FetchError where a file cannot be read or holds no certificate; tried anew at the next call.
        """
        own = tuple(dict.fromkeys(name for name in ca_files if name))
        if not own:
            return certifi.where()
        if own not in self._bundles:
            self._bundles[own] = self._join(own)
        return self._bundles[own]

    def close(self) -> None:
        """Remove the joined files."""
        if self._folder is not None:
            self._folder.cleanup()

    def _join(self, names: tuple[str, ...]) -> str:
        texts = [_read(name) for name in names]
        content = b"\n".join([Path(certifi.where()).read_bytes(), *texts])
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="wirewatch-ca-")
        path = Path(self._folder.name) / f"{blake2b(content, digest_size=8).hexdigest()}.pem"
        path.write_bytes(content)
        return str(path)


def _read(name: str) -> bytes:
    try:
        text = Path(name).read_bytes()
    except OSError as error:
        raise FetchError(f"ca {name}: cannot be read ({error.strerror}); check its path and permissions") from error
    if b"-----BEGIN CERTIFICATE-----" not in text:
        raise FetchError(f"ca {name}: holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
    return text
