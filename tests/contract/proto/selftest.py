#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests decode.py and otlp_server.py with messages that Google's library makes: a good one and each kind of bad one."""
import gzip
import http.client
import json
import math
import os
import ssl
import subprocess
import sys
import tempfile

from google.protobuf import text_format
from google.protobuf.internal.encoder import _VarintBytes

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import decode  # noqa: E402

PROM = ["""name: "a_total" help: "of what" unit: "bytes" type: COUNTER
metric { label { name: "vm" value: "\\303\\274" } counter { value: 3 created_timestamp { seconds: 5 nanos: 7 } } }""",
        """name: "h" type: HISTOGRAM metric { histogram { sample_count: 10 sample_sum: 1.5 schema: 3 zero_threshold: 0.5 zero_count: 2
positive_span { offset: -3 length: 2 } positive_span { offset: 4 length: 3 } positive_delta: [2, -1, -1, 0, 5]
bucket { upper_bound: 0.5 cumulative_count: 4 } bucket { upper_bound: inf cumulative_count: 10 } } }"""]
NATIVE = {"name": "h", "help": "", "labels": {}, "count": 10, "sum": 1.5, "schema": 3, "zero_threshold": 0.5, "zero_count": 2,
          "buckets": {"-3": 2, "-2": 1, "5": 5}}
PROM_LINES = [{"name": "a_total", "type": "counter", "help": "of what", "unit": "bytes", "labels": {"vm": "\u00fc"}, "value": 3.0,
               "created": 5000000007},
              {**NATIVE, "type": "histogram", "unit": "", "classic": [(0.5, 4), (math.inf, 10)]}]
OTLP = """resource_metrics { resource { attributes { key: "host.name" value { string_value: "h" } } }
scope_metrics { scope { name: "s" version: "1" }
  metrics { name: "a" description: "of what" unit: "By" sum { aggregation_temporality: 2 is_monotonic: true
    data_points { start_time_unix_nano: 5 time_unix_nano: 9 as_int: 3 attributes { key: "vm" value { int_value: 4 } } } } }
  metrics { name: "g" gauge { data_points { time_unix_nano: 9 as_double: inf } } }
  metrics { name: "h" unit: "s" exponential_histogram { aggregation_temporality: 2
    data_points { start_time_unix_nano: 5 time_unix_nano: 9 count: 10 sum: 1.5 scale: 3 zero_count: 2 min: 0 max: 2 zero_threshold: 0.5
      positive { offset: -4 bucket_counts: [2, 1, 0, 0, 0, 0, 0, 0, 5] } } } } } }"""
OTLP_LINES = [{"resource": {"host.name": "h"}, "scope": {"name": "s", "version": "1"}},
              {"name": "a", "type": "sum", "help": "of what", "unit": "By", "labels": {"vm": 4}, "value": 3, "is_monotonic": True, "time": 9,
               "created": 5},
              {"name": "g", "type": "gauge", "help": "", "unit": "", "labels": {}, "value": math.inf, "time": 9, "created": 0},
              {**NATIVE, "type": "exponential_histogram", "unit": "s", "min": 0.0, "max": 2.0, "time": 9, "created": 5}]

# Bad messages: the change of the text (or bytes to add behind the first message), and words of the error.
PROM_BAD = [("an unknown field", b"\x32\x01x", "field 6 is not known"),
            ("told twice", b"\x0a\x01b", "told twice"),
            ("a wrong wire type", b"\x25\0\0\0\0", "wrong wire type"),
            ("not UTF-8", b"\x22\x05\x0a\x03\x0a\x01\xff", "Error"),
            ("a family twice", ('"h"', '"a_total"'), "comes twice"),
            ("a series twice", ("metric { label", "metric { counter { value: 3 } } metric { counter { value: 4 } } metric { label"), "comes twice"),
            ("a label twice", ("label {", 'label { name: "vm" } label {'), "label 'vm'"),
            ("a gauge in a counter", ("counter {", "gauge { value: 1 } counter {"), "gauge is not"),
            ("no value", ("value: 3", ""), "no value"),
            ("counts do not add up", ("0, 5]", "0, 6]"), "the buckets hold 11"),
            ("a bucket below zero", ("[2, -1", "[2, -3"), "holds -1"),
            ("spans too short", ("0, 5]", "0, 5, 1]"), "without a span"),
            ("spans run back", ("offset: 4", "offset: -4"), "run back"),
            ("classic buckets fall", ("cumulative_count: 4", "cumulative_count: 11"), "do not rise")]
OTLP_BAD = [("an unknown field", b"\x10\x01", "field 2 is not known"),
            ("two kinds of data", b"\x0a\x0b\x12\x09\x12\x07\x0a\x01a\x2a\x00\x3a\x00", "told twice"),
            ("a metric twice", ('"g"', '"a"'), "comes twice"),
            ("a point twice", ("{ time", "{ time_unix_nano: 8 as_int: 1 } data_points { time"), "comes twice"),
            ("no temporality", ("aggregation_temporality: 2 is", "is"), "not cumulative"),
            ("begins after it ends", ("nano: 5", "nano: 10"), "from 10 to 9"),
            ("counts do not add up", ("count: 10", "count: 9"), "count is 9")]


def tell(what, want, got):
    good = got == want or (isinstance(want, str) and want in str(got))
    print("%s proto: %s" % ("ok", what) if good else "not ok proto: %s: expected %s got %s" % (what, want, got))


def made(cls, text):
    return text_format.Parse(text, cls()).SerializeToString()


def prom(*texts, behind=b""):
    messages = [made(decode.schema("prom_client").MetricFamily, t) for t in texts]
    messages[0] += behind
    return b"".join(_VarintBytes(len(m)) + m for m in messages)


def otlp(text=OTLP, behind=b""):
    return made(decode.schema("otlp").ExportMetricsServiceRequest, text) + behind


def error_of(decoder, data):
    try:
        return "taken: %s" % decoder(data)
    except decode.Bad as e:
        return "Error: %s" % e


def check(kind, decoder, make, good, texts, bad):
    tell("%s: a good one" % kind, good, decoder(make(*texts)))
    tell("%s: nothing is nothing" % kind, [], decoder(b""))
    tell("%s: cut off" % kind, "Error: ", error_of(decoder, make(*texts)[:-1]))
    for what, change, words in bad:
        changed = texts if isinstance(change, bytes) else [t.replace(*change) for t in texts]
        tell("%s: %s" % (kind, what), words, error_of(decoder, make(*changed, behind=change if isinstance(change, bytes) else b"")))


# ---- the server ----

class Server:
    """Runs otlp_server.py; posts to it."""

    def __init__(self, folder, *args, cert=None):
        self.out = os.path.join(folder, "out")
        server = [os.path.join(decode.HERE, "otlp_server.py"), "--out", self.out, *args]
        self.process = subprocess.Popen(server, stdout=subprocess.PIPE, text=True)
        where, ours = ("127.0.0.1", int(self.process.stdout.readline())), {"timeout": 30}
        context = cert and ssl.create_default_context(cafile=cert)
        self.c = http.client.HTTPSConnection(*where, context=context, **ours) if cert else http.client.HTTPConnection(*where, **ours)

    def post(self, body, path="/v1/metrics", content="application/x-protobuf", encoding="gzip"):
        try:
            self.c.request("POST", path, body, {"Content-Type": content, "Content-Encoding": encoding})
            r = self.c.getresponse()
            return r.status, r.getheader("Retry-After"), r.read()
        except (http.client.RemoteDisconnected, ConnectionResetError):
            self.c.close()
            return 0, None, b""

    def end(self):
        """End the server; return the lines of its file."""
        self.process.terminate()
        self.process.communicate()
        with open(self.out, encoding="utf-8") as f:
            return [json.loads(line) for line in f]


def server_answers(folder):
    s, good, schema = Server(folder, "--answers", "200,429:7,partial,drop,slow,503", "--hold", "0.1"), gzip.compress(otlp()), decode.schema("otlp")
    tell("server: 200", (200, None, b""), s.post(good))
    code, after, answer = s.post(good)
    tell("server: Retry-After", (429, "7", "as the script says"), (code, after, schema.Status.FromString(answer).message))
    code, after, answer = s.post(good)
    tell("server: partial success", 3, schema.ExportMetricsServiceResponse.FromString(answer).partial_success.rejected_data_points)
    tell("server: drop, slow, and the last for ever", [0, 0, 503, 503], [s.post(good)[0] for _ in range(4)])
    bad = {"gzip: Error": s.post(b"plain"), "something behind it": s.post(good + b"x"), "path: /": s.post(good, path="/"),
           "Content-Type: text/plain": s.post(good, content="text/plain"), "Content-Encoding: br": s.post(good, encoding="br"),
           "ExportMetricsServiceRequest: ": s.post(gzip.compress(b"x"))}
    tell("server: what cannot be read", [400] * len(bad), [answer[0] for answer in bad.values()])
    lines = s.end()
    tell("server: the file", OTLP_LINES, [{k: v for k, v in line.items() if k != "request"} for line in lines if line["request"] == 1][1:])
    for words, line in zip(bad, [line for line in lines if "error" in line]):
        tell("server: %s" % words, words, line["error"])


def server_tls(folder):
    cert, key = os.path.join(folder, "cert"), os.path.join(folder, "key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, stderr=subprocess.DEVNULL)
    s = Server(folder, "--cert", cert, "--key", key, cert=cert)
    tell("server: TLS", 200, s.post(gzip.compress(otlp()))[0])
    s.end()


check("prom", decode.decode_prom, prom, PROM_LINES, PROM, PROM_BAD)
check("otlp", decode.decode_otlp, otlp, OTLP_LINES, [OTLP], OTLP_BAD)
for part in server_answers, server_tls:
    with tempfile.TemporaryDirectory(prefix="gmproto") as work:
        part(work)
