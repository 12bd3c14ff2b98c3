/* io/mesh_take.h - a mesh as its writers need it. */
#ifndef ATOMLOOM_IO_MESH_TAKE_H
#define ATOMLOOM_IO_MESH_TAKE_H
#include "kit/check.h"

typedef struct mesh_in {
    const loom_value *value;
    int64_t vertices, faces;
    const double *vertex; /* [vertices][3] */
    const int32_t *face;  /* [faces][3] */
} mesh_in;

/* Input `mesh`; false after failing: indices beyond the vertices, coordinates that are not finite.
 */
static inline bool mesh_take(loom_call *call, mesh_in *m)
{
    const loom_array *v = loom_need(call, "mesh", "vertex"), *f = loom_need(call, "mesh", "face");
    if (!v || !f || !loom_need_finite(call, "mesh", v)) return false;
    *m = (mesh_in){ call->host->input(call, "mesh", 0), v->dim[0], f->dim[0], v->data, f->data };
    for (int64_t i = 0; i < 3 * m->faces; i++)
        if (m->face[i] < 0 || m->face[i] >= m->vertices) {
            call->host->fail(call, LOOM_E_DATA, "mesh",
                             "face %lld names vertex %d of %lld: the mesh is damaged",
                             (long long)(i / 3), m->face[i], (long long)m->vertices);
            return false;
        }
    return true;
}

enum { MAX_MESH_COLUMNS = 32 };
typedef struct mesh_columns {
    int n;
    const loom_array *of[MAX_MESH_COLUMNS];
} mesh_columns;

/* Further columns with an entry for each vertex; meshes with as many faces as vertices have none,
 * since nobody could tell what they belong to. */
static inline mesh_columns mesh_find_columns(loom_call *call, const mesh_in *m)
{
    mesh_columns c = { 0 };
    const loom_array *a;
    for (int64_t i = 0; (a = call->host->array_at(m->value, i)); i++)
        if (a->rank == 1 && a->dim[0] == m->vertices && m->vertices != m->faces
            && c.n < MAX_MESH_COLUMNS)
            c.of[c.n++] = a;
    return c;
}
#endif
