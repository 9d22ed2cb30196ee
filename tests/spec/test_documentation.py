"""The site in docs/: it builds without a warning, requests nothing from other hosts, and its generated parts are complete."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from contract_tests.contract.requirements import SPEC, catalogue
from mock_server.faults import FAULTS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r'\]\(([^)]+)\)|src="([^"]+)"')
LOADED = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}


class _Loaded(HTMLParser):
    """Collects the addresses that a browser loads with a page. Links that a reader follows are not among them."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get(LOADED.get(tag, ""))
        if address:
            self.addresses.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("furo", reason="needs the extra docs")
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-n",
        "-E",
        str(ROOT / "docs"),
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_pages_load_nothing_from_other_hosts(site: Path) -> None:
    pages = list(site.glob("*.html"))
    assert len(pages) > 15
    for page in pages:
        reader = _Loaded()
        reader.feed(page.read_text(encoding="utf-8"))
        assert reader.addresses
        assert not [address for address in reader.addresses if re.match(r"(https?:)?//", address)], page.name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", sheet.read_text(encoding="utf-8")), (
            sheet.name
        )


def test_catalogue_has_every_requirement_and_fault(site: Path) -> None:
    text = (site / "requirements.html").read_text(encoding="utf-8")
    for id_, row in catalogue().items():
        assert f'id="{id_.lower()}"' in text
        assert f"<h3>{id_}<" in text
        assert all(source for source in row.source)
    for name in FAULTS:
        assert f">{name}<" in text


def test_deployment_page_has_every_key(site: Path) -> None:
    text = (site / "deployment-file.html").read_text(encoding="utf-8")
    properties = json.loads((SPEC / "deployment.schema.json").read_text(encoding="utf-8"))["properties"]
    names = [name for table in properties.values() for name in table.get("properties", {})]
    for name in names:
        assert f'<span class="pre">{name}</span>' in text


def test_control_page_has_every_operation(site: Path) -> None:
    text = (site / "control-api.html").read_text(encoding="utf-8")
    document = yaml.safe_load((ROOT / "mock_server/control/control.yaml").read_text(encoding="utf-8"))
    for path, item in document["paths"].items():
        for method in {"get", "post", "put", "patch", "delete"} & set(item):
            assert f'<span class="pre">{method.upper()}</span> <span class="pre">{path}</span>' in text


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"])
def test_relative_links_lead_to_files(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for found in LINK.finditer(text):
        target = (found[1] or found[2]).partition("#")[0]
        assert "://" in target or not target or (ROOT / target).exists(), target


@pytest.mark.parametrize("package", ["change_gate", "contract_tests", "mock_server", "tests"])
def test_architecture_names_each_module_and_folder(package: str) -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.partition(f"## {package}/\n")[2].partition("\n## ")[0]
    paths = [path for path in (ROOT / package).iterdir() if not path.name.startswith((".", "__", "test_"))]
    names = {f"{path.name}/" if path.is_dir() else path.name for path in paths} - {"py.typed"}
    assert sorted(name for name in names if f"`{name}`" not in section) == []


def test_gate_compares_with_the_latest_released_document() -> None:
    released = (ROOT / "spec" / "released").glob("caseiq-openapi-*.yaml")
    latest = max(released, key=lambda path: [int(part) for part in re.findall(r"\d+", path.stem)]).name
    for path in (ROOT / "tox.ini", ROOT / ".github" / "workflows" / "tests.yml"):
        named = re.findall(r"spec/released/([\w.-]+)", path.read_text(encoding="utf-8"))
        assert set(named) == {latest}, f"{path.name} names another version than {latest}"


def test_published_readme_has_absolute_links() -> None:
    absolute = runpy.run_path(str(ROOT / ".github" / "absolute_links.py"))["absolute"]
    targets = [
        found[1] or found[2] for found in LINK.finditer(absolute(README, "https://host/owner/name", "v1"))
    ]
    assert "https://host/owner/name/raw/v1/docs/verdict.svg" in targets
    assert "https://host/owner/name/blob/v1/docs/check-a-tenant.md" in targets
    assert all(target.startswith("https://") for target in targets)


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.name)
def test_github_file_is_valid_yaml(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)
