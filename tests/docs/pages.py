#!/usr/bin/env python3
"""The Markdown pages of the repository: their layout and their links.

  pages.py SOURCE_DIR               fails where a page breaks a rule below, and names the line
  pages.py --fix SOURCE_DIR [PAGE]  wraps the paragraphs of the pages (of all that are written by hand) at 100 columns

Rules: plain words (WORDS below); no line over 100 columns except in tables, code blocks and lines that are one long word (a link); no line
broken long before its paragraph's width; relative links and their anchors lead somewhere; every page in docs/ is
linked from another page.
"""
import os
import re
import sys

WIDTH = 100
LOOSE = 72  # a line that the next word would fit into up to here was broken by accident
ITEM = re.compile(r"(\s*)([-*+]|\d+[.)])\s+")
WORDS = {  # what readers stumble over, and what to write; code and quoted messages apart
    r"said aloud": "explicit", r"mend(?:s|ed)?": "fix", r"g[ia]ve(?:n)? up": "cancelled", r"passed over": "skipped",
    r"turned round": "transposed, reversed", r"the other way about": "reversed", r"starved": "out of memory",
    r"held against": "compared with", r"beside": "next to", r"hands? over": "gives, records", r"in vain": "without result",
    r"(?:is|are) no (?:element|column|symbol|number|pipeline)s?": "is not a ...", r"the rays meet": "that rays cross",
}
GENERATED = ("docs/ops/", "docs/errors.md")


def pages(root):
    found = [p for p in os.listdir(root) if p.endswith(".md")]
    for top, _, names in os.walk(os.path.join(root, "docs")):
        found += [os.path.relpath(os.path.join(top, n), root) for n in names if n.endswith(".md")]
    return sorted(found)


def blocks(lines):
    """(kind, first line number, lines): 'text' for a paragraph or an item of a list, 'as is' for everything else."""
    out, fence, comment = [], None, False
    for number, line in enumerate(lines):
        mark = re.match(r"\s*(```+|~~~+)", line)
        plain = line.strip()
        if comment or plain.startswith("<!--"):
            comment = "-->" not in line
            out.append(("as is", number, [line]))
        elif fence:
            fence = None if mark and plain == fence else fence
            out.append(("as is", number, [line]))
        elif mark:
            fence = mark.group(1)
            out.append(("as is", number, [line]))
        elif not plain or plain[0] in "#|<" or re.match(r"!\[|\[[^]]+\]: ", plain) or plain == "---":
            out.append(("as is", number, [line]))
        elif out and out[-1][0] == "text" and not ITEM.match(line):
            out[-1][2].append(line)
        else:
            out.append(("text", number, [line]))
    return out


def words(text):
    """Words, where code in backticks and the address of a link are never broken. What would begin a list or a
    heading at the start of a line stays with the word before it."""
    out = []
    for word in re.findall(r"(?:`[^`]*`|\]\([^)]*\)|\S)+", text):
        if out and re.fullmatch(r"[-*+#|>]+|\d+[.)]", word):
            out[-1] += " " + word
        else:
            out.append(word)
    return out


def fill(lines):
    first = (ITEM.match(lines[0]) or re.match(r"\s*", lines[0])).group(0)
    rest = " " * len(first)
    row, out = first, []
    for word in words(" ".join([lines[0][len(first):]] + lines[1:])):
        if row.strip() and row != first and len(row) + 1 + len(word) > WIDTH:
            out.append(row)
            row = rest + word
        else:
            row += word if row in (first, rest) else " " + word
    return out + [row]


def wrap(text):
    out = []
    for kind, _, lines in blocks(text.split("\n")):
        out += fill(lines) if kind == "text" else lines
    return "\n".join(out)


def layout(page, text):
    for kind, number, lines in blocks(text.split("\n")):
        if kind != "text":
            continue
        for pattern, better in WORDS.items():
            found = re.search(rf"\b{pattern}\b", re.sub(r"`[^`]*`", "", " ".join(lines)))
            if found and "/notes/" not in page:
                yield f"{page}:{number + 1}: '{found.group(0)}': write '{better}'"
        for i, line in enumerate(lines):
            place = f"{page}:{number + i + 1}"
            if len(line) > WIDTH and len(words(line)) > 1:
                yield f"{place}: {len(line)} columns, at most {WIDTH}"
            following = words(lines[i + 1])[0] if i + 1 < len(lines) else None
            whole = line.count("`") % 2 == 0
            if following and whole and len(line) + 1 + len(following) <= LOOSE and not line.endswith("  "):
                yield f"{place}: the line ends long before its paragraph's width"


def anchors(text):
    """Anchors of a page's headings, made as GitHub makes them."""
    seen, fence = {}, False
    for line in text.split("\n"):
        if line.startswith("```"):
            fence = not fence
        title = re.match(r"#+\s+(.*)", line)
        if fence or not title:
            continue
        name = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title.group(1))
        name = re.sub(r"[^\w\- ]", "", name.strip().lower()).replace(" ", "-")
        seen[name] = seen.get(name, -1) + 1
        yield name if not seen[name] else f"{name}-{seen[name]}"
    yield from re.findall(r'<a (?:id|name)="([^"]+)"', text)


def links(text):
    """(line number, address) of every link and picture outside code."""
    kept = "\n".join("\n".join(ls) if k == "text" or ls[0].lstrip()[:1] in "|![#<" and ls[0].strip() else "\n" * (len(ls) - 1)
                     for k, _, ls in without_fences(text))
    kept = re.sub(r"`[^`]*`", lambda m: re.sub(r"[^\n]", " ", m.group(0)), kept)
    for m in re.finditer(r"\]\(<?([^)>\s]+)>?\)", kept):
        yield kept.count("\n", 0, m.start()) + 1, m.group(1)


def without_fences(text):
    fence = False
    for kind, number, lines in blocks(text.split("\n")):
        mark = lines[0].lstrip().startswith(("```", "~~~"))
        yield ("code", number, lines) if fence or mark else (kind, number, lines)
        fence = fence != mark


def broken_links(root, page, texts):
    for number, address in links(texts[page]):
        if re.match(r"[a-z]+:", address):
            continue
        path, _, anchor = address.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if not os.path.exists(os.path.join(root, target)):
            yield f"{page}:{number}: the link '{address}' leads nowhere"
        elif anchor and target in texts and anchor not in anchors(texts[target]):
            yield f"{page}:{number}: '{target}' has no heading '#{anchor}'"


def linked(texts):
    for page, text in texts.items():
        for _, address in links(text):
            target = os.path.normpath(os.path.join(os.path.dirname(page), address.partition("#")[0]))
            if target != page:
                yield target


def main(arguments):
    fix = arguments[:1] == ["--fix"]
    root = arguments[1 if fix else 0]
    if fix:
        for page in arguments[2:] or [p for p in pages(root) if not p.startswith(GENERATED) and p != "CHANGELOG.md"]:
            path = page if os.path.exists(page) else os.path.join(root, page)
            with open(path, encoding="utf-8") as f:
                text = f.read()
            if wrap(text) != text:
                with open(path, "w", encoding="utf-8") as f:
                    f.write(wrap(text))
        return 0
    texts = {}
    for page in pages(root):
        with open(os.path.join(root, page), encoding="utf-8") as f:
            texts[page] = f.read()
    faults = [fault for page, text in texts.items() if page != "CHANGELOG.md" for fault in layout(page, text)]
    faults += [fault for page in texts for fault in broken_links(root, page, texts)]
    reached = set(linked(texts))
    faults += [f"{page}: no other page links to it" for page in texts if page.startswith("docs/") and page not in reached]
    for fault in faults:
        print(fault)
    if faults:
        print("house.docs: tests/docs/pages.py --fix SOURCE_DIR wraps the pages; links are put right by hand")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
