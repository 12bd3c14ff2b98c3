/* Any text as an expression: parsed, bound and evaluated, or refused with a place inside it. */
#include "fuzz/fuzz.h"
#include "kit/expression.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double depth[3] = { 1, 5.5, NAN };
static const int32_t species[3] = { 0, 1, 1 };
static const uint8_t surface[3] = { 1, 0, 1 };
static const loom_expression_column columns[] = {
    { "depth", LOOM_F64, depth, 1, NULL, 0, NULL },
    { "species", LOOM_I32, species, 1, "Pd Ir", ' ', NULL },
    { "surface", LOOM_U8, surface, 1, NULL, 0, NULL },
    { "fate", LOOM_I32, species, 1, "new\nlost", '\n', NULL },
};

static void need(bool holds)
{
    if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    loom_expression *e = malloc(sizeof *e);
    loom_expression_error error = { .at = -1 };
    memcpy(text, data, size);
    text[size] = 0;
    if (loom_expression_parse(text, e, &error) && loom_expression_bind(e, columns, 4, &error)) {
        for (int64_t row = 0; row < 3; row++) {
            double v = loom_expression_at(e, row), again = loom_expression_at(e, row);
            need(!memcmp(&v, &again, sizeof v) || (isnan(v) && isnan(again)));
            need(e->kind != LOOM_EXPRESSION_TRUTH || isnan(v) || !(v > 0) || !(v < 1));
        }
    } else {
        need(error.at >= 0 && (size_t)(error.at + error.length) <= strlen(text) && *error.text);
    }
    free(e);
    free(text);
    return 0;
}
