/* base/json.h - writing JSON into a text. (Reading is done with jansson.) */
#ifndef ATOMLOOM_BASE_JSON_H
#define ATOMLOOM_BASE_JSON_H
#include "base/text.h"

/* Quoted; control characters and marks of direction escaped (show.h), so that a terminal can print
 * it; NULL gives null; bytes that are not UTF-8 become U+FFFD. */
void json_quoted(text *out, const char *s);
/* JSON as another writer made it, with what a terminal acts on escaped inside its texts. */
void json_escape(text *out, const char *json);
/* shortest form that reads back the same; null unless finite */
void json_number(text *out, double v);
/* A member of an object: `"name": ` with a comma before it unless it is the first one after '{'. */
void json_name(text *out, const char *name);
void json_member(text *out, const char *name, const char *s);
void json_member_number(text *out, const char *name, double v);
#endif
