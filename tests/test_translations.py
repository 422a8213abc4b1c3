"""Everything people read exists in Swedish, says the same thing, and nothing else is in the catalogue."""

from __future__ import annotations

from gettext import GNUTranslations
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message

from hatch_build import compile_catalogues
from tools.messages import ROOT, SWEDISH, Hidden, Sentence, sentences_in, shipped_files, swedish, template


def said_by_the_code() -> dict[str, Message]:
    """The sentences of the code by their key."""
    return {str(message.id): message for message in template() if message.id}


def said_in_swedish() -> dict[str, Message]:
    """The translated sentences by their key."""
    return {str(message.id): message for message in swedish() if message.id}


def placeholders(sentence: str) -> list[tuple[str, str | None]]:
    """The named values of a sentence with their conversions, in no particular order."""
    return sorted((name, conversion) for _, name, _, conversion in Formatter().parse(sentence) if name is not None)


def test_every_sentence_has_a_swedish_translation() -> None:
    translated = said_in_swedish()
    missing = [key for key in said_by_the_code() if key not in translated or not translated[key].string]
    assert not missing, "run `make messages` and translate: " + "; ".join(missing)


def test_no_translation_is_a_guess() -> None:
    assert not [key for key, message in said_in_swedish().items() if message.fuzzy]


def test_every_translation_names_the_same_values() -> None:
    different = [
        key
        for key, message in said_in_swedish().items()
        if message.string and placeholders(key) != placeholders(str(message.string))
    ]
    assert not different


def test_every_translation_begins_and_ends_like_its_sentence() -> None:
    def edges(sentence: str) -> tuple[str, str]:
        inside = sentence.strip()
        before, _, after = sentence.partition(inside)
        return before, after

    different = [
        key for key, message in said_in_swedish().items() if message.string and edges(key) != edges(str(message.string))
    ]
    assert not different


def test_nothing_unused_stays_in_the_catalogue() -> None:
    said = said_by_the_code()
    assert not swedish().obsolete
    assert not [key for key in said_in_swedish() if key not in said], "run `make messages`"


def test_the_catalogue_is_sorted_and_has_no_line_numbers_that_move() -> None:
    lines = SWEDISH.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line.startswith("#:") and line.rpartition(":")[2].isdigit()]
    keys = list(said_in_swedish())
    assert keys == sorted(keys)


def test_every_sentence_is_written_out_where_it_is_marked() -> None:
    hidden = [found for file in shipped_files() for found in sentences_in(file) if isinstance(found, Hidden)]
    assert not hidden, "give the values by name instead of building the sentence"


def test_the_compiled_catalogue_in_use_says_what_its_source_says() -> None:
    for compiled in compile_catalogues(ROOT):
        with compiled.open("rb") as binary:
            speaker = GNUTranslations(binary)
        for key, message in said_in_swedish().items():
            assert speaker.gettext(key) == (message.string or key)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('Text("One {a}.", a=Text("Two."))', {"One {a}.", "Two."}),  # a text within a text is found too
        ('_("In " "two parts.")', {"In two parts."}),
        ('language.Text("Through its module.")', {"Through its module."}),
        ("Text(variable)", set()),  # marked where it was written
        ('print("Not for translation.")', set()),
    ],
)
def test_sentences_are_found_where_they_are_marked(source: str, expected: set[str], tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text(source, encoding="utf-8")
    assert {found.message for found in sentences_in(file, tmp_path) if isinstance(found, Sentence)} == expected


def test_sentences_of_templates_are_found_and_those_built_as_they_are_said_are_noticed(tmp_path: Path) -> None:
    file = tmp_path / "sample.html"
    file.write_text('<p>{{ _("One {a}.", a=b) }}</p>\n{% if c %}{{ _("Two.") }}{% endif %}\n{{ _(d) }}', "utf-8")
    found = list(sentences_in(file, tmp_path))
    assert found == [Sentence("One {a}.", file.name), Sentence("Two.", file.name), Hidden(file.name, 3)]


def test_a_sentence_built_as_it_is_said_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text('Text(f"Dear {name}")\nText("a" + b)\nText("{}".format(c))\n', encoding="utf-8")
    assert [found.line for found in sentences_in(file, tmp_path) if isinstance(found, Hidden)] == [1, 2, 3]
