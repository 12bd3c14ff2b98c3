/* order.bond_orientation - how crystalline the surroundings of an atom are: averaged Q4 and Q6. */
#include <atomloom/op.h>
#include "kit/atoms.h"
#include "kit/cells.h"
#include "kit/citations.h"
#include "kit/geometry.h"
#include "kit/pdf.h"
#include <string.h>
#include <assert.h>

/* m = 0..4 of l = 4, then m = 0..6 of l = 6; real and imaginary parts */
enum { TERMS = 12, REALS = 2 * TERMS, FIRST_OF_6 = 5 };
static const double fcc_q4 = 0.190941, fcc_q6 = 0.574524; /* of a perfect fcc crystal */

typedef struct params {
    double cutoff;
    const char *where;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, cutoff, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "atoms this far apart or closer are neighbours; 0: r_valley of the table at "
                      "'pdf', else of these atoms"),
    LOOM_PARAM_WHERE(params),
    { 0 }
};
static const loom_port inputs[] = { { "atoms", "atoms", "the particle", 0 },
                                    { "pdf", "table", "from structure.pdf, for its r_valley",
                                      LOOM_OPTIONAL },
                                    { 0 } };
static const loom_port outputs[] = { { "atoms", "atoms",
                                       "the same with columns q4, q6 (averaged over the "
                                       "neighbours) and boo: their norm, 1 for perfect fcc",
                                       0 },
                                     { 0 } };

/* Spherical harmonics Y_4m and Y_6m, m >= 0, of a unit vector, added to `out`: (x + iy)^m times a
 * polynomial in z. */
static void add_harmonics(double x, double y, double z, double *restrict out)
{
    const double pi = LOOM_PI, z2 = z * z, z3 = z2 * z, z4 = z2 * z2;
    const double polynomial[TERMS] = {
        3.0 / 16 * sqrt(1 / pi) * (35 * z4 - 30 * z2 + 3),
        3.0 / 8 * sqrt(5 / pi) * (7 * z3 - 3 * z),
        3.0 / 8 * sqrt(5 / (2 * pi)) * (7 * z2 - 1),
        3.0 / 8 * sqrt(35 / pi) * z,
        3.0 / 16 * sqrt(35 / (2 * pi)),
        1.0 / 32 * sqrt(13 / pi) * (231 * z4 * z2 - 315 * z4 + 105 * z2 - 5),
        1.0 / 16 * sqrt(273 / (2 * pi)) * (33 * z4 * z - 30 * z3 + 5 * z),
        1.0 / 64 * sqrt(1365 / pi) * (33 * z4 - 18 * z2 + 1),
        1.0 / 32 * sqrt(1365 / pi) * (11 * z3 - 3 * z),
        3.0 / 32 * sqrt(91 / (2 * pi)) * (11 * z2 - 1),
        3.0 / 32 * sqrt(1001 / pi) * z,
        1.0 / 64 * sqrt(3003 / pi),
    };
    double re[7] = { 1 }, im[7] = { 0 };
    for (int m = 1; m < 7; m++) {
        re[m] = re[m - 1] * x - im[m - 1] * y;
        im[m] = re[m - 1] * y + im[m - 1] * x;
    }
    for (int k = 0; k < TERMS; k++) {
        int m = k < FIRST_OF_6 ? k : k - FIRST_OF_6;
        out[2 * k] += polynomial[k] * re[m];
        out[2 * k + 1] += polynomial[k] * im[m];
    }
}

/* q_lm of one atom: the mean over its bonds; zero without neighbours. */
static void harmonics_of_atom(const loom_atoms *atoms, const loom_neighbours *nb, int64_t i,
                              double *restrict q)
{
    assert(i >= 0 && i < atoms->n && nb->first[i + 1] >= nb->first[i]);
    int64_t n = nb->first[i + 1] - nb->first[i];
    memset(q, 0, REALS * sizeof *q);
    for (int64_t k = nb->first[i]; k < nb->first[i + 1]; k++) {
        double d[3], length2 = 0;
        for (int a = 0; a < 3; a++) {
            d[a] = atoms->position[3 * (int64_t)nb->list[k] + a] - atoms->position[3 * i + a];
            length2 += d[a] * d[a];
        }
        double per_length = 1 / sqrt(length2);
        add_harmonics(d[0] * per_length, d[1] * per_length, d[2] * per_length, q);
    }
    for (int k = 0; n && k < REALS; k++) q[k] /= (double)n;
}

/* sqrt(4 pi / (2l + 1) sum |q_lm|^2) over m = -l..l; those of -m have the length of those of m. */
static double length_of(const double *q, int l)
{
    assert(l >= 0 && l <= 6);
    double sum = q[0] * q[0] + q[1] * q[1];
    for (int m = 1; m <= l; m++) sum += 2 * (q[2 * m] * q[2 * m] + q[2 * m + 1] * q[2 * m + 1]);
    return sqrt(4 * LOOM_PI / (2 * l + 1) * sum);
}

static void average_over_neighbours(const loom_neighbours *nb, const double *q, int64_t i,
                                    double *q4, double *q6, double *boo)
{
    double mean[REALS];
    int64_t n = nb->first[i + 1] - nb->first[i] + 1;
    memcpy(mean, q + REALS * i, sizeof mean);
    for (int64_t k = nb->first[i]; k < nb->first[i + 1]; k++)
        for (int t = 0; t < REALS; t++) mean[t] += q[REALS * (int64_t)nb->list[k] + t];
    for (int t = 0; t < REALS; t++) mean[t] /= (double)n;
    *q4 = length_of(mean, 4);
    *q6 = length_of(mean + 2 * FIRST_OF_6, 6);
    *boo = sqrt((*q4 * *q4 + *q6 * *q6) / (fcc_q4 * fcc_q4 + fcc_q6 * fcc_q6));
}

static loom_status run(loom_call *call, const void *param_struct)
{
    static const char *const made[] = { "q4", "q6", "boo", NULL };
    const loom_host *h = call->host;
    const params *p = param_struct;
    int threads = h->threads(call);
    loom_atoms atoms;
    loom_cells cells;
    loom_neighbours nb;
    double cutoff;
    loom_status status = loom_atoms_read_where(call, "atoms", 2, p->where, &atoms);
    if (status != LOOM_OK) return status;
    status = loom_bond_cutoff(call, "pdf", "cutoff", p->cutoff, atoms.position, atoms.n, &cutoff);
    if (status != LOOM_OK) return status;
    loom_value *out = h->output(call, "atoms");
    if (!out || !loom_atoms_pass(call, &atoms, made, out)) return LOOM_E_MEMORY;
    double *q4 = loom_atoms_make(call, &atoms, out, "q4", LOOM_F64, 1, ""),
           *q6 = loom_atoms_make(call, &atoms, out, "q6", LOOM_F64, 1, "");
    double *boo = loom_atoms_make(call, &atoms, out, "boo", LOOM_F64, 1, ""),
           *q = h->scratch(call, (size_t)atoms.n * REALS * sizeof *q);
    if (!q4 || !q6 || !boo || !q) return LOOM_E_MEMORY;
    if (!loom_cells_build(call, atoms.position, atoms.n, cutoff, &cells)
        || !loom_neighbours_build(call, &cells, cutoff, &nb))
        return LOOM_E_MEMORY;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 256)
    for (int64_t i = 0; i < atoms.n; i++) harmonics_of_atom(&atoms, &nb, i, q + REALS * i);
    if (!h->progress(call, 1, 2)) return LOOM_E_CANCELLED;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 256)
    for (int64_t i = 0; i < atoms.n; i++)
        average_over_neighbours(&nb, q, i, &q4[i], &q6[i], &boo[i]);
    h->set_number(call, out, "boo_cutoff", cutoff, "angstrom");
    loom_atoms_spread(&atoms);
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_LECHNER_2008, CITE_YANG_2021, { 0 } };

static const loom_op order_bond_orientation = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "order.bond_orientation",
    .summary = "Averaged local bond orientational order Q4 and Q6 of every atom, and their norm "
               "scaled to perfect fcc.",
    .method = "`q_lm(i)` is the mean of the spherical harmonics `Y_lm` over the bonds of atom i, "
              "`qbar_lm(i)` the mean of q_lm over i "
              "and its neighbours, `Q_l = sqrt(4 pi / (2l + 1) sum_m |qbar_lm|^2)`. boo = "
              "`sqrt(Q4^2 + Q6^2)` divided by its value in "
              "perfect fcc (Q4 0.190941, Q6 0.574524): near 1 in a crystal, about 0.5 or less in a "
              "glass.",
    .citations = citations,
    .limits = "Atoms at the surface miss neighbours and look less ordered than they are; an atom "
              "without neighbours has 0.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("order.bond_orientation", "1.0", "BSD-3-Clause", &order_bond_orientation);
