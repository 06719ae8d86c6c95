"""What comes with the program beside its code: units, the first watchlist, the demo's seeds.

In an installed wheel it lies in the package; in a checkout, in the folders that the wheel takes it from.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

# As pyproject.toml puts them into the wheel: folder of the package → folder of the checkout.
CHECKOUT: Final = {"systemd": "systemd", "seeds": "seeds", "templates": "config"}


def shipped(folder: str, *names: str) -> Traversable:
    """A file or folder that comes with the program. FileNotFoundError where this installation lost it."""
    inside = files("wirewatch").joinpath(folder, *names)
    if inside.is_file() or inside.is_dir():
        return inside
    beside = Path(__file__).parents[2].joinpath(CHECKOUT.get(folder, folder), *names)
    if beside.exists():
        return beside
    raise FileNotFoundError(f"{'/'.join((folder, *names))}: does not come with this installation; install it anew")
