"""The project around the code: what the package carries, what it leans on, and who may import whom."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SHIPPED: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
# What is for those who build and check the program, and stays at home.
NOT_SHIPPED = {"benchmarks", "build", "dist", "docs", "hatch_build.py", "tests", "tools"}

# The import checker takes packages only; these are the modules that stand alone. `cli` may know everybody.
MAY_IMPORT = {
    "language": set[str](),
    "settings": {"language", "models", "workflows"},
    "transport": {"language", "models", "workflows"},
    "scheduler": {"language", "migrations", "models", "settings", "transport", "workflows"},
}


def top_level_code() -> set[str]:
    """Every package and module that stands in the root of the project."""
    modules = {file.name for file in ROOT.glob("*.py")}
    packages = {folder.name for folder in ROOT.iterdir() if folder.name[0] != "." and any(folder.glob("*.py"))}
    return (modules | packages) - NOT_SHIPPED


def imported_by(file: Path) -> set[str]:
    """The top-level names that a module imports, wherever in the module it does so."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=aliases):
                names |= {alias.name.partition(".")[0] for alias in aliases}
            case ast.ImportFrom(module=str(module), level=0):
                names.add(module.partition(".")[0])
    return names


def pinned(lock: str) -> dict[str, str]:
    """The packages of a lock with their versions."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", text, flags=re.MULTILINE))


def asked_for(requirements: list[str]) -> set[str]:
    """The normalised names in a list of requirements."""
    names = {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0] for requirement in requirements}
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def test_the_package_carries_every_top_level_package_and_module() -> None:
    assert top_level_code() | {"locale"} == set(SHIPPED)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder))
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_the_wheel_carries_every_file_of_the_program(wheel: set[str]) -> None:
    files = set()
    for name in SHIPPED:
        place = ROOT / name
        found = place.rglob("*") if place.is_dir() else [place]
        files |= {
            file.relative_to(ROOT).as_posix()
            for file in found
            if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc"
        }
    assert files <= wheel


def test_the_wheel_speaks_swedish_and_carries_its_licence(wheel: set[str]) -> None:
    assert "locale/sv/LC_MESSAGES/behorig.mo" in wheel
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)


def test_the_wheel_leaves_tests_and_tools_at_home(wheel: set[str]) -> None:
    assert not [name for name in wheel if name.partition("/")[0] in NOT_SHIPPED]


@pytest.mark.parametrize(("module", "allowed"), MAY_IMPORT.items())
def test_a_module_that_stands_alone_imports_only_downwards(module: str, allowed: set[str]) -> None:
    ours = {name.removesuffix(".py") for name in SHIPPED} - {"locale"}  # the name is also the standard library's
    assert imported_by(ROOT / f"{module}.py") & ours <= allowed


def test_every_module_that_stands_alone_has_its_limits_written_down() -> None:
    assert {name.removesuffix(".py") for name in SHIPPED if name.endswith(".py")} == {*MAY_IMPORT, "cli"}


@pytest.mark.parametrize("lock", ["runtime.txt", "dev.txt"])
def test_a_lock_names_packages_by_hash_and_no_place_to_get_them_from(lock: str) -> None:
    lines = (ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines()
    requirements = [line for line in lines if line and line[0] not in "# "]
    assert all(re.match(r"[a-z0-9._-]+(\[[^]]*\])?==\S+", line) for line in requirements)
    assert all(line.endswith("\\") for line in requirements), "every package is followed by its hashes"
    assert not [line for line in lines if "://" in line or "file:" in line or " @ " in line]


def test_the_locks_hold_everything_the_project_asks_for() -> None:
    runtime = asked_for(PROJECT["project"]["dependencies"])
    extras = asked_for([name for extra in PROJECT["project"]["optional-dependencies"].values() for name in extra])
    assert runtime <= set(pinned("runtime.txt"))
    assert runtime | extras | asked_for(PROJECT["dependency-groups"]["dev"]) <= set(pinned("dev.txt"))
    assert asked_for(PROJECT["build-system"]["requires"]) <= set(pinned("dev.txt"))


def test_the_suite_runs_on_the_versions_that_are_installed_for_real() -> None:
    runtime, dev = pinned("runtime.txt"), pinned("dev.txt")
    assert {name: dev.get(name) for name in runtime} == runtime


def test_no_package_that_travels_with_the_program_is_under_a_licence_that_spreads() -> None:
    """LGPL packages are used as they are, through their interface, which it allows."""
    elsewhere = {"colorama"}  # installed on Windows only
    spreading = re.compile(r"(?<!lesser )(?<!library )general public licen[cs]e|\bA?GPL", re.IGNORECASE)
    found = {}
    extras = asked_for([name for extra in PROJECT["project"]["optional-dependencies"].values() for name in extra])
    for name in pinned("runtime.txt").keys() - elsewhere | extras:
        about = metadata(name)
        stated = about.get_all("License-Expression", [])
        stated += [text.partition("\n")[0] for text in about.get_all("License", [])]
        stated += [line for line in about.get_all("Classifier", []) if line.startswith("License ::")]
        # A choice that includes a permissive licence is a permissive licence.
        if any(spreading.search(line) for line in stated) and not any(" OR " in line for line in stated):
            found[name] = stated
    assert not found


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")
    assert [int(number) for number in re.findall(r"^(\d+)\.[A-Z]", text, flags=re.MULTILINE)] == list(range(1, 16))
    assert "Appendix" in text
    assert text.endswith("require the production of a new EUPL version.\n")
    assert PROJECT["project"]["license"] == "EUPL-1.2"


def test_the_version_and_the_licence_are_the_same_everywhere() -> None:
    public = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    version = PROJECT["project"]["version"]
    assert public["softwareVersion"] == version
    assert public["legal"]["license"] == PROJECT["project"]["license"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_public_description_keeps_to_the_lengths_of_its_standard() -> None:
    public = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    assert set(public["description"]) == {"en", "sv"} == set(public["localisation"]["availableLanguages"])
    for words in public["description"].values():
        assert len(words["shortDescription"]) <= 150
        assert 150 <= len(words["longDescription"]) <= 10_000
        assert words["features"]


def test_make_help_lists_every_habit() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    explained = re.findall(r"^([a-z-]+):[^#\n]*## \S", makefile, flags=re.MULTILINE)
    assert set(phony.split()) == set(explained)


def test_the_packages_import_one_another_in_one_direction_only() -> None:
    checker = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([checker, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
