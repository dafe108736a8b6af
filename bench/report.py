"""README.md from the results: tables of figures beside their references, and the aims that are missed."""

import os
import platform
import subprocess
import time
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
SQLITE, POSTGRES = "Lockstep, SQLite", "Lockstep, PostgreSQL"
SERVERS = [SQLITE, POSTGRES, "minimal", "scimmy", "scim2-server"]
TITLES = {
    "read": "read by id",
    "filter": "filter by userName",
    "first page": "page of 100, first",
    "middle page": "page of 100, middle",
    "last page": "page of 100, last",
    "patch user": "PATCH of a user",
}

INTRODUCTION = """\
# Figures, each beside its reference

This file is written by `bench/run`, its last part by `make measure-console`; what is said about missed aims comes from
`remarks.toml`.

    make bench                  everything; how long it took is said below
    make bench ARGS=--quick     everything on a small scale in under 3 minutes, printed instead of written
    make bench ARGS=--scale     the last part, a small and a large directory side by side

What runs beside Lockstep, in the same run and in turns, scenario by scenario:

- **minimal** (`src/bin/minimal.rs`): axum and SQLite with `synchronous=FULL`, one writer that commits concurrent
  requests together, the same rows as a Lockstep create, no SCIM semantics. It is the limit on SQLite.
- **raw** (`load raw`): the same rows committed to either database with nothing in front of it.
- **scimmy** (npm, behind Express) and **scim2-server** (PyPI), as `tests/apps` runs them: third-party SCIM servers,
  both in memory, so their creates are not durable.
- **bare loop** (`load create`): a hyper client with 8 requests in flight against **sink** (`src/bin/sink.rs`), an
  application in memory that believes everything.

How to read it: **/s** is what a client sees; **/CPU-s** is requests for each second of CPU time that the server's
processes used (with PostgreSQL: Lockstep's and PostgreSQL's together), the figure that survives a noisy machine.
The load generator runs on the same machine, on one thread. **p99** includes waiting for other clients' requests.
8 clients where nothing else is said; third-party servers get pages and group changes from one client, as they may
take seconds for one. CPU time is read from `/proc/PID/stat`, in steps of 10 ms; "–" where too little
was used to say anything, or where a server was not measured. Read ratios rather than digits.
"""


def render(results, options):
    parts = [INTRODUCTION, this_run(results, options), aims(results), reads(results), creates(results)]
    parts += [members(results), outbound(results), life(results)]
    return "\n".join(part.strip() + "\n" for part in parts)


def joined(text, before):
    """What was written before, with the part that was measured anew: the one about scale, or the others.

    The console's part at the end is written by `make measure-console`."""
    before, console, figures = before.partition(CONSOLE)
    kept = "\n" + console + figures if console else ""
    other, found, old = before.partition(SCALE)
    if text.startswith(SCALE):
        return other.rstrip() + "\n\n" + text + kept
    return text + ("\n" + found + old.rstrip() + "\n" if found else "") + kept


# The run


def this_run(results, options):
    commit = run("git", "rev-parse", "--short", "HEAD") + (" with changes" if run("git", "status", "-s") else "")
    lines = [
        ("Date", time.strftime("%Y-%m-%d %H:%M %Z")),
        ("Machine", f"{os.cpu_count()} cores, {cpu_name()}, {memory()} GB, Linux {platform.release()}"),
        ("Flush of 4 kB to its disk", f"{results['flush_ms']:.2f} ms (median)"),
        ("Command", f"`bench/run{' --quick' if options.quick else ''}{' --debug' if options.debug else ''}`, "
         f"{results['minutes']:.0f} minutes"),
        ("Lockstep", commit + (", debug build" if options.debug else ", release build")),
        ("PostgreSQL", f"{results['postgres']}, fsync on, default settings"),
    ]  # fmt: skip
    text = "## This run\n\n" + table(["", ""], lines)
    return text + "".join(f"\n{note[0].upper() + note[1:]}.\n" for note in results["notes"])


def cpu_name():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def memory():
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, cwd=HERE).stdout.strip()


# Aims (design section 10)


def aims(results):
    rows = list(judged(results))
    remarks = tomllib.loads((HERE / "remarks.toml").read_text())
    missed = [(what, aim, seen, remarks.get(key, "")) for key, what, aim, seen, met in rows if met is False]
    unknown = [what for _, what, _, _, met in rows if met is None]
    met = sum(met is True for *_, met in rows)
    text = f"## Aims\n\nDesign section 10 sets the aims. Met: {met} of {len(rows)}."
    if unknown:
        text += f" Not measurable in this run: {', '.join(unknown)}."
    if missed:
        text += " Missed:\n\n" + table(["What", "Aim", "Seen", "What probably holds it back"], missed)
    return text


def judged(results):
    """Key, what, aim, seen, whether it is met (None: can't be told)."""
    small, large = results["sizes"]
    for size in results["sizes"]:
        seen = results["reads"][size]["seen"]
        for key, share in [("read", 60), ("filter", 60), ("first page", 60), ("patch user", 40)]:
            yield against(
                f"{slug(key)}-{size}", f"{TITLES[key]}, {size:,} users", share, seen[key].get(SQLITE), seen[key].get("minimal")
            )
        for name in (SQLITE, POSTGRES):
            first, last = seen["first page"][name], seen["last page"][name]
            slower = first["per_second"] / last["per_second"]
            key = f"page-depth-{engine(name)}-{size}"
            yield key, f"last page beside the first, {size:,} users, {name}", "within 3×", f"{slower:.1f}×", slower <= 3
    for key in ("read", "filter", "first page", "patch user"):
        for name in (SQLITE, POSTGRES):
            few, many = (results["reads"][size]["seen"][key][name]["p99_ms"] for size in (small, large))
            yield (
                f"p99-{slug(key)}-{engine(name)}", f"p99 of {TITLES[key]}, {large:,} beside {small:,} users, {name}",
                "within 2×", f"{many / few:.1f}×", many <= 2 * few,
            )  # fmt: skip
    for clients, seen in results["creates"].items():
        what = f"durable creates, {clients} client{'s' if clients > 1 else ''}"
        for name in (SQLITE, POSTGRES):
            raw = results["raw"][clients][engine(name)]
            share = seen[name]["per_second"] / raw["per_second"]
            key = f"create-{clients}-{engine(name)}"
            yield key, f"{what}, {name}", "≥ 70 % of raw commits, /s", f"{share:.0%}", share >= 0.7
        yield against(f"create-{clients}-minimal", what, 40, seen.get(SQLITE), seen.get("minimal"))
    few, many = (results["members"].get(size, {}) for size in results["groups"])
    for size, seen in results["members"].items():
        yield against(f"member-{size}", f"PATCH of a member of {size:,}", 30, seen.get(SQLITE), seen.get("minimal"))
    for name in (SQLITE, POSTGRES):
        if name in few and name in many:
            slower = few[name]["per_second"] / many[name]["per_second"]
            what = f"PATCH of a member, group of {results['groups'][1]:,} beside {results['groups'][0]}, {name}"
            yield f"member-depth-{engine(name)}", what, "within 1.5×", f"{slower:.1f}×", slower <= 1.5
    loop = results["outbound"]["loop"]["per_client_cpu_second"]
    for what, seen in results["outbound"].items():
        if what != "loop":
            share = seen["per_cpu_second"] / loop if loop else None
            key = f"outbound-{slug(what.removeprefix('Lockstep, ').replace(',', ''))}"
            yield (
                key, f"outbound, {what}", "≥ 20 % of the bare loop, /CPU-s", ratio(share),
                None if share is None else share >= 0.2,
            )  # fmt: skip
    life = results["life"][SQLITE]
    yield "idle-memory", "memory idle, SQLite", "≤ 25 MB", megabytes(life["idle"]), life["idle"] <= 25e6
    yield "memory", f"memory with {large:,} users in use, SQLite", "≤ 100 MB", megabytes(life["in use"]), life["in use"] <= 100e6
    yield "start-empty", "start empty, SQLite", "≤ 50 ms", milliseconds(life["start empty"]), life["start empty"] <= 0.05
    yield "start-full", f"start on {large:,} users, SQLite", "≤ 150 ms", milliseconds(life["start full"]), life["start full"] <= 0.15


def against(key, what, percent, ours, minimal):
    """≥ `percent` % of the minimal server's requests per CPU second."""
    aim = f"≥ {percent} % of minimal, /CPU-s"
    if not (ours and minimal and ours["per_cpu_second"] and minimal["per_cpu_second"]):
        return key, what, aim, "–", None
    share = ours["per_cpu_second"] / minimal["per_cpu_second"]
    return key, what, aim, ratio(share), share >= percent / 100


def engine(name):
    return "sqlite" if name == SQLITE else "postgres"


def slug(text):
    return text.lower().replace(" ", "-")


# Figures


def reads(results):
    text = ""
    for size in results["sizes"]:
        held, seen = results["reads"][size]["held"], results["reads"][size]["seen"]
        shown = [name for name in SERVERS if name in held]
        heads = [name if held[name] >= size else f"{name} ({held[name]:,} users)" for name in shown]
        text += f"## Reads and changes, {size:,} users\n\n"
        text += figures(["8 clients"], heads, [([TITLES[key]], [row.get(name) for name in shown]) for key, row in seen.items()])
        text += "\n"
    return text


def creates(results):
    small = results["sizes"][0]
    rows = []
    for clients, seen in results["creates"].items():
        raw = results["raw"][clients]
        rows.append(([clients], [raw["sqlite"], raw["postgres"], *(seen.get(name) for name in SERVERS)]))
    text = f"## Durable creates, from {small:,} users on (raw: from none)\n\n"
    text += "What Lockstep does behind its answers (planning for whoever is marked) is in its CPU time.\n\n"
    return text + figures(["Clients"], ["raw, SQLite", "raw, PostgreSQL", *SERVERS], rows)


def members(results):
    rows = [([f"group of {size:,}"], [seen.get(name) for name in SERVERS]) for size, seen in results["members"].items()]
    return "## PATCH of one member, added and removed in turn, 16 clients\n\n" + figures([""], SERVERS, rows)


def outbound(results):
    loop = results["outbound"]["loop"]
    rows = [(
        f"bare loop, 8 in flight, {loop['requests']:,} people", f"{loop['seconds']:.1f} s", number(loop["per_second"]),
        f"{loop['client_cpu_seconds']:.2f} s", number(loop["per_client_cpu_second"]), "1 POST",
    )]  # fmt: skip
    for what, seen in results["outbound"].items():
        if what != "loop":
            cpu = " + ".join(f"{name} {used:.2f} s" for name, used in seen["cpu"].items())
            requests = ", ".join(f"{count:,} {name}" for name, count in seen["requests"].items())
            rows.append((what, f"{seen['seconds']:.1f} s", number(seen["per_second"]), cpu, number(seen["per_cpu_second"]), requests))
    text = "## Outbound: people into the sink\n\n"
    text += "From `app activate` until the sink holds everybody; CPU time until nothing is pending.\n\n"
    return text + table(["Client", "Time", "People/s", "CPU time", "People/CPU-s", "Requests"], rows)


def life(results):
    large = results["sizes"][-1]
    heads = ["", "start empty", "memory idle, empty", f"memory, {large:,} users in use", f"start on {large:,} users"]
    rows = [
        (name, milliseconds(seen["start empty"]), megabytes(seen["idle"]), megabytes(seen["in use"]), milliseconds(seen["start full"]))
        for name, seen in results["life"].items()
    ]
    return "## Start and memory\n\nFrom the start of the process until `/readyz` answers 200; resident memory.\n\n" + table(heads, rows)


# Scale

SCALE = "## A million people, and a group of 100,000\n"
CONSOLE = "## The console with 100,000 people\n"
STEPS = {
    "read": "read by id",
    "filter": "filter by userName",
    "filter externalId": "filter by externalId",
    "filter email": "filter by e-mail",
    "first page": "page of 100 by index, first",
    "middle page": "page of 100 by index, middle",
    "last page": "page of 100 by index, last",
    "first tenth": "page of 100 by cursor, first tenth, 1 client",
    "last tenth": "page of 100 by cursor, last tenth, 1 client",
    "create": "create",
    "patch user": "PATCH",
}


def scale(results, options):
    small, large = results["sizes"]
    engines = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
    rows = []
    for key, title in STEPS.items():
        seen = results["seen"][key]
        row = [title]
        for engine in engines:
            row += [*(latencies(seen[engine, size]) for size in (small, large)), times(seen, engine, small, large)]
        rows.append(row)
    heads = ["8 clients"] + [head for name in engines.values() for head in (f"{name}, {small:,}", f"{large:,}", "p99")]
    text = f"{SCALE}\nBy `bench/run --scale`, {time.strftime('%Y-%m-%d %H:%M %Z', time.gmtime())}, {results['minutes']:.0f} minutes. "
    text += f"Load average before and after: {results['load'][0]:.1f}, {results['load'][1]:.1f} on {os.cpu_count()} cores; "
    text += f"flush of 4 kB {results['flush_ms']:.2f} ms; PostgreSQL {results['postgres']}, fsync on, default settings.\n\n"
    text += "Both directories of a database run side by side and are asked in turns. The people are copies of 960 whom the "
    text += "API made, row by row; one that the API makes afterwards is compared with a copy, in every table.\n\n"
    text += "Each cell: p50 · p99 in ms; behind the large directory, its p99 in times of the small one's.\n\n"
    text += table(heads, rows)
    few, many = results["groups"]
    rows = []
    for key, title in [("add member", "add one"), ("remove member", "remove one"), ("read group", "read without members")]:
        seen, row = results["members"][key], [title]
        for engine in engines:
            row += [*(latencies(seen[engine, size]) for size in (few, many)), times(seen, engine, few, many)]
        rows.append(row)
    heads = [f"In the directory of {large:,}; changes by 1 client"]
    heads += [head for name in engines.values() for head in (f"{name}, group of {few:,}", f"of {many:,}", "p99")]
    text += "\n" + table(heads, rows)
    life = results["life"]
    rows = [
        (heading(engine, size), f"{seen['bytes'] / 1e9:.2f} GB", megabytes(seen["memory"]), milliseconds(seen["start"]), f"{seen['copied in']:.0f} s")
        for (engine, size), seen in life.items()
    ]
    heads = ["", "database", "memory of Lockstep after all of this", "start", "people copied in"]
    text += "\n" + table(heads, rows)
    return text + "".join(f"\n{note[0].upper() + note[1:]}.\n" for note in results["notes"])


def heading(engine, size):
    return f"{'SQLite' if engine == 'sqlite' else 'PostgreSQL'}, {size:,}"


def latencies(seen):
    return f"{short(seen['p50_ms'])} · {short(seen['p99_ms'])}"


def times(seen, engine, small, large):
    return f"{seen[engine, large]['p99_ms'] / seen[engine, small]['p99_ms']:.1f}×"


# Words


def figures(first, heads, rows):
    """One line per row and measure would be long: each cell is `/s · /CPU-s · p99`."""
    note = "Each cell: requests/s · requests/CPU-s · p99.\n\n"
    return note + table([*first, *heads], [[*names, *map(cell, cells)] for names, cells in rows])


def cell(seen):
    if not seen:
        return "–"
    text = f"{number(seen['per_second'])} · {number(seen['per_cpu_second'])} · {short(seen['p99_ms'])} ms"
    return text + (f" · {seen['failed']:,} failed" if seen["failed"] else "")


def number(value):
    return "–" if value is None else f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def short(value):
    return "–" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def ratio(share):
    return "–" if share is None else f"{share:.0%}"


def megabytes(value):
    return f"{value / 1e6:.0f} MB"


def milliseconds(value):
    return f"{value * 1000:.0f} ms"


def table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)
