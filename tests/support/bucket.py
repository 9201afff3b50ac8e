"""A bucket on loopback that speaks the part of S3 that the desk uses, and believes only right signatures.

Signatures are made again from AWS's description of Signature Version 4, from the request as it arrived.
"""

import hashlib
import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

KEY, SECRET, REGION = "desk-key", "known-to-the-tests-alone", "eu-test-1"


def digest(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Bucket:
    """What was put, by path; `refused` counts requests whose signature was wrong."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.refused = 0
        self.url = ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def log_message(self, *_said: object) -> None:
        pass

    def signature(self, signed: str, scope: str, day: str, body: bytes) -> str:
        parts = urlsplit(self.path)
        pairs = sorted(
            (quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(parts.query, True)
        )
        headers = "".join(f"{name}:{' '.join(self.headers[name].split())}\n" for name in signed.split(";"))
        said = self.headers["x-amz-content-sha256"]
        assert said in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest())
        query = "&".join(f"{k}={v}" for k, v in pairs)
        canonical = "\n".join((self.command, parts.path, query, headers, signed, said))
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = "\n".join(("AWS4-HMAC-SHA256", self.headers["x-amz-date"], scope, hashed))
        key = f"AWS4{SECRET}".encode()
        for step in (day, REGION, "s3", "aws4_request"):
            key = digest(key, step)
        return digest(key, to_sign).hex()

    def is_signed(self, body: bytes) -> bool:
        kind, _space, rest = self.headers.get("Authorization", "").partition(" ")
        fields = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        key, _slash, scope = fields.get("Credential", "").partition("/")
        if kind != "AWS4-HMAC-SHA256" or key != KEY or "host" not in fields["SignedHeaders"]:
            return False
        made = self.signature(fields["SignedHeaders"], scope, scope.partition("/")[0], body)
        return hmac.compare_digest(made, fields["Signature"])

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.is_signed(body):
            self.bucket.refused += 1
            self.answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
            return
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        getattr(self, f"on_{self.command.lower()}")(parts.path.removeprefix("/files/"), query, body)

    do_GET = do_PUT = do_HEAD = do_POST = handle_any  # noqa: N815  (named by the library)

    def on_put(self, key: str, query: dict[str, str], body: bytes) -> None:
        if "uploadId" in query:
            self.bucket.parts[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.bucket.objects[key] = body
        self.answer(200, ETag=f'"{hashlib.sha256(body).hexdigest()[:32]}"')

    def on_post(self, key: str, query: dict[str, str], body: bytes) -> None:
        if "delete" in query:
            self.delete(re.findall(r"<Key>([^<]+)</Key>", body.decode()))
            return
        if "uploads" in query:
            self.bucket.parts[key] = {}
            made = f"<UploadId>{key}</UploadId>"
            self.answer(
                200, f"<InitiateMultipartUploadResult>{made}</InitiateMultipartUploadResult>".encode()
            )
            return
        parts = self.bucket.parts.pop(query["uploadId"])
        self.bucket.objects[key] = b"".join(parts[number] for number in sorted(parts))
        done = "<CompleteMultipartUploadResult><ETag>&quot;1&quot;</ETag></CompleteMultipartUploadResult>"
        self.answer(200, done.encode())

    def delete(self, keys: list[str]) -> None:
        for key in keys:
            self.bucket.objects.pop(key, None)
        told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self.answer(200, f"<DeleteResult>{told}</DeleteResult>".encode())

    def on_head(self, key: str, query: dict[str, str], body: bytes) -> None:
        self.on_get(key, query, body)

    def on_get(self, key: str, query: dict[str, str], _body: bytes) -> None:
        if "list-type" in query:
            self.answer(200, self.listing(), Content_Type="application/xml")
        elif key not in self.bucket.objects:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self.give(self.bucket.objects[key])

    def give(self, data: bytes) -> None:
        about = {"Last_Modified": "Mon, 16 Nov 2026 10:00:00 GMT", "ETag": '"1"'}
        wanted = self.headers.get("Range")
        if wanted is None:
            self.answer(200, data, **about)
            return
        first, _dash, last = wanted.removeprefix("bytes=").partition("-")
        end = min(int(last) + 1 if last else len(data), len(data))
        place = f"bytes {first}-{end - 1}/{len(data)}"
        self.answer(206, data[int(first) : end], Content_Range=place, **about)

    def listing(self) -> bytes:
        rows = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(data)}</Size><ETag>1</ETag>"
            "<LastModified>2026-11-16T10:00:00.000Z</LastModified></Contents>"
            for key, data in sorted(self.bucket.objects.items())
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()


@contextmanager
def running_bucket() -> Iterator[Bucket]:
    """Run a bucket called `files` for the length of the block."""
    bucket = Bucket()
    handler = type("BucketHandler", (Handler,), {"bucket": bucket})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    bucket.url = f"http://127.0.0.1:{server.server_port}/files"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield bucket
    server.shutdown()
    server.server_close()
