"""Whom we trust when we connect to a mail server or a webhook: certifi's authorities, and those of an own file."""

from __future__ import annotations

import ssl
from functools import cache

import certifi


@cache
def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """One context for all connections with the same own file: loading costs 20 ms. OSError where it cannot be read."""
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
