#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Gives an unpacked image the settings of docs/fleet/daemonset.yaml: bundle.py BUNDLE [RECORDING]

BUNDLE is what `umoci unpack` wrote. Its config.json gets the pod's arguments, capabilities, namespaces and mounts. With RECORDING the exporter replays that
file in place of observing this kernel.
"""
import json
import os
import sys

import yaml


def main():
    path = os.path.join(sys.argv[1], "config.json")
    with open("docs/fleet/daemonset.yaml", encoding="utf-8") as f:
        pod = next(d for d in yaml.safe_load_all(f) if d and d["kind"] == "DaemonSet")["spec"]["template"]["spec"]
    with open(path, encoding="utf-8") as f:
        config = json.load(f)
    container = pod["containers"][0]
    process = config["process"]
    caps = ["CAP_" + c for c in container["securityContext"]["capabilities"]["add"]]
    process["terminal"] = False
    process["args"] = process["args"][:1] + container["args"]
    process["capabilities"] = {kind: caps for kind in ("bounding", "effective", "permitted")}
    process["noNewPrivileges"] = False
    config["root"]["readonly"] = container["securityContext"]["readOnlyRootFilesystem"]
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] not in ("cgroup", *["pid"] * pod["hostPID"])]
    config["linux"].pop("resources", None)
    volumes = {v["name"]: v["hostPath"]["path"] for v in pod["volumes"]}
    mounts = [(volumes[m["name"]], m["mountPath"]) for m in container["volumeMounts"] if os.path.isdir(volumes[m["name"]])]
    if len(sys.argv) > 2:
        process["args"] += ["--replay", "/tmp/x.gmrec"]
        mounts.append((os.path.abspath(sys.argv[2]), "/tmp/x.gmrec"))
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "cgroup"]
    config["mounts"] += [{"source": source, "destination": target, "type": "none", "options": ["rbind", "ro"]} for source, target in mounts]
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f)


main()
