#!/usr/bin/env python3
"""Executes the fenced snippets of a page, in order, in a fresh directory.

  snippets.py SOURCE_DIR BUILD_DIR PAGE [KEEP_DIR]

A block after `<!-- file: NAME -->` is written to NAME. Blocks marked `sh` and `console-python` run with `bash` and
`python3`, unless `<!-- not run: reason -->` stands before them; `<!-- needs: TOOL -->` leaves a block out, with a
message, where TOOL is neither a program nor a module of Python. The lines of a comment that begins with
`<!-- run first:` run as `sh`, unseen by readers. The directory has links to the repository's folders.
With KEEP_DIR the files made are left there.
"""
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile

FOLDERS = ("pipelines", "sdk", "plugins", "tests", "docs")


def snippets(text):
    """(line number, language, notes before it, content)"""
    lines, notes, i = text.split("\n"), {}, 0
    while i < len(lines):
        note = re.fullmatch(r"<!-- (file|not run|needs): (.*) -->", lines[i])
        fence = re.fullmatch(r"```([\w-]*)", lines[i])
        if lines[i] == "<!-- run first:":
            end = lines.index("-->", i)
            yield i + 1, "sh", {}, "\n".join(lines[i + 1:end]) + "\n"
            i = end
        elif note:
            notes[note.group(1)] = note.group(2)
        elif fence:
            end = lines.index("```", i + 1)
            yield i + 1, fence.group(1), notes, "\n".join(lines[i + 1:end]) + "\n"
            notes, i = {}, end
        elif lines[i].strip():
            notes = {}
        i += 1


def is_there(tool):
    return shutil.which(tool) or importlib.util.find_spec(tool)


def main(source, build, page, keep=None):
    source, build = os.path.realpath(source), os.path.realpath(build)
    work = tempfile.mkdtemp()
    inside = keep or work
    os.makedirs(inside, exist_ok=True)
    for folder in FOLDERS:
        if not os.path.exists(os.path.join(inside, folder)):
            os.symlink(os.path.join(source, folder), os.path.join(inside, folder))
    # the Python whose modules are looked for below is the one that programs find
    own = os.path.join(work, "bin")
    os.mkdir(own)
    os.symlink(sys.executable, os.path.join(own, "python3"))
    environment = dict(os.environ, PATH=":".join((own, os.path.join(build, "bin"), os.environ["PATH"])), ATOMLOOM_BUILD=build,
                       ATOMLOOM_STORE=os.path.join(work, "store"), HOME=work, COLUMNS="100")
    environment.pop("ATOMLOOM_PLUGIN_PATH", None)
    ran = 0
    try:
        with open(page, encoding="utf-8") as f:
            text = f.read()
        for line, language, notes, content in snippets(text):
            place = f"{os.path.relpath(page, source)}:{line}"
            missing = [t for t in notes.get("needs", "").split() if not is_there(t)]
            if missing:
                print(f"{place}: left out, since {' and '.join(missing)} is not there")
            elif "file" in notes:
                with open(os.path.join(inside, notes["file"]), "w", encoding="utf-8") as f:
                    f.write(content)
            elif language in ("sh", "python") and "not run" not in notes:
                command = ["bash", "-euo", "pipefail"] if language == "sh" else [sys.executable, "-"]
                done = subprocess.run(command, input=content, text=True, cwd=inside, env=environment,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=500)
                ran += 1
                if done.returncode:
                    print(f"{place}: the snippet fails with status {done.returncode}:\n{content}\n{done.stdout}")
                    return 1
        print(f"{ran} snippets of {page} run")
        return 0 if ran else 1
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
