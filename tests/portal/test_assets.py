"""Static files: joined in order, named by content, sent compressed and kept for ever (R27)."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.assets import asset_url, build_assets, init_assets, joined_css, joined_js


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__, static_folder=None)
    init_assets(app)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def address(app: Flask, name: str) -> str:
    with app.test_request_context():
        return asset_url(name)


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_style_sheets_are_joined_in_the_order_of_their_imports(tmp_path: Path) -> None:
    first, second = ".b { margin: 0; }\n", "/* why */ .a,\n.c { color: var(--x); }\n"
    entry = '@import "./b.css";\n@import "./a.css";\n'
    written(tmp_path, {"b.css": first, "a.css": second, "all.css": entry})

    assert joined_css(tmp_path / "all.css") == ".b{margin:0}.a,.c{color:var(--x)}\n"


def test_a_script_stands_after_what_it_imports_and_vendored_code_before_all(tmp_path: Path) -> None:
    files = {
        "vendor/lib.js": "var lib = 1;\n",
        "js/all.js": 'import "./use.js";\nimport "../vendor/lib.js";\n',
        "js/use.js": 'import { help } from "./help.js";\nconst calm = 1; // kept\nhelp(calm);\n',
        "js/help.js": "// gone\nexport function help() {}\n",
    }
    written(tmp_path, files)

    joined = joined_js(tmp_path / "js/all.js")

    assert (
        joined.index("var lib")
        < joined.index("use strict")
        < joined.index("function help")
        < joined.index("calm")
    )
    assert "import" not in joined
    assert "export" not in joined
    assert "{\nconst calm = 1; // kept" in joined


def test_a_missing_import_stops_the_start(tmp_path: Path) -> None:
    written(tmp_path, {"all.css": '@import "./gone.css";\n'})

    with pytest.raises(FileNotFoundError):
        joined_css(tmp_path / "all.css")


def test_the_address_changes_with_the_content(tmp_path: Path) -> None:
    before = build_assets()["icon.svg"].digest
    names = ("css/customer.css", "css/desk.css", "js/customer.js", "js/desk.js")
    written(tmp_path, {"icon.svg": "<svg/>", **dict.fromkeys(names, "")})

    assert build_assets(tmp_path)["icon.svg"].digest != before


def test_a_file_is_sent_compressed_and_kept_for_ever(app: Flask, client: FlaskClient) -> None:
    answer = client.get(address(app, "desk.css"), headers={"Accept-Encoding": "gzip, br"})

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.content_type == "text/css; charset=utf-8"
    assert b".queue" in gzip.decompress(answer.data)


def test_a_browser_that_cannot_unpack_gets_plain_text(app: Flask, client: FlaskClient) -> None:
    answer = client.get(address(app, "desk.js"), headers={"Accept-Encoding": "gzip;q=0"})

    assert "Content-Encoding" not in answer.headers
    assert b"queue-list" in answer.data


def test_an_old_address_answers_but_is_not_kept(client: FlaskClient) -> None:
    answer = client.get("/assets/0000000000000000/customer.css")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


def test_an_unchanged_file_is_not_sent_again(app: Flask, client: FlaskClient) -> None:
    url = address(app, "icon.svg")
    first = client.get(url)

    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304


@pytest.mark.parametrize("name", ["tokens.css", "..%2fassets.py", "htmx.LICENSE.txt"])
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/assets/0000000000000000/{name}").status_code == 404
