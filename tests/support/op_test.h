/* tests/support/op_test.h - run one op of one plugin file in this process, on values made in the
 * test. */
#ifndef ATOMLOOM_TESTS_OP_TEST_H
#define ATOMLOOM_TESTS_OP_TEST_H
#include "plugin/load.h"
#include "run/host.h"
#include "store/value.h"

/* The op of that id from the build's plugin directory (a plugin file is named after its op). Fails
 * the test when it cannot load. */
const loom_op *op_load(const char *id);

typedef struct op_call {
    const loom_op *op;
    host_input input[64];
    int input_count, threads; /* threads: 0 means 1 */
    const char *params[64];   /* "name=value" as on a command line, NULL-terminated */
    host_result result;
    char notes[4096];    /* what the op noted, a line each */
    char warnings[4096]; /* what the op warned of, a line each: "where: text" */
    int cancel_after;    /* > 0: progress says stop from that call on */
    int progress_calls;
    int finish_after; /* > 0: the op is asked to end early from its that-many-th step on */
    int finish_calls;
} op_call;

/* Usage:
 *   op_call c = { .op = op_load("volume.threshold"), .params = { "level=2" } };
 *   op_input(&c, "volume", v);               (v stays yours)
 *   op_run(&c);  or  op_must_run(&c);        (the latter fails the test with the op's message)
 *   const loom_value *mask = op_output(&c, "mask");
 *   op_end(&c); */
void op_input(op_call *c, const char *port, const loom_value *v);
bool op_run(op_call *c);
void op_must_run(op_call *c);
const loom_value *op_output(const op_call *c, const char *port);
void op_end(op_call *c);

/* Runs with 1, 2 and 4 threads (under sanitizers with 2 only: the plain suite compares); fails the
 * test unless every output has the same digest. Leaves the
 * last result in `c`. */
void op_must_be_deterministic(op_call *c);
/* Fails the test unless the op fails with that status and a message holding `fragment` (and
 * `where`, unless NULL). */
void op_must_fail(op_call *c, loom_status status, const char *where, const char *fragment);

/* Makers: fail the test when they cannot. Data is copied; NULL leaves zeros. */
loom_value *make_value(const char *type);
void *make_array(loom_value *v, const char *name, loom_dtype, int rank, const int64_t *dim,
                 const char *unit, const void *data);
loom_value *make_volume(int64_t nz, int64_t ny, int64_t nx, double voxel_size,
                        const float *density);
loom_value *make_tilt_series(int64_t nt, int64_t ny, int64_t nx, double pixel_size,
                             const float *images, const double *angles_deg);
loom_value *make_atoms(int64_t n, const double *position, const int32_t *species,
                       const char *symbols);

/* $ATOMLOOM_TEST_DATA (default ../shared/data beside the checkout) joined with `name`, or NULL
 * after printing why the test is skipped. Static buffer. */
const char *test_data(const char *name);
/* A .npy file (C order, little-endian f4, f8, i4, i8, u1) as an `array` value. NULL when it cannot
 * be read. */
loom_value *npy_read(const char *path);
/* Numbers of a CSV or blank-separated text as rows; lines that do not begin with a number are
 * skipped. `columns` is set from the first row; missing or non-numeric fields are NaN. Owned by the
 * caller. */
double *rows_read(const char *path, int64_t *rows, int *columns);
/* Atoms of a multislice input file (a comment line, the cell, then `Z x y z occupancy sigma` until
 * -1), centred on the cell. NULL when it cannot be read. */
loom_value *cell_atoms_read(const char *path, double cell_A[3]);
#endif
