// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model/machine: usual command lines and cgroup paths, and hostile ones. */
#include "fixture/unit.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "model/machine.h"

#define UUID	"1b4e28ba-2fa1-11d2-883f-0016d3cca427"
#define POD	"d5cbf6b0-7f33-4c69-9c1e-2a4a1d4dfb7b"
#define POD_	"d5cbf6b0_7f33_4c69_9c1e_2a4a1d4dfb7b"
#define CTR	"8f0cf0ba8c4f66d2c59d5ed7a4b4a3e0a1c7c2b0de4c6f7a1c9cb7a1d2e3f405"
#define CTR2	"9f0cf0ba8c4f66d2c59d5ed7a4b4a3e0a1c7c2b0de4c6f7a1c9cb7a1d2e3f405"
#define UUID2	"7c1d6a34-3b0e-4d7e-9a51-0f6c2d7e8a12"
#define BYTES10	"\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9"
#define BYTES40	BYTES10 BYTES10 BYTES10 BYTES10
#define NILUUID	"00000000-0000-0000-0000-000000000000"

struct expect {
	const char *comm, *cgroup;
	const char *cmdline;
	size_t cmdline_len;
	const char *key, *name;
};

#define ROW(comm, cgroup, cmdline, key, name) { comm, cgroup, cmdline, sizeof(cmdline), key, name }

static void make(struct gm_rec_proc *p, const char *comm, const char *cgroup, const char *cmdline, size_t len)
{
	memset(p, 0, sizeof(*p));
	p->tgid = 77;
	p->start_ticks = 12345;
	assert_true(strlen(comm) < sizeof(p->comm) && strlen(cgroup) < sizeof(p->cgroup));
	assert_true(len <= sizeof(p->cmdline));
	memcpy(p->comm, comm, strlen(comm));
	memcpy(p->cgroup, cgroup, strlen(cgroup));
	memcpy(p->cmdline, cmdline, len);
	p->cmdline_len = (uint32_t)len;
}

static void check(const struct expect *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct gm_rec_proc p;
		struct gm_machine_name out;

		make(&p, rows[i].comm, rows[i].cgroup, rows[i].cmdline, rows[i].cmdline_len);
		gm_machine_name(&p, &out);
		assert_string_equal(out.key, rows[i].key);
		assert_string_equal(out.name, rows[i].name);
	}
}

#define CHECK(rows) check(rows, GM_ARRAY_SIZE(rows))

/* A scope's name is reduced and its number changes with each start, so both together mean one process. */
static void test_libvirt(void **state)
{
	static const struct expect rows[] = {
		ROW("qemu-system-x86", "/machine.slice/machine-qemu\\x2d3\\x2dmyvm.scope", "qemu\0-name\0other",
		    "libvirt:qemu-3-myvm", "other"),
		ROW("qemu-system-x86", "/machine.slice/machine-qemu\\x2d12\\x2dweb\\x2d01.scope/libvirt/emulator",
		    "/usr/bin/qemu-system-x86_64\0-name\0guest=web-01,debug-threads=on\0-uuid\0" UUID, "uuid:" UUID,
		    "web-01"),
		ROW("cloud-hyperviso", "/machine.slice/machine-ch\\x2d2\\x2dfoo.scope", "cloud-hypervisor",
		    "libvirt:ch-2-foo", "foo"),
		/* no systemd */
		ROW("qemu-kvm", "/machine/qemu-7-instance-0000abcd.libvirt-qemu/emulator", "qemu-kvm",
		    "libvirt:qemu-7-instance-0000abcd", "instance-0000abcd"),
		ROW("qemu-kvm", "/machine/old.libvirt-qemu", "qemu-kvm", "libvirt:old", "old"),
		ROW("qemu", "/machine.slice/machine-qemu\\x2d4\\x2d3\\x2d2.scope", "qemu", "libvirt:qemu-4-3-2", "3-2"),
	};

	(void)state;
	CHECK(rows);
}

static void test_no_machine_scope(void **state)
{
	static const struct expect rows[] = {
		ROW("qemu", "/user.slice/user-1000.slice/session-3.scope", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "/system.slice/vmm.service", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "/machine.slice/machine-nspawned.scope", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "/machine.slice/machine-lxc\\x2d3\\x2dct.scope", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "/machine.slice/machine-qemu\\x2dx\\x2dct.scope", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "/machine.slice/machine-qemu\\x2d3\\x2d.scope", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "/machine.slice/machine-.scope", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "machine-scope", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", ".libvirt-qemu", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "/", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "", "qemu", "proc:77:12345", "qemu-77"),
		ROW("", "", "", "proc:77:12345", "pid-77"),
	};

	(void)state;
	CHECK(rows);
}

static void test_kubernetes(void **state)
{
	static const struct expect rows[] = {
		/* v2, systemd driver, containerd and CRI-O */
		ROW("qemu",
		    "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_ ".slice/cri-containerd-" CTR
		    ".scope",
		    "qemu\0-name\0guest=default_vm", "k8s:" POD "/" CTR "/name=default_vm", "default_vm"),
		ROW("qemu", "/kubepods.slice/kubepods-pod" POD_ ".slice/crio-" CTR ".scope/container", "qemu",
		    "k8s:" POD "/" CTR, "pod-d5cbf6b0/8f0cf0ba8c4f"),
		/* v1, cgroupfs driver */
		ROW("firecracker", "/kubepods/besteffort/pod" POD "/" CTR, "firecracker\0--id\0x",
		    "k8s:" POD "/" CTR "/id=x", "x"),
		/* kind, and containerd without delegation */
		ROW("qemu", "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" POD_ ".slice", "qemu",
		    "k8s:" POD "/", "pod-d5cbf6b0"),
		ROW("qemu", "/system.slice/containerd.service/kubepods-burstable-pod" POD_ ".slice:cri-containerd:" CTR,
		    "qemu", "k8s:" POD "/" CTR, "pod-d5cbf6b0/8f0cf0ba8c4f"),
		/* the uid of a static pod has no dashes */
		ROW("qemu", "/kubepods/pod0123456789abcdef0123456789abcdef", "qemu",
		    "k8s:0123456789abcdef0123456789abcdef/", "pod-01234567"),
		/* paths that are not of Kubernetes, or have no pod */
		ROW("qemu", "/kubepods", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "/kubepods/pod", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "/kubepods/tripod0123456789abcdef0123456789abcdef", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "/kubepods/podxyz", "qemu", "proc:77:12345", "qemu-77"),
		ROW("qemu", "/libpod_parent/pod" POD "/1234", "qemu", "proc:77:12345", "qemu-77"),
	};

	(void)state;
	CHECK(rows);
}

static void test_qemu(void **state)
{
	static const struct expect rows[] = {
		ROW("qemu-system-x86", "", "qemu-system-x86_64\0-name\0guest=foo,debug-threads=on\0-uuid\0" UUID,
		    "uuid:" UUID, "foo"),
		ROW("qemu", "",
		    "qemu\0-uuid\0"
		    "1B4E28BA-2FA1-11D2-883F-0016D3CCA427",
		    "uuid:" UUID, UUID),
		ROW("qemu", "", "qemu\0-uuid\0{1b4e28ba2fa111d2883f0016d3cca427}", "uuid:" UUID, UUID),
		ROW("qemu", "",
		    "qemu\0-uuid\0"
		    "1b4e28ba",
		    "proc:77:12345", "qemu-77"),
		ROW("kvm", "", "kvm\0-smbios\0type=1,manufacturer=a,,b,uuid=" UUID, "uuid:" UUID, UUID),
		ROW("kvm", "", "kvm\0-smbios\0type=2,uuid=" UUID, "proc:77:12345", "kvm-77"),
		/* QEMU uses the last uuid of all options */
		ROW("qemu", "", "qemu\0-uuid\0" UUID "\0-uuid\0" UUID2, "uuid:" UUID2, UUID2),
		ROW("qemu", "", "qemu\0-uuid\0" UUID "\0-smbios\0type=1,uuid=" UUID2, "uuid:" UUID2, UUID2),
		ROW("qemu", "", "qemu\0-smbios\0type=1,uuid=" UUID2 "\0-uuid\0" UUID, "uuid:" UUID, UUID),
		ROW("qemu", "", "qemu\0-smbios\0type=1,uuid=" UUID "\0-smbios\0type=0,vendor=x", "uuid:" UUID, UUID),
		ROW("qemu", "", "qemu\0-name\0a\0-name\0process=b\0-name\0guest=c,debug-threads=on", "name:c", "c"),
		ROW("qemu", "", "qemu\0-name\0a\0-name\0process=b", "name:a", "a"),
		ROW("crosvm", "", "crosvm\0run\0--smbios\0uuid=" UUID, "uuid:" UUID, UUID),
		ROW("cloud-hyperviso", "", "x\0--platform\0num_pci_segments=2,uuid=" UUID "\0--api-socket\0/a.sock",
		    "uuid:" UUID, "a"),
		/* a name is valid in its cgroup */
		ROW("qemu", "/user.slice/user-1000.slice/session-3.scope", "qemu\0-name\0vng",
		    "name:vng@/user.slice/user-1000.slice/session-3.scope", "vng"),
		ROW("qemu", "/b", "qemu\0-name\0v@/a", "name:v@@/a@/b", "v@/a"),
		ROW("qemu", "",
		    "qemu\0-name\0foo\0-m\0"
		    "4G",
		    "name:foo", "foo"),
		ROW("qemu", "", "qemu\0--name\0foo", "name:foo", "foo"),
		ROW("qemu", "", "qemu\0-name\0foo,process=bar", "name:foo", "foo"),
		ROW("qemu", "", "qemu\0-name\0debug-threads=on,guest=foo", "name:foo", "foo"),
		ROW("qemu", "", "qemu\0-name\0a,,b,debug-threads=on", "name:a,b", "a,b"),
		ROW("qemu", "", "qemu\0-name\0sandbox-" CTR, "name:sandbox-" CTR, "sandbox-" CTR),
		/* any program with such a command line */
		ROW("gmemguest", "", "build/gmemguest\0reboot\0-name\0guest-0", "name:guest-0", "guest-0"),
		ROW("gmemguest", "", "gmemguest\0--name=guest-1", "name:guest-1", "guest-1"),
		/* an empty value: the next rule applies */
		ROW("qemu", "", "qemu\0-uuid\0" NILUUID "\0-name\0foo", "name:foo", "foo"),
		ROW("qemu", "", "qemu\0-uuid\0ffffffff-ffff-ffff-ffff-ffffffffffff\0-name\0foo", "name:foo", "foo"),
		ROW("qemu", "", "qemu\0-uuid\0\0-name\0foo", "name:foo", "foo"),
		ROW("qemu", "", "qemu\0-name\0", "proc:77:12345", "qemu-77"),
		ROW("qemu", "", "qemu\0-name", "proc:77:12345", "qemu-77"),
		ROW("qemu", "", "qemu\0-name\0-uuid", "proc:77:12345", "qemu-77"),
		ROW("qemu", "", "qemu\0-name\0guest=,debug-threads=on", "proc:77:12345", "qemu-77"),
		ROW("qemu", "", "qemu\0-name\0,,,", "name:,", ","),
		ROW("qemu", "", "qemu\0-names\0foo\0-uuidx\0foo", "proc:77:12345", "qemu-77"),
		ROW("qemu", "", "-name\0foo", "proc:77:12345", "qemu-77"),
	};

	(void)state;
	CHECK(rows);
}

static void test_others(void **state)
{
	static const struct expect rows[] = {
		/* the jailer's command line */
		ROW("firecracker", "/firecracker/vm-17",
		    "/firecracker\0--id\0vm-17\0--start-time-us\0"
		    "12\0--api-sock\0/a/b",
		    "id:vm-17", "vm-17"),
		ROW("fc", "", "/srv/firecracker-v1.7.0-x86_64\0--id=vm-18\0--no-api", "id:vm-18", "vm-18"),
		ROW("other", "", "other\0--id\0vm-17", "proc:77:12345", "other-77"),
		ROW("firecracker", "", "firecracker\0-id\0vm-17", "proc:77:12345", "firecracker-77"),
		ROW("crosvm", "", "crosvm\0run\0--name\0arc\0--socket\0/run/vm/a.sock", "socket:/run/vm/a.sock", "arc"),
		ROW("crosvm_vcpu0", "", "crosvm\0run\0--socket\0/run/vm/a.sock", "socket:/run/vm/a.sock", "vm/a"),
		ROW("crosvm", "/", "crosvm\0run\0-s\0/run/crosvm\0vmlinux", "proc:77:12345", "crosvm-77"),
		ROW("crosvm", "/", "crosvm\0run\0-s\0/run/a,b.sock\0vmlinux", "socket:/run/a,b.sock", "run/a,b"),
		ROW("crosvm", "/", "crosvm\0run\0-s\0/run/vm/a.sock\0vmlinux", "socket:/run/vm/a.sock", "vm/a"),
		ROW("firecracker", "/", "firecracker\0--api-sock\0/run/fc/7.socket", "socket:/run/fc/7.socket",
		    "fc/7.socket"),
		/* a name that another process cannot have, or that is of another directory */
		ROW("firecracker", "/", "firecracker\0--api-sock\0api.sock", "proc:77:12345", "firecracker-77"),
		ROW("qemu", "/", "qemu\0-s\0/run/vm/a.sock", "proc:77:12345", "qemu-77"),
		ROW("kvm", "/qemu.slice/100.scope",
		    "/usr/bin/kvm\0-id\0"
		    "100\0-name\0test",
		    "id:100", "test"),
		ROW("containerd-shim", "/x", "/opt/kata/bin/containerd-shim-kata-v2\0-namespace\0k8s.io\0-id\0sb7",
		    "id:sb7", "sb7"),
		ROW("cloud-hyperviso", "", "cloud-hypervisor\0--api-socket\0/run/ch/vm1.sock",
		    "socket:/run/ch/vm1.sock", "ch/vm1"),
		ROW("vmm", "", "/opt/cloud-hypervisor\0--api-socket\0path=/run/ch/vm2/api.sock\0--cpus\0boot=2",
		    "socket:/run/ch/vm2/api.sock", "vm2/api"),
		ROW("cloud-hyperviso", "", "x\0--api-socket=path=/a.sock", "socket:/a.sock", "a"),
		ROW("cloud-hyperviso", "", "x\0--api-socket\0fd=3", "proc:77:12345", "cloud-hyperviso-77"),
		ROW("cloud-hyperviso", "", "x\0--api-socket\0/run/", "proc:77:12345", "cloud-hyperviso-77"),
		ROW("java", "", "java\0--api-socket\0/a.sock\0--socket\0/b", "proc:77:12345", "java-77"),
	};

	(void)state;
	CHECK(rows);
}

static void test_hostile_text(void **state)
{
	static const struct expect rows[] = {
		ROW("q", "", "q\0-name\0a\x1b[2Jb\nc", "name:a\\x1b[2Jb\\x0ac", "a\\x1b[2Jb\\x0ac"),
		ROW("q", "", "q\0-name\0\xff\xfe", "name:\\xff\\xfe", "\\xff\\xfe"),
		ROW("a\x1b]0;b", "", "q", "proc:77:12345", "a\\x1b]0;b-77"),
		ROW("q", "/machine.slice/machine-qemu\\x2d3\\x2da\\x1bb\\x00\\xzz\\x2.scope", "q",
		    "libvirt:qemu-3-a\\x1bb\\x5cx00\\xzz\\x2", "a\\x1bb\\x5cx00\\xzz\\x2"),
		ROW("q", "/machine.slice/machine-qemu\\x2d3\\x2da\\x2fb\\x", "q", "proc:77:12345", "q-77"),
	};

	(void)state;
	CHECK(rows);
}

/* Texts without a NUL: the next bytes in memory are another field, or the end of the record. */
static void test_unterminated(void **state)
{
	struct gm_rec_proc p;
	struct gm_machine_name out;

	(void)state;
	memset(&p, 'a', sizeof(p));
	p.tgid = 77;
	p.start_ticks = 1;
	p.cmdline_len = UINT32_MAX;
	gm_machine_name(&p, &out);
	assert_int_equal(strlen(out.key), strlen("map:") + sizeof(p.mapped));
	memset(p.mapped, 0, sizeof(p.mapped));
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "proc:77:1");
	assert_string_equal(out.name, "aaaaaaaaaaaaaaaa-77");

	make(&p, "gmemguest", "", "gmemguest\0-name\0foo", 19);
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "name:foo");
}

/* Half a uuid may be that of others, too; a complete one in front of the cut is valid. */
static void test_cut_cmdline(void **state)
{
	static const char tail[] = "\0-uuid\0" UUID;
	struct gm_rec_proc p;
	struct gm_machine_name out;
	size_t at = sizeof(p.cmdline) - 20;

	(void)state;
	make(&p, "qemu", "", "qemu\0-name\0foo", 15);
	p.cmdline_len = sizeof(p.cmdline);
	memset(p.cmdline + 15, 'x', sizeof(p.cmdline) - 15);
	memcpy(p.cmdline + at, tail, 20);
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "proc:77:12345"); /* the next uuid may belong to another option */
	assert_string_equal(out.name, "foo");

	memcpy(p.cmdline + at - 100, tail, sizeof(tail));
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "uuid:" UUID);
}

/* Two processes that must be two machines. */
struct pair {
	const char *comm, *cgroup[2];
	const char *cmdline[2];
	size_t len[2];
};

#define PAIR(comm, cgroup0, cmdline0, cgroup1, cmdline1) \
	{ comm, { cgroup0, cgroup1 }, { cmdline0, cmdline1 }, { sizeof(cmdline0), sizeof(cmdline1) } }

static void test_never_one(void **state)
{
	static const struct pair pairs[] = {
		/* libvirt drops all but letters, digits, dots and dashes */
		PAIR("qemu", "/machine.slice/machine-qemu\\x2d1\\x2ddb1.scope", "q\0-name\0guest=db_1\0-uuid\0" UUID,
		     "/machine.slice/machine-qemu\\x2d2\\x2ddb1.scope", "q\0-name\0guest=db1\0-uuid\0" UUID2),
		/* the same names without command lines */
		PAIR("qemu", "/machine.slice/machine-qemu\\x2d1\\x2ddb1.scope", "",
		     "/machine.slice/machine-qemu\\x2d2\\x2ddb1.scope", ""),
		/* containers of one image */
		PAIR("qemu", "/system.slice/docker-" CTR ".scope", "q\0-name\0win",
		     "/system.slice/docker-" CTR2 ".scope", "q\0-name\0win"),
		PAIR("qemu", "/machine.slice/libpod-" CTR ".scope/container", "q",
		     "/machine.slice/libpod-" CTR2 ".scope/container", "q"),
		PAIR("qemu", "/docker/" CTR, "q", "/docker/" CTR2, "q"),
		PAIR("qemu", "/kata_overhead/kata_" CTR, "q", "/kata_overhead/kata_" CTR2, "q"),
		/* a container inside of a container */
		PAIR("qemu", "/docker/" CTR "/docker/" CTR, "q", "/docker/" CTR "/docker/" CTR2, "q"),
		/* several VMs in one container */
		PAIR("qemu", "/docker/" CTR, "q\0-name\0a", "/docker/" CTR, "q\0-name\0b"),
		PAIR("firecracker", "/kubepods/pod" POD "/" CTR, "fc\0--id\0a", "/kubepods/pod" POD "/" CTR,
		     "fc\0--id\0b"),
		PAIR("crosvm", "/docker/" CTR, "crosvm\0run\0-s\0/run/a.sock", "/docker/" CTR,
		     "crosvm\0run\0-s\0/run/b.sock"),
		PAIR("firecracker", "/docker/" CTR, "fc\0--id\0a", "/docker/" CTR, "fc\0-name\0a"),
		/* escaped bytes take more room, which must not cut off the rest */
		PAIR("qemu", "/tenant-a", "q\0-name\0" BYTES40, "/tenant-b", "q\0-name\0" BYTES40),
		PAIR("qemu", "/tenant-a" CTR CTR, "q\0-name\0" BYTES40, "/tenant-b" CTR CTR, "q\0-name\0" BYTES40),
		/* by ids, sessions, units */
		PAIR("kvm", "/qemu.slice/100.scope",
		     "kvm\0-id\0"
		     "100\0-name\0test",
		     "/qemu.slice/101.scope",
		     "kvm\0-id\0"
		     "101\0-name\0test"),
		PAIR("qemu", "/user.slice/session-3.scope", "q\0-name\0vng", "/user.slice/session-4.scope",
		     "q\0-name\0vng"),
		PAIR("qemu", "/system.slice/vm@a.service", "q\0-name\0vm", "/system.slice/vm@b.service",
		     "q\0-name\0vm"),
		PAIR("kvm", "/", "kvm\0-name\0t\0-smbios\0type=1,uuid=" UUID, "/",
		     "kvm\0-name\0t\0-smbios\0type=1,uuid=" UUID2),
	};
	struct gm_machine_name a, b;
	struct gm_rec_proc p;

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(pairs); i++) {
		make(&p, pairs[i].comm, pairs[i].cgroup[0], pairs[i].cmdline[0], pairs[i].len[0]);
		gm_machine_name(&p, &a);
		make(&p, pairs[i].comm, pairs[i].cgroup[1], pairs[i].cmdline[1], pairs[i].len[1]);
		gm_machine_name(&p, &b);
		assert_string_not_equal(a.key, b.key);
	}
}

/* Records with the flags of cut texts. */
static void test_flags(void **state)
{
	struct gm_rec_proc p;
	struct gm_machine_name out;

	(void)state;
	make(&p, "qemu", "/", "qemu\0-name\0foo", 15);
	p.flags = GM_PROC_FLAGS | GM_PROC_UID;
	p.uid = 1000;
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "name:foo@uid=1000");
	p.flags |= GM_PROC_ARGS_CUT;
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "proc:77:12345");
	assert_string_equal(out.name, "foo");
	p.flags = GM_PROC_FLAGS | GM_PROC_CGROUP_CUT;
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "proc:77:12345");
	/* a uuid needs no cgroup */
	make(&p, "qemu", "/", "qemu\0-uuid\0" UUID "\0-name\0foo", 15 + 6 + 37);
	p.flags = GM_PROC_FLAGS | GM_PROC_CGROUP_CUT | GM_PROC_ARGS_CUT;
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "uuid:" UUID);
	assert_string_equal(out.name, "foo");
	strcpy(p.mapped, "mine");
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "map:mine");
	assert_string_equal(out.name, "mine");
	/* one of several paths names the machine */
	make(&p, "qemu", "/system.slice/containerd.service/much/longer", "qemu", 5);
	strcpy(p.cgroups, "/system.slice/containerd.service/much/longer\n/kubepods/pod" POD "/" CTR);
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "k8s:" POD "/" CTR);
	strcpy(p.cgroups, "/kubepods/pod" POD "\n/kubepods/pod" POD "/" CTR "\n/x");
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "k8s:" POD "/" CTR);
	/* a node that runs in a pod */
	strcpy(p.cgroups, "/kubepods/pod" NILUUID "/" CTR2 "/kubepods/pod" POD "/" CTR);
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "k8s:" POD "/" CTR);
	/* the cut part may be what distinguishes several VMs in a container */
	p.flags |= GM_PROC_FLAGS | GM_PROC_ARGS_CUT;
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "proc:77:12345");
	/* a cgroup that could not be read is not the root */
	make(&p, "qemu", "", "qemu\0-name\0foo", 15);
	p.flags = GM_PROC_FLAGS | GM_PROC_UID;
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "proc:77:12345");
	make(&p, "firecracker", "", "fc\0--id\0x", 10);
	p.flags = GM_PROC_FLAGS | GM_PROC_UID;
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "proc:77:12345");
	assert_string_equal(out.name, "x");
	make(&p, "qemu", "/a", "qemu\0-name\0foo", 15);
	strcpy(p.cgroups, "/a\n/a/deeper\n/b");
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "name:foo@/a/deeper");
}

static void test_rules(void **state)
{
	(void)state;
	assert_string_equal(gm_machine_rule_of("uuid:" UUID)->kind, "uuid");
	assert_string_equal(gm_machine_rule_of("proc:77:12345")->kind, "proc");
	assert_null(gm_machine_rule_of("proc:77")); /* the model's placeholders */
	assert_null(gm_machine_rule_of("vm:7"));
	assert_null(gm_machine_rule_of("uuid"));
}

/* No text of a guest's owner can look like another host's key. */
static void test_hosts_keys(void **state)
{
	struct gm_machine_name a, b;
	struct gm_rec_proc p;

	(void)state;
	make(&p, "qemu", "/", "q", 2);
	strcpy(p.mapped, "web@2");
	gm_machine_name(&p, &a);
	strcpy(p.mapped, "web");
	p.tgid |= 1u << GM_PID_BITS;
	gm_machine_name(&p, &b);
	assert_string_equal(a.key, "map:web@2");
	assert_string_equal(b.key, "map@2:web");
	assert_string_equal(b.name, "web@2");
	assert_string_equal(gm_machine_rule_of(b.key)->kind, "map");
}

static void test_fields(void **state)
{
	static const char cmdline[] = "kvm\0-id\0"
				      "7\0-name\0guest=a,,b\0-pidfile\0/run/7.pid\0-uuid\0" UUID;
	char text[GM_FIELD_LEN];
	struct gm_rec_proc p;
	size_t at = 0;

	(void)state;
	make(&p, "kvm", "/a", cmdline, sizeof(cmdline));
	strcpy(p.cgroups, "/a\n/b");
	gm_machine_field(&p, GM_FIELD_UUID, text);
	assert_string_equal(text, UUID);
	gm_machine_field(&p, GM_FIELD_NAME, text);
	assert_string_equal(text, "a,b");
	gm_machine_field(&p, GM_FIELD_ID, text);
	assert_string_equal(text, "7");
	gm_machine_field(&p, GM_FIELD_PIDFILE, text);
	assert_string_equal(text, "/run/7.pid");
	gm_machine_field(&p, GM_FIELD_COMM, text);
	assert_string_equal(text, "kvm");
	assert_true(gm_machine_cgroup(&p, &at, text));
	assert_string_equal(text, "/a");
	assert_true(gm_machine_cgroup(&p, &at, text));
	assert_string_equal(text, "/b");
	assert_false(gm_machine_cgroup(&p, &at, text));
}

/* Ids too long for a key stay apart. */
static void test_long_ids(void **state)
{
	struct gm_rec_proc p;
	struct gm_machine_name a, b;
	char clean[200];
	char cmdline[600] = "qemu\0-name\0";

	(void)state;
	memset(cmdline + 11, 'n', sizeof(cmdline) - 12);
	make(&p, "qemu", "", cmdline, sizeof(cmdline));
	gm_machine_name(&p, &a);
	gm_machine_name(&p, &b);
	assert_string_equal(a.key, b.key);
	assert_int_equal(strlen(a.key), sizeof(a.key) - 1);
	assert_int_equal(strlen(a.name), sizeof(a.name) - 1);
	p.cmdline[598] = 'm';
	gm_machine_name(&p, &b);
	assert_string_not_equal(a.key, b.key);

	/* the cut is between characters */
	for (size_t i = 0; i + 1 < 588; i += 2)
		memcpy(p.cmdline + 11 + i, "\xc3\xa9", 2);
	gm_machine_name(&p, &a);
	gm_clean(clean, sizeof(clean), a.key, strlen(a.key));
	assert_string_equal(clean, a.key);
	assert_null(strchr(a.key, '?'));
}

static void test_words_only(void **state)
{
	struct gm_rec_proc p;
	struct gm_machine_name out;

	(void)state;
	make(&p, "q", "", "", 0);
	p.cmdline_len = sizeof(p.cmdline); /* 1024 empty words */
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "proc:77:12345");
	memset(p.cgroup, '/', sizeof(p.cgroup));
	memset(p.cmdline, ',', sizeof(p.cmdline));
	gm_machine_name(&p, &out);
	assert_string_equal(out.key, "proc:77:12345");
}

/* Machines of a second host have a suffix, also after a long name, which is cut between characters. */
static void test_hosts(void **state)
{
	char name[16];

	(void)state;
	strcpy(name, "web");
	gm_host_suffix(name, sizeof(name), 12345);
	assert_string_equal(name, "web");
	gm_host_suffix(name, sizeof(name), 1u << GM_PID_BITS | 12345);
	assert_string_equal(name, "web@2");
	strcpy(name, "0123456789abcde");
	gm_host_suffix(name, sizeof(name), 9u << GM_PID_BITS);
	assert_string_equal(name, "0123456789ab@10");
	strcpy(name, "0123456789a\xe2\x82\xac"
		     "e");
	gm_host_suffix(name, sizeof(name), 9u << GM_PID_BITS);
	assert_string_equal(name, "0123456789a@10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_libvirt),
		cmocka_unit_test(test_no_machine_scope),
		cmocka_unit_test(test_kubernetes),
		cmocka_unit_test(test_qemu),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_unterminated),
		cmocka_unit_test(test_cut_cmdline),
		cmocka_unit_test(test_never_one),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_hosts_keys),
		cmocka_unit_test(test_long_ids),
		cmocka_unit_test(test_words_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
