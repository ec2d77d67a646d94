#!/usr/bin/env python3
"""pages: what is wrong with built pages, one line each; nothing if all is well.

    pages.py resources HTML...      what a page fetches from elsewhere
    pages.py links HTML...          links to pages or anchors that do not exist
    pages.py outline HTML...        headings, landmarks and language
    pages.py listings HTML...       lines that the source has elsewhere or not
    pages.py consoles HTML DIR      DIR holds the page's console blocks, as
                                    files: those that the page shows otherwise
    pages.py sections INDEX HTML... pages that the search knows nothing of
"""
import json
import os
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "hr", "col"}


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.path, self.name = path, os.path.basename(path)
        self.stack, self.ids, self.links, self.fetched = [], [], [], []
        self.headings, self.tags, self.lang = [], [], None
        self.consoles, self.listings, self.data = [], [], ""
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.feed(self.text)

    def inside(self, *kinds):
        return any(kind in entry for kind in kinds for entry in self.stack)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        classes = (values.get("class") or "").split()
        if not self.inside("svg"):  # a picture has a title of its own
            self.tags.append(tag)
        if tag == "html":
            self.lang = values.get("lang")
        if "id" in values:
            self.ids.append(values["id"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "a":
            self.links.append(values.get("href", ""))
        else:
            self.fetched += [values[name] for name in ("src", "href", "data",
                             "poster", "srcset") if values.get(name)]
        if tag == "figure" and "console" in classes:
            self.consoles.append("")
        if tag == "figure" and "listing" in classes:
            self.listings.append(["", []])
        if "data-line" in values:
            self.listings[-1][1].append([int(values["data-line"]), ""])
        if tag not in VOID:
            self.stack.append([tag, *classes, *(["sections"] if values.get("id")
                               == "sections" else [])])

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.inside("sections"):
            self.data += data
        elif self.inside("console") and self.inside("pre"):
            self.consoles[-1] += data
        elif self.inside("listing") and self.inside("figcaption"):
            self.listings[-1][0] += data
        elif self.inside("line") and not self.inside("mark"):
            self.listings[-1][1][-1][1] += data


def resources(pages):
    for page in pages:
        for address in page.fetched:
            if not address.startswith("data:"):
                yield f"{page.name} fetches {address}"
        for found in re.findall(r"@import|\burl\(|\bfetch\(|\bimport\(",
                                page.text):
            yield f"{page.name} has {found}"


def links(pages):
    for page in pages:
        for twice in {name for name in page.ids if page.ids.count(name) > 1}:
            yield f"{page.name} has two elements called {twice}"
        for link in page.links:
            path, _, anchor = link.partition("#")
            if re.match("(https?|mailto):", link):
                continue
            beside = os.path.join(os.path.dirname(page.path), path)
            if path and not os.path.isfile(beside):
                yield f"{page.name} links to {link}"
            elif anchor and anchor not in (Page(beside) if path else page).ids:
                yield f"{page.name} links to {link}: no such anchor"


def outline(pages):
    for page in pages:
        levels = page.headings
        if levels[:1] != [1] or levels.count(1) != 1:
            yield f"{page.name}: not one h1, first"
        for above, level in zip(levels, levels[1:]):
            if level > above + 1:
                yield f"{page.name}: h{level} below h{above}"
        for tag in ("main", "header", "footer", "title"):
            if page.tags.count(tag) != 1:
                yield f"{page.name}: not one {tag}"
        if page.lang != "en":
            yield f"{page.name}: no language"


def listings(pages):
    for page in pages:
        for caption, shown in page.listings:
            src = caption.split()[0]
            with open(src, encoding="utf-8") as file:
                lines = file.read().split("\n")
            if not shown:
                yield f"{page.name}: {src}: a listing without lines"
            for number, text in shown:
                if lines[number - 1] + "\n" != text:
                    yield f"{page.name}: {src}:{number} is not: {text}"


def consoles(path, folder):
    page = Page(path)
    names = sorted(os.listdir(folder), key=int)
    if len(names) != len(page.consoles):
        yield f"{page.name}: {len(page.consoles)} of {len(names)} blocks"
    for name, shown in zip(names, page.consoles):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            if file.read() != shown:
                yield f"{page.name}: the block of line {name} is another"


def sections(index, *paths):
    known = json.loads(Page(index).data)
    for path in paths:
        name = os.path.basename(path)[:-len(".html")]
        ids = Page(path).ids
        mine = [section for section in known if section[0] == name]
        if not any(title for _, _, title, _, _ in mine):
            yield f"nothing of {name} can be found"
        for _, anchor, *_ in mine:
            if anchor and anchor not in ids:
                yield f"{name} has no {anchor}"


def main(kind, *paths):
    if kind in ("resources", "links", "outline", "listings"):
        found = globals()[kind]([Page(path) for path in paths])
    elif kind in ("consoles", "sections"):
        found = globals()[kind](*paths)
    else:
        sys.exit(__doc__)
    for line in found:
        print(line.rstrip("\n"))


if len(sys.argv) < 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
