/* cli/bibtex.h - publications in print: as BibTeX, as one line of a list of references. */
#ifndef ATOMLOOM_CLI_BIBTEX_H
#define ATOMLOOM_CLI_BIBTEX_H
#include "base/error.h"
#include "base/text.h"

/* A text as TeX has it: accents as commands, the signs that TeX takes for its own escaped, dashes
 * as hyphens. */
void tex_text(const char *s, text *out);
/* The same for a title: words with capitals of their own in braces, which styles then leave alone.
 */
void tex_title(const char *s, text *out);

/* "rogers2007": last name of the first author in plain small letters, and the year. Two
 * publications may have the same. */
void bibtex_key(const loom_citation *c, text *out);
/* A whole entry: @article, @incollection or @book by where it appeared; `ops`: what cites it, as
 * keywords. */
void bibtex_entry(const loom_citation *c, const char *key, const char *ops, text *out);

/* "Salman S. Rogers, Thomas A. Waigh, Xiubo Zhao and Jian R. Lu, Precise particle tracking ...,
 * Physical Biology 4, 220-227 (2007)". */
void citation_text(const loom_citation *c, text *out);
/* "https://doi.org/10.1038/nature10934", with what a URL cannot hold percent-encoded. */
void doi_url(const char *doi, text *out);

/* The names of `authors`, one after the other: the name of *at, *length bytes, and *at moves on;
 * false at the end. */
bool author_next(const char **at, const char **name, size_t *length);
#endif
