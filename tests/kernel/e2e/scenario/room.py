# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges gmemtop with max-vms for two VMs like any other run."""

from scenario.run import judge  # noqa: F401
