"""What was taken from others is what it is said to be, and nothing comes from elsewhere at run time."""

import hashlib
import re
import tomllib

import pytest

from tests.portal.pages.po import CHECKOUT

STATIC = CHECKOUT / "portal/static"
VENDOR = STATIC / "vendor"
PACKAGES = tomllib.loads((VENDOR / "VENDOR.toml").read_text())["package"]
TEMPLATES = sorted((CHECKOUT / "templates").rglob("*.html"))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_it_works(package: dict[str, dict[str, str]]) -> None:
    assert package["version"]
    assert package["licence"]
    assert any(name.endswith("LICENSE") for name in package["files"])
    for name, digest in package["files"].items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_every_file_is_listed() -> None:
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert present - {"VENDOR.toml"} == {name for package in PACKAGES for name in package["files"]}


def test_every_icon_in_use_is_there_and_no_other() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "tabler-icons/sprite.svg").read_text()))
    used: set[str] = set()
    for path in TEMPLATES:
        text = path.read_text()
        used.update(re.findall(r'<c-icon name="([a-z0-9-]+)"', text))
        used.update(re.findall(r'<c-[a-z-]+[^>]*\sicon="([a-z0-9-]+)"', text))
    used |= {"alert-triangle", "circle-check"}  # what an alert shows unless it is told otherwise
    assert sprite == used


def test_no_page_loads_anything_from_elsewhere() -> None:
    ours = [STATIC / "css/tollgate.css", STATIC / "js/theme.js", STATIC / "js/tollgate.js"]
    for path in [*TEMPLATES, *ours]:
        loaded = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", path.read_text())
        assert not loaded, path


def test_no_template_needs_an_inline_style_or_script() -> None:
    for path in TEMPLATES:
        text = path.read_text()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|hx-on", text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path


def test_the_theme_is_chosen_in_a_few_lines_before_the_first_paint() -> None:
    assert len((STATIC / "js/theme.js").read_text().splitlines()) <= 15
    head = (CHECKOUT / "templates/base.html").read_text().partition("</head>")[0]
    assert head.index("theme.js") < head.index("stylesheet")


def test_every_component_is_used() -> None:
    pages = "".join(path.read_text() for path in TEMPLATES)
    components = {path.stem.replace("_", "-") for path in (CHECKOUT / "templates/cotton").glob("*.html")}
    assert not [name for name in components if f"<c-{name}" not in pages]


def test_every_component_in_use_is_there() -> None:
    used = {name for path in TEMPLATES for name in re.findall(r"<c-([a-z-]+)", path.read_text())} - {"vars"}
    assert not [
        name for name in used if not (CHECKOUT / f"templates/cotton/{name.replace('-', '_')}.html").exists()
    ]
