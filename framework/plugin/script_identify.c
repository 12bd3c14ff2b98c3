/* plugin/script_identify.c - what an op's program depends on besides its files; see script.h */
#include "base/capture.h"
#include "plugin/script.h"
#include <assert.h>

static bool refuse(const script *s, capture *c, error *e)
{
    assert(s->identify);
    char how[64];
    capture_end_text(c, how, sizeof how);
    const char *last = text_last_line(&c->err);
    return error_set(e, LOOM_E_IO,
                     "make its program and libraries available here; `identify` of its "
                     "description says what is run",
                     "the op %s cannot be identified: %s %s: %s", s->op.id, s->identify[0], how,
                     *last ? last : "it says nothing");
}

static bool identify(const script *s, error *e)
{
    assert(s->identify && !s->identity->known);
    const program p = { .argv = s->identify, .directory = s->directory };
    const capture_limits limits = { SCRIPT_IDENTIFY_LIMIT_S, SCRIPT_IDENTIFY_BYTES };
    capture c = { 0 };
    if (!capture_start(&c, &p, limits, e)) return false;
    capture_finish(&c);
    bool good = capture_succeeded(&c) && c.out.length;
    if (good) s->identity->of = sha256_of(c.out.data, c.out.length);
    else refuse(s, &c, e);
    s->identity->known = good;
    capture_free(&c);
    return good;
}

bool script_identify(const script *s, digest *out, error *e)
{
    if (!s->identity->known && !identify(s, e)) return false;
    *out = s->identity->of;
    return true;
}
