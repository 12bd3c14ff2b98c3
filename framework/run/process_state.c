/* run/process_state.c - see process_state.h */
#include "run/process_inside.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const part_work *const works[PROCESS_PART_COUNT] = {
    [PROCESS_FLOAT] = &process_work_float,
    [PROCESS_LOCALE] = &process_work_locale,
    [PROCESS_ENVIRONMENT] = &process_work_environment,
    [PROCESS_DIRECTORY] = &process_work_directory,
    [PROCESS_UMASK] = &process_work_umask,
    [PROCESS_HANDLERS] = &process_work_handlers,
    [PROCESS_MASK] = &process_work_mask,
    [PROCESS_LIMITS] = &process_work_limits,
    [PROCESS_TIMERS] = &process_work_timers,
    [PROCESS_SCHEDULING] = &process_work_scheduling,
    [PROCESS_CONTROL] = &process_work_control,
    [PROCESS_DESCRIPTORS] = &process_work_descriptors,
    [PROCESS_THREADS] = &process_work_threads,
    [PROCESS_CHILDREN] = &process_work_children,
    [PROCESS_LIBRARIES] = &process_work_libraries,
};

const char *process_part_text(process_part part)
{
    static const char *const texts[] = {
#define X(name, text) text,
        PROCESS_PARTS(X)
#undef X
    };
    return part < PROCESS_PART_COUNT ? texts[part] : "?";
}

process_state *process_state_capture(error *e)
{
    process_state *s = calloc(1, sizeof *s);
    if (s) s->directory = -1;
    bool good = s != NULL;
    for (int i = 0; good && i < PROCESS_PART_COUNT; i++) good = works[i]->capture(s);
    if (good) return s;
    process_state_free(s);
    error_memory(e, "the state of the process");
    return NULL;
}

void process_state_free(process_state *s)
{
    if (!s) return;
    for (char **v = s->environment; v && *v; v++) free(*v);
    free(s->environment);
    free(s->locale_name);
    free(s->directory_path);
    free(s->files.file);
    ids_free(&s->posix_timer);
    ids_free(&s->thread);
    ids_free(&s->child);
    if (s->directory >= 0) close(s->directory);
    free(s);
}

unsigned process_state_compare_parts(const process_state *before, const process_state *after,
                                     unsigned parts, text *what)
{
    assert(!(parts & ~PROCESS_ALL));
    text nobody = { 0 };
    unsigned differs = 0;
    for (int i = 0; i < PROCESS_PART_COUNT; i++)
        if (parts & PROCESS_BIT(i) && works[i]->compare(before, after, what ? what : &nobody))
            differs |= PROCESS_BIT(i);
    text_free(&nobody);
    return differs;
}

unsigned process_state_compare(const process_state *before, const process_state *after, text *what)
{
    return process_state_compare_parts(before, after, PROCESS_ALL, what);
}

unsigned process_state_restore(const process_state *before, unsigned parts, error *e)
{
    assert(!(parts & ~PROCESS_ALL));
    process_state *now = process_state_capture(e);
    if (!now) return parts;
    for (int i = 0; i < PROCESS_PART_COUNT; i++)
        if (parts & PROCESS_BIT(i)) works[i]->restore(before, now);
    process_state_free(now);
    now = process_state_capture(e);
    unsigned left = now ? process_state_compare(before, now, NULL) & parts : parts;
    process_state_free(now);
    return left;
}
