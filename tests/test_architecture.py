"""The rules that a compiler does not check: arrows between crates, reasons for dependencies, links, sizes.

Needs no build and no network. Every check is a function from text to faults, and has a planted fault that turns it
red.
"""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# The arrows of docs/architecture.md. A crate may use everything that lies further along its arrows.
ARROWS = {
    "scim": set(),
    "scim-client": {"scim"},
    "directory": {"scim"},
    "provision": {"scim-client", "directory"},
    "console": set(),
    "server": {"provision", "directory", "console"},
    "conformance": {"scim-client"},
}
LINES = 900

CRATES = sorted((ROOT / "crates").iterdir())


def files(*patterns):
    """The files of the project, those that are not committed yet included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in sorted(set(names)) if name and (ROOT / name).is_file()]


def text_of(path):
    """The text of a file; none for one that is no text."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def reachable(crate):
    further = ARROWS[crate]
    return further.union(*(reachable(next) for next in further))


def tables(manifest):
    """Every table of dependencies in a manifest, those for some systems only included."""
    for holder in [manifest, *manifest.get("target", {}).values()]:
        for kind in ("dependencies", "dev-dependencies", "build-dependencies"):
            yield holder.get(kind, {})


def wrong_arrows(crate, manifest):
    used = {name for table in tables(tomllib.loads(manifest)) for name in table if name in ARROWS}
    return sorted(used - reachable(crate))


@pytest.mark.parametrize("crate", CRATES, ids=lambda crate: crate.name)
def test_arrows_point_one_way(crate):
    assert crate.name in ARROWS, f"{crate.name} has no place in docs/architecture.md"
    manifest = (crate / "Cargo.toml").read_text()
    assert tomllib.loads(manifest)["package"]["name"] == crate.name
    assert wrong_arrows(crate.name, manifest) == []


def test_a_wrong_arrow_is_seen():
    assert wrong_arrows("directory", "[dependencies]\nprovision.workspace = true\n") == ["provision"]
    assert wrong_arrows("scim", "[dev-dependencies]\nscim-client = { path = '../scim-client' }\n") == ["scim-client"]
    assert wrong_arrows("scim-client", "[target.'cfg(unix)'.dependencies]\ndirectory.workspace = true\n") == ["directory"]
    assert wrong_arrows("server", "[dependencies]\nscim.workspace = true\n") == []


def unexplained(manifest):
    """Dependencies without a comment on their line. One from the workspace inherits the comment it has there."""
    found, section, entry = [], "", ""
    for line in manifest.splitlines():
        if not entry and (header := re.match(r"\[([^\[\]]+)\]", line)):
            section = header[1]
            continue
        if not section.endswith("dependencies") or not (entry or re.match(r"[\w\"-]", line)):
            continue
        entry += line + "\n"
        if entry.count("[") > entry.count("]") or entry.count("{") > entry.count("}"):
            continue
        name = re.split(r"[\s.=]", entry, maxsplit=1)[0].strip('"')
        inherits = section != "workspace.dependencies" and re.search(r"\bworkspace\s*=\s*true", entry)
        if not inherits and not re.search(r"#\s*\w", entry):
            found.append(name)
        entry = ""
    return found


@pytest.mark.parametrize("manifest", ["Cargo.toml", *(f"crates/{crate.name}/Cargo.toml" for crate in CRATES)])
def test_every_dependency_says_what_it_is_for(manifest):
    assert unexplained((ROOT / manifest).read_text()) == []


def test_an_unexplained_dependency_is_seen():
    assert unexplained('[dependencies]\nfoo = "1"\nbar = "1" # for bars\nscim.workspace = true\n') == ["foo"]
    assert unexplained('[workspace.dependencies]\n# Data.\nfoo = { version = "1" }\n') == ["foo"]
    assert unexplained('[dev-dependencies]\nfoo = { version = "1", features = [\n  "a",\n] }\n') == ["foo"]
    assert unexplained('[package]\nname = "foo"\n') == []


def anchors(markdown):
    """What a link may name after `#`: headings, as code hosts write them."""
    headings = re.findall(r"^#+\s+(.+?)\s*$", without_code(markdown), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_code(markdown):
    return re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)


def broken_links(path, markdown):
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code(markdown)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name) if name else path
        known = target.exists() and (not anchor or anchor in anchors(markdown if target == path else target.read_text()))
        if not known:
            broken.append(link)
    return broken


def test_links_lead_somewhere():
    broken = {str(path.relative_to(ROOT)): broken_links(path, path.read_text()) for path in files("*.md")}
    assert {path: links for path, links in broken.items() if links} == {}


def test_a_broken_link_is_seen():
    readme = ROOT / "README.md"
    assert broken_links(readme, "[a](docs/nothing.md) [b](LICENSE) [c](https://x.test)") == ["docs/nothing.md"]
    assert broken_links(readme, "# One two\n[a](#one-two) [b](#three)") == ["#three"]


def test_the_readme_names_the_two_commands():
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    for target in ("run", "test"):
        assert re.search(rf"^make {target}\b", readme, re.MULTILINE), f"the README does not name make {target}"
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"the Makefile has no target {target}"


# In pieces, so that this file does not name what it looks for. Lock files name their registry by nature.
FOLDERS = "|".join(["wo" + "rk", "ro" + "ot"])
HOSTS = ["crates" + ".io", "pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com"]
LOCAL = re.compile(rf"(?<![\w.~$}}/-])/(?:{FOLDERS})/|" + "|".join(re.escape(host) for host in HOSTS))
LOCKS = {"Cargo.lock", "package-lock.json"}


def local_names(text):
    """Paths of one machine, and hosts of package registries."""
    return sorted({found[0] for found in LOCAL.finditer(text)})


def test_nothing_depends_on_this_machine():
    found = {str(path.relative_to(ROOT)): local_names(text_of(path)) for path in files() if path.name not in LOCKS}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_machine_path_is_seen():
    assert local_names("see /" + "work/main and https://pypi" + ".org/x") == ["/" + "work/", "pypi" + ".org"]
    assert local_names("GET /api/" + "work/1 and ./" + "work/x") == []


def lines(text):
    return text.count("\n")


def test_source_files_stay_readable():
    long = {str(path.relative_to(ROOT)): lines(path.read_text()) for path in files("crates/*/src/*.rs")}
    assert {path: count for path, count in long.items() if count > LINES} == {}, f"part them: {LINES} lines at most"


def test_every_source_file_is_measured():
    measured = {path.relative_to(ROOT).as_posix() for path in files("crates/*/src/*.rs")}
    assert {"crates/scim/src/lib.rs", "crates/directory/src/db/sqlite.rs"} <= measured
