"""What no template may do, whatever page it is of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from web.templating import FOLDER

TEMPLATES = sorted(FOLDER.rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_every_form_that_changes_something_carries_the_mark(template: Path) -> None:
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", template.read_text("utf-8"), re.DOTALL | re.IGNORECASE)
    assert [form for form in forms if "{{ mark() }}" not in form] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_no_template_holds_style_or_script_or_trusts_what_it_is_given(template: Path) -> None:
    text = template.read_text("utf-8")
    assert re.findall(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=|hx-on|\bjs:|\|\s*safe\b", text) == []
