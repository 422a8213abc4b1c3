"""The sentences of the program and their Swedish catalogue: ``python -m tools.messages`` brings it up to date."""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from hatch_build import DOMAIN, compile_catalogues

ROOT = Path(__file__).parent.parent
SWEDISH = ROOT / "locale" / "sv" / "LC_MESSAGES" / f"{DOMAIN}.po"
ERRORS = ROOT / "workflows" / "errors.py"
SHIPPED = (
    "*.py",
    "commands/**/*.py",
    "demo/**/*.py",
    "migrations/*.py",
    "models/**/*.py",
    "web/**/*.py",
    "web/templates/**/*.html",
    "workflows/**/*.py",
)
MARKERS = frozenset({"Text", "_", "N_"})
HEADER = r"""# Swedish sentences of Behörig. The keys are the English sentences in the code.
# `make messages` adds new sentences and removes unused ones; the translations are written by hand.
msgid ""
msgstr ""
"Project-Id-Version: behorig\n"
"Language: sv\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""


@dataclass(frozen=True, order=True)
class Sentence:
    """A sentence that people read, and the file that says it."""

    message: str
    file: str


@dataclass(frozen=True, order=True)
class Hidden:
    """A marked sentence that is put together as it is said, so that no catalogue can know it."""

    file: str
    line: int


def shipped_files(root: Path = ROOT) -> list[Path]:
    """Every source file whose sentences people can meet."""
    return sorted(file for pattern in SHIPPED for file in root.glob(pattern))


def sentences_in(file: Path, root: Path = ROOT) -> Iterator[Sentence | Hidden]:
    """Every marked sentence of one file, and the docstrings of errors, which are their default sentences."""
    name = file.relative_to(root).as_posix()
    if file.suffix == ".html":
        yield from sentences_in_template(file, name)
        return
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=marker) | ast.Attribute(attr=marker), args=[first, *_]) if marker in MARKERS:
                match first:
                    case ast.Constant(value=str(message)) if message:
                        yield Sentence(message, name)
                    case ast.JoinedStr() | ast.BinOp() | ast.Call(func=ast.Attribute(attr="format")):
                        yield Hidden(name, first.lineno)
            case ast.ClassDef() if file == ERRORS and any(is_code(line) for line in node.body):
                if docstring := ast.get_docstring(node):
                    yield Sentence(docstring, name)


def sentences_in_template(file: Path, name: str) -> Iterator[Sentence | Hidden]:
    """Every marked sentence of a template."""
    tree = Environment(autoescape=True).parse(file.read_text(encoding="utf-8"))
    for line, _marker, said in extract_from_ast(tree, gettext_functions=("_",)):
        message = said[0] if isinstance(said, tuple) else said
        yield Sentence(message, name) if message else Hidden(name, line)


def is_code(statement: ast.stmt) -> bool:
    """Whether a statement gives an error its stable code."""
    match statement:
        case ast.Assign(targets=[ast.Name(id="code")]):
            return True
        case _:
            return False


def template() -> Catalog:
    """The catalogue of what the code says, untranslated."""
    catalogue = Catalog(domain=DOMAIN, fuzzy=False)
    for file in shipped_files():
        for found in sentences_in(file):
            if isinstance(found, Sentence):
                catalogue.add(found.message, locations=[(found.file, 0)])
    return catalogue


def swedish() -> Catalog:
    """The Swedish catalogue as it stands."""
    if not SWEDISH.exists():
        return Catalog(locale="sv", domain=DOMAIN)
    with SWEDISH.open("rb") as source:
        return read_po(source, locale="sv", domain=DOMAIN)


def write(catalogue: Catalog) -> None:
    """Write the Swedish catalogue so that a change of sentences is the only change in it."""
    body = io.BytesIO()
    # Without the library's header, whose dates would change on every run.
    write_po(body, catalogue, omit_header=True, ignore_obsolete=True, sort_output=True, include_lineno=False)
    SWEDISH.parent.mkdir(parents=True, exist_ok=True)
    SWEDISH.write_text(HEADER + body.getvalue().decode().strip() + "\n", encoding="utf-8")


def update() -> int:
    """Bring the Swedish catalogue up to date with the code; how many sentences still lack a translation."""
    catalogue = swedish()
    # A guess from a similar sentence is worse than a gap: a gap is seen.
    catalogue.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    write(catalogue)
    compile_catalogues(ROOT)
    missing = [message for message in catalogue if message.id and not message.string]
    for message in missing:
        print(f"no translation: {message.id}")
    print(f"{len(catalogue)} sentences, {len(missing)} without a translation")
    return len(missing)


if __name__ == "__main__":
    sys.exit(1 if update() else 0)
