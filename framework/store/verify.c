/* store/verify.c - is everything in a store what its name says? See store_verify */
#include "store/inside.h"
#include "store/object.h"
#include <assert.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct verification {
    store *s;
    void (*found)(void *user, const digest *d, const char *problem);
    void *user;
    uint64_t checked, damaged;
    error *e;
} verification;

static bool verify_object(void *user, const digest *d, const char *path, const struct stat *st)
{
    verification *v = user;
    error problem = { 0 };
    (void)st;
    /* not store_get: looking is no use, gc goes by use */
    loom_value *value = object_read(path, true, &problem);
    if (!value && access(path, F_OK)) return true; /* removed meanwhile */
    if (!value && problem.status != LOOM_E_DATA)
        return error_set(v->e, problem.status, problem.todo, "%s", problem.message);
    v->checked++;
    if (value) {
        digest is = value_digest(value);
        if (!digest_equal(&is, d))
            error_set(&problem, LOOM_E_DATA, "",
                      "its content has another digest than its name says");
        value_free(value);
    }
    if (problem.status == LOOM_OK) return true;
    v->damaged++;
    store_set_aside(v->s, d);
    if (v->found) v->found(v->user, d, problem.message);
    return true;
}

bool store_verify(store *s, void (*found)(void *, const digest *, const char *), void *user,
                  uint64_t *checked, uint64_t *damaged, error *e)
{
    assert(s);
    error inner = { 0 };
    verification v = { .s = s, .found = found, .user = user, .e = &inner };
    bool good =
        each_file(s, "objects", ".h5", verify_object, &v, &inner) && inner.status == LOOM_OK;
    if (checked) *checked = v.checked;
    if (damaged) *damaged = v.damaged;
    return good || error_set(e, inner.status, inner.todo, "%s", inner.message);
}
