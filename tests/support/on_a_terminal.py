"""Runs a command on a terminal of its own, as a person would.

    on_a_terminal.py EXPECT SEND COMMAND [ARGUMENT ...]

Once EXPECT has been shown, types SEND; SEND "hangup" takes the terminal away instead. Prints what the terminal showed, and
on a last line how the command ended: "status N" or "signal N", and whether the terminal echoes again.
"""

import fcntl
import os
import pty
import struct
import sys
import termios

expect, send, command = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
process, terminal = pty.fork()
if process == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    os.execv(command[0], command)

shown, echoes = b"", True
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:  # nobody has the terminal open any more
        break
    if not part:
        break
    shown += part
    if expect and expect in shown:
        expect = b""
        # The prompt is written before the echo goes off.
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            pass
        if send == b"hangup":
            os.close(terminal)
            break
        os.write(terminal, send)
    try:
        echoes = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
    except termios.error:
        break

_, ended = os.waitpid(process, 0)
how = f"signal {os.WTERMSIG(ended)}" if os.WIFSIGNALED(ended) else f"status {os.WEXITSTATUS(ended)}"
sys.stdout.buffer.write(shown + f"\n{how} echo {echoes}\n".encode())
