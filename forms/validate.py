"""ODK Validate, the jar that pyxform carries: does JavaRosa, and so Collect, open this form?"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from forms.errors import FormError

TIMEOUT = 100.0
_EMPTY_WORDS = ("XForm is invalid.", "Something broke the parser.")


def validate(xml: bytes) -> list[str] | None:
    """Return JavaRosa's complaints, none when the form opens; None when there is no Java to ask.

    The only function of `forms` that starts a program; it takes seconds and is for publishing and tests.
    """
    java = shutil.which("java")
    if java is None:
        return None
    from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "form.xml")
        path.write_bytes(xml)
        command = [java, "-Xmx512m", "-Djava.awt.headless=true", "-jar", str(ODK_VALIDATE_PATH), str(path)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired as error:
            raise FormError(f"ODK Validate gave no answer in {TIMEOUT:.0f} s.", reason="validate") from error
    if done.returncode == 0:
        return []
    said = done.stderr.decode("utf-8", "replace").replace(str(path), "form.xml")
    return _complaints(said) or [f"ODK Validate stopped with status {done.returncode}."]


def _complaints(said: str) -> list[str]:
    """Return the lines for a form's author, without the Java stack and the verdict around them."""
    from pyxform.validators.error_cleaner import ErrorCleaner

    cleaned = str(ErrorCleaner.odk_validate(said))
    lines = [line.strip(" \t:>") for line in cleaned.partition("The following files failed")[0].splitlines()]
    return [line for line in lines if line and not line.startswith("...") and line not in _EMPTY_WORDS]
