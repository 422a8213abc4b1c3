"""Files that belong to cases: looked at before they are taken, kept under their own SHA-256, never changed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, Final

from sqlmodel import Session, col, select

from language import Text
from models import Attachment, AttachmentKind, Case
from workflows.errors import BadInput, NotFound, Reason
from workflows.policy import FilesPolicy

MEDIA_TYPES: Final = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "txt": "text/plain",
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
SPELLINGS: Final = {"jpeg": "jpg"}
PLAIN: Final = ("txt", "csv")
LONGEST_NAME: Final = 120
MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """A file that was looked at and is kept; what a case remembers of it."""

    kind: AttachmentKind
    name: str
    media_type: str
    size: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """The file as an event keeps it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "media_type": self.media_type,
            "size": self.size,
            "sha256": self.sha256,
        }


@dataclass(frozen=True)
class FileStore:
    """A folder in which each file lies under the SHA-256 of what it holds; equal files lie there once."""

    folder: Path

    def path(self, sha256: str) -> Path:
        """Where a file lies."""
        return self.folder / sha256[:2] / sha256

    def put(self, contents: bytes) -> str:
        """Keep some contents; they are wholly on the disk when this returns, or not there at all."""
        sha256 = hashlib.sha256(contents).hexdigest()
        target = self.path(sha256)
        if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == sha256:
            return sha256
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(contents)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The contents; NotFound when they are not there, or are not what they were."""
        try:
            contents = self.path(sha256).read_bytes()
        except OSError:
            raise NotFound(Text("The file is not where it was kept: {file}.", file=sha256)) from None
        if hashlib.sha256(contents).hexdigest() != sha256:
            raise NotFound(Text("The file is no longer what it was when it was attached: {file}.", file=sha256))
        return contents


def keep(
    store: FileStore | None,
    policy: FilesPolicy,
    name: str,
    contents: bytes,
    kind: AttachmentKind = AttachmentKind.OTHER,
) -> KeptFile:
    """Look at a file and keep it. Raises BadInput for one that is too large, of no known type, or not what it says."""
    if store is None:
        raise BadInput([Reason("no-folder", Text("There is no folder for files: set BEHORIG_FILES_FOLDER."))])
    shown = _plain_name(name)
    if not contents:
        raise _unfit(shown, Text("it is empty."))
    if len(contents) > policy.most_megabytes * MEGABYTE:
        raise _unfit(shown, Text("it is larger than {most} MB.", most=policy.most_megabytes))
    said = Path(shown).suffix.lower().removeprefix(".")
    said = SPELLINGS.get(said, said)
    if said not in policy.types:
        raise _unfit(shown, Text("it must be one of {known}.", known=", ".join(policy.types)))
    if not _is(said, contents):
        raise _unfit(shown, Text("what it holds is not what its name says: {type}.", type=said))
    return KeptFile(kind=kind, name=shown, media_type=MEDIA_TYPES[said], size=len(contents), sha256=store.put(contents))


def read_file(path: Path, policy: FilesPolicy) -> bytes:
    """A file's contents, if it is there and not too large to be looked at. Raises BadInput."""
    try:
        if path.stat().st_size > policy.most_megabytes * MEGABYTE:
            raise _unfit(path.name, Text("it is larger than {most} MB.", most=policy.most_megabytes))
        return path.read_bytes()
    except OSError as error:
        raise _unfit(path.name, Text("it cannot be read: {why}.", why=error.strerror or "")) from None


def astray(session: Session, store: FileStore | None) -> Iterator[tuple[dict[str, Any], Text | None]]:
    """Every attached file by its case's number and its place, with what is wrong with it, if anything is."""
    query = (
        select(Attachment, Case.number)
        .join(Case, col(Case.id) == col(Attachment.case_id))
        .order_by(col(Case.number), col(Attachment.number))
    )
    for row, number in session.exec(query):
        problem = Text("There is no folder for files: set BEHORIG_FILES_FOLDER.") if store is None else None
        if store is not None:
            try:
                store.get(row.sha256)
            except NotFound as error:
                problem = error.text
        yield {"case": number, "file": row.number}, problem


def _plain_name(name: str) -> str:
    """The name without any folder, on one line, short enough to show."""
    last = PureWindowsPath(name).name
    shown = "".join(letter for letter in last if letter.isprintable()).strip(" .")
    stem, suffix = Path(shown).stem, Path(shown).suffix
    return f"{stem[: LONGEST_NAME - len(suffix)]}{suffix}"


def _is(said: str, contents: bytes) -> bool:
    return _is_plain(contents) if said in PLAIN else _known_as(contents) == said


def _known_as(contents: bytes) -> str | None:
    # Here, and not above: its many signatures are read when there is a file to look at.
    import filetype

    found: str | None = filetype.guess_extension(contents)
    return found


def _is_plain(contents: bytes) -> bool:
    if _known_as(contents) is not None:
        return False
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\n\r\t\f\u2028\u2029" for letter in text)


def _unfit(name: str, what: Text) -> BadInput:
    return BadInput([Reason("unfit-file", Text("{name} cannot be attached: {what}", name=name, what=what))])
