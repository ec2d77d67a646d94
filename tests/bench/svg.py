"""svg: a picture that stands alone or in a page, is read in the light, in the
dark and on paper, and says in words what it shows."""
from xml.sax.saxutils import escape

LIGHT = ("--ink:#24272c;--quiet:#5c6069;--line:#dfdbd0;--ours:#1c5d77;"
         "--other:#aeb4bd;--paper:#fdfcf9")
DARK = ("--ink:#dcdee2;--quiet:#a2a8b3;--line:#353a43;--ours:#86c5dd;"
        "--other:#666d79;--paper:#17191d")
STYLE = f"""
svg.plot {{ {LIGHT}; font: 14px "Source Sans 3", "Noto Sans", "Segoe UI",
 system-ui, "DejaVu Sans", sans-serif; }}
@media (prefers-color-scheme: dark) {{
 svg.plot:root, :root:not([data-theme=light]) svg.plot {{ {DARK} }} }}
:root[data-theme=dark] svg.plot {{ {DARK} }}
@media print {{ svg.plot, svg.plot:root, :root svg.plot {{ {LIGHT} }} }}
svg.plot text {{ fill: var(--ink); }}
svg.plot .quiet {{ fill: var(--quiet); font-size: 12px; }}
svg.plot .head {{ font-size: 16px; font-weight: 600; }}
svg.plot .strong {{ font-weight: 600; }}
svg.plot .end {{ text-anchor: end; }}
svg.plot .middle {{ text-anchor: middle; }}
svg.plot .line {{ stroke: var(--line); fill: none; }}
svg.plot .mark {{ stroke: var(--ink); fill: none; }}
svg.plot .ours {{ fill: var(--ours); stroke: var(--ours); }}
svg.plot .other {{ fill: var(--other); stroke: var(--other); }}
svg.plot .path {{ fill: none; stroke: var(--quiet); stroke-width: 1.5; }}
svg.plot .own {{ stroke: var(--ours); stroke-width: 3; }}
svg.plot .coin {{ fill: var(--paper); stroke: var(--quiet); }}
svg.plot .coin.ours {{ fill: var(--ours); stroke: var(--ours); }}
svg.plot .letter {{ font-size: 11px; text-anchor: middle; }}
svg.plot .ours + .letter {{ fill: var(--paper); }}
"""


class Picture:
    def __init__(self, name, width, height, title):
        self.name, self.title = name, title
        self.width, self.height = width, height
        self.parts, self.sentences = [], []

    def text(self, x, y, words, kind=""):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">'
                          f'{escape(words)}</text>')

    def line(self, x1, y1, x2, y2, kind):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" '
                          f'y2="{y2:.1f}" class="{kind}"/>')

    def bar(self, x, y, width, height, kind):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                          f'height="{height:.1f}" class="{kind}"/>')

    def path(self, points, kind, dashes=""):
        where = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{where}" class="{kind}" '
                          f'stroke-dasharray="{dashes}"/>')

    def coin(self, x, y, letter, kind=""):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8.5" '
                          f'class="coin {kind}"/>')
        self.text(x, y + 4, letter, "letter")

    def say(self, sentence):
        """For who hears the picture."""
        self.sentences.append(sentence)

    def __str__(self):
        title, desc = f"{self.name}-title", f"{self.name}-desc"
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" '
            f'viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-labelledby="{title} {desc}">',
            f'<title id="{title}">{escape(self.title)}</title>',
            f'<desc id="{desc}">{escape(" ".join(self.sentences))}</desc>',
            f"<style>{STYLE}</style>", *self.parts, "</svg>", ""])
