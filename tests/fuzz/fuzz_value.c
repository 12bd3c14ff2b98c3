/* Any bytes as an HDF5 file: a value that is sound, or a message; never a crash, a hang or memory
 * without bound. */
#include "fuzz/fuzz.h"
#include "store/describe.h"
#include "store/value.h"
#include "store/store.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* HDF5 loses some memory of its own when it meets a damaged file. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libhdf5"; }

static char foreign[64], own[64];

static void remove_files(void)
{
    unlink(foreign);
    unlink(own);
}

/* HDF5 resolves links, so that a file without a name will not do. */
static void name_files(void)
{
    const char *base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
    snprintf(foreign, sizeof foreign, "%s/atomloom-fuzz-%ld.h5", base, (long)getpid());
    snprintf(own, sizeof own, "%s/atomloom-fuzz-%ld-again.h5", base, (long)getpid());
    atexit(remove_files);
}

/* What holds of any value that was accepted: it can be described, and it survives being written. */
static void check_value(const loom_value *v)
{
    error e = { 0 };
    text shown = { 0 };
    value_describe(v, &shown);
    if (shown.failed || !shown.length) abort();
    text_free(&shown);
    value_check_type(v, &e);
    value_check_finite(v, &e);
    e = (error){ 0 };
    if (!value_write_h5(v, own, &e)) abort();
    loom_value *back = value_read_h5(own, &e);
    if (!back) abort();
    digest a = value_digest(v), b = value_digest(back);
    if (!digest_equal(&a, &b)) abort();
    value_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    error e = { 0 };
    if (!*foreign) name_files();
    FILE *f = fopen(foreign, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f)) abort();
    loom_value *v = value_read_h5(foreign, &e);
    if (v) check_value(v);
    if (!v && (e.status == LOOM_OK || !*e.message)) abort(); /* a failure says why */
    value_free(v);
    return 0;
}
