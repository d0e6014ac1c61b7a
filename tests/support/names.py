"""A machine of its own, whose name server does as told: names.py MANNER PROGRAM [ARGUMENT...]

Run under `unshare -rnm`: it has a network of its own, and may put a file over /etc/resolv.conf. With the manner
hosts:NAME=ADDRESS,... there is no name server, and only that name has addresses; `unshare -rm` is enough for that. Ends with the
program's status."""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

RCODES = {"nxdomain": 3, "empty": 0, "servfail": 2, "refused": 5}


def put_over(path, text):
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    subprocess.run(["mount", "--bind", file.name, path], check=True)
    os.unlink(file.name)


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh22x", b"lo", 0x1 | 0x40)  # IFF_UP, IFF_RUNNING
        fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS


def serve(server, manner):
    while True:
        query, client = server.recvfrom(4096)
        if manner == "silent":
            continue
        if manner == "nonsense":
            server.sendto(b"\xff" * 40, client)
            continue
        end = query.index(b"\0", 12) + 5
        head = query[:2] + struct.pack("!HHHHH", 0x8180 | RCODES[manner], 1, 0, 0, 0)
        server.sendto(head + query[12:end], client)


def main():
    manner, program = sys.argv[1], sys.argv[2:]
    # Nothing but DNS and the hosts file: no other service of the machine has a say.
    hosts = manner.removeprefix("hosts:") if manner.startswith("hosts:") else ""
    name, _, addresses = hosts.partition("=")
    put_over("/etc/hosts", "".join(f"{address} {name}\n" for address in addresses.split(",") if address))
    put_over("/etc/nsswitch.conf", "hosts: files\n" if hosts else "hosts: files dns\n")
    put_over("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:5 attempts:1\n")
    if manner != "none" and not hosts:
        loopback_up()
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 53))
        threading.Thread(target=serve, args=(server, manner), daemon=True).start()
    environment = {name: value for name, value in os.environ.items() if name != "PATH"}
    sys.exit(subprocess.run(program, env=environment).returncode)


main()
