"""People come to a real server, read and act, and how long they waited is told. How long it is is nothing to assert."""

from __future__ import annotations

import re

import pytest

from benchmarks.crowd import main

pytestmark = pytest.mark.alone


def test_a_few_people_come_and_nothing_goes_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    main(["--quick", "--people", "7", "--seconds", "5"])
    said = capsys.readouterr().out
    pages = dict(re.findall(r"^((?:GET|POST) \S+) +(\d+) ", said, re.MULTILINE))
    assert pages["POST /login/demonstration"] == "7"
    assert len(pages) > 3, "they did more than log in"
    (total,) = re.findall(r"^all .*", said, re.MULTILINE)
    assert len(total.split()) == 6, "nothing stands under errors"
    assert "The server complains" not in said
    weighs = re.search(r"The first load of an inbox, as it is sent: ([\d.]+) kB", said)
    assert weighs is not None
    assert float(weighs[1]) < 150
