/* svg: see svg.h. */
#include "svg.h"

#include <string.h>

/* Colours of clients that the colour-blind can tell apart, after Okabe and Ito;
 * a client is also known by its column or its row, and by its name. */
static const char style[] =
    ".pic{--paper:#fdfcf9;--ink:#24272c;--quiet:#5c6069;--faint:#dcd8cd;"
    "--sleep:#e9e6dd;--c1:#0b63a5;--c2:#b34700;--c3:#00775a;--c4:#8b3f7f;"
    "--c5:#7a5c00;--c6:#46505a}\n"
    "@media (prefers-color-scheme:dark){"
    ":root:not([data-theme=light]) .pic{--paper:#17191d;--ink:#dcdee2;"
    "--quiet:#a2a8b3;--faint:#3a3f49;--sleep:#2b2f37;--c1:#6db7ee;"
    "--c2:#f0975a;--c3:#4fc7a3;--c4:#d795cb;--c5:#d8bb55;--c6:#aab4be}}\n"
    ":root[data-theme=dark] .pic{--paper:#17191d;--ink:#dcdee2;"
    "--quiet:#a2a8b3;--faint:#3a3f49;--sleep:#2b2f37;--c1:#6db7ee;"
    "--c2:#f0975a;--c3:#4fc7a3;--c4:#d795cb;--c5:#d8bb55;--c6:#aab4be}\n"
    "@media print{:root .pic,:root:not([data-theme=light]) .pic{"
    "--paper:#fff;--ink:#000;--quiet:#444;--faint:#bbb;--sleep:#e4e4e4;"
    "--c1:#0b63a5;--c2:#b34700;--c3:#00775a;--c4:#8b3f7f;--c5:#7a5c00;"
    "--c6:#46505a}}\n"
    ".pic text{font:12px \"Source Sans 3\",\"Noto Sans\",\"Segoe UI\","
    "system-ui,Cantarell,\"Liberation Sans\",sans-serif;fill:var(--ink)}\n"
    ".pic .pic-mono{font:11px ui-monospace,\"Cascadia Mono\","
    "\"DejaVu Sans Mono\",\"Liberation Mono\",monospace}\n"
    ".pic .pic-head{font-size:14px;font-weight:600}\n"
    ".pic .pic-small{font-size:10.5px}\n"
    ".pic .pic-bold{font-weight:600}\n"
    ".pic .pic-quiet{fill:var(--quiet)}\n"
    ".pic .pic-on{fill:var(--paper)}\n"
    ".pic .pic-end{text-anchor:end}\n"
    ".pic .pic-mid{text-anchor:middle}\n"
    ".pic-ground{fill:var(--paper)}\n"
    ".pic line,.pic path{stroke:var(--ink);stroke-width:1.3;fill:none}\n"
    ".pic .pic-thin{stroke-width:1}\n"
    ".pic .pic-fat{stroke-width:2.4}\n"
    ".pic .pic-grid{stroke:var(--faint);stroke-width:1}\n"
    ".pic .pic-dash{stroke-dasharray:2 3}\n"
    ".pic .pic-paper{stroke:var(--paper)}\n"
    ".pic .pic-dots{stroke:var(--quiet);stroke-width:1;"
    "stroke-dasharray:1 4}\n"
    ".pic .pic-sleep{fill:var(--sleep);stroke:var(--quiet);stroke-width:.8}\n"
    ".pic .pic-run{fill:var(--ink);stroke:var(--ink);stroke-width:.8}\n"
    ".pic .pic-track{fill:var(--sleep)}\n"
    ".pic .pic-open{fill:var(--paper);stroke-width:1.3}\n";

/* Each colour as that of a stroke, of a text and of a filled box. */
static void
write_colours(FILE *file)
{
    for (int i = 1; i <= CLIENT_COLOURS; i++)
        (void)fprintf(file,
                      ".pic line.pic-c%d,.pic path.pic-c%d{stroke:var(--c%d)}"
                      ".pic text.pic-c%d,.pic rect.pic-c%d{fill:var(--c%d)}"
                      ".pic .pic-open.pic-c%d{fill:var(--paper);"
                      "stroke:var(--c%d)}\n",
                      i, i, i, i, i, i, i, i);
}

void
svg_escape(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '&')
            (void)fputs("&amp;", file);
        else if (*text == '<')
            (void)fputs("&lt;", file);
        else if (*text == '>')
            (void)fputs("&gt;", file);
        else if (*text == '"')
            (void)fputs("&quot;", file);
        else
            (void)fputc(*text, file);
    }
}

void
svg_begin(FILE *file, double width, double height, const char *name,
          const char *title, const char *description)
{
    (void)fprintf(file,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "
                  "%.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\" "
                  "aria-labelledby=\"%s-title %s-desc\" class=\"picture\">\n"
                  "<title id=\"%s-title\">",
                  width, height, width, height, name, name, name);
    svg_escape(file, title);
    (void)fprintf(file, "</title>\n<desc id=\"%s-desc\">", name);
    svg_escape(file, description);
    (void)fprintf(file, "</desc>\n<style>\n%s", style);
    write_colours(file);
    (void)fprintf(file,
                  "</style>\n<g class=\"pic\">\n<rect class=\"pic-ground\" "
                  "width=\"%.0f\" height=\"%.0f\"/>\n",
                  width, height);
}

void
svg_end(FILE *file)
{
    (void)fputs("</g>\n</svg>\n", file);
}

/* class="pic-line pic-client2" */
static void
write_class(FILE *file, const char *class)
{
    (void)fputs(" class=\"", file);
    while (*class != '\0') {
        int length = (int)strcspn(class, " ");

        (void)fprintf(file, "pic-%.*s%s", length, class,
                      class[length] != '\0' ? " " : "");
        class += length + (class[length] == ' ');
    }
    (void)fputs("\"", file);
}

void
svg_line(FILE *file, const char *class, double x1, double y1, double x2,
         double y2)
{
    (void)fputs("<line", file);
    write_class(file, class);
    (void)fprintf(file, " x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                  x1, y1, x2, y2);
}

void
svg_box(FILE *file, const char *class, double x, double y, double width,
        double height)
{
    (void)fputs("<rect", file);
    write_class(file, class);
    (void)fprintf(file,
                  " x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                  x, y, width, height);
}

void
svg_arrow(FILE *file, const char *class, double x1, double x2, double y)
{
    double back = x2 > x1 ? -5 : 5;

    (void)fputs("<path", file);
    write_class(file, class);
    (void)fprintf(file,
                  " d=\"M%.1f %.1fH%.1fM%.1f %.1fL%.1f %.1fL%.1f %.1f\"/>\n",
                  x1, y, x2, x2 + back, y - 3.5, x2, y, x2 + back, y + 3.5);
}

void
svg_text(FILE *file, const char *class, double x, double y, const char *text)
{
    (void)fputs("<text", file);
    write_class(file, class);
    (void)fprintf(file, " x=\"%.1f\" y=\"%.1f\">", x, y);
    svg_escape(file, text);
    (void)fputs("</text>\n", file);
}

double
text_width(const char *text, double size)
{
    return (double)strlen(text) * size * 0.52;
}

double
mono_width(const char *text, double size)
{
    return (double)strlen(text) * size * 0.605;
}
