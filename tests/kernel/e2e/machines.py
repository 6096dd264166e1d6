#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests the names of machines, and when two processes are one machine, with live VMs whose command lines and cgroups are those of VMMs.

machines.py: needs root, /dev/kvm and a kernel that takes BPF programs. Prints "ok ..", "not ok ..", "skip .." lines; exit status 0 unless the
script itself failed.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(os.environ.get("GM_BUILD", os.path.join(HERE, "..", "..", "..", "build")))
UUID = "7c1d6a34-3b0e-4d7e-9a51-0f6c2d7e8a%02d"
CONTAINER = "8f0cf0ba8c4f66d2c59d5ed7a4b4a3e0a1c7c2b0de4c6f7a1c9cb7a1d2e3f4%02d"
POD = "d5cbf6b0-7f33-4c69-9c1e-2a4a1d4dfb%02d"


def verdict(what, want, got):
    print(f"ok machines: {what}" if want == got else f"not ok machines: {what}: expected {want} got {got}")


def tool(name, *args):
    return os.path.join(BUILD, name), *args


class Guest:
    """A VM that holds until end(). cgroup: folders of the cgroups to start it in."""

    def __init__(self, folder, words, cgroup=None):
        self.base = tempfile.mktemp(dir=folder)
        script = "".join(f"echo $$ > {path}/cgroup.procs; " for path in cgroup or []) + 'exec "$@"'
        self.proc = subprocess.Popen(["sh", "-c", script, "sh", *tool("gmemguest", "--scenario", "host", "--pages", "4", "--hold", "--ready",
                                      self.base + ".ready", "--go", self.base + ".go", "--"), *words], stdout=subprocess.DEVNULL)
        until(lambda: os.path.exists(self.base + ".ready") or self.proc.poll() is not None)

    def end(self):
        open(self.base + ".go", "w").close()
        if self.proc.wait(timeout=60):
            sys.exit(f"gmemguest ended with {self.proc.returncode}")


def until(condition):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)  # between two tests of the condition
    sys.exit("machines.py: waited in vain")


def lines(text, kind):
    return [o for o in map(json.loads, text.splitlines()) if o["type"] == kind]


def run(name, *args):
    return subprocess.run(tool(name, *args), capture_output=True, text=True, timeout=120)


def machines(*args):
    return lines(run("gmemcheck", "--machines", "--json", *args).stdout, "machine")


def keys_of(found):
    return sorted(m["machine_key"].partition("#")[0] for m in found)


def filler(n):
    return ["-append", "x" * n]


def test_long_lines(folder):
    """Test a uuid at the end of a long command line, of a VM that is older than the tool and of one that is newer."""
    for n in (10, 1000, 7000, 9000, 32000):
        words = ["qemu", *filler(n), "-name", "web", "-uuid", UUID % 1]
        guest = Guest(folder, words)
        found = machines()
        verdict(f"uuid behind {n} bytes, from /proc", [("uuid:" + UUID % 1, "web", False)],
                [(m["machine_key"], m["machine"], m["cmdline_cut"]) for m in found])
        guest.end()
        seen = run("gmemtop", "--json", "--", *tool("gmemguest", "--scenario", "host", "--pages", "4", "--"), *words)
        verdict(f"uuid behind {n} bytes, from the hook", {"uuid:" + UUID % 1}, {v["machine_key"] for v in lines(seen.stdout, "vm")})
    guest = Guest(folder, ["qemu", "-name", "web", *filler(33000), "-uuid", UUID % 1])
    found = machines()
    verdict("a command line that is too long: no key but the process", [("proc", "web", True)],
            [(m["rule"], m["machine"], m["cmdline_cut"]) for m in found])
    guest.end()


def test_two_ids(folder):
    """Test two ids with one name: they are two machines, and the end of one is no reboot."""
    guests = [Guest(folder, ["kvm", "-name", "test,debug-threads=on", "-smbios", "type=1,uuid=" + UUID % i]) for i in (1, 2)]
    found = machines()
    verdict("one name, two uuids", ["uuid:" + UUID % 1, "uuid:" + UUID % 2], keys_of(found))
    verdict("... are no duplicates", [False, False], [m["duplicate"] for m in found])
    verdict("... --vm by key", 1, len({v["vm"] for v in lines(run("gmemtop", "--json", "-n", "1", "--vm", "uuid:" + UUID % 2).stdout, "vm")}))
    verdict("... --vm by name", 2, len({v["vm"] for v in lines(run("gmemtop", "--json", "-n", "1", "--vm", "test").stdout, "vm")}))
    for guest in guests:
        guest.end()


def watch(folder, then):
    """Run gmemtop, call then() between two samples, and return the last sample."""
    out = open(os.path.join(folder, "watch.json"), "w+")
    top = subprocess.Popen(tool("gmemtop", "--json", "-i", "0.2"), stdout=out)

    def ticks():
        with open(out.name) as f:
            return f.read().count('"type":"tick"')

    until(lambda: ticks() > 1)
    then()
    before = ticks()
    until(lambda: ticks() > before + 2)
    top.terminate()
    top.wait(timeout=60)
    out.seek(0)
    text = out.read()
    out.close()
    return lines(text, "vm")


def test_clones(folder):
    """Test one uuid in two processes at a time: they are two marked machines until one ends, and the end is no reboot."""
    words = ["qemu", "-name", "web", "-uuid", UUID % 1]
    guests = [Guest(folder, words), Guest(folder, words)]
    found = machines()
    verdict("one uuid in two processes", 2, len(found))
    verdict("... are marked", [True, True], [m["duplicate"] for m in found])
    text = run("gmemtop", "-b", "-n", "1").stdout
    verdict("... in gmemtop, too", 2, text.count("web (dup)"))
    vms = watch(folder, guests[0].end)
    verdict("... one ends: nobody's reboot", {0}, {v["machine_reboots"] for v in vms})
    left = machines()
    verdict("... the other is not marked any more", [False], [m["duplicate"] for m in left])
    verdict("... two keys", 2, len({v["machine_key"] for v in vms}))
    verdict("... of one uuid", {"uuid:" + UUID % 1}, {v["machine_key"].partition("#")[0] for v in vms})
    verdict("... the live one's process", [m["pid"] for m in left], [v["pid"] for v in vms if v["alive"]][-1:])
    guests[1].end()


def test_reboot_over_processes(folder):
    """Test one uuid in two processes, one after the other: they are one machine."""
    words = tool("gmemguest", "--scenario", "reboot-process", "--reboots", "3", "--pages", "20", "--") + ("qemu", "-name", "web", "-uuid", UUID % 3)
    out = run("gmemreboot", "--json", "--", *words).stdout
    episodes = [e for e in lines(out, "episode") if e["style"] != "shutdown"]
    verdict("a uuid that moves to a new process: reboots of one machine", (3, {"web"}), (len(episodes), {e["machine"] for e in episodes}))


def own_cgroup(name):
    """Create a cgroup in each hierarchy that allows it; return their folders."""
    made = []
    for root in ["/sys/fs/cgroup", *[os.path.join("/sys/fs/cgroup", d) for d in ("unified", "systemd", "memory")]]:
        path = os.path.join(root, name)
        if os.path.exists(os.path.join(root, "cgroup.procs")):
            os.makedirs(path)
            made.append(path)
    return made


def drop_cgroup(paths, name):
    for path in paths:
        until(lambda at=path: not open(os.path.join(at, "cgroup.procs")).read())
        for _ in name.split("/"):
            if os.path.isdir(path) and not any(e.is_dir() for e in os.scandir(path)):  # a parent of another cgroup is removed with that
                os.rmdir(path)
            path = os.path.dirname(path)


def test_cgroups(folder):
    """Test containers, pods, and one name in two cgroups. The other cgroup v1 hierarchies of the process have the path \"/\"."""
    rows = [
        ("gm-test-a", ["qemu", "-name", "vng"], "name:vng@/gm-test-a"),
        ("gm-test-b", ["qemu", "-name", "vng"], "name:vng@/gm-test-b"),
        ("docker/" + CONTAINER % 1, ["qemu", "-name", "win"], "container:" + CONTAINER % 1 + "/name=win"),
        ("docker/" + CONTAINER % 2, ["qemu", "-name", "win"], "container:" + CONTAINER % 2 + "/name=win"),
        (f"kubepods/pod{POD % 1}/{CONTAINER % 3}", ["qemu", "-name", "a"], f"k8s:{POD % 1}/{CONTAINER % 3}/name=a"),
        (f"kubepods/pod{POD % 2}/{CONTAINER % 3}", ["firecracker", "--id", "x"], f"k8s:{POD % 2}/{CONTAINER % 3}/id=x"),
    ]
    made = []
    try:
        for name, _, _ in rows:
            made.append((own_cgroup(name), name))
    except OSError as e:
        print(f"skip machines: cgroups: {e}")
        rows = []
    if rows and not all(paths for paths, _ in made):
        print("skip machines: cgroups: no hierarchy that a process can enter")
        rows = []
    guests = [Guest(folder, words, paths) for (_, words, _), (paths, _) in zip(rows, made)]
    if rows:
        found = {m["machine_key"] for m in machines()}
        for _, _, key in rows:
            verdict(f"a cgroup's key {key[:40]}", {key}, found & {key})
        verdict("cgroups: machines", len(rows), len(found))
    for guest in guests:
        guest.end()
    for paths, name in reversed(made):
        drop_cgroup(paths, name)


def test_map(folder):
    """Test an operator's rules: by uuid, by a supervisor's pid file, and a VM without a rule."""
    guests = [Guest(folder, ["qemu", "-name", "one", "-uuid", UUID % 1]), Guest(folder, ["qemu", "-name", "two"]), Guest(folder, ["qemu", "-name", "three"])]
    pid = next(m["pid"] for m in machines() if m["machine"] == "two")
    with open(os.path.join(folder, "billing.pid"), "w") as f:
        f.write(f"{pid}\n")
    rules = os.path.join(folder, "map")
    with open(rules, "w") as f:
        f.write(f'# ours\n"data base" uuid={UUID % 1}\nvm-{{pidfile}} pidfile={folder}/*.pid\n')
    found = machines("--machine-map", rules)
    verdict("a machine map: keys", ["map:data base", "map:vm-billing"], [k for k in keys_of(found) if k.startswith("map:")])
    verdict("... names", ["data base", "three", "vm-billing"], sorted(m["machine"] for m in found))
    rec = os.path.join(folder, "map.rec")
    run("gmemtop", "-b", "-n", "1", "--record", rec, "--machine-map", rules)
    verdict("... in a recording", ["data base", "three", "vm-billing"], sorted(m["machine"] for m in machines("--replay", rec)))
    with open(rules, "w") as f:
        f.write("third name=three\n")
    verdict("... and another one in its replay", ["one", "third", "two"], sorted(m["machine"] for m in machines("--replay", rec, "--machine-map", rules)))
    with open(rules, "w") as f:
        f.write("a id=1\nthird machine=three\n")
    refused = run("gmemtop", "-b", "-n", "1", "--machine-map", rules)
    verdict("... a rule that is none: its line", (2, True), (refused.returncode, "line 2: 'machine=three' is not FIELD=PATTERN" in refused.stderr))
    for guest in guests:
        guest.end()


def reason():
    if os.geteuid():
        return "not root"
    if not os.path.exists("/dev/kvm"):
        return "no /dev/kvm"
    looked = run("gmemcheck", "--machines", "--json")
    if looked.returncode:
        return f"gmemcheck cannot observe: {looked.stderr.splitlines()[:1]}"
    if lines(looked.stdout, "machine"):
        return "other VMs run here"
    return None


def main():
    why = reason()
    if why:
        print(f"skip machines: {why}")
        return
    folder = tempfile.mkdtemp()
    try:
        for test in (test_long_lines, test_two_ids, test_clones, test_reboot_over_processes, test_cgroups, test_map):
            test(folder)
    finally:
        shutil.rmtree(folder)


main()
