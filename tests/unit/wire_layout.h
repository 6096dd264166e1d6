/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * wire_layout.h - the layout of every struct of bpf/gm_wire.h as an array of numbers. The user side's compiler and
 * clang -target bpf compile it, and test_wire.c compares both. A struct or field that is missing in the list fails the
 * test, too, as fields must follow each other without a gap.
 */
#ifndef GM_TESTS_WIRE_LAYOUT_H
#define GM_TESTS_WIRE_LAYOUT_H

/* S(struct) F(struct, field)..., in the order of gm_wire.h */
#define GM_LAYOUT(S, F) \
	S(gm_rec) \
		F(gm_rec, len) F(gm_rec, kind) F(gm_rec, pad) F(gm_rec, ts_ns) \
	S(gm_rec_meta) \
		F(gm_rec_meta, h) F(gm_rec_meta, real_ns) F(gm_rec_meta, interval_ns) \
		F(gm_rec_meta, page_size) F(gm_rec_meta, nodes) F(gm_rec_meta, cpus) \
		F(gm_rec_meta, mode) F(gm_rec_meta, init_on_alloc) F(gm_rec_meta, init_on_free) \
		F(gm_rec_meta, emulated) F(gm_rec_meta, flags) F(gm_rec_meta, arch) \
		F(gm_rec_meta, release) F(gm_rec_meta, tool) F(gm_rec_meta, clear_ns) \
		F(gm_rec_meta, host) F(gm_rec_meta, boot) \
	S(gm_rec_probe) \
		F(gm_rec_probe, h) F(gm_rec_probe, state) F(gm_rec_probe, err) \
		F(gm_rec_probe, phases) F(gm_rec_probe, cls) F(gm_rec_probe, missing) \
		F(gm_rec_probe, kinds) F(gm_rec_probe, probe) F(gm_rec_probe, hook) \
		F(gm_rec_probe, why) F(gm_rec_probe, partly) F(gm_rec_probe, facts) F(gm_rec_probe, unseen) \
	S(gm_rec_loss) \
		F(gm_rec_loss, h) F(gm_rec_loss, count) F(gm_rec_loss, what) F(gm_rec_loss, flags) \
		F(gm_rec_loss, kind) \
	S(gm_rec_tick) \
		F(gm_rec_tick, h) F(gm_rec_tick, seq) F(gm_rec_tick, last) F(gm_rec_tick, pad) \
	S(gm_rec_proc) \
		F(gm_rec_proc, h) F(gm_rec_proc, start_ticks) F(gm_rec_proc, tgid) \
		F(gm_rec_proc, cmdline_len) F(gm_rec_proc, comm) F(gm_rec_proc, cgroup) \
		F(gm_rec_proc, cmdline) F(gm_rec_proc, flags) F(gm_rec_proc, uid) F(gm_rec_proc, cgroups) \
		F(gm_rec_proc, mapped) \
	S(gm_rec_scan) \
		F(gm_rec_scan, h) F(gm_rec_scan, what) F(gm_rec_scan, edge) \
	S(gm_rec_vm) \
		F(gm_rec_vm, h) F(gm_rec_vm, vm) F(gm_rec_vm, tgid) F(gm_rec_vm, tid) \
		F(gm_rec_vm, vcpus) F(gm_rec_vm, type) F(gm_rec_vm, flags) F(gm_rec_vm, born_ns) F(gm_rec_vm, \
		sptes) F(gm_rec_vm, untracked_files) F(gm_rec_vm, pad) \
	S(gm_rec_inode) \
		F(gm_rec_inode, h) F(gm_rec_inode, inode) F(gm_rec_inode, flags) \
		F(gm_rec_inode, ino) F(gm_rec_inode, size_bytes) F(gm_rec_inode, resident_pages) \
		F(gm_rec_inode, allocated_pages) F(gm_rec_inode, freed_pages) \
		F(gm_rec_inode, gmem_flags) F(gm_rec_inode, born_ns) F(gm_rec_inode, counted) \
		F(gm_rec_inode, nodes_known) F(gm_rec_inode, node_pages) F(gm_rec_inode, touched_ns) \
		F(gm_rec_inode, nodes_error) \
		F(gm_rec_inode, nodes_ns) F(gm_rec_inode, nodes_how) F(gm_rec_inode, pad) \
	S(gm_rec_file) \
		F(gm_rec_file, h) F(gm_rec_file, file) F(gm_rec_file, inode) F(gm_rec_file, vm) \
		F(gm_rec_file, flags) F(gm_rec_file, born_ns) \
	S(gm_rec_binding) \
		F(gm_rec_binding, h) F(gm_rec_binding, vm) F(gm_rec_binding, file) \
		F(gm_rec_binding, inode) F(gm_rec_binding, slot) F(gm_rec_binding, base_gfn) \
		F(gm_rec_binding, npages) F(gm_rec_binding, pgoff) \
	S(gm_rec_pin) \
		F(gm_rec_pin, h) F(gm_rec_pin, what) F(gm_rec_pin, vm) F(gm_rec_pin, file) \
		F(gm_rec_pin, inode) F(gm_rec_pin, tgid) F(gm_rec_pin, fd) F(gm_rec_pin, npages) \
		F(gm_rec_pin, comm) \
	S(gm_cell) \
		F(gm_cell, slot) F(gm_cell, count) \
	S(gm_rec_hist) \
		F(gm_rec_hist, h) F(gm_rec_hist, vm) F(gm_rec_hist, phase) F(gm_rec_hist, sum_ns) \
		F(gm_rec_hist, min_ns) F(gm_rec_hist, max_ns) F(gm_rec_hist, cells_nr) \
		F(gm_rec_hist, pad) F(gm_rec_hist, cells) \
	S(gm_rec_ops) \
		F(gm_rec_ops, h) F(gm_rec_ops, phase) F(gm_rec_ops, pad) F(gm_rec_ops, seen) \
		F(gm_rec_ops, done) F(gm_rec_ops, failed) F(gm_rec_ops, unfinished) F(gm_rec_ops, lost) \
	S(gm_rec_split) \
		F(gm_rec_split, h) F(gm_rec_split, vm) F(gm_rec_split, phase) F(gm_rec_split, part_ns) \
		F(gm_rec_split, first_ns) F(gm_rec_split, last_ns) F(gm_rec_split, found) \
		F(gm_rec_split, found_ns) F(gm_rec_split, busy_ns) F(gm_rec_split, flags) F(gm_rec_split, pad) \
		F(gm_rec_split, untimed) \
	S(gm_rec_calls) \
		F(gm_rec_calls, h) F(gm_rec_calls, vm) F(gm_rec_calls, phase) F(gm_rec_calls, done) \
		F(gm_rec_calls, failed) F(gm_rec_calls, pages) F(gm_rec_calls, self_ns) \
		F(gm_rec_calls, since_ns) F(gm_rec_calls, last_ns) \
	S(gm_rec_cpu) \
		F(gm_rec_cpu, h) F(gm_rec_cpu, tgid) F(gm_rec_cpu, pad) F(gm_rec_cpu, user_ns) \
		F(gm_rec_cpu, system_ns) F(gm_rec_cpu, guest_ns) \
	S(gm_rec_prog) \
		F(gm_rec_prog, h) F(gm_rec_prog, run_ns) F(gm_rec_prog, runs) F(gm_rec_prog, skipped) \
		F(gm_rec_prog, stats) F(gm_rec_prog, pad) F(gm_rec_prog, name) \
		F(gm_rec_prog, insns) F(gm_rec_prog, states) F(gm_rec_prog, peak_states) \
	S(gm_rec_attrs) \
		F(gm_rec_attrs, h) F(gm_rec_attrs, vm) F(gm_rec_attrs, how) F(gm_rec_attrs, as_of_ns) \
		F(gm_rec_attrs, pages) F(gm_rec_attrs, private_pages) F(gm_rec_attrs, private_resident) \
		F(gm_rec_attrs, left_pages) F(gm_rec_attrs, twice_pages) F(gm_rec_attrs, twice_covered) \
		F(gm_rec_attrs, twice_how) F(gm_rec_attrs, pad) \
	S(gm_rec_keyframe) \
		F(gm_rec_keyframe, h) F(gm_rec_keyframe, edge) F(gm_rec_keyframe, pad) \
	S(gm_ev) \
		F(gm_ev, h) F(gm_ev, dur_ns) F(gm_ev, self_ns) F(gm_ev, ret) F(gm_ev, vm) \
		F(gm_ev, file) F(gm_ev, inode) F(gm_ev, flags) F(gm_ev, tgid) F(gm_ev, tid) \
		F(gm_ev, comm) \
	S(gm_ev_vm) \
		F(gm_ev_vm, ev) F(gm_ev_vm, type) F(gm_ev_vm, fd) F(gm_ev_vm, pad) F(gm_ev_vm, off_ns) \
		F(gm_ev_vm, blocked_ns) \
		F(gm_ev_vm, begin_max_ns) F(gm_ev_vm, end_min_ns) \
	S(gm_ev_inode) \
		F(gm_ev_inode, ev) F(gm_ev_inode, ino) F(gm_ev_inode, size_bytes) \
		F(gm_ev_inode, gmem_flags) F(gm_ev_inode, pages) F(gm_ev_inode, allocated_pages) \
		F(gm_ev_inode, freed_pages) F(gm_ev_inode, fd) F(gm_ev_inode, pad) F(gm_ev_inode, off_ns) \
		F(gm_ev_inode, blocked_ns) \
		F(gm_ev_inode, touched_ns) F(gm_ev_inode, begin_max_ns) F(gm_ev_inode, end_min_ns) \
	S(gm_ev_range) \
		F(gm_ev_range, ev) F(gm_ev_range, pgoff) F(gm_ev_range, npages) \
		F(gm_ev_range, base_gfn) F(gm_ev_range, pages) F(gm_ev_range, attrs) \
		F(gm_ev_range, slot) F(gm_ev_range, pad) F(gm_ev_range, off_ns) F(gm_ev_range, blocked_ns) \
		F(gm_ev_range, boot_exits) F(gm_ev_range, sptes) F(gm_ev_range, flush_ns) F(gm_ev_range, flushes) \
		F(gm_ev_range, call) F(gm_ev_range, pad2) \
	S(gm_ev_reset) \
		F(gm_ev_reset, ev) F(gm_ev_reset, boot_exits) F(gm_ev_reset, underway) F(gm_ev_reset, pad) \
		F(gm_ev_reset, off_ns) F(gm_ev_reset, blocked_ns) \
	S(gm_ev_fault) \
		F(gm_ev_fault, ev) F(gm_ev_fault, gfn) F(gm_ev_fault, pgoff) F(gm_ev_fault, part_ns) \
		F(gm_ev_fault, phase) F(gm_ev_fault, flags) F(gm_ev_fault, retries) \
		F(gm_ev_fault, frames) F(gm_ev_fault, stack)

/* A struct: its size, 0. A field: its size, its offset. */
#define GM_LAYOUT_S(s)		sizeof(struct s), 0,
#define GM_LAYOUT_F(s, f)	sizeof(((struct s *)0)->f), __builtin_offsetof(struct s, f),
#define GM_LAYOUT_NUMBERS	GM_LAYOUT(GM_LAYOUT_S, GM_LAYOUT_F) \
	GM_REC_MAX, GM_K_MAX, GM_PHASE_NR, GM_HIST_SLOTS

#endif
