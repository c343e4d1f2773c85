"""How the command fails: errors that a person can act on become lines and an exit code; a bug keeps its traceback.

Belongs here: the mapping of the rooms' exceptions to exit codes.
Does not: the exceptions.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from frontline_pipeline.command.context import UsageError
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.settings_yaml import SettingsError


@contextmanager
def explained() -> Iterator[None]:
    """Turns known errors into messages on standard error and ends the process with their exit code."""
    try:
        yield
    except (UsageError, SettingsError) as error:
        _stop(str(error), Exit.USAGE)
    except BrokenPipeError:
        # The reader of the pipe (`head`, `less`) has had enough; the interpreter would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(int(Exit.OK)) from None
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
    # Imported here: the rooms cost start-up time that a working command has already paid.
    from frontline_pipeline.frontline.errors import ExtractError
    from frontline_pipeline.office.errors import OfficeError
    from frontline_pipeline.posting.errors import PostingError
    from frontline_pipeline.sandbox.setup import SandboxSetupError

    if isinstance(error, SandboxSetupError):
        return Exit.USAGE
    return Exit.HELD if isinstance(error, ExtractError | OfficeError | PostingError) else None


def _stop(message: str, code: Exit) -> None:
    sys.stderr.write(f"frontline: {message}\n")
    raise SystemExit(int(code))
