"""The style and script files of the pages: joined at start, named by their content, compressed once.

Entry files are `static/css/<bundle>.css` and `static/js/<bundle>.js`; both run unjoined in a browser too.
A CSS entry holds one `@import "./file.css";` a line. A JS module imports from its own folder, one line an
import, named and without renaming; it exports declarations only, under names that no other module exports.
Joined, a module that exports stands in the bundle's scope and every other one in a block of its own. What
comes from `vendor/` stands before all of them, untouched, as a classic script. No other tool takes part.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for

from servicedesk.identity.permissions import public

STATIC = Path(__file__).with_name("static")
BUNDLES = ("customer.css", "desk.css", "customer.js", "desk.js")
CONTENT_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

_CSS_IMPORT = re.compile(r'^@import "\./([\w.-]+)";$', re.MULTILINE)
_JS_IMPORT = re.compile(r'^import (?:\{[^}]+\} from )?"(\.[\w./-]+)";\n', re.MULTILINE)
_JS_EXPORT = re.compile(r"^export (?=async function|function|class|const)", re.MULTILINE)
_JS_COMMENT_LINE = re.compile(r"^\s*//.*\n", re.MULTILINE)

blueprint = Blueprint("assets", __name__, url_prefix="/assets")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent; `digest` is of its content and part of its address."""

    name: str
    content_type: str
    body: bytes
    gzipped: bytes
    digest: str


def build_assets(folder: Path = STATIC) -> Mapping[str, Asset]:
    """Return every file that pages may name, by name. Raises FileNotFoundError for a broken import."""
    texts = {"icon.svg": (folder / "icon.svg").read_text(encoding="utf-8")}
    for name in BUNDLES:
        join = joined_css if name.endswith(".css") else joined_js
        texts[name] = join(folder / name.rpartition(".")[2] / name)
    return {name: _asset(name, text.encode()) for name, text in texts.items()}


def _asset(name: str, body: bytes) -> Asset:
    return Asset(
        name=name,
        content_type=CONTENT_TYPES[Path(name).suffix],
        body=body,
        gzipped=gzip.compress(body, compresslevel=9, mtime=0),
        digest=hashlib.sha256(body).hexdigest()[:16],
    )


def joined_css(entry: Path) -> str:
    """Return the files that `entry` imports, in their order, without comments and needless space."""
    text = _CSS_IMPORT.sub(
        lambda found: (entry.parent / found[1]).read_text(encoding="utf-8"), entry.read_text(encoding="utf-8")
    )
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,]) ?", r"\1", text)
    return text.replace(": ", ":").replace(";}", "}").strip() + "\n"


def joined_js(entry: Path) -> str:
    """Return the modules that `entry` reaches, each once, what is imported before what imports it."""
    order: list[Path] = []
    _collect(entry.resolve(), order)
    vendored = [path for path in order if path.parent.name == "vendor"]
    own = [_module(path) for path in order if path.parent.name != "vendor"]
    scope = ["(() => {", '"use strict";', *own, "})();"]
    return "\n".join([*(path.read_text(encoding="utf-8") for path in vendored), *scope]) + "\n"


def _collect(path: Path, order: list[Path]) -> None:
    if path in order:
        return
    if path.parent.name != "vendor":
        for name in _JS_IMPORT.findall(path.read_text(encoding="utf-8")):
            _collect((path.parent / name).resolve(), order)
    order.append(path)


def _module(path: Path) -> str:
    """Return one module's code for the common scope: only those that export are visible to the others."""
    text = _JS_COMMENT_LINE.sub("", _JS_IMPORT.sub("", path.read_text(encoding="utf-8"))).strip()
    shared = _JS_EXPORT.sub("", text)
    return shared if shared != text else f"{{\n{text}\n}}"


def init_assets(app: Flask, folder: Path = STATIC) -> None:
    """Build the files, serve them under /assets/ and give templates `asset_url`."""
    app.extensions["assets"] = build_assets(folder)
    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset_url"] = asset_url


def _assets() -> Mapping[str, Asset]:
    built: Mapping[str, Asset] = current_app.extensions["assets"]
    return built


def asset_url(name: str) -> str:
    """Return the address of one file; it changes with its content. Raises KeyError for an unknown name."""
    return url_for("assets.file", digest=_assets()[name].digest, name=name)


@blueprint.get("/<digest>/<name>")
@public
def file(digest: str, name: str) -> Response:
    """Answer with a file, compressed where the browser takes it, to be kept for ever.

    While versions change over, a page of the old one may ask for its own digest: it gets today's file, which
    is better than none, but must not keep it under that address.
    """
    asset = _assets().get(name) or abort(404)
    packed = bool(request.accept_encodings["gzip"])
    response = Response(
        asset.gzipped if packed else asset.body, content_type=f"{asset.content_type}; charset=utf-8"
    )
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if digest == asset.digest else "no-cache"
    )
    response.set_etag(f"{asset.digest}{'-gzip' if packed else ''}")
    response.make_conditional(request)
    return response
