#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The judges judged: decode.py and otlp_server.py against messages made by Google's library, good ones and each kind of bad one."""
import gzip
import http.client
import json
import os
import ssl
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import decode  # noqa: E402

failed = 0


def tell(good, what, detail=""):
    global failed
    print("%s proto: %s" % ("ok" if good else "not ok", what))
    if not good:
        failed += 1
        print("#   %s" % (detail,))


def equal(what, want, got):
    tell(want == got, what, "want %s\n#   got  %s" % (want, got))


def refused(what, decoder, data, words):
    try:
        tell(False, what, "taken: %s" % decoder(data))
    except decode.Bad as e:
        tell(words in str(e), what, "%s, not: %s" % (e, words))


def delimited(*messages):
    out = b""
    for m in messages:
        data = m if isinstance(m, bytes) else m.SerializeToString()
        size = len(data)
        while size >= 0x80:
            out += bytes([size & 0x7f | 0x80])
            size >>= 7
        out += bytes([size]) + data
    return out


# ---- Prometheus ----

def prom_counter(value=3.0, name="a_total"):
    m = decode.schema("prom_client").MetricFamily(name=name, help="of what", type=0, unit="bytes")
    metric = m.metric.add()
    metric.label.add(name="vm", value="\u00fc")
    metric.counter.value = value
    metric.counter.created_timestamp.seconds = 5
    metric.counter.created_timestamp.nanos = 7
    return m


def prom_histogram():
    """Buckets -3: 2, -2: 1, 4: 5, and a gap that is told as nothing: 2 in the zero bucket."""
    m = decode.schema("prom_client").MetricFamily(name="h", type=4)
    h = m.metric.add().histogram
    h.sample_count, h.sample_sum, h.schema, h.zero_threshold, h.zero_count = 10, 1.5, 3, 2.0 ** -24, 2
    h.positive_span.add(offset=-3, length=2)
    h.positive_span.add(offset=4, length=3)
    h.positive_delta.extend([2, -1, -1, 0, 5])
    for le, n in ((0.5, 4), (float("inf"), 10)):
        h.bucket.add(upper_bound=le, cumulative_count=n)
    return m


def prom_good():
    lines = decode.decode_prom(delimited(prom_counter(), prom_histogram()))
    equal("prom: a counter", {"name": "a_total", "type": "counter", "help": "of what", "unit": "bytes", "labels": {"vm": "\u00fc"},
                              "value": 3.0, "created": 5000000007}, lines[0])
    equal("prom: a histogram", {"name": "h", "type": "histogram", "help": "", "unit": "", "labels": {}, "count": 10, "sum": 1.5,
                                "schema": 3, "zero_threshold": 2.0 ** -24, "zero_count": 2,
                                "buckets": {"-3": 2, "-2": 1, "5": 5}, "classic": [[0.5, 4], ["+Inf", 10]]}, lines[1])
    equal("prom: nothing is nothing", [], decode.decode_prom(b""))


def prom_edited(edit):
    m = prom_histogram()
    edit(m.metric[0].histogram)
    return delimited(m)


def prom_bad():
    prom, counter = decode.decode_prom, prom_counter().SerializeToString()
    refused("prom: an unknown field", prom, delimited(counter + b"\x32\x01x"), "field 6 is not known")
    refused("prom: an unknown field within", prom, delimited(b"\x0a\x01a\x22\x02\x42\x00"), "field 8 is not known")
    refused("prom: cut off", prom, delimited(counter)[:-1], "cut off")
    refused("prom: a byte left over", prom, delimited(counter) + b"\x01", "cut off")
    refused("prom: told twice", prom, delimited(counter + b"\x0a\x01b"), "told twice")
    refused("prom: wrong wire type", prom, delimited(b"\x08\x01"), "wire type")
    refused("prom: not UTF-8", prom, delimited(b"\x0a\x01\xff"), "not UTF-8")
    refused("prom: a long number", prom, delimited(b"\x18\x80\x00"), "longer than it need be")
    refused("prom: eleven bytes", prom, delimited(b"\x18" + b"\xff" * 10 + b"\x01"), "more than ten")
    refused("prom: 65 bits", prom, delimited(b"\x18" + b"\xff" * 9 + b"\x02"), "64 bits")
    refused("prom: a group", prom, delimited(b"\x0b"), "wire type 3")
    refused("prom: a family twice", prom, delimited(prom_counter(), prom_counter()), "comes twice")
    refused("prom: an empty family", prom, delimited(decode.schema("prom_client").MetricFamily(name="a", type=0)), "empty")
    refused("prom: no type", prom, delimited(decode.schema("prom_client").MetricFamily(name="a")), "type")
    refused("prom: no such name", prom, delimited(prom_counter(name="a-b")), "no such name")
    m = prom_counter()
    m.metric.add().CopyFrom(m.metric[0])
    refused("prom: a series twice", prom, delimited(m), "comes twice")
    m = prom_counter()
    m.metric[0].label.add(name="vm")
    refused("prom: a label twice", prom, delimited(m), "label 'vm'")
    m.metric[0].label[1].name = "v:m"
    refused("prom: no such label", prom, delimited(m), "label 'v:m'")
    m = prom_counter()
    m.metric[0].counter.created_timestamp.nanos = 1000000000
    refused("prom: too many nanos", prom, delimited(m), "nanos are 1000000000")
    m.metric[0].counter.ClearField("created_timestamp")
    m.metric[0].counter.ClearField("value")
    refused("prom: no value", prom, delimited(m), "no value")
    m = prom_counter()
    m.metric[0].gauge.value = 1
    refused("prom: a gauge in a counter", prom, delimited(m), "gauge and counter")
    refused("prom: counts do not add up", prom, prom_edited(lambda h: h.positive_delta.__setitem__(4, 6)), "the buckets hold 11")
    refused("prom: a bucket below zero", prom, prom_edited(lambda h: h.positive_delta.__setitem__(1, -3)), "holds -1")
    refused("prom: no such schema", prom, prom_edited(lambda h: setattr(h, "schema", 9)), "schema 9")
    refused("prom: no buckets", prom, delimited(b"\x0a\x01h\x18\x04\x22\x04\x3a\x02\x08\x01"), "without buckets")
    refused("prom: spans too short", prom, prom_edited(lambda h: h.positive_delta.append(1)), "spans for 5")
    refused("prom: spans run back", prom, prom_edited(lambda h: h.positive_span.add(offset=-1, length=0)), "run back")
    refused("prom: classic buckets fall", prom, prom_edited(lambda h: h.bucket.add(upper_bound=0.1, cumulative_count=10)), "do not rise")
    refused("prom: +Inf is not all", prom, prom_edited(lambda h: setattr(h.bucket[1], "cumulative_count", 9)), "hold 9")
    refused("prom: counts that are not whole", prom, prom_edited(lambda h: h.positive_count.append(1.5)), "whole")


# ---- OTLP ----

def otlp_request():
    otlp = decode.schema("otlp")
    r = otlp.ExportMetricsServiceRequest()
    resource = r.resource_metrics.add()
    resource.resource.attributes.add(key="host.name").value.string_value = "h"
    scope = resource.scope_metrics.add()
    scope.scope.name, scope.scope.version = "s", "1"
    total = scope.metrics.add(name="a", description="of what", unit="By")
    total.sum.aggregation_temporality, total.sum.is_monotonic = 2, True
    point = total.sum.data_points.add(start_time_unix_nano=5, time_unix_nano=9, as_int=3)
    point.attributes.add(key="vm").value.int_value = 4
    now = scope.metrics.add(name="g")
    now.gauge.data_points.add(time_unix_nano=9, as_double=float("inf"))
    hist = scope.metrics.add(name="h", unit="s")
    hist.exponential_histogram.aggregation_temporality = 2
    p = hist.exponential_histogram.data_points.add(start_time_unix_nano=5, time_unix_nano=9, count=10, sum=1.5, scale=3, zero_count=2,
                                                   min=0, max=2, zero_threshold=2.0 ** -24)
    p.positive.offset = -4
    p.positive.bucket_counts.extend([2, 1, 0, 0, 0, 0, 0, 0, 5])
    old = scope.metrics.add(name="c", unit="s")
    old.histogram.aggregation_temporality = 1
    old.histogram.data_points.add(time_unix_nano=9, count=6, sum=1, explicit_bounds=[1, 2], bucket_counts=[1, 2, 3])
    return r


def otlp_good():
    lines = decode.decode_otlp(otlp_request().SerializeToString())
    equal("otlp: whose they are", {"resource": {"host.name": "h"}, "scope": {"name": "s", "version": "1"}}, lines[0])
    equal("otlp: a sum", {"name": "a", "type": "sum", "help": "of what", "unit": "By", "labels": {"vm": 4}, "value": 3,
                          "temporality": "cumulative", "is_monotonic": True, "time": 9, "created": 5}, lines[1])
    equal("otlp: a gauge", {"name": "g", "type": "gauge", "help": "", "unit": "", "labels": {}, "value": "+Inf", "time": 9}, lines[2])
    native = decode.decode_prom(delimited(prom_histogram()))[0]
    equal("otlp: an exponential histogram", {**{k: native[k] for k in ("name", "help", "labels", "count", "sum", "schema",
                                                                       "zero_threshold", "zero_count", "buckets")},
                                             "type": "exponential_histogram", "unit": "s", "min": 0.0, "max": 2.0,
                                             "temporality": "cumulative", "time": 9, "created": 5}, lines[3])
    equal("otlp: a histogram with bounds", [[1.0, 1], [2.0, 3], ["+Inf", 6]], lines[4]["classic"])
    equal("otlp: nothing is nothing", [], decode.decode_otlp(b""))


def otlp_edited(edit):
    r = otlp_request()
    edit(r.resource_metrics[0].scope_metrics[0].metrics)
    return r.SerializeToString()


def otlp_bad():
    otlp, good = decode.decode_otlp, otlp_request().SerializeToString()
    refused("otlp: an unknown field", otlp, good + b"\x10\x01", "field 2 is not known")
    refused("otlp: a byte left over", otlp, good + b"\x0a", "cut off")
    refused("otlp: cut off", otlp, good[:-1], "cut off")
    refused("otlp: not UTF-8", otlp, good.replace(b"of what", b"of \xc0hat"), "not UTF-8")
    refused("otlp: two kinds of data", otlp, b"\x0a\x0c\x12\x0a\x12\x08\x0a\x01a\x2a\x00\x3a\x00" + b"\x00", "told twice")
    refused("otlp: a metric twice", otlp, otlp_edited(lambda m: m.add().CopyFrom(m[1])), "metric 'g'")
    refused("otlp: a point twice", otlp, otlp_edited(lambda m: m[1].gauge.data_points.add().CopyFrom(m[1].gauge.data_points[0])), "comes twice")
    refused("otlp: no data", otlp, otlp_edited(lambda m: m[1].ClearField("gauge")), "no data")
    refused("otlp: no points", otlp, otlp_edited(lambda m: m[1].gauge.ClearField("data_points")), "empty")
    refused("otlp: no value", otlp, otlp_edited(lambda m: m[1].gauge.data_points[0].ClearField("as_double")), "no value")
    refused("otlp: no temporality", otlp, otlp_edited(lambda m: m[0].sum.ClearField("aggregation_temporality")), "temporality 0")
    refused("otlp: no time", otlp, otlp_edited(lambda m: m[1].gauge.data_points[0].ClearField("time_unix_nano")), "to 0")
    refused("otlp: begins after it ends", otlp, otlp_edited(lambda m: setattr(m[0].sum.data_points[0], "start_time_unix_nano", 10)), "from 10")
    refused("otlp: counts do not add up", otlp, otlp_edited(lambda m: setattr(m[2].exponential_histogram.data_points[0], "count", 9)), "count is 9")
    refused("otlp: a bound too many", otlp, otlp_edited(lambda m: m[3].histogram.data_points[0].explicit_bounds.append(3)), "3 bounds, 3 buckets")
    refused("otlp: an attribute twice", otlp, otlp_edited(
        lambda m: m[0].sum.data_points[0].attributes.add().CopyFrom(m[0].sum.data_points[0].attributes[0])), "attribute")


# ---- the server ----

def start_server(out, *args):
    server = subprocess.Popen([sys.executable, os.path.join(decode.HERE, "otlp_server.py"), "--out", out] + list(args),
                              stdout=subprocess.PIPE, text=True)
    return server, int(server.stdout.readline())


def post(connection, body, path="/v1/metrics", content="application/x-protobuf", encoding="gzip"):
    connection.request("POST", path, body, {"Content-Type": content, "Content-Encoding": encoding})
    r = connection.getresponse()
    return r.status, r.getheader("Retry-After"), r.read()


def server_answers(folder):
    out = os.path.join(folder, "plain")
    body = gzip.compress(otlp_request().SerializeToString())
    server, port = start_server(out, "--answers", "200,429:7,partial,drop,slow,503", "--hold", "0.1")
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    equal("server: 200", (200, None, b""), post(c, body))
    status = decode.schema("otlp").Status.FromString
    code, after, answer = post(c, body)
    equal("server: Retry-After", (429, "7", "as the script says"), (code, after, status(answer).message))
    code, after, answer = post(c, body)
    equal("server: partial success", (200, 3), (code, decode.schema("otlp").ExportMetricsServiceResponse.FromString(answer).partial_success.rejected_data_points))
    for what in "drop", "slow":
        try:
            tell(False, "server: %s" % what, post(c, body))
        except (http.client.RemoteDisconnected, ConnectionResetError):
            tell(True, "server: %s" % what)
        c.close()
    equal("server: the last for ever", [503, 503], [post(c, body)[0], post(c, body)[0]])
    bad = [post(c, zlib.compress(b"x")), post(c, body + b"x"), post(c, body[:-1]), post(c, body, path="/"), post(c, body, content="text/plain"),
           post(c, body, encoding="br"), post(c, gzip.compress(b"x"))]
    equal("server: what cannot be read", [400] * len(bad), [b[0] for b in bad])
    equal("server: a body as it is", 503, post(c, otlp_request().SerializeToString(), encoding="identity")[0])
    server.terminate()
    server.wait()
    server.stdout.close()
    with open(out, encoding="utf-8") as f:
        lines = [json.loads(line) for line in f]
    equal("server: the file", [{"request": 1, **line} for line in decode.decode_otlp(otlp_request().SerializeToString())], [line for line in lines if line["request"] == 1][1:])
    words = ("gzip: Error", "something behind it", "cut off, or", "path: /", "Content-Type: text/plain", "Content-Encoding: br", "field 15 is not known")
    errors = [line for line in lines if "error" in line]
    equal("server: errors in the file", [(i + 8, True) for i in range(len(words))], [(e["request"], w in e["error"]) for e, w in zip(errors, words)])


def server_tls(folder):
    cert, key = os.path.join(folder, "cert"), os.path.join(folder, "key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, stderr=subprocess.DEVNULL)
    server, port = start_server(os.path.join(folder, "tls"), "--cert", cert, "--key", key)
    c = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=ssl.create_default_context(cafile=cert))
    equal("server: TLS", 200, post(c, gzip.compress(otlp_request().SerializeToString()))[0])
    server.terminate()
    server.wait()
    server.stdout.close()


def main():
    decode.need_protobuf()
    prom_good()
    prom_bad()
    otlp_good()
    otlp_bad()
    with tempfile.TemporaryDirectory(prefix="gmproto") as folder:
        server_answers(folder)
        server_tls(folder)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
