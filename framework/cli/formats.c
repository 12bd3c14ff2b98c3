/* cli/formats.c - see formats.h */
#include "cli/formats.h"
#include "report/panel.h"
#include "store/export.h"
#include <assert.h>
#include <ctype.h>
#include <string.h>

const char *format_asked(const cli_args *args, const char *path, char out[FORMAT_ROOM])
{
    assert(path);
    const char *given = cli_value(args, "format"), *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    if (!given) given = dot ? dot + 1 : "";
    if (*given == '.') given++;
    snprintf(out, FORMAT_ROOM, "%s", given);
    for (char *c = out; *c; c++) *c = (char)tolower((unsigned char)*c);
    return out;
}

bool extension_fits(const char *own, const char *asked)
{
    assert(own && asked);
    static const char *const same[][2] = { { "jpg", "jpeg" },
                                           { "tif", "tiff" },
                                           { "htm", "html" },
                                           { "yml", "yaml" },
                                           { "txt", "text" } };
    if (!strcasecmp(own, asked)) return true;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        for (int k = 0; k < 2; k++)
            if (!strcasecmp(own, same[i][k]) && !strcasecmp(asked, same[i][1 - k])) return true;
    return false;
}

bool format_is_text(const char *format)
{
    return !strcmp(format, "csv") || !strcmp(format, "json");
}

/* Of a value at hand it is known. Of a type, what values of it mostly fit: an image stack of a
 * million numbers is no JSON. */
static bool is_offered(const char *type, const loom_value *v, const char *format)
{
    char path[FORMAT_ROOM + 2];
    error ignored = { 0 };
    snprintf(path, sizeof path, "v.%s", format);
    return v ? value_export_fits(v, path, format, &ignored)
             : type_export_chance(type, format) == EXPORT_LIKELY;
}

void formats_list(const registry *ops, const char *type, const loom_value *v, text *out)
{
    const op_entry *entry;
    const char *format;
    for (int i = 0; !strcmp(type, "panel") && (format = panel_format_at(i)); i++)
        text_printf(out, " .%s", format);
    for (int i = 0; (format = value_export_format(i)); i++)
        if (is_offered(type, v, format) && !registry_writer(ops, type, format))
            text_printf(out, " .%s", format);
    for (size_t i = 0; (entry = registry_at(ops, i)); i++)
        if (entry->op->writes_type && !strcmp(entry->op->writes_type, type))
            text_printf(out, " .%s", entry->op->writes_extension);
}
