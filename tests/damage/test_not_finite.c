/* damage: a number that is not finite is refused by every reader of numbers, at its place, with the
 * file named and what to do. */
#include "damage/damage.h"
#include "damage/formats.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const damage_format *format_named(const char *name)
{
    for (int i = 0; i < damage_format_count; i++)
        if (!strcmp(damage_formats[i].name, name)) return &damage_formats[i];
    return NULL;
}

/* Makes element [1][2][3] of the file a NaN, or an infinity. */
static void spoil(damage_file *f, bool infinite)
{
    const int64_t at = (1 * NY + 2) * NX + 3;
    for (int i = 0; i < f->runs; i++) {
        const damage_run *r = &f->run[i];
        unsigned char *element = f->bytes + r->offset + (size_t)(at - r->first) * r->width;
        double d = infinite ? -INFINITY : NAN;
        float s = (float)d;
        if (at < r->first || at >= r->first + (int64_t)r->count) continue;
        memcpy(element, r->width == 8 ? (void *)&d : (void *)&s, r->width);
        return;
    }
    ck_abort_msg("no run of numbers holds the element");
}

START_TEST(the_place_and_the_file_are_named)
{
    static const char *const names[] = { "mat5", "mat73", "npy", "mrc", "tiff_floats" };
    for (size_t k = 0; k < 2 * sizeof names / sizeof *names; k++) {
        const damage_format *f = format_named(names[k / 2]);
        char param[700];
        damage_file file = { 0 };
        if (!f) continue; /* built without that library */
        ck_assert(f->make(&file));
        spoil(&file, k % 2);
        snprintf(param, sizeof param, "file=%s", damage_temporary());
        FILE *out = fopen(param + 5, "wb");
        ck_assert_uint_eq(fwrite(file.bytes, 1, file.size, out), file.size);
        fclose(out);
        op_call c = { .op = op_load(f->op), .params = { param } };
        op_must_fail(&c, LOOM_E_NUMERIC, "file",
                     k % 2 ? "-inf at [1][2][3] of [3][4][5]" : "nan at [1][2][3] of [3][4][5]");
        ck_assert_ptr_nonnull(strstr(c.result.failure.todo, "no op repairs"));
        op_end(&c);
        unlink(param + 5);
        damage_file_free(&file);
    }
}
END_TEST

TEST_MAIN("damage.not_finite", the_place_and_the_file_are_named)
