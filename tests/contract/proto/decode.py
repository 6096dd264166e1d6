#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Decodes the exporter's protocol buffers by the published schemas and Google's library:

    decode.py prom|otlp <FILE     prom: io.prometheus.client.MetricFamily, each behind its length; otlp: an ExportMetricsServiceRequest

prints a JSON line a series: name, type, help, unit, labels, time and created (ns since 1970, if present), and value; a histogram has count, sum,
schema, zero_threshold, zero_count, buckets {index: count} without empty ones, and if present classic [[le, cumulative count]], min, max.
OTLP keeps its own names of types; its indexes are converted (+1) to those of Prometheus; resource and scope are a line before their metrics.

decode.py is stricter than a real receiver. Beside what the library refuses (truncated data, invalid UTF-8), these are errors: messages that the
exporter never writes, an unknown field, a wrong wire type, a field or a series that occurs twice, counts that do not add up.
"""
import importlib
import json
import math
import os
import re
import subprocess
import sys
import tempfile

from google.protobuf import empty_pb2
from google.protobuf.internal.decoder import _DecodeVarint
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

HERE = os.path.dirname(os.path.abspath(__file__))
_schemas = {}


class Bad(Exception):
    """The message is not valid."""


def need(good, text, *values):
    if not good:
        raise Bad(text % values)


def schema(name):
    """Return the module of NAME.proto, compiled by protoc."""
    if name not in _schemas:
        with tempfile.TemporaryDirectory(prefix="gmproto") as folder:
            subprocess.run(["protoc", "-I" + HERE, "--python_out=" + folder, name + ".proto"], check=True)
            sys.path.insert(0, folder)
            _schemas[name] = importlib.import_module(name + "_pb2")
            sys.path.remove(folder)
    return _schemas[name]


# ---- errors that the library accepts ----

def check_once(descriptor, data):
    """Check that no field occurs twice, unless it is repeated. For a message type without fields all are unknown, and the library lists them."""
    seen = set()
    for entry in UnknownFieldSet(empty_pb2.Empty.FromString(data)):
        field = descriptor.fields_by_number.get(entry.field_number)
        need(field, "%s: field %d is not known", descriptor.name, entry.field_number)
        once = field.containing_oneof.name if field.containing_oneof else field.name
        need(once not in seen, "%s.%s: told twice", descriptor.name, field.name)
        seen.update([] if field.default_value == [] else [once])  # all versions of the library show a repeated field by this default value
        if field.message_type and isinstance(entry.data, bytes):
            check_once(field.message_type, entry.data)


def parse(cls, data):
    try:
        message = cls.FromString(bytes(data))
        check_once(cls.DESCRIPTOR, bytes(data))
    except DecodeError as e:
        raise Bad("%s: %s" % (cls.DESCRIPTOR.name, e)) from e
    size = message.ByteSize()
    message.DiscardUnknownFields()  # unknown fields, also those of a wrong wire type
    need(message.ByteSize() == size, "%s: a field of a wrong wire type", cls.DESCRIPTOR.name)
    return message


# ---- for both formats ----

def need_only(message, where, *names):
    """Refuse a message with any other field."""
    more = {f.name for f, _ in message.ListFields()} - set(names)
    need(not more, "%s: %s is not what an exporter of ours tells", where, ", ".join(more))


def unique(pairs, where, allowed):
    """Return [(name, value)] as a dictionary; a name that occurs twice is an error."""
    for i, (name, _) in enumerate(pairs):
        need(re.fullmatch(allowed, name) and name not in dict(pairs[:i]), "%s: label %r", where, name)
    return dict(pairs)


def checked(lines):
    """Check that no series occurs twice, and that the buckets of histograms add up to their count."""
    seen = set()
    for line in lines:
        key = line["name"], tuple(sorted(line["labels"].items()))
        need(key not in seen, "%s %s: comes twice", *key)
        seen.add(key)
        held = line.get("zero_count", 0) + sum(line.get("buckets", {}).values())
        need("count" not in line or held == line["count"], "%s: the buckets hold %s, count is %s", line["name"], held, line.get("count"))
    return lines


# ---- Prometheus ----

def prom_buckets(h, where):
    """Return the absolute counts by index."""
    buckets, index, count, left = {}, 0, 0, list(h.positive_delta)
    for i, span in enumerate(h.positive_span):
        need(not i or span.offset >= 0, "%s: spans run back", where)
        need(span.length <= len(left), "%s: spans for more buckets than there are", where)
        index += span.offset
        for _ in range(span.length):
            count += left.pop(0)
            need(count >= 0, "%s: bucket %d holds %d", where, index, count)
            buckets.update({str(index): count} if count else {})
            index += 1
    need(not left, "%s: %d buckets without a span", where, len(left))
    return buckets


def prom_classic(h, where):
    """Return the classic buckets, whose bounds and counts must rise. Adds the bucket of infinity if it is left out."""
    pairs = [(b.upper_bound, b.cumulative_count) for b in h.bucket]
    pairs += [(math.inf, h.sample_count)] if pairs[-1][0] < math.inf else []
    need(all(a[0] < b[0] and a[1] <= b[1] for a, b in zip(pairs, pairs[1:])), "%s: buckets do not rise", where)
    need(pairs[-1][1] == h.sample_count, "%s: the last bucket holds %d, count is %d", where, pairs[-1][1], h.sample_count)
    return pairs


def prom_histogram(line, h):
    need_only(h, line["name"], "sample_count", "sample_sum", "bucket", "created_timestamp", "schema", "zero_threshold", "zero_count",
              "positive_span", "positive_delta")
    need(h.HasField("schema") and -4 <= h.schema <= 8, "%s: schema %d", line["name"], h.schema)
    line.update(count=h.sample_count, sum=h.sample_sum, schema=h.schema, zero_threshold=h.zero_threshold, zero_count=h.zero_count,
                buckets=prom_buckets(h, line["name"]))
    if h.bucket:
        line["classic"] = prom_classic(h, line["name"])


PROM_TYPES = {0: "counter", 1: "gauge", 4: "histogram"}


def prom_line(family, metric):
    kind = PROM_TYPES[family.type]
    need_only(metric, family.name, "label", kind)
    value = getattr(metric, kind)
    line = {"name": family.name, "type": kind, "help": family.help, "unit": family.unit,
            "labels": unique([(p.name, p.value) for p in metric.label], family.name, "[a-zA-Z_][a-zA-Z0-9_]*")}
    if kind == "histogram":
        prom_histogram(line, value)
    else:
        need(value.HasField("value"), "%s: no value", family.name)
        need_only(value, family.name, "value", "created_timestamp")
        line["value"] = value.value
    if kind != "gauge" and value.HasField("created_timestamp"):
        need(0 <= value.created_timestamp.nanos < 10**9, "%s: a time's nanos are %d", family.name, value.created_timestamp.nanos)
        line["created"] = value.created_timestamp.seconds * 10**9 + value.created_timestamp.nanos
    return line


def prom_families(data):
    at = 0
    while at < len(data):
        try:
            length, at = _DecodeVarint(data, at)
        except IndexError:
            length = len(data)
        need(at + length <= len(data), "MetricFamily: cut off")
        yield parse(schema("prom_client").MetricFamily, data[at:at + length])
        at += length


def decode_prom(data):
    """Return the lines of a stream of families."""
    lines, names = [], set()
    for family in prom_families(bytes(data)):
        need(re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", family.name), "family %r: no such name", family.name)
        need(family.name not in names, "family %s: comes twice", family.name)
        need(family.HasField("type") and family.type in PROM_TYPES, "%s: type %d", family.name, family.type)
        need(family.metric, "%s: empty", family.name)
        names.add(family.name)
        lines += [prom_line(family, metric) for metric in family.metric]
    return checked(lines)


# ---- OTLP ----

def otlp_attributes(pairs, where):
    for p in pairs:
        need(p.value.WhichOneof("value") in ("string_value", "int_value"), "%s: the value of %s", where, p.key)
    return unique([(p.key, getattr(p.value, p.value.WhichOneof("value"))) for p in pairs], where, ".+")


def otlp_value(line, point):
    """Add a histogram's fields to the line. Prometheus numbers a bucket by its upper bound, OTLP by its lower one."""
    if not hasattr(point, "scale"):
        need(point.WhichOneof("value"), "%s: no value", line["name"])
        line["value"] = getattr(point, point.WhichOneof("value"))
        return
    need(not point.negative.bucket_counts, "%s: negative buckets", line["name"])
    line.update(count=point.count, schema=point.scale, zero_threshold=point.zero_threshold, zero_count=point.zero_count,
                buckets={str(point.positive.offset + i + 1): n for i, n in enumerate(point.positive.bucket_counts) if n})
    line.update({f: getattr(point, f) for f in ("sum", "min", "max") if point.HasField(f)})


def otlp_metric(metric):
    kind = metric.WhichOneof("data")
    need(kind in ("gauge", "sum", "exponential_histogram"), "%s: %s", metric.name, kind or "no data")
    data = getattr(metric, kind)
    need(metric.name and data.data_points, "%s: empty", metric.name)
    need(kind == "gauge" or data.aggregation_temporality == 2, "%s: not cumulative", metric.name)
    for point in data.data_points:
        line = {"name": metric.name, "type": kind, "help": metric.description, "unit": metric.unit,
                "labels": otlp_attributes(point.attributes, metric.name), "time": point.time_unix_nano, "created": point.start_time_unix_nano}
        need(line["created"] <= line["time"] and line["time"], "%s: from %d to %d", metric.name, line["created"], line["time"])
        otlp_value(line, point)
        line.update({"is_monotonic": data.is_monotonic} if kind == "sum" else {})
        yield line


def decode_otlp(data):
    """Return the lines of a request."""
    lines = []
    for resource in parse(schema("otlp").ExportMetricsServiceRequest, data).resource_metrics:
        for scope in resource.scope_metrics:
            names = [m.name for m in scope.metrics]
            need(len(set(names)) == len(names), "a metric comes twice: %s", names)
            lines.append({"resource": otlp_attributes(resource.resource.attributes, "resource"),
                          "scope": {"name": scope.scope.name, "version": scope.scope.version}})
            lines += checked([line for metric in scope.metrics for line in otlp_metric(metric)])
    return lines


if __name__ == "__main__":
    try:
        for told in {"prom": decode_prom, "otlp": decode_otlp}[sys.argv[1]](sys.stdin.buffer.read()):
            print(json.dumps(told, ensure_ascii=False))
    except Bad as error:
        sys.exit(str(error))
