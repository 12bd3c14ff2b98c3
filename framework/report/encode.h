/* report/encode.h - bytes in the forms that a page holds: base64, PNG. */
#ifndef ATOMLOOM_REPORT_ENCODE_H
#define ATOMLOOM_REPORT_ENCODE_H
#include "report/picture.h"

void base64_add(text *out, const void *bytes, size_t n);
/* The whole PNG file, eight bits a channel; grey and alpha are left out where they say nothing. Out
 * of memory shows in out->failed. The same pixels give the same bytes. */
void png_add(text *out, const bitmap *image);
#endif
