/* svg: the few shapes that the pictures are made of.
 *
 * A picture stands alone, or inside a page: so its style is its own, its names
 * begin with "pic-", and dark or light is what the reader has chosen there
 * (data-theme) or in the system (prefers-color-scheme). A class says what a
 * shape means; colours stand in the style alone. Lengths are px.
 */
#ifndef PICTURE_SVG_H
#define PICTURE_SVG_H

#include <stdio.h>

enum { CLIENT_COLOURS = 6 };

/* Begins a picture: its size, what it shows, and in one paragraph what is to be
 * seen in it, for those who do not see it. `name` makes its ids unique. */
void svg_begin(FILE *file, double width, double height, const char *name,
               const char *title, const char *description);
void svg_end(FILE *file);

/* The class is a list of names without "pic-": "line client2". */
void svg_line(FILE *file, const char *class, double x1, double y1, double x2,
              double y2);
void svg_box(FILE *file, const char *class, double x, double y, double width,
             double height);
/* A line with an arrowhead at its end; horizontal. */
void svg_arrow(FILE *file, const char *class, double x1, double x2, double y);
/* Text that begins at x; ends there with the class "end"; its middle is there
 * with "mid". */
void svg_text(FILE *file, const char *class, double x, double y,
              const char *text);

/* About how wide a text of that size is, monospaced or not: for deciding
 * whether there is room. */
double text_width(const char *text, double size);
double mono_width(const char *text, double size);

/* Writes text with what XML wants escaped. */
void svg_escape(FILE *file, const char *text);

#endif
