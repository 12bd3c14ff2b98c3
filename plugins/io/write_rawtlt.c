/* io.write_rawtlt - the tilts of a series as text. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "kit/check.h"
#include <math.h>

static const loom_port inputs[] = { { "tilts", "tilt_series", "any series", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "one line for each tilt, degrees", 0 },
                                     { 0 } };

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    const loom_array *angles = loom_need(call, "tilts", "angles");
    io_text t = { .call = call };
    bool euler = false;
    if (!angles) return LOOM_E_DATA;
    const double *a = angles->data;
    for (int64_t k = 0; k < angles->dim[0]; k++)
        euler = euler || fabs(a[3 * k]) > 0 || fabs(a[3 * k + 2]) > 0;
    for (int64_t k = 0; k < angles->dim[0]; k++, a += 3) {
        if (euler) io_print(&t, "%.12g %.12g %.12g\n", a[0], a[1], a[2]);
        else io_print(&t, "%.12g\n", a[1]);
    }
    return t.failed ? LOOM_E_MEMORY : io_finish_file(call, t.data, t.n, "text/plain", "rawtlt");
}

static const loom_op io_write_rawtlt = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_rawtlt",
    .summary = "The tilts of a series as text, one line for each.",
    .method =
        "Degrees, as IMOD reads them; three numbers a line (phi, theta, psi) where the series "
        "is not about one axis.",
    .cites = "none",
    .limits = "IMOD reads the form with one number only.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "tilt_series",
    .writes_extension = "rawtlt",
    .run = run,
};
LOOM_PLUGIN("io.write_rawtlt", "1.0", "BSD-3-Clause", &io_write_rawtlt);
