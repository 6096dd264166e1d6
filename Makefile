# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# gmemscope: eBPF observability for KVM guest_memfd. `make help` lists the targets.
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

VERSION		:= $(shell cat VERSION)
B		?= build
prefix		?= /usr/local
bindir		?= $(prefix)/bin
mandir		?= $(prefix)/share/man
docdir		?= $(prefix)/share/doc/gmemscope
unitdir		?= $(prefix)/lib/systemd/system
bashdir		?= $(prefix)/share/bash-completion/completions
zshdir		?= $(prefix)/share/zsh/site-functions
fishdir		?= $(prefix)/share/fish/vendor_completions.d

CC		:= $(CROSS_COMPILE)$(if $(filter default,$(origin CC)),gcc,$(CC))$(if $(SYSROOT), --sysroot=$(SYSROOT))
CLANG		?= clang
BPFTOOL		?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
LLVM_STRIP	?= llvm-strip
HOST_ARCH	:= $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
ARCH		?= $(HOST_ARCH)
BPF_ARCHES	:= x86 arm64
MULTIARCH_arm64	:= aarch64-linux-gnu
MULTIARCH_x86	:= x86_64-linux-gnu
ifneq ($(SYSROOT),)	# the target's libraries, unpacked (tests/kernel/vm/sysroot.sh)
PKG_CONFIG	?= PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) \
		   PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(MULTIARCH_$(ARCH))/pkgconfig:$(SYSROOT)/usr/share/pkgconfig pkg-config
endif
PKG_CONFIG	?= $(CROSS_COMPILE)pkg-config

V		?= 0
ifeq ($(V),1)
msg		= @:
else
msg		= @printf '  %-8s %s\n' '$(1)' '$(2)'
MAKEFLAGS	+= -s
endif

WARN		:= -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla -Wno-missing-field-initializers
ifeq ($(DEV),1)
WARN		+= -Werror
endif
ifneq ($(SAN),)
SANFLAGS	:= -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined
endif

CFLAGS		?= -O2 -g
# The objects don't contain the folder of the build: builds in two folders are the same bytes.
ALL_CFLAGS	= -std=gnu11 -D_GNU_SOURCE -ffile-prefix-map=$(CURDIR)=. $(CPPFLAGS) $(CFLAGS) $(WARN) $(SANFLAGS) -Iuser -Ibpf -I$(B)/gen $(shell $(PKG_CONFIG) --cflags libbpf)
LIBS		= $(shell $(PKG_CONFIG) --libs libbpf) -lelf -lz -lzstd $(shell $(PKG_CONFIG) --libs nettle) -lm
TTY_LIBS	= $(shell $(PKG_CONFIG) --libs ncursesw)
WEB_LIBS	= $(shell $(PKG_CONFIG) --libs libmicrohttpd gnutls libcurl libseccomp libcap-ng)
# Optional, for --web.config.file: user/exporter/web_config_file.c needs both.
WEB_LIBS	+= $(shell $(PKG_CONFIG) --libs yaml-0.1 2>/dev/null && $(PKG_CONFIG) --libs libcrypt 2>/dev/null)
# STATIC=1 builds for machines without these libraries. The exporter needs the network's all the same: not all that GnuTLS needs has a static form.
ifeq ($(STATIC),1)
LIBS		= -Wl,-Bstatic $(shell $(PKG_CONFIG) --libs --static libbpf) -lelf -lz -lzstd $(DYNAMIC) $(shell $(PKG_CONFIG) --libs nettle) -lm
TTY_LIBS	= $(shell $(PKG_CONFIG) --libs --static ncursesw)
STATIC_LDFLAGS	= -static
STATIC_OBJ	= $(B)/obj/tools/pkg/libelf_static.o
$(B)/gmem_exporter: STATIC_LDFLAGS =
$(B)/gmem_exporter: DYNAMIC = -Wl,-Bdynamic
endif
BPF_CFLAGS	:= -target bpf -fdebug-compilation-dir=. -mcpu=v3 -std=gnu11 -O2 -g -Wall -Werror -Wno-unused-function -Wno-gnu-variable-sized-type-not-at-end
# SKIP=N makes programs skip one run in N, for tests/kernel/e2e/skips.sh; it needs another build directory.
ifneq ($(SKIP),)
BPF_CFLAGS	+= -DGM_TEST_SKIP=$(SKIP)
CPPFLAGS	+= -DGM_TEST_SKIP=$(SKIP)
endif

SKELS		:= $(B)/gen/gm_probes.skel.h $(B)/gen/gm_scan.skel.h

# libgm.a contains all folders of user/ but top/ and exporter/: it builds and links without ncurses and without the network's five libraries.
LIB_SRC		:= $(wildcard user/*/*.c)
LIB_OBJ		:= $(LIB_SRC:%.c=$(B)/obj/%.o)
TOP_OBJ		:= $(filter $(B)/obj/user/top/%,$(LIB_OBJ))
WEB_OBJ		:= $(filter $(B)/obj/user/exporter/%,$(LIB_OBJ))
CORE_OBJ	:= $(filter-out $(TOP_OBJ) $(WEB_OBJ),$(LIB_OBJ))
TOOLS		:= $(basename $(notdir $(wildcard tools/*.c)))
TOOL_BIN	:= $(TOOLS:%=$(B)/%)
# One program has all tools but the exporter, which alone needs the network's libraries; the tools are links to it.
MULTI		:= $(filter-out gmem_exporter,$(TOOLS))
GUEST_OBJ	:= $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/kernel/guest/*.c))
MAN		:= $(wildcard tools/*.8) tools/pkg/gmemscope.8 $(B)/gmemscope-recording.5
SHELLS		:= bash zsh fish
DIST		:= gmemscope-$(VERSION)

.PHONY: all tools guest rpm image help demo test arm64 test-matrix bench bench-scale bench-record bench-replay bench-steer bench-reboot bench-scrape bench-soak check lint format bpf-arches install dist deb docs docs-check test-package clean FORCE
all: tools guest			## build the tools and the workload VMM into build/
tools: $(TOOL_BIN)
guest: $(B)/gmemguest $(B)/vmm/gmemshim.so

# ---- BPF ----

define bpf_rules
$(B)/bpf/$(1)/%.bpf.o: bpf/%.bpf.c Makefile
	$$(call msg,BPF,$(1)/$$*)
	@mkdir -p $$(@D)
	$$(CLANG) $$(BPF_CFLAGS) -D__TARGET_ARCH_$(1) -Ivmlinux/$(1) -Ibpf \
		-idirafter /usr/include/$$(MULTIARCH_$$(HOST_ARCH)) -MMD -MP -c $$< -o $$@
endef
$(foreach a,$(BPF_ARCHES),$(eval $(call bpf_rules,$(a))))

# The tools contain the objects without DWARF, a third less; BTF stays.
$(B)/gen/%.skel.h: $(B)/bpf/$(ARCH)/%.bpf.o
	$(call msg,SKEL,$*)
	@mkdir -p $(@D)
	$(LLVM_STRIP) --strip-debug -o $(B)/gen/$*.bpf.o $<
	$(BPFTOOL) gen skeleton $(B)/gen/$*.bpf.o name $*_bpf > $@

bpf-arches: $(foreach a,$(BPF_ARCHES),$(B)/bpf/$(a)/gm_probes.bpf.o $(B)/bpf/$(a)/gm_scan.bpf.o)	## compile the BPF objects for x86 and arm64

# ---- generated ----
$(B)/gen/version.h: VERSION FORCE
	@mkdir -p $(@D)
	@full=$$([ ! -e .git ] || git describe --always --dirty 2>/dev/null || true); \
	printf '#define GM_VERSION_SHORT "%s"\n#define GM_VERSION "gmemscope %s%s"\n#define GM_REVISION "%s"\n' '$(VERSION)' '$(VERSION)' "$${full:+ ($$full)}" "$$full" > $@.$$$$; \
	if cmp -s $@.$$$$ $@; then rm $@.$$$$; else mv $@.$$$$ $@; fi

$(B)/gen/tools.h: Makefile $(wildcard tools/*.c)
	@mkdir -p $(@D)
	@printf 'X(%s)\n' $(MULTI) > $@

# The file holds the value of STATIC and changes only with it: the tools are linked again then.
$(B)/gen/linked: FORCE
	@mkdir -p $(@D)
	@echo '$(STATIC)' | cmp -s - $@ || echo '$(STATIC)' > $@

$(B)/gen/json_schema.h: docs/json-schema.json
	@mkdir -p $(@D)
	@{ echo 'static const char gm_json_schema[] ='; sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $<; echo ';'; } > $@

# Scripts and styles of the web pages become C strings: gm_html_NAME_js, gm_html_NAME_css.
HTML_PARTS	:= $(sort $(wildcard user/report/html/*))
$(B)/gen/html_parts.h: $(HTML_PARTS)
	@mkdir -p $(@D)
	@for part in $^; do name=$${part##*/}; echo "static const char gm_html_$${name%.*}_$${name##*.}[] __attribute__((unused)) ="; \
		sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $$part; echo ';'; done > $@

# ---- user space ----
# Generated headers are made before all objects, as the first build has no .d files yet; later the .d files name what an object depends on.
$(B)/obj/tools/pkg/gmemscope.o: | $(B)/gen/tools.h $(B)/gen/version.h
$(LIB_OBJ) $(TOOLS:%=$(B)/obj/tools/%.o): | $(SKELS) $(B)/gen/version.h $(B)/gen/json_schema.h $(B)/gen/html_parts.h
$(B)/obj/tests/kernel/guest/%.o: ALL_CFLAGS += -Itests/kernel/guest
$(B)/obj/%.o: %.c Makefile
	$(call msg,CC,$*)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/libgm.a: $(CORE_OBJ)
$(B)/libgm_top.a: $(TOP_OBJ)
$(B)/libgm_exporter.a: $(WEB_OBJ)
$(B)/libgm.a $(B)/libgm_top.a $(B)/libgm_exporter.a:
	$(call msg,AR,$@)
	@rm -f $@
	$(CROSS_COMPILE)ar rcs $@ $^

LINK		= $(CC) $(SANFLAGS) $(LDFLAGS) $(STATIC_LDFLAGS) -o $@ $(filter %.o,$^) $(filter-out %/libgm.a,$(filter %.a,$^)) $(B)/libgm.a $(LIBS) $(TOOL_LIBS)
$(B)/gmem_exporter: TOOL_LIBS = $(WEB_LIBS)
$(B)/gmemscope: TOOL_LIBS = $(TTY_LIBS)
$(B)/gmem_exporter: $(B)/obj/tools/gmem_exporter.o $(B)/libgm_exporter.a
$(B)/gmemscope: $(B)/obj/tools/pkg/gmemscope.o $(MULTI:%=$(B)/obj/multi/%.o) $(B)/libgm_top.a
$(B)/gmem_exporter $(B)/gmemscope: $(B)/libgm.a $(B)/gen/linked $(STATIC_OBJ)
	$(call msg,LD,$@)
	$(LINK)

# Each tool's main() gets a name of its own.
$(B)/obj/multi/%.o: $(B)/obj/tools/%.o
	@mkdir -p $(@D)
	$(CROSS_COMPILE)objcopy --redefine-sym main=gm_main_$* $< $@

# Hard links, so that a copy of one is a whole tool; `make install` makes symbolic ones.
$(MULTI:%=$(B)/%): $(B)/gmemscope
	@ln -f $< $@

$(B)/gmemguest: $(GUEST_OBJ)
	$(call msg,LD,$@)
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $^ -lpthread

# The shim is no program: tests/kernel/vm/vmm.sh preloads it into a VMM.
$(B)/vmm/gmemshim.so: tests/kernel/vmm/gmemshim.c tests/kernel/guest/kvm_abi.h Makefile
	$(call msg,LD,$@)
	@mkdir -p $(@D)
	$(CC) $(filter-out -fsanitize%,$(ALL_CFLAGS)) -Itests/kernel/guest -fPIC -fvisibility=hidden -shared $(filter-out -fsanitize%,$(LDFLAGS)) -o $@ $< -lpthread

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/obj/*/*/*/*.d $(B)/bpf/*/*.d)

# ---- for people ----
demo:					## install missing packages, build, start guests, open gmemtop on them
	@tests/dist/setup/packages.sh build
	@$(MAKE) all
	@tests/demo.sh $(B)

test:					## install missing packages, build, run every test of the usual run (25 minutes on two CPUs)
	@tests/dist/setup/packages.sh test pack vm arm64 || tests/dist/setup/packages.sh test || [ "$$(id -u)" != 0 ]
	@$(MAKE) all
	@tests/run.sh

arm64:					## cross-build everything for arm64 into build/arm64 (installs the toolchain; libraries from the cache)
	@tests/dist/setup/packages.sh arm64 || [ "$$(id -u)" != 0 ]
	@sysroot=$$(tests/kernel/vm/sysroot.sh arm64) && $(MAKE) ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- SYSROOT=$$sysroot B=build/arm64 all

test-matrix: all			## test every kernel and every condition of tests/kernel/vm/matrix.sh; write docs/kernels.md
	@tests/dist/setup/packages.sh test vm arm64 kernel || [ "$$(id -u)" != 0 ]
	@tests/run.sh matrix

bench: all				## measure the overhead for the workload in instructions, also of other projects' tools, in a VM
	@tests/dist/setup/packages.sh vm || [ "$$(id -u)" != 0 ]
	@tests/kernel/bench/cost.sh

bench-scale: all			## measure the cost of a sample with 1 to 1000 real VMs, on this kernel
	@tests/kernel/bench/scale.sh

bench-reboot: all			## measure the cost of reboots by style, and what re-using the inode saves, in a VM that counts instructions
	@tests/dist/setup/packages.sh vm || [ "$$(id -u)" != 0 ]
	@tests/kernel/bench/reboot.sh
	@tests/kernel/bench/vmm.sh

bench-scrape: all			## measure the cost of a scrape of gmem_exporter with 10, 100 and 1000 real VMs, on this kernel
	@tests/kernel/bench/scrape.sh

bench-soak: all				## run gmem_exporter for a minute (SECONDS=) beside VMs that come and go, many scrapers and hostile clients
	@tests/kernel/bench/soak.sh $(or $(SECONDS),60)

bench-replay: all			## measure the speed of reading recordings, and their length, on this host
	@tests/kernel/bench/replay.sh

bench-steer: all			## measure steps and jumps in a replay, on made-up recordings of an hour
	@tests/kernel/bench/steer.sh

bench-record: all			## measure the overhead of recording: CPU time, bytes, and each fault as an event, in a VM that counts instructions
	@tests/dist/setup/packages.sh vm || [ "$$(id -u)" != 0 ]
	@tests/kernel/bench/record.sh

docs: all				## run the examples of README.md and docs/ (those of docs/questions.md in VMs), and store their output there
	@tests/dist/setup/packages.sh vm || [ "$$(id -u)" != 0 ]
	@tests/dist/docs/examples.py paste
	@tests/dist/docs/questions.sh --paste

docs-check: all				## print where docs/questions.md and the tools disagree
	@tests/dist/setup/packages.sh vm || [ "$$(id -u)" != 0 ]
	@tests/dist/docs/questions.sh --check

test-package: tools			## test packages, static and reproducible builds, here and on Debian 12 and 13 (unpacked to the cache)
	@tests/dist/setup/packages.sh pack
	@tests/dist/pack/pack.sh
	@for suite in bookworm trixie; do tests/dist/pack/suite.sh $$suite; done

check:					## run the tests that a commit needs: no root, no KVM, 5 minutes on two CPUs
	@tests/dist/setup/packages.sh test || [ "$$(id -u)" != 0 ]
	@$(MAKE) all
	@tests/run.sh unit lint golden drift proto pages docs limits

lint:					## check the rules of code, folders, format and phrases of tests/lint.sh
	@tests/lint.sh

format:					## clang-format all C files
	tests/format.py

$(B)/completion.%: tools/pkg/complete.awk tools/pkg/options
	@mkdir -p $(@D)
	awk -f tools/pkg/complete.awk -v shell=$* tools/pkg/options > $@

# The man page of the recording format is made from its document.
$(B)/gmemscope-recording.5: docs/recording-format.md tools/pkg/page.awk tools/gmemrecord.8 VERSION
	@mkdir -p $(@D)
	awk -f tools/pkg/page.awk -v name=gmemscope-recording -v about='recordings of KVM guest memory, as gmemrecord writes them' -v version=$(VERSION) \
		-v date=$$(sed -n 's/^\.TH [A-Z]* 8 \([0-9-]*\).*/\1/p' tools/gmemrecord.8) docs/recording-format.md > $@

UNITS		:= $(wildcard docs/fleet/*.service docs/fleet/*.socket)
install: tools $(MAN) $(SHELLS:%=$(B)/completion.%)	## install to $(DESTDIR)$(prefix)
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(docdir) $(DESTDIR)$(unitdir) $(DESTDIR)$(bashdir) $(DESTDIR)$(zshdir) $(DESTDIR)$(fishdir)
	install -m 755 $(B)/gmemscope $(B)/gmem_exporter $(DESTDIR)$(bindir)
	for tool in $(MULTI); do ln -sf gmemscope $(DESTDIR)$(bindir)/$$tool || exit; done
	for page in $(MAN); do install -D -m 644 $$page $(DESTDIR)$(mandir)/man$${page##*.}/$${page##*/} || exit; done
	for unit in $(UNITS); do \
		sed 's|/usr/bin/|$(bindir)/|' $$unit > $(DESTDIR)$(unitdir)/$${unit##*/} && chmod 644 $(DESTDIR)$(unitdir)/$${unit##*/} || exit; done
	for tool in $(TOOLS); do install -m 644 $(B)/completion.bash $(DESTDIR)$(bashdir)/$$tool && \
		awk -v tool=$$tool '$$1 != "complete" || $$3 == tool' $(B)/completion.fish > $(DESTDIR)$(fishdir)/$$tool.fish || exit; done
	install -m 644 $(B)/completion.zsh $(DESTDIR)$(zshdir)/_gmemscope
	for file in $(wildcard *.md) LICENSE $(wildcard docs/*.* docs/*/*.* docs/*/*/*.* examples/*.gmrec); do install -D -m 644 $$file $(DESTDIR)$(docdir)/$$file || exit; done

# Two archives of the same commit are the same bytes.
dist:					## write the sources of this commit to build/gmemscope-VERSION.tar.gz, and their SHA-256
	@mkdir -p $(B)
	git archive --format=tar --prefix=$(DIST)/ HEAD | gzip -9n > $(B)/$(DIST).tar.gz
	cd $(B) && sha256sum $(DIST).tar.gz > $(DIST).tar.gz.sha256

# What a target installs first is a group of tests/dist/setup/packages.sh; without root that prints what is missing.
deb: dist				## install missing packages, build Debian packages of this commit, source and binary, in build/deb
	@tests/dist/setup/packages.sh deb
	tools/pkg/deb.sh $(B)/$(DIST).tar.gz $(B)/deb

rpm: dist				## install missing packages, build RPM packages of this commit in build/rpm
	@tests/dist/setup/packages.sh rpm
	tools/pkg/rpm.sh $(B)/$(DIST).tar.gz $(B)/rpm

image:					## install missing packages, build OCI images of the exporter and of all tools in build/image
	@tests/dist/setup/packages.sh image
	@$(MAKE) STATIC=1 B=$(B)/static tools
	tools/pkg/image.sh $(B)/static $(B)/image

clean:					## remove build/
	rm -rf $(B)

help:					## print this list
	@sed -n 's/^\([a-z0-9-]*\):.*##  */\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14
	@echo 'Variables: V=1 (commands), DEV=1 (-Werror), STATIC=1 (no shared libraries), SAN=address,undefined, ARCH=x86|arm64, CROSS_COMPILE=, SYSROOT=, B=build, prefix=, DESTDIR='
