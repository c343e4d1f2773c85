"""How the command fails: errors that a person can act on become lines and an exit code; a bug keeps its traceback.

Belongs here: the error of a wrong argument, and the mapping of the rooms' exceptions to exit codes.
Does not: the rooms' exceptions.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from frontline_pipeline.command.terminal import Exit


class UsageError(Exception):
    """A wrong argument; the command ends with exit code 2."""


@contextmanager
def explained() -> Iterator[None]:
    """Turns known errors into messages on standard error and ends the process with their exit code."""
    try:
        yield
    except UsageError as error:
        _stop(str(error), Exit.USAGE)
    except OSError as error:
        if error.filename is None:
            raise
        _stop(f"{error.filename}: {error.strerror}.", Exit.HELD)
    except Exception as error:
        code = _code_of(error)
        if code is None:
            raise
        _stop(str(error), code)


def _code_of(error: Exception) -> Exit | None:
    # Imported here: the rooms cost start-up time that a working command has already paid, and --help never pays.
    from frontline_pipeline.frontline.errors import ExtractError
    from frontline_pipeline.office.errors import OfficeError
    from frontline_pipeline.posting.errors import PostingError
    from frontline_pipeline.sandbox.setup import SandboxSetupError
    from frontline_pipeline.settings_yaml import SettingsError

    if isinstance(error, SettingsError | SandboxSetupError):
        return Exit.USAGE
    return Exit.HELD if isinstance(error, ExtractError | OfficeError | PostingError) else None


def _stop(message: str, code: Exit) -> None:
    sys.stderr.write(f"frontline: {message}\n")
    raise SystemExit(int(code))
