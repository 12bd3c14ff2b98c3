/* test.hostile: an op whose texts would take over a terminal if they were printed as they are. */
#include <atomloom/op.h>
#include <stdio.h>
#include <string.h>

/* Sets the window's title, fills the clipboard, clears the screen, goes up a line, rings; C1, DEL,
 * not UTF-8, backwards. */
#define ATTACK \
    "\033]0;OWNED\007\033]52;c;cm0=\007\033[2J\033[1A\r\b\x7f\xc2\x9b" \
    "31m\xff\xe2\x80\xae" \
    "fdp.\xe2\x81\xa6\xe2\x80\xa8\xef\xbb\xbf<&\">"

typedef struct params {
    int32_t how;
    const char *label;
} params;
enum { VALUE, FAIL, CRASH };
static const char *const ways[] = { "value", "fail", "crash", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, how, .choices = ways, .def = VALUE, .doc = "what it does\033[31m"),
    LOOM_PARAM(params, label, .text = "", .doc = "a text\033[31m", .unit = "\033[31mnm"),
    { 0 }
};
static const loom_port inputs[] = { { "before", "any", "runs after this\033[31m", LOOM_OPTIONAL },
                                    { 0 } };
static const loom_port outputs[] = { { "table", "table", "one row of words\033[31m", 0 }, { 0 } };

static loom_status run(loom_call *call, const void *given)
{
    const params *p = given;
    const loom_host *h = call->host;
    h->note(call, "a note %s", ATTACK);
    h->warn(call, "label", "a warning %s", ATTACK);
    printf("printed %s\n", ATTACK);
    fprintf(stderr, "an error %s\n10%%\r20%%\r\n", ATTACK);
    fflush(stdout);
    if (p->how == FAIL)
        return h->fail(call, LOOM_E_DATA, "label", "failed %s with '%s'", ATTACK, p->label);
    if (p->how == CRASH) __builtin_trap();
    loom_value *v = h->output(call, "table");
    int32_t *word = h->add_array(call, v, "word", LOOM_I32, 1, (int64_t[]){ 1 }, "");
    double *number = h->add_array(call, v, "number", LOOM_F64, 1, (int64_t[]){ 1 }, "\033[31mnm");
    if (!word || !number) return LOOM_E_MEMORY;
    *word = 0;
    *number = 1;
    h->set_text(call, v, "categories.word", "Pd\033]0;OWNED\007\xe2\x80\xae");
    h->set_text(call, v, "title", "a title\033]0;OWNED\007\n\r\033[2J");
    return LOOM_OK;
}

static const loom_op op = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "test.hostile",
    .summary = "Texts that take over a terminal\033]0;OWNED\007.",
    .method = "None\033[2J.",
    .cites = "none\033[2J",
    .limits = "None\033[2J.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("hostile\033[31m", "1\033[31m", "MIT\033[31m", &op);
