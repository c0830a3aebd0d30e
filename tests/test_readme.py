"""Every command, path and query in the README exists, and every command that a text names."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from typer.main import get_command

from crawlers.catalogue import load_source
from khabar.cli import app
from warehouse.connection import open_snapshot
from warehouse.publish import publish_snapshot
from warehouse.summary import STAGES

ROOT = Path(__file__).parent.parent
ROOMS = ("crawlers", "transforms", "warehouse", "dags", "khabar")
README = (ROOT / "README.md").read_text("utf-8")
MADE_BY_COMMANDS = {
    "inbox/", "$KHABAR_HOME/inbox", "inbox/done", "inbox/failed", "manifest.jsonl",
    "airflow/passwords.json",
    "warehouse.before-rebuild.duckdb",
    "health.json",
    "lake/",
    "archive/", "batches/", "sources/", "warehouse.duckdb", "published/", "published/news.duckdb",
    "news.duckdb", "news.json", "data/published/news.duckdb",
    "demo/published/news.duckdb", ".venv/bin/duckdb", "./data", "./demo",
    "sources/NAME.yml", "locks/", "backfill/", "incidents/", "trials/", "airflow/", "releases/",
    ".venv",
}  # fmt: skip
"""Paths under KHABAR_HOME, made by the commands that the README tells of."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def shell_lines() -> list[str]:
    lines = [line.split("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    inline = re.findall(r"`((?:khabar|make) [^`]+)`", README)
    return [line for line in lines + inline if line]


def khabar_lines() -> list[str]:
    return [line for line in shell_lines() if line.startswith("khabar")]


def texts(node: ast.AST) -> Iterator[str]:
    """Give the texts of a program as people will read them, with x for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
        yield "".join(map(str, parts))
    else:
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def lines_told(command: str) -> list[tuple[str, str]]:
    """List the lines that the rooms' texts tell people to type: task docs, mends, help."""
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    pattern = re.compile(rf"(?:`|\[cyan\])({command} [^`\[]+)(?:`|\[/\])")
    return [
        (path.relative_to(ROOT).as_posix(), " ".join(line.split()))
        for path in paths
        for text in texts(ast.parse(path.read_text("utf-8")))
        for line in pattern.findall(text)
    ]


def assert_can_be_typed(line: str) -> None:
    words = shlex.split(line.partition(" > ")[0].replace("…", "x"))[1:]
    commands = get_command(app).commands  # type: ignore[attr-defined]
    if words[0].startswith("-"):
        assert words == ["--help"]
        return
    assert words[0] in commands, line
    command, words = commands[words[0]], words[1:]
    if words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    context = click.Context(command)
    _, left, _ = command.make_parser(context).parse_args(words)  # raises at a wrong option
    assert left == [], line


@pytest.mark.parametrize("line", khabar_lines())
def test_command_exists_with_its_options(line: str) -> None:
    assert_can_be_typed(line)


@pytest.mark.parametrize(
    ("path", "line"), [told for told in lines_told("khabar") if told[1] != "khabar x x"]
)
def test_command_that_a_text_names_exists(path: str, line: str) -> None:
    assert path
    assert_can_be_typed(line)


@pytest.mark.parametrize("stage", STAGES)
def test_stage_that_a_red_run_names_takes_a_batch(stage: str) -> None:
    assert ("warehouse/summary.py", "khabar x x") in lines_told("khabar")
    assert_can_be_typed(f"khabar {stage} BATCH")


def test_make_target_that_a_text_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    told = {line.split()[1] for _, line in lines_told("make")}
    assert told
    assert {target for target in told if f"\n{target}:" not in makefile} == set()


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = {line.split()[1] for line in shell_lines() if line.startswith("make ")}
    assert {"demo", "run", "test", "check"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target


def test_other_shell_lines_are_docker_composes() -> None:
    ours = ("khabar", "make ", "docker-compose ")
    assert [line for line in shell_lines() if not line.startswith(ours)] == []


def test_docker_compose_lines_name_services_and_commands_that_exist() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    lines = [line for line in shell_lines() if line.startswith("docker-compose ")]
    assert len(lines) == 4
    for line in lines:
        named = re.findall(r"--scale (\w+)=|(?:exec|:/copy) ([\w-]+) ", line)
        assert {one for pair in named for one in pair if one} <= set(services), line
        for told in re.findall(r"khabar (?:status|backup|restore)[^&\"]*", line):
            assert_can_be_typed(told.strip())
        assert named, line


def test_paths_exist_or_are_made_by_the_commands() -> None:
    named = set(re.findall(r"`([\w.$/-]*[/.][\w./-]*)`", README))
    assert {"crawlers/sources", "warehouse/schema.py", "published/"} <= named
    for path in named - MADE_BY_COMMANDS:
        assert (ROOT / path).exists(), path


def test_links_and_pictures_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", README):
        path = target[0] or target[1]
        assert path.startswith("https://") or (ROOT / path).exists(), path


def test_queries_run_on_an_empty_snapshot(tmp_path: Path) -> None:
    publish_snapshot(tmp_path)
    here = [block for block in blocks("sql") if "ducklake:" not in block]  # test_lake_readers
    queries = [query for block in here for query in block.split(";") if query.strip()]
    queries += re.findall(r'news\.sql\("(.*)"\)', README)
    assert len(queries) >= 14
    with open_snapshot(tmp_path) as news:
        for query in queries:
            if re.sub(r"--.*", "", query).strip():
                news.sql(query)


def test_analysts_are_told_to_open_read_only() -> None:
    assert 'duckdb.connect("data/published/news.duckdb", read_only=True)' in README
    assert "duckdb -readonly data/published/news.duckdb" in README


def test_outlet_of_the_example_is_a_good_source_file(tmp_path: Path) -> None:
    example, hints, past = blocks("yaml")
    path = tmp_path / "valley_herald.yml"
    path.write_text(example + hints + past, "utf-8")
    source = load_source(path)
    assert source.id in README
    assert re.search(source.article, "https://valleyherald.example/2026/11/a-bridge/")
    assert [way.kind for way in source.backfill] == ["sitemap", "listing", "feed"]
    assert [hint.field for hint in source.hints] == ["prune", "authors"]
