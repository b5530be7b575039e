"""``gazehub`` and ``python -m gazehub``: the command as a process."""

import signal
import sys

STOPPED = 130  # what a shell says of a command that Ctrl-C ended


def run() -> int:
    """The exit code. Ctrl-C gets no traceback, however early or late it comes."""
    stopped = False

    def stop(*_) -> None:
        nonlocal stopped
        stopped = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    try:
        from gazehub.cli import main

        return main()
    except (KeyboardInterrupt, Exception):  # a library that is stopped while it starts says that it can't be imported
        if not stopped:
            raise
        print("gazehub: stopped.", file=sys.stderr)
        return STOPPED
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # one more ends what Python still does at its end


if __name__ == "__main__":
    sys.exit(run())
