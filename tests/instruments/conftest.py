"""The shipped instrument, and the two engines that fill it: Collect's JavaRosa and the phone app's (DOMAIN §5)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pyxform.validators import odk_validate

from forms import convert, workbook
from forms.form import Form

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDER = ROOT / "instruments" / "pokja-kampung-kb"

Step = tuple[str, ...]
Play = Callable[[Sequence[Step]], None]
Run = Callable[[Sequence[str]], list[str]]


@pytest.fixture(scope="session")
def sheets() -> workbook.Workbook:
    return workbook.read_folder(FOLDER)


@pytest.fixture(scope="session")
def form(sheets: workbook.Workbook) -> Form:
    """The published form as phones get it, without the score calculates that `scoring` adds."""
    return convert.convert(sheets)


@pytest.fixture(scope="session")
def form_file(form: Form, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("form") / "pokja_kampung_kb.xml"
    path.write_bytes(form.xml)
    return path


@pytest.fixture(scope="session")
def collect(form_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """JavaRosa from pyxform's own jar, driven line by line."""
    if not shutil.which("javac"):
        pytest.skip("no Java compiler: install a JDK (17 or later) to fill the form on Collect's engine")
    out = tmp_path_factory.mktemp("collect")
    jar = odk_validate.ODK_VALIDATE_PATH
    subprocess.run(["javac", "-cp", jar, "-d", str(out), str(HERE / "CollectEngine.java")], check=True)
    command = ["java", "-Xmx256m", "-cp", f"{jar}:{out}", "CollectEngine", str(form_file)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, encoding="utf-8", **pipes) as process:
        assert process.stdin and process.stdout

        def run(lines: Sequence[str]) -> list[str]:
            answers = []
            for line in ("open", *lines):
                print(line, file=process.stdin, flush=True)
                answers.append(process.stdout.readline().rstrip("\n"))
                assert process.poll() is None, f"JavaRosa stopped at: {line}"
            return answers[1:]

        yield run
        process.stdin.close()


@pytest.fixture(scope="session")
def phone_page(engine_page: Any) -> Any:
    """A page with the engine of the phone app: `fillForm(xml, lines, files)`."""
    return engine_page


@pytest.fixture(scope="session")
def phone(form: Form, phone_page: Any) -> Run:
    """The shipped form on the phone app's engine."""
    xml = form.xml.decode()
    return lambda lines: phone_page.evaluate("([xml, lines]) => fillForm(xml, lines)", [xml, list(lines)])  # type: ignore[no-any-return]


@pytest.fixture(params=["collect", pytest.param("phone", marks=pytest.mark.browser)])
def play(request: pytest.FixtureRequest, form: Form) -> Play:
    """Play steps on each engine: (name, answer) fills a field, (name, word, …) expects something of it.

    Words: asked, hidden, required, optional, accepted, refused, `=` value, `shows` text. A field in a repeat is
    written with its row, poktan[2].peserta. ("complete",) expects that nothing is missing or refused. Fails with every step that came out differently.
    """
    run: Run = request.getfixturevalue(request.param)

    def play(steps: Sequence[Step]) -> None:
        lines = [_command(form, step) for step in steps]
        wrong = []
        for step, line, answer in zip(steps, lines, run(lines), strict=True):
            if not _as_expected(step, line, answer):
                wrong.append(f"{' '.join(step)}: got {answer!r}")
        assert not wrong, "\n".join(wrong)

    return play


def _path(form: Form, name: str) -> str:
    row, _, leaf = name.rpartition(".")
    found = form.field(leaf)
    assert found, f"the form has no field {leaf}"
    return found.path.replace("/poktan/", f"/{row}/", 1) if row else found.path


def _command(form: Form, step: Step) -> str:
    if step == ("complete",):
        return "faults"
    path = _path(form, step[0])
    if len(step) == 2 and step[1] not in WORDS:
        return f"set\t{path}\t{step[1]}"
    return f"{'shown' if step[1] == 'shows' else 'state'}\t{path}"


# relevant, required, constraint held, value
WORDS: dict[str, Callable[[list[str]], bool]] = {
    "asked": lambda state: state[0] == "true",
    "hidden": lambda state: state[0] == "false",
    "required": lambda state: state[:2] == ["true", "true"],
    "optional": lambda state: state[:2] == ["true", "false"],
    "accepted": lambda state: state[2] == "true" and state[3] != "",
    "refused": lambda state: state[2] == "false",
}


def _as_expected(step: Step, line: str, answer: str) -> bool:
    if line == "faults":
        return answer == ""
    if line.startswith("set"):
        return answer == "ok"
    if step[1] == "shows":
        return answer == step[2]
    state = answer.split("\t")
    if step[1] != "=":
        return len(state) == 4 and WORDS[step[1]](state)
    if step[2].replace(".", "", 1).isdigit() and len(state) == 4 and state[3]:
        return float(state[3]) == pytest.approx(float(step[2]))
    return len(state) == 4 and state[3] == step[2]
