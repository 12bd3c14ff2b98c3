/* tests/report/panels.h - panels made by hand, and their pictures. */
#ifndef ATOMLOOM_TESTS_PANELS_H
#define ATOMLOOM_TESTS_PANELS_H
#include "report/panel.h"
#include "report/scene.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

static inline void set_text(loom_value *v, const char *name, const char *s)
{
    error e = { 0 };
    ck_assert_msg(value_set_text(v, name, s, &e), "%s", e.message);
}

static inline void set_number(loom_value *v, const char *name, double x, const char *unit)
{
    error e = { 0 };
    ck_assert_msg(value_set_number(v, name, x, unit, &e), "%s", e.message);
}

static inline loom_value *make_panel(const char *renderer)
{
    loom_value *v = make_value("panel");
    set_text(v, "title", "Title");
    set_text(v, "caption", "Caption.");
    set_text(v, "renderer", renderer);
    return v;
}

static inline void *add_column(loom_value *v, const char *name, loom_dtype t, int64_t n,
                               const void *data)
{
    return make_array(v, name, t, 1, &n, "angstrom", data);
}

static inline picture must_draw(const loom_value *v)
{
    picture p;
    error e = { 0 };
    ck_assert_msg(panel_draw(v, &p, &e), "%s", e.message);
    ck_assert(p.width > 0 && p.height > 0 && p.count > 0);
    return p;
}

/* The n-th mark of that kind; NULL past the end. */
static inline const mark *nth(const picture *p, mark_kind kind, int n)
{
    for (int32_t i = 0; i < p->count; i++)
        if (p->mark[i].kind == kind && n-- == 0) return &p->mark[i];
    return NULL;
}

static inline const mark *labelled(const picture *p, const char *s)
{
    for (int32_t i = 0; i < p->count; i++)
        if (p->mark[i].kind == MARK_TEXT && !strcmp(p->mark[i].text, s)) return &p->mark[i];
    return NULL;
}
#endif
