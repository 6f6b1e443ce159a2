"""An instance written from answers is read back as the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from forms import compose, convert, instance, workbook
from forms.answers import flatten
from forms.check import check
from forms.errors import InstanceError
from forms.form import Form


@pytest.fixture(scope="module")
def form() -> Form:
    return convert.convert(workbook.read_folder(Path(__file__).parents[2] / "instruments" / "pokja-kampung-kb"))


def leaf(form: Form, name: str) -> str:
    field = form.field(name)
    assert field is not None, name
    return field.path


def test_what_is_written_is_read_back(form: Form) -> None:
    answers = {leaf(form, "desa"): "19.06.01.2001", leaf(form, "a7"): "bupati kades", leaf(form, "catatan"): "a < b & „c“"}
    ada = leaf(form, "ada").replace("/poktan/", "/poktan[%d]/", 1)
    for row in (1, 2, 3):
        answers |= {f"/poktan[{row}]": "", ada % row: "ya" if row < 3 else "tidak"}
    read = instance.read(compose.compose(form, answers, instance_id="uuid:1", deprecated_id="uuid:0"))
    assert (read.instance_id, read.deprecated_id, read.version) == ("uuid:1", "uuid:0", form.version)
    found = flatten(read, form)
    assert {path: value for path, value in found.items() if not path.startswith("/meta/")} == answers
    assert [problem for problem in check(read, found, form) if problem.code.startswith("unknown")] == []


def test_a_path_the_form_lacks_is_named(form: Form) -> None:
    with pytest.raises(InstanceError, match="/nowhere/at/all"):
        compose.compose(form, {"/nowhere/at/all": "x"}, instance_id="uuid:1")
