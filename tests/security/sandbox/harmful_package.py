"""What a package does that does harm when a warm parent loads it.

Run as the program of a parent: it tries all it can, and says on its socket what worked.
"""

ATTEMPTS = """
import ctypes, fcntl, json, os, signal, socket, sys
account, theirs, own, server, host_socket, port = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
USER, PROCESSES, MOUNTS = 0x10000000, 0x20000000, 0x20000
HIGH = 1 << 32
libc.syscall.restype = ctypes.c_long

def call(name, *given):
    if getattr(libc, name)(*given) < 0:
        raise OSError(ctypes.get_errno(), name)

def apart(attempt):  # for whoever is in another namespace is nobody any more
    child = os.fork()
    if not child:
        try:
            attempt()
        except OSError:
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise OSError("refused")

def processes():
    return [int(each) for each in os.listdir("/proc") if each.isdigit()]

def another_accounts_process():
    if {os.stat(f"/proc/{each}").st_uid for each in processes()} == {os.getuid()}:
        raise OSError("none but its own account's")

def a_process_of_outside():
    if processes() == [os.getpid()]:
        raise OSError("none but itself")

def on_the_network():
    socket.create_connection(("127.0.0.1", port), timeout=5)

def memory():
    try:
        while True:
            taken.append(bytearray(256 << 20))
            if len(taken) > 8:
                return
    except MemoryError:
        raise OSError("no more") from None
    finally:
        taken.clear()

def more_processes():
    children = []
    try:
        while len(children) < 60:
            child = os.fork()
            if not child:
                signal.pause()
            children.append(child)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)

def system(*given):  # as Linux hears it; it reads the lower half of an int
    if libc.syscall(*map(ctypes.c_ulong, given)) < 0:
        raise OSError(ctypes.get_errno(), "refused")

def clone(flags):
    child = libc.syscall(56, flags, 0, 0, 0, 0)
    if child < 0:
        raise OSError(ctypes.get_errno(), "clone")
    return child

taken = []
everything = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
tried = {
    "become root": lambda: os.setuid(0),
    "become another project": lambda: os.setresuid(account, account, account),
    "join another project's group": lambda: os.setresgid(account, account, account),
    "join a group beside its own": lambda: os.setgroups([account]),
    "take capabilities": lambda: call("capset", header, everything),
    "enter another project's sandbox": lambda: apart(lambda: call(
        "setns", os.pidfd_open(theirs), USER | MOUNTS | PROCESSES)),
    "read another project's memory": lambda: open(f"/proc/{theirs}/mem"),
    "read another project's files": lambda: os.listdir(f"/proc/{theirs}/root"),
    "end another project's process": lambda: os.kill(theirs, signal.SIGKILL),
    "enter a sandbox of its project": lambda: apart(lambda: call(
        "setns", os.pidfd_open(own), USER | MOUNTS | PROCESSES)),
    "write into what builds its project's": lambda: open(f"/proc/{own}/mem", "r+b"),
    "read its project's files": lambda: os.listdir(f"/proc/{own}/root/tmp"),
    "stop its project's process": lambda: os.kill(own, signal.SIGCONT),
    "enter the machine's file system": lambda: call(
        "setns", os.pidfd_open(server), MOUNTS),
    "end the server": lambda: os.kill(server, signal.SIGKILL),
    "see another account's process": another_accounts_process,
    "see a process of outside": a_process_of_outside,
    "mount": lambda: call("mount", b"proc", b"/tmp", b"proc", 0, None),
    "become root of a namespace": lambda: apart(lambda: call("unshare", USER)),
    "trace": lambda: call("ptrace", 16, server, 0, 0),
    "read memory by a call": lambda: call("process_vm_readv", own, 0, 0, 0, 0, 0),
    "write to the software": lambda: open(os.__file__, "a"),
    "read the machine's passwords": lambda: open("/etc/shadow"),
    "reach the server's socket": lambda: socket.socket(socket.AF_UNIX).connect(
        chr(0) + host_socket),
    "reach the network": on_the_network,
    "have a timer wake it": lambda: call(
        "timer_create", 1, (ctypes.c_int * 16)(0, 0, signal.SIGCONT, 0),
        ctypes.byref(ctypes.c_void_p())),
    "have a file wake it": lambda: fcntl.fcntl(0, fcntl.F_SETSIG, signal.SIGCONT),
    "have an end wake it": lambda: call("prctl", 1, signal.SIGCONT, 0, 0, 0),
    "have a child's end wake it": lambda: os._exit(0) if not clone(
        signal.SIGCONT) else os.waitpid(-1, 0x40000000),
    "have a file wake it, said otherwise": lambda: system(
        72, 0, HIGH | fcntl.F_SETSIG, signal.SIGCONT),
    "have a folder wake it": lambda: system(
        72, os.open("/", os.O_RDONLY), fcntl.F_NOTIFY, 1),
    "have a folder wake it, said otherwise": lambda: system(
        72, os.open("/", os.O_RDONLY), HIGH | fcntl.F_NOTIFY, 1),
    "have an end wake it, said otherwise": lambda: system(
        157, HIGH | 1, signal.SIGCONT, 0, 0, 0),
    "watch the packet filter, said otherwise": lambda: system(
        54, socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach(), HIGH, 64, 0, 0),
    "open a raw socket, said otherwise": lambda: system(41, HIGH | 2, 3, 1),
    "change the network, said otherwise": lambda: system(41, HIGH | 16, 3, 0),
    "list devices, said otherwise": lambda: system(
        16, socket.socket(socket.AF_INET).detach(), HIGH | 0x8912,
        ctypes.addressof(ctypes.create_string_buffer(64))),
    "watch the packet filter": lambda: socket.socket(
        socket.AF_INET, socket.SOCK_DGRAM).setsockopt(0, 64, bytes(96)),
    "open a raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
    "change the network": lambda: socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW, 0).bind((0, 0)),
    "list devices": lambda: fcntl.ioctl(
        socket.socket(socket.AF_INET), 0x8912, bytes(16)),
    "take more memory than it may": memory,
    "start more processes than it may": more_processes,
}
done = []
for name, attempt in tried.items():
    try:
        attempt()
    except OSError:
        continue
    done.append(name)
os.write(0, json.dumps({"done": done, "tried": len(tried), "uid": os.getresuid(),
                        "status": open("/proc/self/status").read()}).encode())
"""

# A parent. It may leave a process behind, when it loads or when it is asked whether it
# answers, which looks again and again for the files of whoever asks for forks, wherever
# it can see one, and notes what it has found.
PARENT = """
import os, socket, sys, time
def lurk():
    if os.fork():
        return
    os.setsid()
    while True:
        open("/tmp/awake", "w").write(str(time.monotonic()))
        for each in os.listdir("/proc"):
            try:
                found = open(f"/proc/{each}/root/project/run/secret").read()
                open("/tmp/found", "w").write(found)
            except OSError:
                pass
from enclave.sandbox.forking import serve
from enclave.sandbox.joining import own_end
if LURKS:
    lurk()
client = own_end()
if ASKED:
    client.send(b"here")
    client.recv(16)
    lurk()
if serve(client) is not None:
    if os.fork() == 0:
        os.setsid()
        time.sleep(3600)
    time.sleep(3600)
"""

# A parent that changed what waits outside for its fork: that goes on when the fork has
# ended, in the sandbox of the run's files.
STAYS = """
import os, time
from enclave.sandbox import forking
from enclave.sandbox.joining import own_end
def wait_for(inside, reply):
    code = os.waitstatus_to_exitcode(os.waitpid(inside, 0)[1])
    os.write(reply, str(code).encode())
    os.close(reply)
    while True:
        secret = open("/project/run/secret").read()
        open("/project/run/ticks", "w").write(f"{time.monotonic()} {secret}")
forking._wait_for = wait_for
if forking.serve(own_end()) is not None:
    os._exit(0)
"""

# A parent whose fork writes down what each process in its sandbox holds open.
LOOKS = """
import json, os
from enclave.sandbox.forking import serve
from enclave.sandbox.joining import own_end
if serve(own_end()) is not None:
    said = {}
    for each in filter(str.isdigit, os.listdir("/proc")):
        name = open(f"/proc/{each}/comm").read().strip()
        held = said.setdefault(name, [])
        try:
            for number in os.listdir(f"/proc/{each}/fd"):
                held.append(os.readlink(f"/proc/{each}/fd/{number}"))
        except OSError as error:
            held.append(str(error))
    with open("/project/run/said", "w") as file:
        file.write(json.dumps(said))
    os._exit(0)
"""
