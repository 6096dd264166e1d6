#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Reads what the exporter writes in protocol buffers, by the published schemas and Google's own library, and prints it as JSON
lines:

    decode.py prom FILE     io.prometheus.client.MetricFamily, each behind its length
    decode.py otlp FILE     one ExportMetricsServiceRequest

FILE may be "-". A line a series:

    {"name", "type", "help", "unit", "labels": {}, "value"}
    {"name", "type", "help", "unit", "labels": {}, "count", "sum", ...}      a histogram, with what it has of
        "schema", "zero_threshold", "zero_count", "buckets": {index: count}  native: by Prometheus' index; empty ones left out
        "classic": [[le, cumulative count], ...]
        "min", "max"
    "created", "time": ns since 1970, where told

OTLP: types are OTLP's own words; indexes are converted (+1), so both formats say the same; "temporality" and
"is_monotonic" where they belong; a line {"resource", "scope"} goes before what it is about.

Strict where a real receiver is lenient: an unknown field, one that is told twice, a wrong wire type, bytes left over,
invalid UTF-8, a series that comes twice, counts that do not add up are errors. Exit status 1 then, one line on stderr.
"""
import importlib
import json
import math
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DISTRIBUTION_PYTHON = "/usr/bin/python3"


class Bad(Exception):
    """Not what it claims to be."""


def need_protobuf():
    """Starts the script anew where `python3` is not the one that the distribution's packages are for."""
    try:
        importlib.import_module("google.protobuf")
    except ImportError:
        if os.path.realpath(sys.executable) == os.path.realpath(DISTRIBUTION_PYTHON) or not os.path.exists(DISTRIBUTION_PYTHON):
            sys.exit("google.protobuf is not installed (python3-protobuf)")
        os.execv(DISTRIBUTION_PYTHON, [DISTRIBUTION_PYTHON] + sys.argv)


_schemas = {}


def schema(name):
    """The module of NAME.proto, compiled by protoc."""
    if not _schemas:
        need_protobuf()
        files = sorted(f for f in os.listdir(HERE) if f.endswith(".proto"))
        with tempfile.TemporaryDirectory(prefix="gmproto") as folder:
            subprocess.run(["protoc", "-I" + HERE, "--python_out=" + folder] + files, check=True)
            sys.path.insert(0, folder)
            for f in files:
                _schemas[f[:-6]] = importlib.import_module(f[:-6] + "_pb2")
            sys.path.remove(folder)
    return _schemas[name]


# ---- the wire, field by field: what the library would let pass ----

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
TYPE_DOUBLE, TYPE_INT64, TYPE_UINT64, TYPE_INT32, TYPE_FIXED64 = 1, 3, 4, 5, 6
TYPE_BOOL, TYPE_STRING, TYPE_MESSAGE, TYPE_BYTES, TYPE_UINT32 = 8, 9, 11, 12, 13
TYPE_ENUM, TYPE_SFIXED64, TYPE_SINT32, TYPE_SINT64 = 14, 16, 17, 18
WIRE = {TYPE_DOUBLE: FIXED64, TYPE_FIXED64: FIXED64, TYPE_SFIXED64: FIXED64,
        TYPE_STRING: LENGTH, TYPE_BYTES: LENGTH, TYPE_MESSAGE: LENGTH,
        TYPE_INT64: VARINT, TYPE_UINT64: VARINT, TYPE_INT32: VARINT, TYPE_BOOL: VARINT, TYPE_UINT32: VARINT,
        TYPE_ENUM: VARINT, TYPE_SINT32: VARINT, TYPE_SINT64: VARINT}


def varint(data, at, where):
    value = shift = 0
    while True:
        if at >= len(data):
            raise Bad("%s: cut off in a number" % where)
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if not byte & 0x80:
            break
        if shift >= 70:
            raise Bad("%s: a number of more than ten bytes" % where)
    if value >= 1 << 64:
        raise Bad("%s: a number of more than 64 bits" % where)
    if byte == 0 and shift > 7:
        raise Bad("%s: a number is longer than it need be" % where)
    return value, at


def skip(data, at, wire, where):
    """The bytes of a value, and where the next field begins."""
    if wire == VARINT:
        end = varint(data, at, where)[1]
    elif wire == LENGTH:
        length, at = varint(data, at, where)
        end = at + length
    elif wire in (FIXED64, FIXED32):
        end = at + (8 if wire == FIXED64 else 4)
    else:
        raise Bad("%s: wire type %d" % (where, wire))
    if end > len(data):
        raise Bad("%s: cut off" % where)
    return data[at:end], end


def check_packed(data, wire, where):
    at = 0
    while at < len(data):
        at = skip(data, at, wire, where)[1]


def is_repeated(field):
    """Newer libraries have a word for it, and warn of the older one."""
    there = getattr(field, "is_repeated", None)
    return field.label == field.LABEL_REPEATED if there is None else there


def check_value(field, wire, value, where):
    want = WIRE[field.type]
    if wire == LENGTH and is_repeated(field) and want != LENGTH:
        check_packed(value, want, where)
    elif wire != want:
        raise Bad("%s: wire type %d instead of %d" % (where, wire, want))
    elif field.type == TYPE_MESSAGE:
        check_message(field.message_type, value, where)
    elif field.type == TYPE_STRING:
        try:
            value.decode("utf-8")
        except UnicodeDecodeError as e:
            raise Bad("%s: not UTF-8" % where) from e


def check_message(descriptor, data, where):
    seen, at = set(), 0
    while at < len(data):
        tag, at = varint(data, at, where)
        field = descriptor.fields_by_number.get(tag >> 3)
        if not field:
            raise Bad("%s: field %d is not known" % (where, tag >> 3))
        inside = "%s.%s" % (where, field.name)
        value, at = skip(data, at, tag & 7, inside)
        check_value(field, tag & 7, value, inside)
        once = field.containing_oneof.name if field.containing_oneof else field.name
        if not is_repeated(field) and once in seen:
            raise Bad("%s: told twice" % inside)
        seen.add(once)


def parse(cls, data):
    check_message(cls.DESCRIPTOR, data, cls.DESCRIPTOR.name)
    return cls.FromString(bytes(data))


# ---- what both formats have in common ----

def number(v):
    """What JSON has no number for becomes a word."""
    if isinstance(v, float) and not math.isfinite(v):
        return "NaN" if math.isnan(v) else "+Inf" if v > 0 else "-Inf"
    return v


def bare(line):
    """What tells a series from others."""
    return line["name"], tuple(sorted(line["labels"].items()))


class Series:
    """Collects lines, and minds that none comes twice."""

    def __init__(self):
        self.lines, self.seen = [], set()

    def add(self, line):
        key = bare(line)
        if key in self.seen:
            raise Bad("%s %s: comes twice" % (line["name"], line["labels"]))
        self.seen.add(key)
        self.lines.append(line)


def check_sum(line, total):
    if total != line["count"]:
        raise Bad("%s: the buckets hold %s, count is %s" % (line["name"], total, line["count"]))


def check_classic(line):
    """Bounds and counts must rise, the last is +Inf and holds all. It may be left out."""
    last_le, last = -math.inf, 0
    for le, count in line["classic"]:
        le = float(le)
        if le <= last_le or count < last:
            raise Bad("%s: le=%s: buckets do not rise" % (line["name"], le))
        last_le, last = le, count
    if last > line["count"] or (last_le == math.inf and last != line["count"]):
        raise Bad("%s: the buckets hold %s, count is %s" % (line["name"], last, line["count"]))


# ---- Prometheus ----

METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")


def prom_labels(pairs, where):
    labels = {}
    for p in pairs:
        if not LABEL_NAME.match(p.name) or p.name in labels:
            raise Bad("%s: label %r" % (where, p.name))
        labels[p.name] = p.value
    return labels


def prom_time(t):
    if not 0 <= t.nanos < 1000000000:
        raise Bad("a time's nanos are %d" % t.nanos)
    return t.seconds * 1000000000 + t.nanos


def prom_buckets(spans, deltas, where):
    """Absolute counts by index."""
    buckets, index, count, at = {}, 0, 0, 0
    for i, span in enumerate(spans):
        if i and span.offset < 0:
            raise Bad("%s: spans run back" % where)
        index += span.offset
        for delta in deltas[at:at + span.length]:
            count += delta
            if count < 0:
                raise Bad("%s: bucket %d holds %d" % (where, index, count))
            if count:
                buckets[str(index)] = count
            index += 1
        at += span.length
    if at != len(deltas):
        raise Bad("%s: spans for %d buckets, %d are there" % (where, at, len(deltas)))
    return buckets


def prom_native(line, h):
    if not -4 <= h.schema <= 8:
        raise Bad("%s: schema %d" % (line["name"], h.schema))
    line.update(schema=h.schema, zero_threshold=h.zero_threshold, zero_count=h.zero_count,
                buckets=prom_buckets(h.positive_span, h.positive_delta, line["name"]))
    negative = prom_buckets(h.negative_span, h.negative_delta, line["name"])
    if negative:
        line["negative"] = negative
    check_sum(line, h.zero_count + sum(line["buckets"].values()) + sum(negative.values()))


def prom_histogram(line, h):
    line.update(count=h.sample_count, sum=number(h.sample_sum))
    for field in ("sample_count_float", "zero_count_float", "negative_count", "positive_count"):
        if any(f.name == field for f, _ in h.ListFields()):
            raise Bad("%s: %s in a histogram of whole numbers" % (line["name"], field))
    if h.HasField("schema") or h.positive_span or h.negative_span:
        prom_native(line, h)
    if h.bucket:
        line["classic"] = [[number(b.upper_bound), b.cumulative_count] for b in h.bucket]
        check_classic(line)
    if "schema" not in line and "classic" not in line:
        raise Bad("%s: a histogram without buckets" % line["name"])


PROM_VALUES = ("gauge", "counter", "summary", "untyped", "histogram")
PROM_TYPES = {0: "counter", 1: "gauge", 3: "untyped", 4: "histogram"}


def prom_line(family, metric):
    kind = PROM_TYPES[family.type]
    line = {"name": family.name, "type": kind, "help": family.help, "unit": family.unit,
            "labels": prom_labels(metric.label, family.name)}
    there = [v for v in PROM_VALUES if metric.HasField(v)]
    if there != [kind]:
        raise Bad("%s: %s in a %s" % (family.name, " and ".join(there) or "nothing", kind))
    value = getattr(metric, kind)
    if kind == "histogram":
        prom_histogram(line, value)
    else:
        if not value.HasField("value"):
            raise Bad("%s: no value" % family.name)
        line["value"] = number(value.value)
    if kind in ("counter", "histogram") and value.HasField("created_timestamp"):
        line["created"] = prom_time(value.created_timestamp)
    if metric.HasField("timestamp_ms"):
        line["time"] = metric.timestamp_ms * 1000000
    return line


def prom_families(data):
    cls = schema("prom_client").MetricFamily
    data, at = bytes(data), 0
    while at < len(data):
        message, at = skip(data, at, LENGTH, "MetricFamily")
        yield parse(cls, message)


def decode_prom(data):
    """The lines of a stream of families."""
    series, families = Series(), set()
    for family in prom_families(data):
        if not METRIC_NAME.match(family.name) or family.name in families:
            raise Bad("family %r: no such name, or it comes twice" % family.name)
        if not family.HasField("type") or family.type not in PROM_TYPES:
            raise Bad("%s: type %d" % (family.name, family.type))
        if not family.metric:
            raise Bad("%s: empty" % family.name)
        families.add(family.name)
        for metric in family.metric:
            series.add(prom_line(family, metric))
    return series.lines


# ---- OTLP ----

TEMPORALITY = {1: "delta", 2: "cumulative"}


def otlp_value(v):
    kind = v.WhichOneof("value")
    if kind is None:
        return None
    value = getattr(v, kind)
    if kind == "array_value":
        return [otlp_value(e) for e in value.values]
    if kind == "kvlist_value":
        return otlp_attributes(value.values, "kvlist")
    if kind == "bytes_value":
        return value.hex()
    return number(value)


def otlp_attributes(pairs, where):
    attributes = {}
    for p in pairs:
        if not p.key or p.key in attributes:
            raise Bad("%s: attribute %r" % (where, p.key))
        attributes[p.key] = otlp_value(p.value)
    return attributes


def otlp_number(line, point):
    kind = point.WhichOneof("value")
    if not kind:
        raise Bad("%s: no value" % line["name"])
    line["value"] = number(getattr(point, kind))


def otlp_optional(line, point):
    for field in ("sum", "min", "max"):
        if point.HasField(field):
            line[field] = number(getattr(point, field))


def otlp_histogram(line, point):
    line["count"] = point.count
    otlp_optional(line, point)
    if len(point.bucket_counts) not in (0, len(point.explicit_bounds) + 1):
        raise Bad("%s: %d bounds, %d buckets" % (line["name"], len(point.explicit_bounds), len(point.bucket_counts)))
    check_sum(line, sum(point.bucket_counts))
    bounds = [number(b) for b in point.explicit_bounds] + ["+Inf"]
    line["classic"] = [[le, sum(point.bucket_counts[:i + 1])] for i, le in enumerate(bounds)]
    check_classic(line)


def otlp_buckets(buckets):
    """By Prometheus' index: it names a bucket by its upper bound, OTLP by its lower one."""
    return {str(buckets.offset + i + 1): n for i, n in enumerate(buckets.bucket_counts) if n}


def otlp_exponential(line, point):
    line["count"] = point.count
    otlp_optional(line, point)
    line.update(schema=point.scale, zero_threshold=point.zero_threshold, zero_count=point.zero_count,
                buckets=otlp_buckets(point.positive))
    negative = otlp_buckets(point.negative)
    if negative:
        line["negative"] = negative
    check_sum(line, point.zero_count + sum(line["buckets"].values()) + sum(negative.values()))


OTLP_POINTS = {"gauge": otlp_number, "sum": otlp_number, "histogram": otlp_histogram, "exponential_histogram": otlp_exponential}


def otlp_line(metric, kind, point):
    line = {"name": metric.name, "type": kind, "help": metric.description, "unit": metric.unit,
            "labels": otlp_attributes(point.attributes, metric.name)}
    OTLP_POINTS[kind](line, point)
    if kind != "gauge":
        data = getattr(metric, kind)
        if data.aggregation_temporality not in TEMPORALITY:
            raise Bad("%s: temporality %d" % (metric.name, data.aggregation_temporality))
        line["temporality"] = TEMPORALITY[data.aggregation_temporality]
        if kind == "sum":
            line["is_monotonic"] = data.is_monotonic
    if not point.time_unix_nano or point.start_time_unix_nano > point.time_unix_nano:
        raise Bad("%s: from %d to %d" % (metric.name, point.start_time_unix_nano, point.time_unix_nano))
    line["time"] = point.time_unix_nano
    if point.start_time_unix_nano:
        line["created"] = point.start_time_unix_nano
    if point.flags:
        line["flags"] = point.flags
    return line


def otlp_metric(metric, series, names):
    kind = metric.WhichOneof("data")
    if not metric.name or metric.name in names:
        raise Bad("metric %r: no name, or it comes twice" % metric.name)
    if kind not in OTLP_POINTS:
        raise Bad("%s: %s" % (metric.name, kind or "no data"))
    names.add(metric.name)
    points = getattr(metric, kind).data_points
    if not points:
        raise Bad("%s: empty" % metric.name)
    for point in points:
        series.add(otlp_line(metric, kind, point))


def decode_otlp(data):
    """The lines of a request."""
    lines = []
    for resource in parse(schema("otlp").ExportMetricsServiceRequest, data).resource_metrics:
        for scope in resource.scope_metrics:
            series, names = Series(), set()
            head = {"resource": otlp_attributes(resource.resource.attributes, "resource"),
                    "scope": {"name": scope.scope.name, "version": scope.scope.version}}
            for name, url in (("schema_url", resource.schema_url), ("scope_schema_url", scope.schema_url)):
                if url:
                    head[name] = url
            for metric in scope.metrics:
                otlp_metric(metric, series, names)
            lines += [head] + series.lines
    return lines


def main():
    decoders = {"prom": decode_prom, "otlp": decode_otlp}
    if len(sys.argv) != 3 or sys.argv[1] not in decoders:
        sys.exit("usage: decode.py prom|otlp FILE")
    need_protobuf()
    if sys.argv[2] == "-":
        data = sys.stdin.buffer.read()
    else:
        with open(sys.argv[2], "rb") as f:
            data = f.read()
    try:
        for line in decoders[sys.argv[1]](data):
            print(json.dumps(line, ensure_ascii=False, allow_nan=False))
    except Bad as e:
        sys.exit("%s: %s" % (sys.argv[2], e))


if __name__ == "__main__":
    main()
