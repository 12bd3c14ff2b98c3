#!/usr/bin/env python3
"""Is everything that an op writes explained in docs/types.md, with its unit and under its op?

  columns.py TYPES_PAGE CONTENTS     CONTENTS: what `atomloom check-plugin --contents` wrote
"""
import fnmatch
import re
import sys

OWN_NAMES = ("io.read_csv", "io.read_table", "table.join", "table.column", "atoms.column")  # named by the person


def pattern(name):
    """`p_SYMBOL` and `width_0` as regular expressions: any element, any number."""
    parts = re.split(r"(SYMBOL|A_B$|\d+$)", name)
    known = {"SYMBOL": r"[A-Z][a-z]?", "A_B": r"[A-Z][a-z]?_[A-Z][a-z]?"}
    numbered = re.search(r"_\d+$", name) is not None
    return "".join(known.get(p) or (r"\d+" if numbered and p.isdigit() else re.escape(p)) for p in parts)


def rows(page):
    """(kind of value or None, ops and port of a table or None, pattern of a name, unit, written by)"""
    types, table = [], None
    for line in page.split("\n"):
        if line.startswith("### "):
            ops, port = line[4:].rsplit(":", 1)
            table, types = (re.findall(r"`([^`]+)`", ops), port.strip(" `")), ["table"]
        elif line.startswith("## "):
            types, table = re.findall(r"\w+", line[3:]), None
        elif line.startswith("| `"):
            cells = [c.strip() for c in line.strip("|").split("|")]
            for name in re.findall(r"`([^`]+)`", cells[0]):
                for kind in types:
                    yield kind, table, pattern(name), cells[1], None if table else cells[2]


def explained(row, op, port, kind, name, unit):
    its_kind, table, names, its_unit, writers = row
    if its_kind != kind or its_unit != unit or not re.fullmatch(names, name):
        return False
    if table:
        return table[1] == port and any(fnmatch.fnmatch(op, o) for o in table[0])
    listed = re.findall(r"`([^`]+)`", writers)
    return "the same" in writers or " op" in writers or any(fnmatch.fnmatch(op, o) for o in listed)


def main(page, contents):
    with open(page, encoding="utf-8") as f:
        known = list(rows(f.read()))
    with open(contents, encoding="utf-8") as f:
        lines = sorted(set(f.read().splitlines()))
    missing = 0
    for line in lines:
        op, port, kind, name, _, unit = line.split("\t")
        if kind in ("panel", "file") or op in OWN_NAMES or name.startswith("categories."):
            continue
        if not any(explained(row, op, port, kind, name, unit) for row in known):
            print(f"docs/types.md does not explain '{name}'{f' [{unit}]' if unit else ''}, which {op} writes to its "
                  f"{kind} '{port}': add a row with this unit and op")
            missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
