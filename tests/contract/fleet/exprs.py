#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks that rules, alerts and dashboard name only existing metrics and labels.

exprs.py FAMILIES RULES.yml ALERTS.yml DASHBOARD.json OUT.yml

FAMILIES is the output of gmem_exporter --families. Each metric and label of each expression must be there, or be recorded by
the rules (a recorded metric's labels are the level in its name), or be one that Prometheus makes. OUT.yml gets all expressions
of the dashboard, with its variables filled in, as rules, so that promtool can check their syntax.

Prints "ok .." and "not ok .." lines. Uses only the standard library, and parses the part of YAML that the two files use.
"""
import json
import re
import sys

TARGET = {"instance", "job"}  # labels that the scrape adds
MADE = {  # metrics that Prometheus makes
    "up": set(),
    "ALERTS": {"alertname", "alertstate", "severity", "name"},
    "scrape_samples_post_metric_relabeling": set(),
}
# Customary metrics of a process, which neither rules nor dashboard use.
UNSHOWN = {"process_virtual_memory_bytes", "process_start_time_seconds", "process_max_fds", "gmem_exporter_connections",
           "gmem_bpf_statistics_enabled", "gmem_machine_allocated_bytes_total", "gmem_machine_freed_bytes_total",
           "gmem_machine_phase_operations_total", "gmem_machine_memory_node_error_bytes"}
VARIABLES = {"$__rate_interval": "5m", "$__range": "6h", "$__interval": "1m", "$phase": "zero"}
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WORDS = {"and", "or", "unless", "bool", "offset", "atan2", "inf", "nan"}
TOKEN = re.compile(r"""\s+ | \#.* | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | \[[^\]]*\] | \d[\w.]* | [A-Za-z_:][\w:]*
                       | =~|!~|!=|[=(){},] | .""", re.X)


class Bad(Exception):
    pass


def tokens(text):
    return [t for t in TOKEN.findall(text) if t.strip() and not t.startswith("#")]


def selectors(expr):
    """Return [(metric, matcher labels)], {labels of groupings}, {labels that label_replace and label_join make}."""
    toks = tokens(expr) + [""]
    found, groups, made = [], set(), set()
    i = 0
    while i < len(toks) - 1:
        word, after = toks[i], toks[i + 1]
        if word in ("label_replace", "label_join"):
            made |= made_label(toks, i + 1)
        if re.match(r"[A-Za-z_:]", word) and word.lower() not in WORDS:
            if word in GROUPING:
                if after != "(":
                    raise Bad(f"{word} without a list")
                end = toks.index(")", i)
                groups |= {t for t in toks[i + 2:end] if t != ","}
                i = end
            elif after == "{":
                end = toks.index("}", i)
                inner = toks[i + 2:end]
                found.append((word, [t for t, nxt in zip(inner, inner[1:] + [""]) if nxt in ("=", "=~", "!=", "!~")]))
                i = end
            elif after not in ("(", "by", "without"):
                found.append((word, []))
        i += 1
    return found, groups, made


def made_label(toks, i):
    """Return the second argument of the call whose "(" is toks[i]."""
    depth, commas = 0, 0
    for t in toks[i:]:
        depth += (t == "(") - (t == ")")
        if t == "," and depth == 1:
            commas += 1
        elif commas == 1 and depth == 1:
            return {t.strip("\"'")}
    raise Bad("label_replace without a label")


# ---- existing metrics and labels ----

def read_families(path):
    known = {}
    for line in open(path):
        cell = [c.strip() for c in line.strip().strip("|").split("|")]
        if len(cell) < 4 or cell[0] in ("name", "---"):
            continue
        labels = set() if cell[3] == "-" else {x.strip() for x in cell[3].split(",")}
        known[cell[0]] = labels
        if cell[1] == "histogram":
            known[cell[0] + "_bucket"] = labels | {"le"}
            known[cell[0] + "_sum"] = known[cell[0] + "_count"] = labels
    if len(known) < 30:
        raise Bad(f"{path}: {len(known)} families")
    return known


def read_rules(path):
    """Return [{"record" or "alert": name, "expr": text, "words": annotations}]."""
    rules, block, indent = [], None, 0
    for line in open(path):
        m = re.match(r"( *)(- )?(\w+): ?(.*)$", line)
        lead = len(line) - len(line.lstrip())
        if block and (not line.strip() or lead > indent):
            rules[-1][block] += line
            continue
        block = None
        if m and m[2] and m[3] in ("record", "alert"):
            rules.append({m[3]: m[4], "expr": "", "words": ""})
        elif m and m[3] == "expr":
            if m[4] in ("|", ">-"):
                block, indent = "expr", lead
            else:
                rules[-1]["expr"] = m[4]
        elif m and m[3] == "annotations":
            block, indent = "words", lead
    return rules


def recorded(rules):
    return {r["record"]: set(r["record"].split(":")[0].split("_")) for r in rules if "record" in r}


# ---- checks ----

def check_expr(where, expr, known):
    """Check an expression; return the labels that its result may have."""
    found, groups, made = selectors(expr)
    if not found:
        raise Bad(f"{where}: no metric in: {expr}")
    labels = set(made)
    for metric, matchers in found:
        if metric not in known:
            raise Bad(f"{where}: there is no metric {metric}")
        have = known[metric] | TARGET
        for name in matchers:
            if name not in have:
                raise Bad(f"{where}: {metric} has no label {name}")
        labels |= have
    for name in groups:
        if name not in labels:
            raise Bad(f"{where}: no metric there has a label {name}")
    return labels, {m for m, _ in found}


def check_level(rule, known):
    """Check that a recorded metric's level names the labels that its outermost aggregation keeps."""
    level = recorded([rule])[rule["record"]]
    m = re.match(r"\s*(?:histogram_\w+\([\d., ]*)?(?:sum|avg|max|min|count) by \(([^)]*)\)", rule["expr"])
    if m and {x.strip() for x in m[1].split(",")} - {"le"} != level - {"le"}:
        raise Bad(f"{rule['record']}: its level is not what it is aggregated by ({m[1]})")


def check_rules(rules, known):
    used = set()
    for rule in rules:
        name = rule.get("record") or rule.get("alert")
        labels, metrics = check_expr(name, rule["expr"], known)
        used |= metrics
        if "record" in rule:
            check_level(rule, known)
            continue
        words = rule["words"]
        for need in ("summary:", "description:", "runbook:"):
            if need not in words:
                raise Bad(f"{name}: no {need[:-1]}")
        for label in re.findall(r"\$labels\.(\w+)", words):
            if label not in labels:
                raise Bad(f"{name}: its words tell a label that the expression has not: {label}")
        for query in re.findall(r'(?:printf|query) "([^"]*)"', words):
            inner, metrics = check_expr(f"{name}'s words", query.replace("'%s'", '"x"'), known)
            used |= metrics
            tail = words[words.index(query) + len(query):]
            for label in re.findall(r"\.Labels\.(\w+)", tail[:tail.index("{{ end }}")]):
                if label not in inner:
                    raise Bad(f"{name}: its words tell a label that the query has not: {label}")
    return used


def fill(expr):
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    expr = re.sub(r'=~"\$\w+"', '=~".*"', expr)
    if "$" in expr:
        raise Bad(f"a variable that is not known: {expr}")
    return expr


def panels_of(dash):
    for p in dash["panels"]:
        yield p
        yield from p.get("panels", [])


def check_panel(p, known):
    where = f"panel {p.get('title')!r}"
    if p["datasource"]["uid"] != "${datasource}":
        raise Bad(f"{where}: a data source of its own")
    for need in ("title", "description"):
        if not p.get(need):
            raise Bad(f"{where}: no {need}")
    if not p["fieldConfig"]["defaults"].get("unit"):
        raise Bad(f"{where}: no unit")
    exprs, used = [], set()
    for t in p["targets"]:
        expr = fill(t["expr"])
        labels, metrics = check_expr(where, expr, known)
        for label in re.findall(r"{{\s*(\w+)\s*}}", t.get("legendFormat", "")):
            if label not in labels:
                raise Bad(f"{where}: its legend tells a label that the expression has not: {label}")
        exprs.append(expr)
        used |= metrics
    return exprs, used


def check_layout(panels):
    cells, ids = {}, set()
    for p in panels:
        g = p["gridPos"]
        if p["id"] in ids or g["x"] + g["w"] > 24:
            raise Bad(f"panel {p['title']!r}: its id is taken, or it is too wide")
        ids.add(p["id"])
        for x in range(g["x"], g["x"] + g["w"]):
            for y in range(g["y"], g["y"] + g["h"]):
                if cells.setdefault((x, y), p["title"]) != p["title"]:
                    raise Bad(f"panels {p['title']!r} and {cells[(x, y)]!r} overlap")


def check_dashboard(dash, known):
    exprs, used = [], set()
    panels = list(panels_of(dash))
    check_layout(panels)
    for p in panels:
        if p["type"] != "row":
            e, u = check_panel(p, known)
            exprs += e
            used |= u
    for v in dash["templating"]["list"]:
        for metric, label in re.findall(r"label_values\(([a-z_]+)(?:\{.*\})?, (\w+)\)", v.get("definition", "")):
            if label not in known.get(metric, set()) | TARGET or metric not in known:
                raise Bad(f"variable {v['name']}: {metric} has no label {label}")
    for a in dash["annotations"]["list"]:
        if "expr" in a:
            exprs.append(fill(a["expr"]))
            used |= check_expr("an annotation", exprs[-1], known)[1]
    return exprs, used


def check_unused(used, families):
    base = {re.sub("_(bucket|sum|count)$", "", m) if m not in families else m for m in used}
    shown = base | {re.sub("_(bucket|sum|count)$", "", m) for m in used}
    left = sorted(f for f in families if f not in shown and re.sub("_(bucket|sum|count)$", "", f) not in shown and f not in UNSHOWN)
    if left:
        raise Bad(f"neither rule nor panel has {', '.join(left)}")
    return f"{len(families & shown)} metrics are used"


def verdict(name, work, *args):
    try:
        result = work(*args)
        print(f"ok fleet/{name}" + (f": {result}" if isinstance(result, str) else ""))
        return result
    except (Bad, KeyError, ValueError) as e:
        print(f"not ok fleet/{name}: {e}")
        return None


def self_test():
    """Check that each kind of mistake is found."""
    known = {"a_total": {"x"}, "b": {"y"}}
    wrong = ["c", 'a_total{y="1"}', "sum by (z) (a_total)", "a_total * on (z) b", "a_total + on (x) group_left (q) b", "1 + 2"]
    right = ["a_total", 'sum by (x, instance) (rate(a_total{x=~"z{y}"}[5m] offset 1w)) > 1 and on (x) b or absent(b)',
             'sum by (k) (label_replace(a_total, "k", "$1", "x", "(.*)"))', 'histogram_quantile(0.9, b) # c']
    for expr in wrong:
        try:
            check_expr("", expr, known)
        except Bad:
            continue
        raise Bad(f"not found: {expr}")
    for expr in right:
        check_expr("", expr, known)


def main():
    families_path, rules_path, alerts_path, dash_path, out_path = sys.argv[1:]
    verdict("exprs: mistakes are found", self_test)
    families = read_families(families_path)
    rules, alerts = read_rules(rules_path), read_rules(alerts_path)
    known = {**families, **MADE, **recorded(rules)}
    by_rules = verdict(f"rules name only what there is ({len(rules)})", check_rules, rules, known)
    by_alerts = verdict(f"alerts name only what there is ({len(alerts)})", check_rules, alerts, known)
    exprs, by_panels = verdict("dashboard names only what there is", check_dashboard, json.load(open(dash_path)), known) or \
        ([], None)
    if None not in (by_rules, by_alerts, by_panels):
        real = {f for f in families if not re.search("_(bucket|sum|count)$", f)}
        verdict("each metric is in a rule or a panel", check_unused, by_rules | by_alerts | by_panels, real)
    with open(out_path, "w") as out:
        out.write("groups:\n  - name: dashboard\n    rules:\n")
        for i, expr in enumerate(exprs):
            out.write(f"      - record: panel:expr:{i}\n        expr: {json.dumps(expr)}\n")
    print(f"# {len(rules)} rules, {len(alerts)} alerts, {len(exprs)} expressions of the dashboard")


if __name__ == "__main__":
    main()
