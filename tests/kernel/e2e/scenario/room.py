# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""gmemtop with room for two VMs only: judged like any run."""

from scenario.run import judge  # noqa: F401
