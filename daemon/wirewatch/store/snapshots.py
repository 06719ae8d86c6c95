"""The last good watchlist with its includes, so that the watch goes on after a bad edit and a restart."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Connection, delete, insert, select

from wirewatch.store.tables import watchlists


def save_watchlist(conn: Connection, files: Sequence[tuple[str, bytes]], now: datetime) -> bool:
    """Keep these files (name as the watchlist spells it, bytes; the main one first) instead of those before.

    False where they are the ones kept already.
    """
    # Latin-1 gives every byte a letter: files come back as they were, whatever their encoding.
    plain = json.dumps([[name, data.decode("latin-1")] for name, data in files]).encode()
    digest = blake2b(plain, digest_size=16).digest()
    if conn.execute(select(watchlists.c.digest)).scalar() == digest:
        return False
    conn.execute(delete(watchlists))
    conn.execute(insert(watchlists), {"loaded_at": now, "digest": digest, "files": zlib.compress(plain)})
    return True


def last_watchlist(conn: Connection) -> tuple[tuple[str, bytes], ...] | None:
    """The files kept last, in their order; None if none ever were."""
    packed = conn.execute(select(watchlists.c.files)).scalar()
    if packed is None:
        return None
    return tuple((name, text.encode("latin-1")) for name, text in json.loads(zlib.decompress(packed)))
