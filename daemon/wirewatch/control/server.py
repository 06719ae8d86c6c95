"""The control socket: HTTP over a Unix socket, for the commands and, later, the page. starlette's and uvicorn's home.

Routes come from `operations.py`; what they do is `LocalControl`'s. Blocking work goes to threads. Access is the file's:
mode 0660, so whoever is in the group of the service may ask and want.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import pwd
import socket
import stat
import struct
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from wirewatch.control.codec import from_request, to_json
from wirewatch.control.follow import Event, Follow
from wirewatch.control.operations import FOLLOW, OPERATIONS, Operation
from wirewatch.control.places import LONGEST, is_ours
from wirewatch.control.protocol import Control
from wirewatch.errors import ConfigError, ControlError, StoreBusy, WirewatchError

log = logging.getLogger(__name__)

MOST_BYTES = 64_000  # of a request's body
STOP_WITHIN = 2  # seconds that requests under way get at the stop
KEEP_ALIVE = 15.0  # seconds after which a follower gets an empty line


class _Peer(H11Protocol):
    """Names the user at the other end of the socket as its client (SO_PEERCRED, unix(7))."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        raw = transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        _, uid, _ = struct.unpack("3i", raw)
        try:
            name = pwd.getpwuid(uid).pw_name
        except KeyError:
            name = f"user {uid}"
        self.client = (name, uid)


class _Server(uvicorn.Server):
    """Leaves the signals to the daemon."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@dataclass(slots=True)
class ControlServer:
    """Start it in the daemon's loop. path: of the socket; a socket that cannot be made is said, the watch goes on."""

    path: Path
    control: Control
    follow: Follow
    _server: _Server | None = None
    _task: asyncio.Task[None] | None = None
    _socket: socket.socket | None = field(default=None)

    async def start(self) -> bool:
        """True where it listens."""
        try:
            listening = open_socket(self.path)
        except (OSError, ControlError) as error:
            log.warning("action=no_control_socket path=%s text=%s; commands cannot reach this daemon", self.path, error)
            return False
        config = uvicorn.Config(
            self._app(),
            http=_Peer,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_WITHIN,
        )
        self._socket, self._server = listening, _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]), name="control")
        return True

    async def stop(self) -> None:
        """Take no more requests, let those under way end, and remove the socket."""
        if self._server is None or self._task is None or self._socket is None:
            return
        self._server.should_exit = True
        await asyncio.wait((self._task,), timeout=STOP_WITHIN + 1)
        self._task.cancel()
        with contextlib.suppress(OSError):  # somebody removed it already
            self.path.unlink()
        self._socket.close()

    def _app(self) -> Starlette:
        routes = [Route(one.path, self._endpoint(one), methods=[one.method], name=one.name) for one in OPERATIONS]
        routes.append(Route(FOLLOW, self._followed, methods=["GET"]))
        handlers: dict[Any, Any] = {404: _no_such_path, 405: _no_such_path}
        return Starlette(routes=routes, exception_handlers=handlers)

    def _endpoint(self, operation: Operation) -> Callable[[Request], Any]:
        method = getattr(self.control, operation.name)

        async def answer(request: Request) -> Response:
            try:
                wish = await _wish(operation, request)
                given = {one.name: getattr(wish, one.name) for one in fields(wish)}
                value = await asyncio.to_thread(method, **given)
            except WirewatchError as error:
                return _error(error)
            except Exception as bug:  # a fault of ours costs one request, not the watch
                log.exception("action=control_bug operation=%s", operation.name)
                return _said(f"internal fault {type(bug).__name__}; please report it with the log", 500)
            status = 422 if operation.name == "reload" and value else 200
            return Response(to_json(operation.gives, value), status, media_type="application/json")

        return answer

    async def _followed(self, request: Request) -> Response:
        return StreamingResponse(_lines(self.follow.events()), media_type="application/x-ndjson")


async def _lines(events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
    """A JSON object a line; an empty line now and then shows that the daemon lives."""
    waiting = asyncio.ensure_future(anext(events))
    try:
        yield b"\n"
        while True:
            done, _ = await asyncio.wait((waiting,), timeout=KEEP_ALIVE)
            if not done:
                yield b"\n"
                continue
            yield to_json(Event, waiting.result()) + b"\n"
            waiting = asyncio.ensure_future(anext(events))
    finally:
        waiting.cancel()


async def _wish(operation: Operation, request: Request) -> Any:
    if operation.method == "GET":
        given: Any = dict(request.query_params)
    else:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                raise ControlError(f"the request is longer than {MOST_BYTES} bytes")
        given = _json_object(body)
    if "by" in {one.name for one in fields(operation.takes)}:
        given["by"] = request.client.host if request.client else "unknown"
    return from_request(operation.takes, given)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise ControlError(f"the request is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ControlError("the request is not a JSON object; send {} with the fields of config/CONTROL.md")
    return value


def _error(error: WirewatchError) -> Response:
    if isinstance(error, ControlError):
        return _said(str(error), 400)
    if isinstance(error, StoreBusy):
        return _said(str(error), 503)
    return _said(str(error), 422 if isinstance(error, ConfigError) else 500)


def _said(text: str, status: int) -> Response:
    return JSONResponse({"error": text}, status)


async def _no_such_path(request: Request, error: Exception) -> Response:
    return _said(f"{request.method} {request.url.path}: there is no such operation; see config/CONTROL.md", 404)


def open_socket(path: Path) -> socket.socket:
    """A listening socket of mode 0660. One that a dead daemon left is removed. Raises OSError or ControlError."""
    if len(os.fsencode(path)) > LONGEST:
        raise ControlError(f"its name is longer than {LONGEST} bytes; set WIREWATCH_SOCKET to a shorter one")
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
    if not is_ours(path.parent):
        raise ControlError(f"{path.parent} belongs to another user; set WIREWATCH_SOCKET to a place of your own")
    if path.exists() or path.is_symlink():
        _remove_stale(path)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        before = os.umask(0o117)  # 0660 from the first moment on
        try:
            made.bind(os.fspath(path))
        finally:
            os.umask(before)
        made.listen(64)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _remove_stale(path: Path) -> None:
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise ControlError("a file that is no socket stands in its place; move it away")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(2)
        try:
            asking.connect(os.fspath(path))
        except OSError:
            path.unlink()
            return
    raise ControlError("another daemon answers on it")
