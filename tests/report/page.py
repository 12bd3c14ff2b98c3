"""What a page holds: elements that close in order, nothing that asks for anything from outside, names for pictures and controls.

page.py PAGE.html [TEXT...]     each TEXT must be among the texts of the page, as it is
"""
import html.parser
import sys

VOID = {"meta", "br", "input"}
ALLOWED = set("html head meta title style body header main section h1 h2 h3 p b small span strong code a ul li div figure figcaption "
              "table caption thead tbody tr th td details summary script br svg rect text image circle polyline polygon".split())


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.bad, self.words, self.scripts, self.ids, self.headings = [], [], [], 0, set(), 0

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag not in ALLOWED:
            self.bad.append(f"an element <{tag}>")
        for name, value in attributes:
            if name.startswith("on"):
                self.bad.append(f"a handler {name} in <{tag}>")
            if name in ("src", "href") and not (value or "").startswith(("data:image/png;base64,", "https://doi.org/")):
                self.bad.append(f"{name}={value!r}")
        if "id" in a:
            if a["id"] in self.ids:
                self.bad.append(f"two elements of id {a['id']}")
            self.ids.add(a["id"])
        if tag == "svg" and not (a.get("role") == "img" and a.get("aria-label")):
            self.bad.append("a picture without a name")
        if tag == "html" and not a.get("lang"):
            self.bad.append("no lang")
        self.headings += tag == "h1"
        self.scripts += tag == "script" and "type" not in a
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.bad.append(f"</{tag}> closes {self.open[-1:] or 'nothing'}")
        else:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)


page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
page.close()
if page.open:
    page.bad.append(f"left open: {page.open}")
if page.headings != 1:
    page.bad.append(f"{page.headings} main headings")
if page.scripts not in (1, 2):
    page.bad.append(f"{page.scripts} scripts")
words = "".join(page.words)
for wanted in sys.argv[2:]:
    if wanted not in words:
        page.bad.append(f"missing: {wanted!r}")
print("\n".join(page.bad) or "the page is sound")
sys.exit(bool(page.bad))
