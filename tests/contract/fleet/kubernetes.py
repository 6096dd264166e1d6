#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks the resources for Kubernetes in docs/fleet: kubernetes.py [--write | --rendered FILE]

--write makes operator/prometheusrule.yaml from rules.yml and alerts.yml. --rendered checks the output of `kubectl kustomize` for
docs/fleet and docs/fleet/operator.
Prints a line for each mistake.
"""
import re
import sys

FLEET = "docs/fleet"
RULE = FLEET + "/operator/prometheusrule.yaml"
HEAD = """\
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# rules.yml and alerts.yml for the Prometheus operator, made from them by: tests/contract/fleet/kubernetes.py --write
# If your Prometheus selects rules by a label, add it in an overlay.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: gmem-exporter
  namespace: gmem-exporter
  labels:
    app.kubernetes.io/name: gmem-exporter
    app.kubernetes.io/part-of: gmemscope
spec:
  groups:
"""


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def rule():
    """Return the PrometheusRule: the lines behind `groups:` of both files, at the same depth below spec."""
    text = HEAD
    for name in ("rules.yml", "alerts.yml"):
        groups = read(f"{FLEET}/{name}").split("\ngroups:\n", 1)[1]
        text += "".join("  " + line if line.strip() else line for line in groups.splitlines(True))
    return text


def documents(path):
    import yaml
    return [d for d in yaml.safe_load_all(read(path)) if d]


def find(docs, kind):
    return next((d for d in docs if d["kind"] == kind), {})


def daemonset_wrong(docs):
    pod = find(docs, "DaemonSet")["spec"]["template"]
    spec, labels = pod["spec"], pod["metadata"]["labels"].items()
    container = spec["containers"][0]
    context = container["securityContext"]
    unit = set(re.search(r"^CapabilityBoundingSet=(.*)$", read(FLEET + "/gmem_exporter.service"), re.M)[1].split())
    mounts = {m["name"] for m in container["volumeMounts"]}
    version = read("VERSION").strip()
    yield "the selector matches the pods", find(docs, "DaemonSet")["spec"]["selector"]["matchLabels"].items() <= labels
    yield f"the image is of version {version}", container["image"].endswith(f"/gmem-exporter:{version}")
    yield "hostPID", spec["hostPID"] is True
    yield "not privileged, read only", not context["privileged"] and context["readOnlyRootFilesystem"]
    yield "no allowPrivilegeEscalation beside SYS_ADMIN", "allowPrivilegeEscalation" not in context
    yield "all capabilities dropped first", context["capabilities"]["drop"] == ["ALL"]
    yield "not more capabilities than the service has", {"CAP_" + c for c in context["capabilities"]["add"]} <= unit
    yield "every mount has a volume, read only", mounts == {v["name"] for v in spec["volumes"]} and all(m["readOnly"] for m in container["volumeMounts"])


def monitor_wrong(docs, monitors):
    pod = find(docs, "DaemonSet")["spec"]["template"]
    monitor = find(monitors, "PodMonitor")
    spec = monitor["spec"]
    endpoint = spec["podMetricsEndpoints"][0]
    ports = {p["name"] for p in pod["spec"]["containers"][0]["ports"]}
    jobs = {r.get("replacement") for r in endpoint["relabelings"] if r.get("targetLabel") == "job"}
    yield "the PodMonitor selects the pods", spec["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    yield "the PodMonitor is in the pods' namespace", monitor["metadata"]["namespace"] == find(docs, "DaemonSet")["metadata"]["namespace"]
    yield "the PodMonitor names a port of the pods", endpoint["port"] in ports
    yield "the job is called as in prometheus.yml", jobs == {documents(FLEET + "/prometheus.yml")[0]["scrape_configs"][0]["job_name"]}


def rendered_wrong(docs):
    maps = {d["metadata"]["name"]: d for d in docs if d["kind"] == "ConfigMap"}
    kinds = [d["kind"] for d in docs]
    yield "one of each kind", sorted(kinds) == ["ConfigMap", "ConfigMap", "DaemonSet", "Namespace", "PodMonitor", "PrometheusRule"]
    yield "the dashboard is its file", maps["gmem-dashboard"]["data"]["dashboard.json"] == read(FLEET + "/dashboard.json")
    yield "the rules are their file", maps["gmem-rules"]["data"]["rules.yml"] == read(FLEET + "/rules.yml")
    yield "a ConfigMap that `kubectl apply` accepts", all(len(str(m)) < 250000 for m in maps.values())
    yield "all in one namespace", {d["metadata"].get("namespace", "gmem-exporter") for d in docs} == {"gmem-exporter"}
    yield from daemonset_wrong(docs)


def main():
    if sys.argv[1:] == ["--write"]:
        with open(RULE, "w", encoding="utf-8") as f:
            f.write(rule())
        return
    checks = []
    if sys.argv[1:2] == ["--rendered"]:
        checks += rendered_wrong(documents(sys.argv[2]))
    else:
        docs = documents(FLEET + "/daemonset.yaml")
        groups = [g for name in ("rules.yml", "alerts.yml") for g in documents(f"{FLEET}/{name}")[0]["groups"]]
        checks += [*daemonset_wrong(docs), *monitor_wrong(docs, documents(FLEET + "/operator/podmonitor.yaml"))]
        checks.append(("prometheusrule.yaml is made from rules.yml and alerts.yml (kubernetes.py --write)", read(RULE) == rule()))
        checks.append(("the PrometheusRule has the groups of both files", documents(RULE)[0]["spec"]["groups"] == groups))
    for what, holds in checks:
        if not holds:
            print(what)


main()
