"""The good watchlists with their includes: the last one, so that the watch goes on after a bad edit and a restart; and
those before it, to compare with.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Connection, delete, insert, select

from wirewatch.store.tables import watchlists

MOST_KEPT = 20  # a few kB each

Files = tuple[tuple[str, bytes], ...]
_NEWEST = watchlists.c.id.desc()


def save_watchlist(conn: Connection, files: Sequence[tuple[str, bytes]], now: datetime) -> bool:
    """Keep these files (name as the watchlist spells it, bytes; the main one first) as the last good ones.

    False where they are that already. The MOST_KEPT newest are kept.
    """
    # Latin-1 gives every byte a letter: files come back as they were, whatever their encoding.
    plain = json.dumps([[name, data.decode("latin-1")] for name, data in files]).encode()
    digest = blake2b(plain, digest_size=16).digest()
    if conn.execute(select(watchlists.c.digest).order_by(_NEWEST).limit(1)).scalar() == digest:
        return False
    older = conn.execute(select(watchlists.c.id).order_by(_NEWEST).offset(MOST_KEPT - 1)).scalars().all()
    conn.execute(delete(watchlists).where(watchlists.c.id.in_(older)))
    conn.execute(insert(watchlists), {"loaded_at": now, "digest": digest, "files": zlib.compress(plain)})
    return True


def kept_watchlists(conn: Connection) -> tuple[tuple[int, datetime], ...]:
    """The numbers of the kept ones, and when each became live, newest first."""
    rows = conn.execute(select(watchlists.c.id, watchlists.c.loaded_at).order_by(_NEWEST))
    return tuple((row.id, row.loaded_at) for row in rows)


def last_watchlist(conn: Connection, number: int | None = None) -> Files | None:
    """The files kept last, in their order; None if none ever were. number: of an earlier one."""
    kept = select(watchlists.c.files).order_by(_NEWEST).limit(1)
    packed = conn.execute(kept if number is None else kept.where(watchlists.c.id == number)).scalar()
    if packed is None:
        return None
    return tuple((name, text.encode("latin-1")) for name, text in json.loads(zlib.decompress(packed)))
