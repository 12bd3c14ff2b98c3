/* tests/io/io_files.h - files made by a test, and foreign bytes damaged on purpose. */
#ifndef ATOMLOOM_TESTS_IO_FILES_H
#define ATOMLOOM_TESTS_IO_FILES_H
#include "support/op_test.h"
#include <check.h>
#include <kit/rng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A new file in the temporary directory with these bytes; "file=PATH" in a static buffer, for
 * op_call.params. */
static inline const char *file_with(const void *bytes, size_t n)
{
    static char param[256];
    snprintf(param, sizeof param, "file=%s/loom_io_XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    int fd = mkstemp(param + 5);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
    close(fd);
    return param;
}

static inline void remove_file(const char *param) { unlink(param + 5); }

static inline unsigned char *bytes_of(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    unsigned char *bytes = malloc(*n + 1);
    ck_assert_uint_eq(fread(bytes, 1, *n, f), *n);
    fclose(f);
    return bytes;
}

/* Truncated at `cuts` places and with a few bytes changed in `rounds` ways, the file is read or
 * refused with a message: never a crash, never a failure without a word. Changes fall on the first
 * `head` bytes half of the time. */
static inline void survives_damage(const char *id, const unsigned char *good, size_t n, size_t head,
                                   int cuts, int rounds)
{
    unsigned char *bad = malloc(n + 1);
    for (int k = 0; k < cuts + rounds; k++) {
        memcpy(bad, good, n);
        size_t length = k < cuts ? n * (size_t)k / (size_t)cuts : n;
        for (uint64_t i = 0, changes = k < cuts ? 0 : 1 + loom_below(loom_random(7, k, 0), 4);
             i < changes; i++) {
            uint64_t bits = loom_random(8, k, i);
            size_t at = loom_below(bits, bits & 1 && head < n ? head : n);
            bad[at] = (unsigned char)loom_random(9, k, i);
        }
        const char *param = file_with(bad, length);
        op_call c = { .op = op_load(id), .params = { param } };
        if (!op_run(&c)) ck_assert_msg(*c.result.failure.message, "no message after damage %d", k);
        op_end(&c);
        remove_file(param);
    }
    free(bad);
}
#endif
