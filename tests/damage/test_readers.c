/* damage: for every format, 300 truncations and 300 single flipped bits of a small whole file: an
 * error with a message, or exactly the whole values, and the same each time. */
#include "damage/damage.h"
#include "support/suite.h"
#include <dirent.h>
#include <string.h>

START_TEST(damaged_files_are_refused_or_whole)
{
    const damage_format *f = &damage_formats[_i];
    const damage_plan plan = { .cuts = 300, .flips = 300, .seed = 1 };
    damage_count c;
    ck_assert_msg(damage_try(f, &plan, &c), "%s: %s", f->name, c.example);
    ck_assert_msg(!damage_bad(&c), "%s: %lld of %lld: first %s", f->name, (long long)damage_bad(&c),
                  (long long)(c.tried[0] + c.tried[1]), c.example);
    ck_assert_int_eq(c.tried[0], 300);
    ck_assert_int_eq(c.tried[1], 300);
    ck_assert_int_gt(c.outcome[0][DAMAGE_ERROR] + c.outcome[0][DAMAGE_UNSEEN], 100);
}
END_TEST

/* A reader that is added without a row here is found by its name. */
START_TEST(every_reader_has_a_row)
{
    DIR *d = opendir(ATOMLOOM_TEST_PLUGIN_DIR);
    ck_assert_ptr_nonnull(d);
    int readers = 0;
    for (struct dirent *entry; (entry = readdir(d));) {
        if (strncmp(entry->d_name, "io.read_", 8) != 0) continue;
        bool found = false;
        for (int i = 0; i < damage_format_count; i++) {
            size_t n = damage_formats[i].op ? strlen(damage_formats[i].op) : 0;
            found |= n && !strncmp(entry->d_name, damage_formats[i].op, n)
                     && !strcmp(entry->d_name + n, ".so");
        }
        ck_assert_msg(found, "no format in tests/damage/formats.c tries %s", entry->d_name);
        readers++;
    }
    closedir(d);
    ck_assert_int_gt(readers, 3);
}
END_TEST

TEST_MAIN_WITH("damage.readers",
               ((suite_options){ .loop = damaged_files_are_refused_or_whole,
                                 .loops = damage_format_count }),
               every_reader_has_a_row)
