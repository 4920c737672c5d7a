"""script/env: what it does on machines that have, lack or half have what Wapto needs."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "script" / "env"
TOOLS = ("bash", "cat", "cksum", "dirname", "env", "flock", "head", "mkdir", "sleep")

# Stands for a Python: knows its version and its modules, makes a .venv holding itself, and keeps a log of what pip
# was asked for.
PYTHON = """#!/usr/bin/env bash
case $* in
    *version_info*) exit {too_old} ;;
    *ensurepip*) exit {without_venv} ;;
    *sys.version*) echo 3.12.1 ;;
    --version) echo Python 3.9.18 ;;
    "-m venv"*) echo venv >>pip.log; mkdir -p .venv/bin; cat "$0" >.venv/bin/python; chmod +x .venv/bin/python ;;
    *pip\\ install*) echo "pip $*" >>pip.log; sleep 0.2; exit {pip_fails} ;;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    """A checkout in a path with a space, whose PATH holds the everyday tools only."""
    root = tmp_path / "a checkout"
    for folder in ("script", "tools"):
        (root / folder).mkdir(parents=True)
    shutil.copy(SCRIPT, root / "script")
    for name in ("setup.cfg", "pyproject.toml", "constraints.txt"):
        (root / name).write_text(name)
    for name in (*TOOLS, "chmod"):
        if found := shutil.which(name):
            (root / "tools" / name).symlink_to(found)
    return root


def install_python(checkout, name="python3", *, too_old=0, without_venv=0, pip_fails=0):
    program = checkout / "tools" / name
    program.write_text(PYTHON.format(too_old=too_old, without_venv=without_venv, pip_fails=pip_fails))
    program.chmod(0o755)


def start(checkout, *arguments):
    return subprocess.Popen(
        [checkout / "script" / "env", *arguments],
        env={"PATH": str(checkout / "tools")},
        cwd="/",
        stderr=subprocess.PIPE,
        text=True,
    )


def run(checkout, *arguments):
    """Exit code and last line said to the person."""
    process = start(checkout, *arguments)
    said = process.communicate(timeout=20)[1]
    return process.returncode, said.strip().rpartition("\n")[2]


def work_done(checkout):
    log = checkout / "pip.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.rpartition(" ")[2] for line in lines]


def test_it_makes_the_environment_once(checkout):
    install_python(checkout)
    assert run(checkout)[0] == 0
    assert run(checkout) == (0, "")
    assert work_done(checkout) == ["venv", "."]


def test_two_at_once_make_it_once(checkout):
    install_python(checkout)
    both = [start(checkout), start(checkout)]
    for process in both:
        process.communicate(timeout=20)
    assert [process.returncode for process in both] == [0, 0]
    assert work_done(checkout) == ["venv", "."]


def test_the_tests_add_their_packages_and_serve_for_running_too(checkout):
    install_python(checkout)
    for kind in ([], ["test"], []):
        run(checkout, *kind)
    assert work_done(checkout) == ["venv", ".", ".[test]"]


@pytest.mark.parametrize("name", ["setup.cfg", "pyproject.toml", "constraints.txt"])
def test_a_changed_file_is_followed(checkout, name):
    install_python(checkout)
    run(checkout)
    (checkout / name).write_text("changed")
    run(checkout)
    assert work_done(checkout) == ["venv", ".", "."]


def test_a_moved_checkout_gets_a_new_environment(checkout):
    install_python(checkout)
    run(checkout)
    moved = checkout.rename(checkout.with_name("moved"))
    run(moved)
    assert work_done(moved) == ["venv", ".", "venv", "."]


def test_an_install_that_failed_is_tried_again(checkout):
    install_python(checkout, pip_fails=1)
    code, said = run(checkout)
    assert code == 1
    assert said.startswith("Wapto's packages could not be installed")
    run(checkout)
    assert work_done(checkout) == ["venv", ".", "."]


def test_the_newest_python_that_works_is_taken(checkout):
    install_python(checkout, "python3.13", too_old=127)
    install_python(checkout, "python3.12", pip_fails=1)
    install_python(checkout, "python3")
    assert run(checkout)[0] == 1


def test_a_python_without_venv_is_passed_over(checkout):
    install_python(checkout, "python3.12", without_venv=1)
    install_python(checkout, "python3.11")
    assert run(checkout)[0] == 0


def test_a_missing_venv_module_names_its_package(checkout):
    install_python(checkout, without_venv=1)
    code, said = run(checkout)
    assert code == 1
    assert "apt install python3-venv" in said


def test_an_old_python_is_refused_by_its_version(checkout):
    install_python(checkout, too_old=1)
    code, said = run(checkout)
    assert code == 1
    assert said.startswith("Wapto needs Python 3.11 or newer and found Python 3.9.18: install it")


def test_no_python_at_all_is_said_so(checkout):
    code, said = run(checkout)
    assert code == 1
    assert said.startswith("Wapto needs Python 3.11 or newer and found none: install it")
