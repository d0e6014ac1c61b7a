"""Runs a command on a terminal of its own, as a person would.

    on_a_terminal.py [STEP ...] -- COMMAND [ARGUMENT ...]

The steps are done in their order; then everything up to the command's end is read:

    expect:TEXT   reads until TEXT is shown
    no-echo       waits until the terminal does not echo
    type:TEXT     types TEXT
    signal:NAME   sends a signal to the command
    hangup        takes the terminal away
    ignore:NAME   first of all: starts the command with this signal ignored
    shell         first of all: runs the command under a shell with job control, which shows that it was stopped, by what
                  signal, and whether the terminal echoes, and then continues it

Prints what the terminal showed, and on a last line how the command ended: "status N" or "signal N", and whether the terminal
echoes again.
"""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import time

# A command that never ends fails the test instead of holding it up.
signal.alarm(60)

separator = sys.argv.index("--")
steps, command = sys.argv[1:separator], sys.argv[separator + 1 :]


def echoes(descriptor):
    return bool(termios.tcgetattr(descriptor)[3] & termios.ECHO)


def shell():
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(command[0], command)
    while True:
        _, ended = os.waitpid(job, os.WUNTRACED)
        if not os.WIFSTOPPED(ended):
            break
        os.tcsetpgrp(0, os.getpgrp())
        os.write(1, f"[stopped by {os.WSTOPSIG(ended)} echo {echoes(0)}]\n".encode())
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)
    if os.WIFSIGNALED(ended):
        os.kill(os.getpid(), os.WTERMSIG(ended))
    os._exit(os.WEXITSTATUS(ended))


process, terminal = pty.fork()
if process == 0:
    signal.alarm(0)
    # As a person's terminal starts it, whatever this was started with: nohup ignores SIGHUP.
    for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    if steps[:1] == ["shell"]:
        shell()
    if steps and steps[0].startswith("ignore:"):
        signal.signal(getattr(signal, "SIG" + steps[0][7:]), signal.SIG_IGN)
    os.execv(command[0], command)

shown, seen, echo = b"", 0, True


def read():
    """Reads a part of what is shown; whether there was one."""
    global shown, echo
    try:
        part = os.read(terminal, 4096)
        shown += part
        echo = echoes(terminal)
    except OSError:  # nobody has the terminal open any more
        return False
    return bool(part)


def expect(text):
    global seen
    while text not in shown[seen:]:
        if not read():
            return
    seen = shown.index(text, seen) + len(text)


for step in steps:
    action, _, text = step.partition(":")
    if action == "expect":
        expect(text.encode())
    elif action == "no-echo":
        while echoes(terminal):
            time.sleep(0.001)
    elif action == "type":
        os.write(terminal, text.encode())
    elif action == "signal":
        os.kill(process, getattr(signal, "SIG" + text))
    elif action == "hangup":
        os.close(terminal)
while read():
    pass

_, ended = os.waitpid(process, 0)
how = f"signal {os.WTERMSIG(ended)}" if os.WIFSIGNALED(ended) else f"status {os.WEXITSTATUS(ended)}"
sys.stdout.buffer.write(shown + f"\n{how} echo {echo}\n".encode())
