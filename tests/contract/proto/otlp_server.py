#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Receives metrics by OTLP/HTTP for tests, on loopback. Prints its port; before each answer, appends to a file:

    {"request": N, "path", "headers": {}, "bytes", "answer"}
    {"request": N, "error": "..."}          the request cannot be decoded (always answered by 400)
    {"request": N, ...}                     the lines of decode.py

    otlp_server.py --out FILE [--answers LIST] [--hold SECONDS] [--port N] [--cert PEM --key PEM]

LIST has the answers in order, of which the last is repeated: a status code; CODE:SECONDS with Retry-After; partial (200, 3
data points rejected); drop (closes the connection without an answer); slow (closes it after --hold seconds).
"""
import argparse
import http.server
import json
import os
import socketserver
import ssl
import sys
import threading
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import decode  # noqa: E402

BODY_MAX = 64 << 20


def gunzip(data):
    z = zlib.decompressobj(31)
    try:
        body = z.decompress(data, BODY_MAX)
    except zlib.error as e:
        raise decode.Bad("gzip: %s" % e) from e
    if not z.eof or z.unused_data:
        raise decode.Bad("gzip: cut off, or something behind it")
    return body


class Receiver(http.server.ThreadingHTTPServer):
    """The server with its answers and its file; each connection has a thread."""

    daemon_threads = True

    def __init__(self, args):
        super().__init__(("127.0.0.1", args.port), Handler)
        self.answers = args.answers.split(",")
        self.hold = args.hold
        self.lock = threading.Lock()
        self.count = 0
        self.out = open(args.out, "a", encoding="utf-8")
        if args.cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(args.cert, args.key)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def server_bind(self):
        """Bind without asking a name server for this machine's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        """Ignore a client that closes the connection or does not trust the certificate."""

    def note_request(self, path, headers, body):
        """Append a request to the file; return the answer."""
        with self.lock:
            answer = self.answers[min(self.count, len(self.answers) - 1)]
            self.count += 1
            try:
                lines = self.read(path, headers, body)
            except decode.Bad as e:
                lines, answer = [{"error": str(e)}], "400"
            head = {"path": path, "headers": headers, "bytes": len(body), "answer": answer}
            for line in [head] + lines:
                self.out.write(json.dumps({"request": self.count, **line}, ensure_ascii=False) + "\n")
            self.out.flush()
        return answer

    @staticmethod
    def read(path, headers, body):
        if not path.split("?")[0].endswith("/v1/metrics"):
            raise decode.Bad("path: %s" % path)
        if headers.get("content-type") != "application/x-protobuf":
            raise decode.Bad("Content-Type: %s" % headers.get("content-type"))
        encoding = headers.get("content-encoding", "identity")
        if encoding not in ("gzip", "identity"):
            raise decode.Bad("Content-Encoding: %s" % encoding)
        return decode.decode_otlp(gunzip(body) if encoding == "gzip" else body)


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Log nothing, as the file has all requests."""

    def do_POST(self):
        headers = {k.lower(): v for k, v in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        answer = self.server.note_request(self.path, headers, body)
        if answer in ("drop", "slow"):
            if answer == "slow":
                time.sleep(self.server.hold)
            self.close_connection = True
        else:
            self.answer(answer)

    def answer(self, answer):
        otlp = decode.schema("otlp")
        code, _, after = answer.partition(":")
        message = otlp.ExportMetricsServiceResponse()
        if code == "partial":
            code = "200"
            message.partial_success.rejected_data_points = 3
            message.partial_success.error_message = "three of them are not to our taste"
        elif not code.startswith("2"):
            message = otlp.Status(code=2, message="as the script says")
        body = message.SerializeToString()
        self.send_response(int(code))
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(body)))
        if after:
            self.send_header("Retry-After", after)
        self.end_headers()
        self.wfile.write(body)


def check_answers(text):
    for answer in text.split(","):
        code, _, after = answer.partition(":")
        if answer not in ("partial", "drop", "slow") and not (code.isdigit() and 200 <= int(code) <= 599 and (not after or after.isdigit())):
            raise argparse.ArgumentTypeError("%r is no answer" % answer)
    return text


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--answers", type=check_answers, default="200")
    p.add_argument("--hold", type=float, default=3600)
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--cert")
    p.add_argument("--key")
    args = p.parse_args()
    decode.schema("otlp")
    server = Receiver(args)
    print(server.server_address[1], flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
