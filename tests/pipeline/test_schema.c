/* The JSON Schema: valid JSON that names every op and every parameter with its range, default and
 * documentation. With python3 and its jsonschema at hand: a valid schema that takes the golden
 * pipelines the checker takes and refuses misspelt ones. */
#include "pipeline/ops.h"
#include "pipeline/schema.h"
#include "support/suite.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *schema_json(void)
{
    registry *ops = test_registry();
    text t = { 0 };
    json_error_t why;
    ck_assert(pipeline_schema(ops, &t));
    json_t *j = json_loads(t.data, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(j != NULL, "line %d: %s", why.line, why.text);
    text_free(&t);
    registry_close(ops);
    return j;
}

/* The rule of one op, as far down as `params` or `in`. */
static const json_t *rule(const json_t *schema, const char *op, const char *part)
{
    const json_t *all =
        json_object_get(json_object_get(json_object_get(schema, "$defs"), "opNode"), "allOf");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *r = json_array_get(all, i), *id = NULL;
        json_unpack((json_t *)(uintptr_t)r, "{s:{s:{s:{s:o}}}}", "if", "properties", "op", "const",
                    &id);
        if (id && !strcmp(json_string_value(id), op))
            return json_object_get(json_object_get(json_object_get(r, "then"), "properties"), part);
    }
    ck_abort_msg("no rule for %s", op);
    return NULL;
}

START_TEST(every_op_and_parameter_is_in_it)
{
    json_t *schema = schema_json();
    for (int i = 0; i < TEST_OPS; i++) {
        const json_t *rows = json_object_get(rule(schema, test_ops[i].id, "params"), "properties");
        const json_t *ports = json_object_get(rule(schema, test_ops[i].id, "in"), "properties");
        for (const loom_param *p = test_ops[i].params; p && p->name; p++)
            ck_assert_ptr_nonnull(json_object_get(rows, p->name));
        for (const loom_port *p = test_ops[i].inputs; p->name; p++)
            ck_assert_ptr_nonnull(json_object_get(ports, p->name));
    }
    const json_t *radius = json_object_get(
        json_object_get(rule(schema, "simulate.particle", "params"), "properties"), "radius");
    const json_t *number = json_array_get(json_object_get(radius, "anyOf"), 0);
    ck_assert_double_eq(json_number_value(json_object_get(number, "maximum")), 100);
    ck_assert_double_eq(json_number_value(json_object_get(radius, "default")), 10);
    ck_assert_str_eq(json_string_value(json_object_get(radius, "description")),
                     "of the sphere the atoms fill [angstrom]");
    const json_t *required = json_object_get(rule(schema, "io.read_volume", "params"), "required");
    ck_assert_str_eq(json_string_value(json_array_get(required, 0)), "path");
    json_decref(schema);
}
END_TEST

START_TEST(a_validator_agrees_with_the_checker)
{
    if (system("python3 -c 'import jsonschema, yaml' 2>/dev/null")) {
        printf("skipped: python3 with jsonschema and yaml is not installed\n");
        return;
    }
    char path[] = "/tmp/atomloom-schema-XXXXXX", command[1024];
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    FILE *f = fdopen(fd, "w");
    json_t *schema = schema_json();
    ck_assert_int_eq(json_dumpf(schema, f, 0), 0);
    fclose(f);
    json_decref(schema);
    snprintf(command, sizeof command,
             "python3 '%s/tests/pipeline/validate.py' '%s' '%s/tests/pipeline/golden'",
             ATOMLOOM_SOURCE_DIR, path, ATOMLOOM_SOURCE_DIR);
    int status = system(command);
    remove(path);
    ck_assert_int_eq(status, 0);
}
END_TEST

TEST_MAIN("pipeline.schema", every_op_and_parameter_is_in_it, a_validator_agrees_with_the_checker)
