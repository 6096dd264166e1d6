# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the files of scenarios.sh: the parts of check.py that several scenarios use."""
