/* tests/support/data.c - outside data for tests, see op_test.h */
#include "kit/elements.h"
#include "support/op_test.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *test_data(const char *name)
{
    static char path[4096];
    const char *dir = getenv("ATOMLOOM_TEST_DATA");
    if (!dir || !*dir) dir = ATOMLOOM_SOURCE_DIR "/../shared/data";
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (!access(path, R_OK)) return path;
    printf("skipped: no test data '%s' (set ATOMLOOM_TEST_DATA to the directory that holds it)\n",
           name);
    return NULL;
}

/* The header of a .npy file is a Python dictionary of three known keys: find each by name. */
static bool npy_header(const char *header, loom_dtype *dtype, int *rank, int64_t dim[LOOM_MAX_RANK])
{
    static const struct {
        const char *descr;
        loom_dtype dtype;
    } known[] = {
        { "<f4", LOOM_F32 }, { "<f8", LOOM_F64 }, { "<i4", LOOM_I32 },
        { "<i8", LOOM_I64 }, { "|u1", LOOM_U8 },
    };
    const char *shape = strstr(header, "'shape': (");
    bool found = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(header, known[i].descr)) {
            *dtype = known[i].dtype;
            found = true;
        }
    if (!found || !shape || strstr(header, "'fortran_order': True")) return false;
    shape += strlen("'shape': (");
    for (*rank = 0; *shape != ')';) {
        char *end;
        long long n = strtoll(shape, &end, 10);
        if (end == shape || *rank == LOOM_MAX_RANK) return false;
        dim[(*rank)++] = n;
        for (shape = end; *shape == ',' || *shape == ' ';) shape++;
    }
    return true;
}

loom_value *npy_read(const char *path)
{
    unsigned char head[12];
    char header[4096] = "";
    loom_value *v = NULL;
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    if (fread(head, 1, 10, f) == 10 && !memcmp(head, "\x93NUMPY", 6) && head[6] == 1) {
        size_t length = (size_t)head[8] + 256u * head[9];
        loom_dtype dtype;
        int rank;
        int64_t dim[LOOM_MAX_RANK];
        if (length < sizeof header && fread(header, 1, length, f) == length
            && npy_header(header, &dtype, &rank, dim)) {
            v = make_value("array");
            void *data = make_array(v, "data", dtype, rank, dim, NULL, NULL);
            size_t n = (size_t)loom_array_count(value_array(v, "data"));
            if (fread(data, loom_dtype_bytes(dtype), n, f) != n) {
                value_free(v);
                v = NULL;
            }
        }
    }
    fclose(f);
    return v;
}

static int read_fields(char *line, double *out, int most)
{
    int n = 0;
    for (char *c = line; *c && n < most;) {
        while (isspace((unsigned char)*c)) c++;
        if (!*c) break;
        char *end;
        double v = strtod(c, &end);
        if (end == c) {
            v = NAN;
            while (*end && *end != ',' && !isspace((unsigned char)*end)) end++;
        }
        out[n++] = v;
        while (isspace((unsigned char)*end)) end++;
        c = *end == ',' ? end + 1 : end;
    }
    return n;
}

double *rows_read(const char *path, int64_t *rows, int *columns)
{
    enum { MOST = 64 };
    char *line = NULL;
    size_t room = 0, capacity = 0;
    double *all = NULL, fields[MOST];
    FILE *f = fopen(path, "r");
    *rows = *columns = 0;
    if (!f) return NULL;
    while (getline(&line, &room, f) > 0) {
        char *c = line;
        while (isspace((unsigned char)*c)) c++;
        if (!isdigit((unsigned char)*c) && *c != '-' && *c != '+' && *c != '.') continue;
        int n = read_fields(c, fields, MOST);
        if (!*columns) *columns = n;
        if ((size_t)(*rows + 1) * (size_t)*columns > capacity) {
            capacity = capacity ? 2 * capacity : 1024;
            double *bigger = realloc(all, capacity * sizeof *all);
            if (!bigger) abort();
            all = bigger;
        }
        for (int i = 0; i < *columns; i++) all[*rows * *columns + i] = i < n ? fields[i] : NAN;
        ++*rows;
    }
    free(line);
    fclose(f);
    return all;
}

loom_value *cell_atoms_read(const char *path, double cell_A[3])
{
    enum { MOST = 100000 };
    FILE *f = fopen(path, "r");
    static double position[MOST][3];
    static int32_t species[MOST];
    int32_t z_of[LOOM_SPECIES_MOST], count = 0;
    char line[512], symbols[256] = "";
    int64_t n = 0;
    if (!f) return NULL;
    bool good = fgets(line, sizeof line, f) && fgets(line, sizeof line, f)
                && sscanf(line, "%lf %lf %lf", &cell_A[0], &cell_A[1], &cell_A[2]) == 3;
    while (good && n < MOST && fgets(line, sizeof line, f)) {
        int z, k = 0;
        double x[3];
        if (sscanf(line, "%d %lf %lf %lf", &z, &x[0], &x[1], &x[2]) != 4) break;
        while (k < count && z_of[k] != z) k++;
        if (k == count) {
            z_of[count++] = z;
            snprintf(symbols + strlen(symbols), sizeof symbols - strlen(symbols), "%s%s",
                     k ? " " : "", loom_element_symbol(z));
        }
        species[n] = k;
        for (int a = 0; a < 3; a++) position[n][a] = x[a] - cell_A[a] / 2;
        n++;
    }
    fclose(f);
    return good && n ? make_atoms(n, position[0], species, symbols) : NULL;
}
