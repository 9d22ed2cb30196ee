"""The entry point of `caseiq-gate`. No traceback reaches a user."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    # An interrupt during these imports ends quietly as well.
    from change_gate.cli import run  # noqa: PLC0415
    from change_gate.decision import UNDECIDED  # noqa: PLC0415

    try:
        code = run()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = UNDECIDED
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        print(
            f"caseiq-gate: internal error, please report it: {type(error).__name__}: {text}", file=sys.stderr
        )
        if os.environ.get("CASEIQ_GATE_TRACEBACK"):
            raise
        code = UNDECIDED
    sys.exit(code)


if __name__ == "__main__":
    main()
