/* kit/mesh.h - a triangle mesh sorted into a tree of boxes: distances to it and rays through it. */
#ifndef LOOM_KIT_MESH_H
#define LOOM_KIT_MESH_H
#include <atomloom/op.h>

typedef struct loom_mesh_node {
    double low[3], high[3];
    /* a leaf: triangles order[first .. first+count-1]; a branch: count 0, children at this + 1 and
     * at `first` */
    int32_t first, count;
} loom_mesh_node;

/* Memory is scratch of the call; vertices and faces are borrowed and must outlive it. Read-only
 * after building. */
typedef struct loom_mesh {
    const double *vertex;
    const int32_t *face;
    int64_t faces;
    loom_mesh_node *node;
    int32_t *order;
} loom_mesh;

/* Faces index into `vertex`; at least one face. False when out of memory (already reported). [main]
 */
bool loom_mesh_build(loom_call *call, const double *vertex, const int32_t *face, int64_t faces,
                     loom_mesh *out);

/* The mesh at a connected `port`, checked (indices within, finite). Fails naming the port. [main]
 */
loom_status loom_mesh_read(loom_call *call, const char *port, loom_mesh *out);

/* Squared distance from x to the nearest point of the mesh, which goes to `nearest` and its face to
 * `face` (both may be NULL). Faces at equal distance: the lowest number. [any] */
double loom_mesh_distance2(const loom_mesh *mesh, const double x[3], double nearest[3],
                           int64_t *face);

/* Where the ray x + t u, t > 0, goes through faces: ascending t, at most `most` of them written.
 * Returns how many there are. [any] */
int64_t loom_mesh_crossings(const loom_mesh *mesh, const double x[3], const double u[3], double *t,
                            int64_t most);

/* Area, and the volume inside where faces are counter-clockwise seen from outside. [any] */
void loom_mesh_measure(const double *vertex, const int32_t *face, int64_t faces, double *area,
                       double *volume);
#endif
