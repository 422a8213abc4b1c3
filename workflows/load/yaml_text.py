"""YAML read as plain text with its lines: a number is what was written, so that 00123 stays an employee number."""

from __future__ import annotations

from typing import Any

import yaml

from language import Text
from workflows.load.problems import Place, Problems, Source

Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(name: str, text: str, problems: Problems) -> Source | None:
    """The values and lines of one YAML file; None when it cannot be read."""
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        what = error.problem or str(error)
        problems.add(Place(file=name, line=line), "yaml", Text("this is not YAML: {what}.", what=what))
        return None
    except yaml.YAMLError as error:
        problems.add(Place(file=name), "yaml", Text("this is not YAML: {what}.", what=str(error)))
        return None
    if not isinstance(node, yaml.MappingNode):
        problems.add(Place(file=name, line=1), "yaml", Text("must begin with a section, such as “systems:”."))
        return None
    lines: dict[tuple[str | int, ...], int] = {}
    raw = _plain(node, (), _Reading(name, lines, problems))
    return Source(file=name, raw=raw, lines=lines)


class _Reading:
    """One file while it is read."""

    def __init__(self, name: str, lines: dict[tuple[str | int, ...], int], problems: Problems) -> None:
        self.name = name
        self.lines = lines
        self.problems = problems
        self.seen: set[int] = set()

    def wrong(self, node: Any, code: str, problem: Text) -> None:
        self.problems.add(Place(file=self.name, line=node.start_mark.line + 1), code, problem)


def _plain(node: Any, path: tuple[str | int, ...], reading: _Reading) -> Any:
    reading.lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else node.value
    # An alias repeats a node: a few of them can unfold to more than any memory holds, or to no end at all.
    if id(node) in reading.seen:
        reading.wrong(node, "alias", Text("is used again by an alias (*); write it out where it is used."))
        return None
    reading.seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, place), reading) for place, item in enumerate(node.value)]
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        if not isinstance(key_node, yaml.ScalarNode):
            reading.wrong(key_node, "yaml", Text("a field's name must be a single word."))
        elif key in values:
            reading.wrong(key_node, "duplicate", Text("the field {field} stands twice here.", field=key))
        else:
            value = _plain(value_node, (*path, key), reading)
            reading.lines[(*path, key)] = key_node.start_mark.line + 1
            # An empty value says the same as none at all.
            if value is not None:
                values[key] = value
    return values
