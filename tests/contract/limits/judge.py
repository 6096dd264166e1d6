# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges a tool at a limit: it must end with the output of a run without a limit and status 0, or with status 1 and one line with the true reason."""
import atexit
import copy
import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import tempfile
import termios
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("GM_BUILD", os.path.join(HERE, "..", "..", "..", "build"))
GOLDEN = os.path.join(HERE, "..", "golden")
DEADLINE_S = 60		# far longer than any run takes; a longer run hangs


class Folder:
    """The folder for the files of one run."""

    def __enter__(self):
        self.path = tempfile.mkdtemp()
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path)


class Got:
    def __init__(self, status, out, err, files):
        self.status, self.out, self.err, self.files = status, out, err, files


# Metrics on the process itself differ from run to run.
VOLATILE = re.compile(rb"^(# \w+ )?(process_|gmem_exporter_last_look_).*\n", re.M)


def read_files(folder):
    """Return {path: bytes} of a run's files. Names that begin with a dot are the test's own."""
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            if not name.startswith("."):
                with open(path, "rb") as f:
                    found[os.path.relpath(path, folder)] = VOLATILE.sub(b"", f.read())
    return found


class Stdout:
    """A tool's stdout: a pipe, a file, or a broken pipe."""

    def __init__(self, folder, kind):
        self.path = os.path.join(folder, ".stdout")
        self.file = None
        self.where = subprocess.PIPE
        if kind == "file":
            self.where = self.file = open(self.path, "wb")
        elif kind == "broken":
            reader, writer = os.pipe()
            os.close(reader)
            self.where = self.file = os.fdopen(writer, "wb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.file:
            self.file.close()

    def read(self):
        if not os.path.exists(self.path):
            return b""
        with open(self.path, "rb") as f:
            return f.read()


class Case:
    """A command line. Its outputs are stdout and the files in the folder in which it runs."""
    later = (False, True)	# False: one allocation fails; True: also all later ones

    def __init__(self, tool, words, partial=(), messages=1):
        self.name = tool + " " + words
        self.messages = messages	# the most lines that a failure may print
        self.argv = [os.path.join(BUILD, tool)] + [MADE.get(w, w.replace("GOLDEN", GOLDEN)) for w in words.split()]
        self.partial = partial	# files that may be incomplete after a failure
        self.recording = next((w for w in self.argv if w.startswith((GOLDEN, MADE["DAMAGED"]))), None)	# the first input

    def over(self, recording):
        """Return the case with another recording instead of the first one."""
        other = copy.copy(self)
        other.argv = [recording if w == self.recording else w for w in self.argv]
        return other

    def run(self, folder, variables, prefix=(), stdout="pipe"):
        """prefix: a command that runs its arguments. stdout: a pipe, a file, or a pipe that nobody reads ("broken")."""
        with Stdout(folder, stdout) as out:
            try:
                p = subprocess.run([*prefix, *self.argv], cwd=folder, env={**os.environ, "LC_ALL": "C", "TZ": "UTC", "TMPDIR": folder, **variables},
                                   timeout=DEADLINE_S, stdin=subprocess.DEVNULL, stdout=out.where, stderr=subprocess.PIPE)
            except subprocess.TimeoutExpired:
                return Got(None, b"", b"", {})
            text = p.stdout if p.stdout is not None else out.read()
        return Got(p.returncode, VOLATILE.sub(b"", text), p.stderr, read_files(folder))

    def judge(self, want, got, reason):
        """Compare a run with one without a limit (want). Return None, or the mistake."""
        if got.status is None:
            return "it hangs"
        if got.status < 0:
            return f"killed by signal {-got.status}"
        if got.status == want.status:
            return same(want, got)
        if got.status != 1:
            return f"status {got.status}: {first(got.err)}"
        return failed_well(self, got, reason, want)


def first(text):
    return text.decode(errors="replace").split("\n")[0][:200]


def same(want, got):
    if got.out != want.out:
        return f"status {got.status} and another output: {difference(want.out, got.out)} stderr: {first(got.err)}"
    if got.files != want.files:
        return f"status {got.status} and other files: {sorted(got.files)} for {sorted(want.files)}"
    return None if got.err == want.err else f"status {got.status} and other words: {got.err[:300]}"


def difference(a, b):
    for x, y in zip(a.split(b"\n"), b.split(b"\n")):
        if x != y:
            return f"{y[:100]} for {x[:100]}"
    return f"{len(b)} bytes for {len(a)}"


def failed_well(case, got, reason, want):
    lines = [line for line in got.err.decode(errors="replace").split("\n") if line and ": warning: " not in line]
    if not 1 <= len(lines) <= case.messages:
        return f"{len(lines)} messages: {lines}"
    if not re.search(reason, lines[0]):
        return f"not the reason: {lines[0]}"
    if not want.out.startswith(got.out):
        return f"what came first is not what comes without a limit: {difference(want.out, got.out)}"
    left = [f for f, data in got.files.items() if f not in case.partial and data != want.files.get(f)]
    return f"left behind: {left}" if left else None


def show(bad):
    at, later, why, where = bad
    return f"number {at}{' and all later' if later else ''}: {why} [{' '.join(symbols(where)[:7])}]"


def symbols(where):
    """Return names for lines of backtrace_symbols(3)."""
    found = []
    for line in where[:14]:
        m = re.match(r"(.*)\((.*)\+(0x[0-9a-f]+)\)", line)
        if not m:
            continue
        if m[1].startswith(os.path.abspath(BUILD)) or m[1].startswith(BUILD):
            name = subprocess.run(["addr2line", "-f", "-s", "-e", m[1], hex(int(m[3], 16) - 1)], capture_output=True, text=True).stdout.split("\n")
            found.append(name[0] + "@" + name[1])
        else:
            found.append(m[2] or os.path.basename(m[1]))
    return found


def result(what, bad):
    print(f"not ok limits/{what}: {bad}" if bad else f"ok limits/{what}", flush=True)


def made():
    """Make recordings from golden ones: a damaged one, and a flight recorder's ring. Return {name: path}."""
    folder = os.path.join(tempfile.gettempdir(), f"limits-{os.getpid()}")
    os.makedirs(folder + "/ring")
    atexit.register(shutil.rmtree, folder)
    with open(GOLDEN + "/vmm/inplace-7.3.gmrec", "rb") as f:
        data = bytearray(f.read())
    data[len(data) // 2] ^= 0xff
    with open(folder + "/damaged.rec", "wb") as f:
        f.write(data)
    for n, stretch in enumerate(("0s..40s", "40s..80s", "80s..1h")):
        subprocess.run([BUILD + "/gmemrecord", "--cut", stretch, GOLDEN + "/vmm/inplace-7.3.gmrec", "-o", f"{folder}/ring/segment-{n + 1:08}.gmrec"], check=True,
                       stderr=subprocess.DEVNULL)
    return {"DAMAGED": folder + "/damaged.rec", "RING": folder + "/ring"}


MADE = made()
REC, ZST = "GOLDEN/full-6.18.rec", "GOLDEN/versions/2.1-zstd.rec"


def replays():
    return [
        Case("gmemtop", f"-b --replay {REC}"),
        Case("gmemtop", f"-b -t --replay {ZST}"),
        Case("gmemtop", f"-b -c phases --replay {REC}"),
        Case("gmemtop", f"--json --replay {REC}"),
        Case("gmemtop", f"-b --record out.rec --replay {REC}"),
        Case("gmemsnoop", f"--record out.rec --replay {REC}"),
        Case("gmemtop", f"--json --replay {REC} --replay {ZST}"),
        Case("gmemtop", f"--json --replay {REC} --at 100ms..200ms"),
        Case("gmemtop", "-b --replay DAMAGED"),
        Case("gmemtop", "--json --replay DAMAGED --at 1s..50s"),
        Case("gmemtop", "-b --replay RING"),
        Case("gmemtop", "--json --replay RING --at 50s..90s"),
        Case("gmemrecord", "RING -o out.rec"),
        Case("gmemrecord", "--info DAMAGED"),
        Case("gmemrecord", "--info RING"),
        TtyCase("gmemtop", "--speed max --replay GOLDEN/vmm/inplace-7.3.gmrec"),
        TtyCase("gmemtop", "--speed max --replay RING"),
        Case("gmemhist", f"--replay {REC}"),
        Case("gmemhist", f"--json --replay {REC}"),
        Case("gmemhist", f"--csv --replay {REC}"),
        Case("gmemhist", f"--hdr out.hdr --replay {REC}", ("out.hdr",)),
        Case("gmemhist", f"--html out.html --replay {REC}", ("out.html",)),
        Case("gmemhist", f"--html out.html --diff {REC} {ZST}", ("out.html",)),
        Case("gmemhist", f"--diff {REC} {ZST}"),
        Case("gmemhist", f"--json --diff {REC} {ZST}"),
        Case("gmemreboot", f"--replay {REC}"),
        Case("gmemreboot", f"--json --replay {REC}"),
        Case("gmemreboot", f"--csv --replay {REC}"),
        Case("gmemreboot", f"--list --replay {REC}"),
        Case("gmemreboot", f"--pins --all --replay {REC}"),
        Case("gmemreboot", "--replay GOLDEN/vmm/inplace-7.3.gmrec"),
        Case("gmemreboot", f"--trace out.trace --replay {REC}", ("out.trace",)),
        Case("gmemreboot", f"--html out.html --replay {REC}", ("out.html",)),
        Case("gmemsnoop", f"--replay {REC}"),
        Case("gmemsnoop", f"--json --replay {REC}"),
        Case("gmemcheck", f"--replay {REC}"),
        Case("gmemcheck", f"--json --replay {REC}"),
        Case("gmemcheck", f"--machines --replay {REC}"),
        Case("gmemrecord", f"--info {REC}"),
        Case("gmemrecord", f"--info --json {ZST}"),
        Case("gmemrecord", f"{REC} -o out.rec"),
        Case("gmemrecord", f"{REC} --compress zlib -o out.rec"),
        Case("gmemrecord", f"--cut 100ms..200ms --compress zstd {ZST} -o out.rec"),
        Case("gmemrecord", f"--anonymize --key {ZST} {REC} -o out.rec"),
        Case("gmemrecord", f"--export json {REC}"),
        Case("gmemrecord", f"--export csv {REC} -o out.csv", ("out.csv",)),
        Case("gmemrecord", f"--export perfetto {REC} -o out.trace", ("out.trace",)),
        Case("gmem_exporter", f"--once --format text --vm-linger 0 --replay {REC}"),
        Case("gmem_exporter", f"--once --textfile out.prom --replay {REC}"),
    ]


class TtyCase(Case):
    """A tool in a terminal, with keys that are pressed before it starts. Its screens are not compared."""
    later = (False,)	# ncurses cannot even end without memory
    KEYS = b"$ffbbp>tKo\x1bn^]]nN$Q"

    def run(self, folder, variables, prefix=(), **_):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        os.write(master, self.KEYS)
        try:
            p = subprocess.Popen([*prefix, *self.argv], cwd=folder, env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "TZ": "UTC", **variables},
                                 stdin=slave, stdout=slave, stderr=subprocess.PIPE)
            os.close(slave)
            reader = threading.Thread(target=drain, args=(master,))
            reader.start()
            err = p.communicate(timeout=DEADLINE_S)[1]
            reader.join()
        except subprocess.TimeoutExpired:
            p.kill()
            return Got(None, b"", b"", {})
        finally:
            os.close(master)
        return Got(p.returncode, b"", err, read_files(folder))


def drain(fd):
    try:
        while os.read(fd, 65536):
            pass
    except OSError:
        pass	# the tool has closed the terminal


class LiveCase(Case):
    """A live tool. Outputs differ between runs, so only attached probes and kinds of lines must be equal."""
    later = (True,)	# after a single failure, errors of libbpf may have any text

    def judge(self, want, got, reason):
        want_as, got_as = (Got(g.status, self.shape(g.out), b"", {self.plain_name(f) for f in g.files}) for g in (want, got))
        if got.status is not None and got.status >= 0:
            if got.status == want.status:
                # Partial figures must have a warning.
                return (not re.search(": warning: .*(" + reason + ")", got.err.decode()) and same(want_as, got_as)) or self.unreadable(got, True)
            if got.status in (1, 3):
                return failed_well(self, got, reason, Got(0, got.out, b"", got.files)) or self.unreadable(got, False)
        return super().judge(want, got, reason)

    @staticmethod
    def plain_name(name):
        """Return a file's name without its time of day."""
        return re.sub(r"kept-\w+-", "kept-", name)

    @staticmethod
    def shape(out):
        """Return the probes with their states and the summary's mode for JSON lines; for text, whether there is any."""
        found = set()
        for line in out.split(b"\n"):
            if line.startswith(b"{"):
                o = json.loads(line)
                found.add((o["type"], o.get("probe"), o.get("state"), o.get("mode"))) if o["type"] in ("probe", "summary") else None
        return repr(sorted(found, key=repr)).encode() if found else b"text" if out else b""

    @staticmethod
    def unreadable(got, whole):
        """Return recordings that gmemrecord cannot read up to the end of the last complete chunk, or, if the run was good, to the
        end."""
        for name, data in got.files.items():
            if not name.endswith(("rec", "gmrec")) or len(data) < 32:
                continue
            with Folder() as folder:
                path = os.path.join(folder, "x.rec")
                with open(path, "wb") as f:
                    f.write(data)
                info = subprocess.run([BUILD + "/gmemrecord", "--info", "--json", path], capture_output=True, text=True)
                if not whole and "no whole record" in info.stderr:
                    continue
                if info.returncode or (whole and not json.loads(info.stdout.split("\n")[0])["complete"]):
                    return f"{name}: {info.stderr}{info.stdout[:200]}"
                if "incomplete" in info.stderr and "did not finish" not in info.stderr:
                    return f"{name}: {info.stderr}"
        return None


def lives():
    return [
        LiveCase("gmemtop", "--json --record out.rec -- true", ("out.rec",)),
        LiveCase("gmemsnoop", "--json -- true"),
        LiveCase("gmemhist", "--json --hdr out.hdr -- true", ("out.hdr",)),
        LiveCase("gmemreboot", "--json --trace out.trace -- true", ("out.trace",)),
        LiveCase("gmemcheck", "--json"),
        LiveCase("gmemrecord", "-o out.rec -- true", ("out.rec",)),
        LiveCase("gmemrecord", "--flight flight -- true", ("flight/lock", "flight/segment-00000001.gmrec"), 2),
        LiveCase("gmem_exporter", "--once --textfile out.prom", partial=("out.prom",)),
    ]
