# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What judges the files that scenarios.sh left: the parts of check.py that more than one scenario needs."""
