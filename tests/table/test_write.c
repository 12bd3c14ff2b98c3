/* table.write_markdown and table.write_latex: what stands in a table is text, never markup. */
#include "support/op_test.h"
#include "support/suite.h"
#include <stdlib.h>
#include <string.h>

static const char words[] = "<b>bold</b>\na|b & c\n[x](http://y)\n*e* _f_ g_h `i` ~j~ $k$\n"
                            "\\input{l} 100 % # ^ {m}";

static loom_value *sample(void)
{
    loom_value *v = make_value("table");
    int64_t n = 5;
    make_array(v, "kind", LOOM_I32, 1, &n, NULL, (int32_t[]){ 0, 1, 2, 3, 4 });
    ck_assert(value_set_text(v, "categories.kind", words, NULL));
    ck_assert(value_set_text(v, "label", "<script>", NULL));
    ck_assert(value_set_text(v, "notes", "![n](http://o)\nnot *p*", NULL));
    return v;
}

static char *written(const char *op)
{
    loom_value *v = sample();
    op_call c = { .op = op_load(op) };
    op_input(&c, "table", v);
    op_must_be_deterministic(&c);
    const loom_array *bytes = value_array(op_output(&c, "file"), "bytes");
    char *out = calloc(1, (size_t)bytes->dim[0] + 1);
    ck_assert_ptr_nonnull(out);
    memcpy(out, bytes->data, (size_t)bytes->dim[0]);
    op_end(&c);
    value_free(v);
    return out;
}

static void holds(const char *op, const char *const *part, int n)
{
    char *out = written(op);
    for (int i = 0; i < n; i++)
        ck_assert_msg(strstr(out, part[i]) != NULL, "no '%s' in\n%s", part[i], out);
    free(out);
}

START_TEST(markdown_of_any_words_is_text)
{
    static const char *const part[] = { "**\\<script\\>**",
                                        "| \\<b\\>bold\\</b\\> |",
                                        "| a\\|b \\& c |",
                                        "| \\[x\\](http://y) |",
                                        "| \\*e\\* \\_f\\_ g_h \\`i\\` \\~j\\~ \\$k\\$ |",
                                        "| \\\\input{l} 100 % # ^ {m} |",
                                        "- !\\[n\\](http://o)\n",
                                        "- not \\*p\\*\n" };
    holds("table.write_markdown", part, sizeof part / sizeof *part);
}
END_TEST

START_TEST(latex_of_any_words_is_text)
{
    static const char *const part[] = { "a|b \\& c", "\\$k\\$", "\\_f\\_",
                                        "\\textbackslash{}input\\{l\\} 100 \\% \\#" };
    holds("table.write_latex", part, sizeof part / sizeof *part);
}
END_TEST

TEST_MAIN("table.write", markdown_of_any_words_is_text, latex_of_any_words_is_text)
