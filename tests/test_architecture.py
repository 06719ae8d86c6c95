"""The house keeps its shape: imports point one way, each library has one home, the core stays pure, modules small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "daemon" / "wirewatch"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations/versions" not in path.as_posix())

# A module may import from its own layer's folder and from the layers before it.
LAYERS = (
    ("errors", "shipped"),
    ("core",),
    ("config", "fetch", "store", "notify"),
    ("live", "placing", "visit", "poll", "deliver", "enrich", "editions", "probe", "expecting", "hindsight"),
    ("schedule", "control", "health", "logs"),
    ("explain", "backtest", "scoring", "suggest", "doctor", "tell", "service"),
    ("app", "outside", "clients", "greeting", "heartbeat", "demo"),
    ("cli", "web"),
)
# The four in the middle never import each other.
APART = frozenset({"config", "fetch", "store", "notify"})

HOMES: dict[str, str | tuple[str, ...]] = {
    "feedparser": "fetch/parse.py",
    "pycurl": "fetch/",
    "publicsuffixlist": "fetch/",
    "sqlmodel": "store/",
    "sqlalchemy": "store/",
    "alembic": "store/",
    "psycopg": "store/",
    "apprise": "notify/apprise.py",
    "requests": "notify/apprise.py",
    "urllib3": "notify/apprise.py",
    "smtplib": "notify/smtp.py",
    "apscheduler": "schedule.py",
    "yaml": "config/",
    "pydantic": ("config/", "control/"),  # the watchlist's schema; the JSON of the control socket
    "starlette": "control/",
    "uvicorn": "control/",
    "watchfiles": "config/",
    "typer": "cli/",
    "rich": "cli/",
    "ahocorasick_rs": "core/match/",
}
# What the core may use of the standard library's world, and nothing that touches the world.
IMPURE = frozenset(
    {"os", "sys", "time", "random", "logging", "io", "pathlib", "socket", "ssl", "subprocess", "threading"}
    | {"asyncio", "sqlite3", "urllib.request", "multiprocessing", "tempfile", "shutil", "secrets", "signal", "http"}
)
CORE_LIBRARIES = frozenset({"ahocorasick_rs", "snowballstemmer"})
MOST_LINES = 300


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def imports_of(path: Path, *, top_only: bool = False) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def layer_of(part: str) -> int:
    for number, names in enumerate(LAYERS):
        if part in names:
            return number
    raise AssertionError(f"{part} is in no layer: give it one in LAYERS, and in the map")


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def is_top(path: Path) -> bool:
    return path.name in {"__init__.py", "__main__.py"} and path.parent == PACKAGE


@pytest.mark.parametrize("path", [pytest.param(path, id=name_of(path)) for path in MODULES if not is_top(path)])
def test_imports_point_one_way(path: Path) -> None:
    own = part_of(path)
    for module in imports_of(path):
        if not module.startswith("wirewatch."):
            continue
        other = module.split(".")[1]
        assert layer_of(other) <= layer_of(own), f"{name_of(path)} imports {module} from a later layer"
        if own in APART and other in APART:
            assert own == other, f"{name_of(path)} imports {module}: the four in the middle never import each other"


@pytest.mark.parametrize("path", [pytest.param(path, id=name_of(path)) for path in MODULES])
def test_each_library_has_one_home(path: Path) -> None:
    for module in imports_of(path):
        home = HOMES.get(module.split(".")[0])
        if home is not None:
            assert name_of(path).startswith(home), f"{module} lives in {home}, not in {name_of(path)}"


@pytest.mark.parametrize("path", [pytest.param(path, id=name_of(path)) for path in MODULES if part_of(path) == "core"])
def test_the_core_is_pure(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for module in imports_of(path):
        top = module.split(".")[0]
        assert top not in IMPURE and module not in IMPURE, f"{name_of(path)} imports {module}"
        if "site-packages" in str(getattr(__import__(top), "__file__", "") or ""):
            assert top in CORE_LIBRARIES, f"{name_of(path)} imports {module}"
    for clock in ("datetime.now(", "utcnow(", "date.today(", "open("):
        assert clock not in text, f"{name_of(path)} calls {clock}"


@pytest.mark.parametrize("path", [pytest.param(path, id=name_of(path)) for path in MODULES])
def test_a_module_is_small(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES + 10, f"{name_of(path)} has {lines} lines: it is two modules"


@pytest.mark.parametrize("path", [pytest.param(path, id=name_of(path)) for path in MODULES])
def test_no_function_is_a_chapter(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 50, f"{name_of(path)}:{node.lineno} {node.name} has {length} lines"


def test_every_module_opens_with_its_job() -> None:
    bare = [
        name_of(path)
        for path in MODULES
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert bare == []


def test_no_catch_all_names() -> None:
    assert [name_of(path) for path in MODULES if path.stem in {"utils", "helpers", "common", "misc"}] == []
