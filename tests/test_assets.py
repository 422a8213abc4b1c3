"""What the pages wear: pinned by what it contains, taken out file by file, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import tarfile
import tomllib
from pathlib import Path

import pytest

from hatch_build import ASSETS, FETCHED, VENDOR, checked, fetch_assets, unpack
from tools.messages import ROOT
from web.assets import assets

PINNED = tomllib.loads((ROOT / ASSETS).read_text("utf-8"))["package"]


def archive(folder: Path, **files: bytes) -> Path:
    """A package as a registry gives it."""
    path = folder / "package.tgz"
    with tarfile.open(path, "w:gz") as package:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            package.addfile(entry, io.BytesIO(content))
    return path


def test_every_package_is_pinned_by_version_and_sum_and_no_place_is_named() -> None:
    assert len(PINNED) >= 2
    for package in PINNED:
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"])
        assert any("LICENSE" in name for name in package["files"])
    assert "://" not in (ROOT / ASSETS).read_text("utf-8")


def test_a_package_that_is_not_what_was_pinned_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, style=b"a{}")
    right = "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    assert checked(path, right) == path
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ValueError, match="is not what was pinned"):
        checked(path, right)


def test_only_the_files_that_are_named_are_taken(tmp_path: Path) -> None:
    unpack(archive(tmp_path, style=b"a{}", other=b"x"), {"style": "ours.css"}, tmp_path)
    assert (tmp_path / "ours.css").read_bytes() == b"a{}"
    assert not (tmp_path / "other").exists()
    with pytest.raises(KeyError):
        unpack(archive(tmp_path, style=b"a{}"), {"missing": "ours.css"}, tmp_path)


def test_what_is_in_place_is_not_fetched_again(tmp_path: Path) -> None:
    """Without a network: what is there as pinned is left alone."""
    for name in (ASSETS, VENDOR / FETCHED):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("[[package]]\n", "utf-8")
    fetch_assets(tmp_path)


def test_every_pinned_file_is_here_and_can_be_asked_for() -> None:
    wanted = {f"vendor/{target}" for package in PINNED for target in package["files"].values()}
    assert {name for name in wanted if not name.endswith(".txt")} <= set(assets())
    assert all((ROOT / "web" / "static" / name).is_file() for name in wanted)


def test_the_whole_of_it_is_light() -> None:
    sent = {name: len(asset.compressed) for name, asset in assets().items()}
    assert sum(sent.values()) < 60_000, sent
