"""What is wrong with a form or an instance, and where; numbers as in PROTOCOL §3 "Checks" and §7."""

from __future__ import annotations


class FormError(ValueError):
    """A form that cannot be used.

    `message` is a sentence for the form's author; `sheet`, `row` (1 = header row) and `column` say
    where, when that is known. `code` is the protocol's number as text, `reason` a word for programs.
    """

    def __init__(
        self,
        message: str,
        sheet: str | None = None,
        row: int | None = None,
        column: str | None = None,
        *,
        reason: str = "xlsform",
        code: str = "400.15",
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.sheet = sheet
        self.row = row
        self.column = column
        self.reason = reason
        self.code = code

    @property
    def place(self) -> str:
        """Return "survey, row 12, column name", or what of it is known, or ""."""
        parts = [self.sheet or "", f"row {self.row}" if self.row else ""]
        parts.append(f"column {self.column}" if self.column else "")
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class InstanceError(ValueError):
    """An instance that cannot be read. `reason` is a word for programs, `code` the protocol's number as text."""

    def __init__(self, reason: str, message: str, code: str = "400.2") -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.code = code
