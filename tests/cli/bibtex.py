"""Reads a .bib file strictly and prints what it holds: bibtex.py FILE [KEY FIELD...]

Fails where BibTeX would stumble: unbalanced braces, text between entries, a field twice, a key twice, a sign that TeX takes for its own,
letters outside ASCII, a required field missing. With a KEY, the FIELDs of that entry are printed as TeX has them."""
import re
import sys

REQUIRED = {
    "article": {"author", "title", "journal", "year"}, "book": {"author", "title", "publisher", "year"},
    "incollection": {"author", "title", "booktitle", "publisher", "year"}, "software": {"author", "title", "version", "year"},
}


def fail(message):
    sys.exit(f"not BibTeX: {message}")


def braced(s, at):
    """The text in the braces that open at s[at], and the place after them."""
    depth, start = 0, at + 1
    while at < len(s):
        depth += (s[at] == "{") - (s[at] == "}")
        at += 1
        if not depth:
            return s[start:at - 1], at
    fail("a brace is not closed")


def entry(s, at):
    head = re.compile(r"@(\w+)\{([^\s,{}]+)").match(s, at)
    if not head:
        fail(f"no entry at {s[at:at + 30]!r}")
    fields, at = {}, head.end()
    while not s.startswith("\n}", at):
        name = re.compile(r",\s*(\w+) = (?=\{)").match(s, at)
        if not name:
            fail(f"no field at {s[at:at + 30]!r}")
        if name[1] in fields:
            fail(f"{head[2]}: {name[1]} twice")
        fields[name[1]], at = braced(s, name.end())
    return head[1], head[2], fields, at + 2


def check_text(key, name, value):
    bare = re.sub(r"\{?\$[^$]*\$\}?|\\[&%$#_]", "", value)
    bad = set(bare) & set("&%$#_^<>")
    if name not in ("doi", "keywords") and bad:
        fail(f"{key}: {name} holds {sorted(bad)} as they are")
    if not value.isascii():
        fail(f"{key}: {name} holds {[c for c in value if not c.isascii()]}")


def read(path):
    s, at, found = open(path, encoding="utf-8").read(), 0, {}
    while s[at:].strip():
        at = re.compile(r"\s*").match(s, at).end()
        kind, key, fields, at = entry(s, at)
        if key in found:
            fail(f"{key} twice")
        for name, value in fields.items():
            check_text(key, name, value)
        missing = REQUIRED[kind] - set(fields)
        if missing:
            fail(f"{key}: no {sorted(missing)}")
        found[key] = (kind, fields)
    return found


entries = read(sys.argv[1])
if len(sys.argv) > 2:
    for name in sys.argv[3:]:
        print(f"{name}: {entries[sys.argv[2]][1].get(name)}")
else:
    for key, (kind, fields) in entries.items():
        names = fields["author"].split(" and ") if "author" in fields else []
        print(f"{kind} {key}: {len(names)} author{'s' * (len(names) != 1)}, {', '.join(sorted(set(fields) - {'author'}))}")
