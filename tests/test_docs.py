"""The pages for people are true where a machine can tell: links lead somewhere, every key and command is told of."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cli import app
from language import LANGUAGES
from tests.browser.screenshots import FOLDER, LARGEST, SHOTS
from tools import datamodel
from workflows.authorisation import WORKFLOW
from workflows.policy import load_policy

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
POLICY = (ROOT / "docs" / "policy-file.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def keys(section: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in section.items():
        if isinstance(value, dict):
            yield from keys(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"


def test_every_key_of_the_policy_is_explained() -> None:
    values = tomllib.loads((ROOT / "workflows" / "policy.toml").read_text("utf-8"))
    known = {re.sub(r"^request\.\w+\.", "request.<part>.", key) for key in keys(values)}
    assert {key for key in known if f"`{key}`" not in POLICY} == set()


def test_the_example_of_a_policy_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", POLICY, flags=re.DOTALL)
    file = tmp_path / "policy.toml"
    file.write_text(example, encoding="utf-8")
    assert str(load_policy(file).request.decision.due) == "2 working days"


def test_every_command_is_told_of() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    commands: dict[str, Any] = getattr(get_command(app), "commands", {})
    assert commands
    assert {name for name in commands if not re.search(rf"`{name}[` ]", page)} == set()


def test_the_diagram_of_the_tables_is_current() -> None:
    page = datamodel.PAGE.read_text("utf-8")
    assert datamodel.page(page) == page, "run make diagrams"


README = (ROOT / "README.md").read_text("utf-8")
SWEDISH = (ROOT / "README.sv.md").read_text("utf-8")


def test_the_picture_in_the_readme_shows_what_the_policy_allows() -> None:
    arrows = re.findall(r"^    (\w+) --> (\w+): (.+)$", README, flags=re.MULTILINE)
    shown = {(source, target, event) for source, target, events in arrows for event in events.split(", ")}
    assert len(shown) > 10
    assert shown <= {(rule.source, rule.target, rule.event) for rule in WORKFLOW.rules}


@pytest.mark.parametrize(
    "what",
    [
        r"^##? ",
        r"\]\(([^)]+)\)",
        r'src="([^"]+)"',
        r"^ +(?:\$ )?(behorig [a-z-]+)",
        r"^    .* --> .*$",
        r"BEHORIG_\w+",
    ],
)
def test_the_readme_says_the_same_in_swedish(what: str) -> None:
    swedish = SWEDISH.replace("-sv.webp", "-en.webp")
    said, sagt = (re.findall(what, text, flags=re.MULTILINE) for text in (README, swedish))
    assert said
    assert [each for each in said if each != "README.sv.md"] == [each for each in sagt if each != "README.md"]


def test_the_pictures_are_there_in_both_languages_and_small() -> None:
    shown = {name for text in (README, SWEDISH) for name in re.findall(r"docs/screenshots/[a-z-]+\.webp", text)}
    taken = {f"docs/screenshots/{shot.name}-{language}.webp" for shot in SHOTS for language in LANGUAGES}
    assert shown == taken == {str(file.relative_to(ROOT)) for file in FOLDER.iterdir()}
    assert max(file.stat().st_size for file in FOLDER.iterdir()) < LARGEST


def test_every_command_in_the_readme_exists() -> None:
    commands: dict[str, Any] = getattr(get_command(app), "commands", {})
    assert set(re.findall(r"behorig ([a-z-]+)", README)) - {"in"} <= set(commands)
