"""What a bad extract is told: one error that names file, place, what was expected, what came and what to do next.

Belongs here: ExtractError and its subclass for a Z-report that came again with other content.
Does not: the errors of settings (settings_file.py) and of 24SevenOffice (office/errors.py).
"""

from __future__ import annotations


class ExtractError(Exception):
    """An extract that cannot be taken in; nothing of the file counts.

    `place` says where in the file: line, element, row or column in words, e.g. "line 120, transAmntIn". Never put names,
    phones or e-mails into `got`: the text reaches logs and the UI.
    """

    def __init__(self, *, file: str, expected: str, got: str, next_step: str, place: str = "") -> None:
        self.file = file
        self.place = place
        self.expected = expected
        self.got = got
        self.next_step = next_step
        super().__init__(file, place, expected, got, next_step)

    def __str__(self) -> str:
        where = f"{self.file}, {self.place}" if self.place else self.file
        return f"{where}: expected {self.expected}, got {self.got}; {self.next_step}."


class ZConflict(ExtractError):
    """The same register and Z number is already there with other content. Never overwritten, never guessed between."""

    def __init__(
        self,
        *,
        file: str,
        register: str,
        z_number: str,
        landed_day: str,
        new_day: str,
        difference: str,
        expected: str = "",
        next_step: str = "",
    ) -> None:
        self.register = register
        self.z_number = z_number
        self.landed_day = landed_day
        self.new_day = new_day
        self.difference = difference
        super().__init__(
            file=file,
            place=f"register {register}, Z {z_number}, business day {new_day}",
            expected=expected or f"the content that is already landed for business day {landed_day}",
            got=difference,
            next_step=next_step
            or "find out which one is right; move the landed part away only if it was wrong, and import again",
        )
