"""The first second of every child: drop privileges, die with the parent, become the program.

Run by path with `python -I -S`, never imported: it may use the standard library alone.
Arguments: parent pid, uid or -, gid or -, death signal, niceness, program, its arguments.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(parent: int, uid: str, gid: str, death: int, argv: list[str]) -> None:
    """Replace this process by the program, bound to the life of the parent."""
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    os.umask(0o077)
    # After the change of user, because the kernel forgets the wish there.
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent died while this process started")
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.execv(argv[0], argv)


def step_back(niceness: int) -> None:
    """Leave the processors to others first.

    Linux may share them among sessions before it looks at processes, and each child has a session
    of its own; there it is the session that steps back.
    """
    os.nice(niceness)
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as session:  # noqa: PTH123
        session.write(str(niceness))


if __name__ == "__main__":
    step_back(int(sys.argv[5]))
    become(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[6:])
